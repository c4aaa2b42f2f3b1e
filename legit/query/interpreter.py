"""From the words of a question to what it asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from lark import Token as LarkToken
from lark import Tree

from legit.errors import Problem, QueryError
from legit.knowledge.toml_files import nearest
from legit.language.parser import Failure
from legit.language.semantics import NoDateError, Slot, slots_of, speaker_of, value_of
from legit.language.tokenizer import unquoted
from legit.model.dates import is_date
from legit.model.facts import Truth
from legit.query import parser
from legit.query.citation_query import PLACE
from legit.query.diagnosis import NotUnderstood
from legit.query.grammar import QueryGrammar
from legit.query.paraphrase import Saying
from legit.query.parser import QueryParser, marked
from legit.query.query_ast import (
    All,
    AnyOf,
    Bound,
    Citing,
    Condition,
    Not,
    OneOf,
    Pattern,
    Question,
    Stated,
    Told,
    Variable,
    atoms,
    variables,
)

Node = Tree[LarkToken]

MAX_CHARACTERS = 2_000
"""How long a question may be."""

_HOURS_A_YEAR = 8760
_SPOKEN = {
    "said": frozenset({Truth.TRUE}),
    "denied": frozenset({Truth.FALSE}),
    "left_open": frozenset({Truth.UNKNOWN}),
    "not_said": frozenset({Truth.TRUE}),
    "silent": frozenset(Truth),
}
_OPPOSITE = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE, Truth.UNKNOWN: Truth.UNKNOWN}
_WEAK = frozenset({"not_said", "silent"})
NAMED = {
    "SORT": "verdict", "VERB": "verdict", "N_VERDICT": "verdict", "N_ACTION": "guidance", "N_LEVEL": "harm",
    "N_SPEAKER": "speaker", "N_SOURCE": "source", "N_RIGHT": "right", "N_CRITERION": "criterion",
    "N_FAMILY": "family", "N_QUESTION": "question",
}  # fmt: skip


class Reading(NamedTuple):
    """A question as understood, and names in quotation marks that the knowledge base does not have, by terminal."""

    question: Question
    unknown: tuple[tuple[str, str], ...] = ()


class QueryReader:
    """Reads questions about cases of one knowledge base. Instances may be shared between threads."""

    def __init__(self, grammar: QueryGrammar) -> None:
        self.grammar = grammar
        self._parser = QueryParser(grammar)
        self._not_understood = NotUnderstood(grammar, self._parser)
        self.saying = Saying(grammar)

    def read(self, text: str) -> Reading:
        """What a question asks.

        Raises QueryError: Q101 too long or no text, Q102 not understood, Q103 gaps that cannot be filled or listed,
        Q104 not a date, Q105 words that may be asked of several sentences.
        """
        line = " ".join(text.split())
        if not line or len(line) > MAX_CHARACTERS or "\0" in line:
            what = "there is no question" if not line else f"longer than {MAX_CHARACTERS} characters, or no text"
            raise QueryError(Problem("Q101", what, help="see `legit kb query --forms`"))
        tokens = self._parser.tokens(line)
        readings: list[Reading] = []
        for tree in self._parser.readings("question", tokens, line):
            if isinstance(tree, Failure):
                raise QueryError(self._not_understood.problem(line, tokens, tree))
            readings.append(_Builder(self.grammar).question(tree))
        # "How many cases by family" counts by something, though the maker of a rule may be a family as well.
        readings = [found for found in readings if found.question.counted and found.question.by] or readings
        self._one_meaning(line, readings)
        _check(readings[0].question)
        return readings[0]

    def _one_meaning(self, line: str, readings: list[Reading]) -> None:
        """Raises QueryError (Q105) when the gaps of a question may stand in different sentences."""
        asked = {tuple(sorted(map(_of, atoms(reading.question.condition)))): None for reading in readings}
        if len(asked) > 1:
            shown = tuple(dict.fromkeys(self.saying.question(reading.question) for reading in readings))
            message = f"`{line[:60]}` may ask for more than one thing"
            raise QueryError(Problem("Q105", message, help="ask it in one of these ways", nearest=shown[:4]))


def _of(atom: Stated | Told) -> str:
    return atom.predicate if isinstance(atom, Stated) else f"decision: {atom.relation}"


class _Builder:
    """Builds what one tree asks."""

    def __init__(self, grammar: QueryGrammar) -> None:
        self._grammar = grammar
        self._gaps = 0
        self._unknown: list[tuple[str, str]] = []

    def question(self, tree: Node) -> Reading:
        """The question of a tree of the rule `question`."""
        parts = {str(child.data): child for child in tree.children if isinstance(child, Tree)}
        if tree.data == "citing":
            counted = any(isinstance(child, LarkToken) and child.type == "COUNTED" for child in tree.children)
            return Reading(Question(counted=counted, citing=self._citing(tree)), tuple(self._unknown))
        conditions: list[Condition] = []
        counted = False
        if head := parts.get("head"):
            counted = any(isinstance(child, LarkToken) and child.type == "COUNTED" for child in head.children)
            conditions += [self._sort(child) for child in head.children if isinstance(child, Tree)]
        if body := parts.get("all_of"):
            conditions.append(self._condition(body))
        by = [self._dimension(child) for child in _trees(parts["by"])] if "by" in parts else []
        condition = conditions[0] if len(conditions) == 1 else All(tuple(conditions))
        return Reading(Question(condition, counted, tuple(dict.fromkeys(by))), tuple(self._unknown))

    def _citing(self, tree: Node) -> Citing:
        thing = next(tree.find_data("thing"), None)
        kind, families = "", frozenset[str]()
        if thing is not None:
            (token,) = (child for child in thing.children if isinstance(child, LarkToken))
            named = self._grammar.names[token.type][str(token)]
            kind = min(named) if token.type == "THING" else "criterion"
            families = frozenset[str]() if token.type == "THING" else frozenset(named)
        place = next(tree.find_data("place"), None)
        if place is None:
            return Citing(kind, families)
        if kind == PLACE:
            raise QueryError(Problem("Q103", "a source cites nothing here", help="as in: what cites ICCPR 19?"))
        (found,) = self._names(place)
        if isinstance(found, Variable):
            raise QueryError(Problem("Q103", "say which source", help="as in: what cites ICCPR 19?"))
        return Citing(kind, families, found.values if isinstance(found, OneOf) else frozenset({str(found)}))

    def _sort(self, tree: Node) -> Condition:
        if str(tree.data) in self._grammar.sentences:
            return self._stated(tree, "said", "")
        return self._decision(tree)

    def _condition(self, tree: Node) -> Condition:
        kind = str(tree.data)
        if kind in {"all_of", "any_of", "both"}:
            parts = tuple(map(self._condition, _trees(tree)))
            if len(parts) == 1:
                return parts[0]
            return AnyOf(parts) if kind == "any_of" else All(parts)
        if kind == "negated":
            return Not(self._condition(_trees(tree)[0]))
        if kind == "not_by":
            return Not(self._told(tree, "deciding"))
        if kind in _SPOKEN:
            sentence, *rest = _trees(tree)
            found = self._stated(sentence, kind, speaker_of(rest[0]).kind.value if rest else "")
            return Not(found) if kind in _WEAK else found
        if kind == "silent_of":
            named = self._grammar.names["SENTENCE_ID"][str(tree.children[-1])]
            return All(tuple(Not(self._anything_said(name)) for name in sorted(named)))
        return self._decision(tree)

    def _stated(self, tree: Node, kind: str, speaker: str) -> Stated:
        sentence = self._grammar.sentences[str(tree.data)]
        arguments = sentence.predicate.args
        args = tuple(
            self._pattern(slot, argument.type, argument.name)
            for slot, argument in zip(slots_of(sentence, tree), arguments, strict=True)
        )
        truths = _SPOKEN[kind]
        if not sentence.affirmed:
            truths = frozenset(_OPPOSITE[truth] for truth in truths)
        return Stated(sentence.predicate.id, args, truths, speaker)

    def _anything_said(self, predicate: str) -> Stated:
        arguments = self._grammar.vocabulary.predicates[predicate].args
        return Stated(predicate, tuple(self._variable(parser.Gap("some"), item.name) for item in arguments),
                      _SPOKEN["silent"])  # fmt: skip

    def _pattern(self, slot: Slot, type_name: str, name: str) -> Pattern:
        tokens = (
            [slot] if isinstance(slot, LarkToken) else [item for item in slot.children if isinstance(item, LarkToken)]
        )
        for token in tokens:
            found = marked(token)
            if isinstance(found, parser.Gap):
                return self._variable(found, name.replace("_", " "))
            if isinstance(found, parser.Either):
                values = frozenset(found.values)  # "a family or parent" is one value
                return OneOf(values) if len(values) > 1 else found.values[0]
            if isinstance(found, parser.Bound):
                unit = next((int(other) for other in tokens if other.type == "UNIT"), 1)
                number = int(found.number) * unit
                return Bound(found.sign, number // _HOURS_A_YEAR if type_name == "years" else number)
        try:
            return value_of(slot)
        except NoDateError as error:
            raise QueryError(_no_date(str(error))) from error

    def _variable(self, gap: parser.Gap, column: str) -> Variable:
        self._gaps += 1
        if gap.letter:
            return Variable(gap.letter, gap.kind, gap.label or gap.letter)
        return Variable(f"gap {self._gaps}", gap.kind, gap.label or column)

    def _decision(self, tree: Node) -> Condition:
        kind = str(tree.data)
        negated = any(isinstance(child, Tree) and child.data == "not" for child in tree.children)
        found = self._told(tree, kind)
        return Not(found) if negated else found

    def _told(self, tree: Node, kind: str) -> Condition:
        types = [child.type for child in tree.children if isinstance(child, LarkToken)]
        if kind in {"since", "before"}:
            date = next(str(child) for child in tree.children if isinstance(child, LarkToken) and child.type == "DATE")
            if marked(date) or not is_date(date):
                raise QueryError(_no_date("a gap" if marked(date) else date))
            return Told("time", (Bound(">=" if kind == "since" else "<", date),))
        if kind in {"waiting", "not_in_time", "overridden"}:
            return Told("waits" if kind == "waiting" else kind)
        if kind in {"criterion", "deciding"}:
            named = next(child for child in _trees(tree) if child.data in {"one", "family"})
            effects = [str(child.children[0].type) for child in _trees(tree)
                       if child.data == "effect" and isinstance(child.children[0], LarkToken)]  # fmt: skip
            effect = effects[0].lower() if effects else "defeats"
            return Told(f"{effect} {named.data}", self._names(named))
        if kind == "rests_on" and "ALONE" in types:
            kind = "alone"
        place = next((child for child in _trees(tree) if child.data == "place"), tree)
        return Told(kind, self._names(place))

    def _names(self, tree: Node) -> tuple[Pattern, ...]:
        (token,) = (child for child in tree.children if isinstance(child, LarkToken) and child.type in NAMED)
        found = marked(token)
        if isinstance(found, parser.Gap):
            return (self._variable(found, NAMED[token.type]),)
        known = self._grammar.names[token.type]
        if isinstance(found, parser.Either):
            return (OneOf(frozenset(name for words in found.values for name in known[words])),)
        quoted = token[:1] in ('"', "\u201c")
        words = " ".join(self._grammar.normaliser.phrase(unquoted(token))) if quoted else str(token)
        if words not in known:
            name = unquoted(str(token))
            self._unknown.append((token.type, name))
            return (name,)
        ids = known[words]
        return (next(iter(ids)) if len(ids) == 1 else OneOf(frozenset(ids)),)

    def _dimension(self, tree: Node) -> str:
        (token,) = tree.children
        return min(self._grammar.names["DIMENSION"][str(token)])


def _trees(tree: Node) -> list[Node]:
    return [child for child in tree.children if isinstance(child, Tree) and child.data != "not"]


def _no_date(what: str) -> Problem:
    return Problem("Q104", f"`{what}` is not a date of the calendar", help="write 2024-05-31, 2024-05 or 2024")


def _check(question: Question) -> None:
    """Raises QueryError (Q103) when a gap is to be listed that nothing fills, or an `every` holds whatever is said."""
    filled = set(_filled(question.condition))
    for variable in variables(question.condition):
        if variable.kind == "listed" and variable.name not in filled:
            where = "it stands where something does not hold, or beside `every`"
            message = f"nothing would fill the gap <{variable.column}>: {where}"
            raise QueryError(Problem("Q103", message, help="write `some` or `any` in its place"))
    for atom in atoms(question.condition):
        kinds = {arg.kind if isinstance(arg, Variable) else "" for arg in atom.args}
        if "every" in kinds and kinds <= {"every", "some"}:
            gap = next(arg.column for arg in atom.args if isinstance(arg, Variable) and arg.kind == "every")
            message = f"of every {gap} nothing is asked: `every` is all that the case says with the same sentence"
            help_ = "name what must hold of each, as in: breaking the rule does minor harm to every interest of a child"
            raise QueryError(Problem("Q103", message, help=help_))


def _filled(condition: Condition) -> list[str]:
    """The gaps that are filled wherever a condition holds."""
    if isinstance(condition, Not):
        return []
    if isinstance(condition, All | AnyOf):
        return [name for part in condition.parts for name in _filled(part)]
    found = [arg for arg in condition.args if isinstance(arg, Variable)]
    if any(arg.kind in {"no", "every"} for arg in found):
        return []
    return [arg.name for arg in found]


def unknown_name(kind: str, name: str, known: Iterable[str]) -> Problem:
    """The problem (Q106) of a name in quotation marks that nothing has."""
    help_ = "see `legit kb list`, `legit kb citations` and `legit kb search`"
    return Problem("Q106", f"there is no {kind} `{name}`", nearest=nearest(name, known), help=help_)
