"""Invariants that a knowledge base declares of itself, in terms of its own vocabulary: `invariants.toml`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from typing import Any, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from legit._util.suggest import suggest
from legit.errors import KnowledgeBaseError, Problem
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.layers import duplicate_problem, layer_files, layer_of
from legit.knowledge.toml_files import read_toml
from legit.model.assessment import Verdict
from legit.model.facts import Case, Fact, Truth
from legit.testing.generate import CaseGenerator, Choices
from legit.testing.invariants.general import introduces_contradiction, swap_violation
from legit.testing.invariants.invariant import Invariant, InvariantCheck

Locations = dict[tuple[str, str], str]
"""The place of each invariant, by kind and name; the empty name is the kind itself."""


class VocabularyReference(NamedTuple):
    """A word that an invariant uses, its purpose, and the known words."""

    kind: str
    name: str
    known_names: Collection[str]


class _InvariantTable(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    why: str
    sources: tuple[str, ...]

    def references(self, base: KnowledgeBase) -> list[VocabularyReference]:
        """The words of the base that the invariant uses. The list ends at the first unknown word."""
        return []


class Interchangeable(_InvariantTable):
    """The values of a type of which an attribute is true."""

    type: str
    where: str

    def references(self, base: KnowledgeBase) -> list[VocabularyReference]:
        attributes = {key for values in base.attributes.get(self.type, {}).values() for key in values}
        return [
            VocabularyReference("type", self.type, base.attributes),
            VocabularyReference("attribute", self.where, attributes),
        ]


class Ordered(_InvariantTable):
    """An argument whose values are ordered, from the least; `counts` for the rule or against it."""

    predicate: str
    argument: str
    order: tuple[str, ...]
    counts: Literal["for", "against"]

    def references(self, base: KnowledgeBase) -> list[VocabularyReference]:
        predicates = base.vocabulary.predicates
        arguments = (
            {item.name: item.type for item in predicates[self.predicate].args} if self.predicate in predicates else {}
        )
        values = base.vocabulary.values(arguments[self.argument]) if self.argument in arguments else ()
        return [
            VocabularyReference("predicate", self.predicate, predicates),
            VocabularyReference("argument", self.argument, arguments),
            *(VocabularyReference("value", value, values) for value in self.order),
        ]


class Added(_InvariantTable):
    """A predicate whose facts count for the rule, or against it."""

    predicate: str
    counts: Literal["for", "against"]

    def references(self, base: KnowledgeBase) -> list[VocabularyReference]:
        return [VocabularyReference("predicate", self.predicate, base.vocabulary.predicates)]


class Opposed(_InvariantTable):
    """Values of a predicate of one argument that never lead to the same guidance, `action`."""

    predicate: str
    values: tuple[str, str]
    action: str

    def references(self, base: KnowledgeBase) -> list[VocabularyReference]:
        predicates = base.vocabulary.predicates
        args = predicates[self.predicate].args if self.predicate in predicates else ()
        values = base.vocabulary.values(args[0].type) if args else ()
        return [
            VocabularyReference("predicate", self.predicate, predicates),
            *(VocabularyReference("value", value, values) for value in self.values),
            VocabularyReference("guidance", self.action, base.caution_order.get("guidance", ())),
        ]


class ExpectedViolation(_InvariantTable):
    """An invariant that is known not to hold for the base, and a case that violates the invariant."""

    invariant: str
    case: str


_RANK = {Verdict.STANDS: 0, Verdict.CONTESTED: 1, Verdict.DEFEATED: 2}
_TableT = TypeVar("_TableT", bound=_InvariantTable)
_EXPECTED_VIOLATIONS = "known_violations"


def violates_direction(before: Verdict, after: Verdict, counts: Literal["for", "against"]) -> bool:
    """Whether a verdict moved against the side (`for` or `against` the rule) for which an added or increased fact
    counts.

    With `against`, `defeated` must stay, and `stands` must not follow another verdict. With `for`, `stands` must stay,
    and `defeated` must not follow another verdict. Any other change from or to `undetermined` is no violation, since
    `undetermined` stands for several verdicts.
    """
    last, first = (Verdict.DEFEATED, Verdict.STANDS) if counts == "against" else (Verdict.STANDS, Verdict.DEFEATED)
    if before is last or after is first:
        return before is not after
    if Verdict.UNDETERMINED in (before, after):
        return False
    step = _RANK[after] - _RANK[before]
    return step < 0 if counts == "against" else step > 0


def _interchangeable(invariant: Interchangeable) -> InvariantCheck:
    def check(judge: Judge, case: Case, choices: Choices) -> str:
        table = judge.base.attributes.get(invariant.type, {})
        group = sorted(
            value for value in judge.base.vocabulary.values(invariant.type) if table[value].get(invariant.where) is True
        )
        predicates = judge.base.vocabulary.predicates
        used = [
            str(value)
            for fact in case.facts
            for argument, value in zip(predicates[fact.predicate].args, fact.args, strict=True)
            if argument.type == invariant.type and value in group
        ]
        if not used:
            return ""
        value = choices.pick(used)
        other = choices.pick([item for item in group if item != value])
        return swap_violation(judge, case, invariant.type, value, other)

    return check


def _ordered(invariant: Ordered) -> InvariantCheck:
    def check(judge: Judge, case: Case, choices: Choices) -> str:
        predicate = judge.base.vocabulary.predicates[invariant.predicate]
        place = [argument.name for argument in predicate.args].index(invariant.argument)
        lower = [
            fact
            for fact in _undisputed(case)  # another degree would end a dispute as well
            if fact.predicate == invariant.predicate and fact.args[place] in invariant.order[:-1]
        ]
        if not lower:
            return ""
        fact = choices.pick(lower)
        step = invariant.order[invariant.order.index(str(fact.args[place])) + 1]
        args = (*fact.args[:place], step, *fact.args[place + 1 :])
        if any(known.predicate == invariant.predicate and known.args == args for known in case.facts):
            return ""
        more = fact.model_copy(update={"args": args, "span": None})
        other = case.model_copy(update={"facts": tuple(more if item is fact else item for item in case.facts)})
        return _direction_violation(
            judge, case, other, invariant.counts, f"`{judge.writer.sentence(more)}` for {fact.args[place]}"
        )

    return check


def _added(invariant: Added) -> InvariantCheck:
    def check(judge: Judge, case: Case, choices: Choices) -> str:
        vocabulary = judge.base.vocabulary
        fact = CaseGenerator(vocabulary, predicates=[invariant.predicate]).fact(choices)
        fact = fact.model_copy(update={"truth": Truth.TRUE})
        topic = vocabulary.predicates[invariant.predicate].spec.answers_topic
        answers = [vocabulary.predicates[known.predicate].spec.answers_topic for known in _undisputed(case)]
        if topic and topic not in answers:
            return ""  # an answer to an open question is more than one more fact
        if any(known.atom == fact.atom for known in case.facts):
            return ""
        other = case.model_copy(update={"facts": (*case.facts, fact)})
        return _direction_violation(judge, case, other, invariant.counts, f"`{judge.writer.sentence(fact)}`")

    return check


def _undisputed(case: Case) -> list[Fact]:
    """What is affirmed, and spoken of once: where others deny it, it is open."""
    spoken = Counter(fact.atom for fact in case.facts)
    return [fact for fact in case.facts if fact.truth is Truth.TRUE and spoken[fact.atom] == 1]


def _direction_violation(judge: Judge, case: Case, other: Case, counts: Literal["for", "against"], what: str) -> str:
    if introduces_contradiction(judge, case, other):
        return ""
    before, after = judge.decide(case).verdict, judge.decide(other).verdict
    if violates_direction(before, after, counts):
        return f"{what}, which counts {counts} the rule, turns {before} into {after}"
    return ""


def _opposed(invariant: Opposed) -> InvariantCheck:
    def check(judge: Judge, case: Case, choices: Choices) -> str:
        rest = [fact for fact in case.facts if fact.predicate != invariant.predicate]
        actions = []
        for value in invariant.values:
            asked = Fact(predicate=invariant.predicate, args=(value,))
            actions.append(judge.decide(case.model_copy(update={"facts": (*rest, asked)})).action)
        if actions == [invariant.action] * 2:
            return f"whoever asks to {' and whoever asks to '.join(invariant.values)} is told: {invariant.action}"
        return ""

    return check


def base_invariants(base: KnowledgeBase) -> list[Invariant]:
    """The invariants of a base, none if it has no `invariants.toml`.

    Raises KnowledgeBaseError (K201, K207, K401) when one is no invariant, or names or cites an entry that does not
    exist.
    """
    tables, places, problems = _load_tables(base)
    tables.pop(_EXPECTED_VIOLATIONS, None)
    found: list[Invariant] = []

    def add(
        kind: str, model: type[_TableT], check: Callable[[_TableT], InvariantCheck], says: Callable[[_TableT], str]
    ) -> None:
        items, wrong = _parse_tables(base, places, kind, tables.pop(kind, {}), model)
        problems.extend(wrong)
        found.extend(
            Invariant(name.replace("_", " "), says(item), item.why, check(item), places[kind, name])
            for name, item in items.items()
        )

    add(
        "interchangeable",
        Interchangeable,
        _interchangeable,
        lambda invariant: f"Each {invariant.type} that is {invariant.where} counts the same.",
    )
    add(
        "ordered",
        Ordered,
        _ordered,
        lambda invariant: (
            f"More {invariant.argument} of `{invariant.predicate}` never counts less {invariant.counts} the rule."
        ),
    )
    add(
        "added",
        Added,
        _added,
        lambda invariant: f"A further `{invariant.predicate}` only ever counts {invariant.counts} the rule.",
    )
    add(
        "opposed",
        Opposed,
        _opposed,
        lambda invariant: f"Nobody is told `{invariant.action}` both for {' and for '.join(invariant.values)}.",
    )
    problems += [
        Problem("K201", f"there is no kind of invariant `{kind[:40]}`", source=places[kind, ""]) for kind in tables
    ]
    if problems:
        raise KnowledgeBaseError(*problems)
    return found


def load_expected_violations(base: KnowledgeBase, names: Collection[str]) -> dict[str, ExpectedViolation]:
    """The invariants, among those with these names, that a base declares not to hold of it, by their names.

    Raises KnowledgeBaseError (K201, K401) when one is not of the form, names no invariant or cites a source that does
    not exist.
    """
    tables, places, problems = _load_tables(base)
    items, wrong = _parse_tables(
        base, places, _EXPECTED_VIOLATIONS, tables.get(_EXPECTED_VIOLATIONS, {}), ExpectedViolation
    )
    problems += wrong
    problems += [
        Problem(
            "K201",
            f"`{_EXPECTED_VIOLATIONS}.{name}`: there is no invariant `{item.invariant}`",
            source=places[_EXPECTED_VIOLATIONS, name],
            nearest=suggest(item.invariant, names),
        )
        for name, item in items.items()
        if item.invariant not in names
    ]
    if problems:
        raise KnowledgeBaseError(*problems)
    return {item.invariant: item for item in items.values()}


def _load_tables(base: KnowledgeBase) -> tuple[dict[str, dict[str, Any]], Locations, list[Problem]]:
    """The tables of `invariants.toml` of all parts by kind and name, and where they stand.

    Problems: K201 a kind that is no table, K210 an invariant that an extension takes.
    """
    tables: dict[str, dict[str, Any]] = {}
    places: Locations = {}
    invariants: dict[str, str] = {}  # identified by their names alone, not by their kinds
    problems: list[Problem] = []
    for path, place in layer_files(base.layers, "invariants.toml"):
        for kind, items in read_toml(path, place).items():
            places.setdefault((kind, ""), place)
            if not isinstance(items, dict):
                problems.append(Problem("K201", f"`{kind[:40]}`: this is no table", source=place))
                continue
            of_kind = tables.setdefault(kind, {})
            for name, item in items.items():
                there = places.get((kind, name), "") if kind == _EXPECTED_VIOLATIONS else invariants.get(name, "")
                if there and layer_of(there) != layer_of(place):
                    problems.append(duplicate_problem("invariant", name, place, there))
                    continue
                of_kind[name] = item
                places[kind, name] = place
                if kind != _EXPECTED_VIOLATIONS:
                    invariants[name] = place
    return tables, places, problems


def _parse_tables(
    base: KnowledgeBase, places: Locations, kind: str, tables: dict[str, Any], model: type[_TableT]
) -> tuple[dict[str, _TableT], list[Problem]]:
    """The tables of one kind by name, and their problems."""
    found: dict[str, _TableT] = {}
    problems: list[Problem] = []
    for name, table in tables.items():
        try:
            item = model.model_validate(table)
        except ValidationError as error:
            problems += [
                Problem(
                    "K201",
                    f"`{kind}.{name}`: {'.'.join(map(str, e['loc']))}: {e['msg'].lower()}",
                    source=places[kind, name],
                )
                for e in error.errors()
            ]
            continue
        problems += [
            Problem("K401", f"`{kind}.{name}` cites `{ref}`, which does not resolve", source=places[kind, name])
            for ref in item.sources
            if not base.bibliography.resolve(ref)
        ]
        unknown = next((word for word in item.references(base) if word.name not in word.known_names), None)
        if unknown:
            problems.append(
                Problem(
                    "K207",
                    f"`{kind}.{name}`: the {unknown.kind} `{unknown.name[:40]}` is not known",
                    source=places[kind, name],
                    nearest=suggest(unknown.name, unknown.known_names),
                )
            )
        found[name] = item
    return found, problems
