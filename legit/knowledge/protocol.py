"""The predicates in which the rules of a base and the Python code meet, as one table.

Rules may derive any other predicate for their own use; Python knows none of those by name. Every list of such names in
this package is taken from here. `docs/authors.md` shows the tables; `make tables` writes them there again.

The oracle of `legit.testing` has names of its own: it is written apart on purpose.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

Signature = tuple[str, int]
"""The name of a predicate and its number of arguments."""


class ProtocolPredicate(NamedTuple):
    """One predicate between rules and Python.

    `meaning` and `comes_from`, the place that makes its atoms true, are for its row of the documentation.

    A decision is read from each `result`. An `application` tells that a criterion or a function counts in a case. A
    case that a search finds is described by each `witness`. An `optional` predicate may have no atom in a small base,
    and rules may read it all the same.
    """

    name: str
    arguments: tuple[str, ...]
    meaning: str
    comes_from: str
    result: bool = False
    application: bool = False
    witness: bool = False
    optional: bool = False

    @property
    def signature(self) -> Signature:
        """Name and number of arguments."""
        return self.name, len(self.arguments)


_Row = ProtocolPredicate
_CRITERION, _JUDGEMENT = "the file of the criterion", "`judgement/`"
_PROPERTY, _SEARCH = "the file of the property", "the search over all cases"

HEADS: tuple[ProtocolPredicate, ...] = (
    _Row("meets", ("Criterion",), "the premises of the criterion hold", _CRITERION, result=True, optional=True),
    _Row(
        "undercut", ("Criterion", "Undercutter"),
        "the undercutter keeps the criterion from applying; an extension may derive it for a criterion of the extended "
        "base if its own `base.toml` declares the undercutter",
        _CRITERION, result=True, optional=True,
    ),
    _Row(
        "applies", ("Criterion",), "the premises of the criterion hold, and nothing undercuts it", _JUDGEMENT,
        result=True, application=True, witness=True,
    ),
    _Row("defeats", ("Criterion",), "the criterion defeats the rule", _JUDGEMENT, result=True),
    _Row("tied", ("Criterion",), "what the rule protects weighs as much as the criterion", _JUDGEMENT, result=True),
    _Row("outweighed", ("Criterion",), "what the rule protects outweighs the criterion", _JUDGEMENT, result=True),
    _Row(
        "verdict", ("Verdict",),
        "`defeated`, `stands` or `contested`, in one scenario; the verdict is `undetermined` where scenarios differ",
        _JUDGEMENT, result=True, witness=True,
    ),
    _Row(
        "defeat_scope", ("Scope",),
        "what is defeated: the widest scope of the criteria that defeat the rule; none where nothing does",
        _JUDGEMENT, result=True, witness=True, optional=True,
    ),
    _Row(
        "consequence", ("Consequence",),
        "what follows for the user: the strongest consequence of the criteria that defeat the rule; none where nothing "
        "does",
        _JUDGEMENT, result=True, witness=True, optional=True,
    ),
    _Row(
        "speaks_for", ("Function",), "the function speaks for the rule: it is a justification", _JUDGEMENT,
        result=True, application=True,
    ),
    _Row("touches", ("Right",), "obeying touches the right of the catalogue", _JUDGEMENT, result=True),
    _Row(
        "harm_finding", ("Criterion",), "the harm criterion finds method harm", _JUDGEMENT,
        result=True, application=True,
    ),
    _Row(
        "method_harm_level", ("Level",), "the method harm: `none`, or one of the harm levels of `base.toml`",
        _JUDGEMENT, result=True, witness=True,
    ),
    _Row("unanswered", ("Topic",), "the case says nothing on the mandatory topic", _JUDGEMENT, optional=True),
    _Row(
        "assumed", ("Topic", "Answer"), "what one scenario assumes on an unanswered topic", _JUDGEMENT,
        result=True, witness=True, optional=True,
    ),
    _Row(
        "requires_witnesses", ("Number",),
        "how many independent witnesses the verdict requires; with fewer it is undetermined", _JUDGEMENT,
        result=True, witness=True,
    ),
    _Row(
        "requires_attestation", ("Criterion", "Undercutter"),
        "the undercutter of the harm counts only where somebody other than the user and the fact author attests what "
        "it rests on; the harm is possible otherwise",
        _JUDGEMENT, result=True, witness=True, optional=True,
    ),
    _Row("stance", ("Stance",), "the requested act", _JUDGEMENT, result=True),
    _Row(
        "guidance", ("Verdict", "Action"),
        "the action of the guidance when the verdict is `Verdict`; `undetermined` has an action too", _JUDGEMENT,
        result=True, witness=True,
    ),
    _Row("advice", ("Advice",), "advice to add; the phrase of this name is printed", _JUDGEMENT, result=True),
)  # fmt: skip
"""The predicates that rules derive for Python. A base may leave any of them out."""

GIVEN: tuple[ProtocolPredicate, ...] = (
    _Row(
        "is_a", ("Value", "Type"), "the value belongs to the type of the vocabulary", "`vocabulary/`, `rights/`",
        optional=True,
    ),
    _Row("table_entry", ("Table", "Name"), "the table has an entry of this name", "the profile", optional=True),
    _Row("criterion", ("Criterion",), "there is such a criterion, function or harm", "its file", optional=True),
    _Row("in_family", ("Criterion", "Family"), "the criterion is of the family", "header key `family`", optional=True),
    _Row(
        "standard_of_review", ("Criterion", "Standard"), "how what the rule protects is weighed against the criterion",
        "header key `standard_of_review`", optional=True,
    ),
    _Row(
        "harm_level", ("Criterion", "Level"), "how grave the method harm is that the criterion finds",
        "header key `harm_level`", optional=True,
    ),
    _Row(
        "criterion_scope", ("Criterion", "Scope"), "what the criterion defeats", "header key `scope`", optional=True,
    ),
    _Row(
        "criterion_consequence", ("Criterion", "Consequence"), "what follows where the criterion defeats the rule",
        "header key `consequence`", optional=True,
    ),
    _Row(
        "specificity", ("Criterion", "Specificity"),
        "how particular the facts are that meet the criterion; no atom for the most specific",
        "header key `specificity`", optional=True,
    ),
    _Row(
        "right_class", ("Right", "Class"),
        "the class of the right, which answers show; `[attributes.right_class]` of `base.toml` has the classes",
        "key `class` in `rights/`", optional=True,
    ),
    _Row("more_than", ("Band", "Number", "Unit"), "the band lies above the bound", "`vocabulary/`", optional=True),
    _Row(
        "at_most", ("Band", "Number", "Unit"), "the band lies below the bound, or ends there", "`vocabulary/`",
        optional=True,
    ),
    _Row(
        "at_least", ("Entry", "Step", "Attribute"), "the entry is this step of the attribute, or a later one",
        "`base.toml`", optional=True,
    ),
    _Row(
        "earlier", ("Date", "Other"), "the last day that the date may mean lies before the first day of the other",
        "the case", optional=True,
    ),
    _Row(
        "exceeds", ("Predicate", "Band", "OtherPredicate", "OtherBand"),
        "the value that the first fact states, in hours, years or times, is greater than that of the second",
        "the case", optional=True,
    ),
    _Row(
        "positive_law", ("Criterion",), "the criterion rests on a duty of positive law, and needs a source that binds",
        "header key `positive_law`", optional=True,
    ),
    _Row(
        "no_binding_source", ("Criterion",),
        "no source of this criterion of positive law binds where and when the case arises; never where it does not say",
        "the place and dates of the case", optional=True,
    ),
    _Row(
        "binds_public_only", ("Criterion",),
        "those sources of this criterion of positive law that bind where and when the case arises have vertical direct "
        "effect alone",
        "the place and dates of the case", optional=True,
    ),
    _Row(
        "lies_within", ("Place",), "the case arises within this region of `[in_force]` of `base.toml`",
        "the place and dates of the case", optional=True,
    ),
    _Row(
        "lies_outside", ("Place",),
        "the case arises outside this region; a case that does not say where it arises lies neither within nor outside",
        "the place and dates of the case", optional=True,
    ),
)  # fmt: skip
"""The predicates supplied to the rules of every base, besides facts of cases, attributes and tables of profiles."""

PROPERTY_PREDICATES: tuple[ProtocolPredicate, ...] = (
    _Row(
        "found", ("X",),
        "the case, or the pair of cases, is one that the property asks about; `found` without argument "
        "if the property asks for nothing more than that a case exists",
        _PROPERTY,
    ),
    _Row("asked", ("X",), 'with `answer = "yes"`: for X there must be a case that is `found(X)`', _PROPERTY),
    _Row(
        "may_add", ("Fact",), "the second case may state the fact though the first does not", _PROPERTY,
        optional=True,
    ),
    _Row("may_remove", ("Fact",), "the second case may leave out the fact", _PROPERTY, optional=True),
    _Row(
        "becomes", ("Fact", "Other"), "where the first case states the fact, the second states the other in its place",
        _PROPERTY, optional=True,
    ),
    _Row("stated", ("Fact",), "of one case: the case states the fact", _SEARCH),
    _Row("input", ("Fact",), "a case can state the fact", _SEARCH),
    _Row("before", ("Atom",), "of two cases: the atom holds in the first", _SEARCH),
    _Row("after", ("Atom",), "of two cases: the atom holds in the second", _SEARCH),
)  # fmt: skip
"""The predicates that files in `properties/` derive, and those that the search over all cases supplies to them."""

PREDICATES = {item.name: item for item in (*HEADS, *GIVEN)}

HEAD_SIGNATURES = frozenset(item.signature for item in HEADS)
DATA_SIGNATURES = frozenset(item.signature for item in GIVEN)
RESULTS = tuple(item.name for item in HEADS if item.result)
"""The predicates that a decision is read from. Each has at least one argument (K502 checks that)."""
APPLICATIONS = tuple(item.name for item in HEADS if item.application)
WITNESSED = tuple(item.name for item in HEADS if item.witness)

MEETS = PREDICATES["meets"].signature
UNDERCUT = PREDICATES["undercut"].signature
TABLE_ENTRY = PREDICATES["table_entry"].signature
MORE_THAN = PREDICATES["more_than"].signature
AT_MOST = PREDICATES["at_most"].signature
AT_LEAST = PREDICATES["at_least"].signature
EARLIER = PREDICATES["earlier"].signature
EXCEEDS = PREDICATES["exceeds"].signature
NO_BINDING_SOURCE = PREDICATES["no_binding_source"].signature
BINDS_PUBLIC_ONLY = PREDICATES["binds_public_only"].signature
LIES_WITHIN = PREDICATES["lies_within"].signature
LIES_OUTSIDE = PREDICATES["lies_outside"].signature
LAW_INPUTS = frozenset({NO_BINDING_SOURCE[0], BINDS_PUBLIC_ONLY[0], LIES_WITHIN[0], LIES_OUTSIDE[0]})
"""The predicates whose atoms are inputs and no statements: what the place and the dates of the case say of the law."""
RELATIONS = frozenset({EARLIER[0], EXCEEDS[0]}) | LAW_INPUTS
"""The predicates whose atoms are inputs and no statements: how two values of the case compare, and what law holds."""
RIGHT_CLASS = PREDICATES["right_class"].name


def defined_directives(predicates: Iterable[ProtocolPredicate]) -> str:
    """`#defined` for each optional predicate: rules may read it where it has no atom, and a misspelt one is found."""
    return "\n".join(f"#defined {item.name}/{len(item.arguments)}." for item in predicates if item.optional)
