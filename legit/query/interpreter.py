"""Interprets parse trees of queries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from legit._util.suggest import suggest
from legit.errors import Problem, QueryError
from legit.knowledge.lexicon import HOURS_PER_YEAR
from legit.language.lark_adapter import ParseTree, TerminalToken, subtrees, tokens_of
from legit.language.parser import ParseFailure
from legit.language.semantics import InvalidDateError, Slot, interpret_speaker, interpret_value, ordered_slots
from legit.language.tokenizer import unquote
from legit.model.dates import is_date
from legit.model.facts import Truth
from legit.query import parser
from legit.query.citation_query import PINPOINT
from legit.query.diagnosis import QueryDiagnosis
from legit.query.grammar import QueryGrammar
from legit.query.paraphrase import Paraphraser
from legit.query.parser import QueryParser, decode_placeholder
from legit.query.query_ast import (
    All,
    AnyOf,
    ArgumentPattern,
    CitationQuery,
    Comparison,
    Condition,
    DecisionAtom,
    FactAtom,
    Not,
    OneOf,
    Query,
    Variable,
    atoms,
    variables,
)

MAX_QUERY_CHARACTERS = 2_000
"""How long a question may be."""

_TRUTHS_BY_FORM = {
    "said": frozenset({Truth.TRUE}),
    "denied": frozenset({Truth.FALSE}),
    "left_open": frozenset({Truth.UNKNOWN}),
    "not_said": frozenset({Truth.TRUE}),
    "silent": frozenset(Truth),
}
_NEGATED_TRUTH = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE, Truth.UNKNOWN: Truth.UNKNOWN}
_WEAK_NEGATIONS = frozenset({"not_said", "silent"})
NAME_TERMINALS = {
    "SORT": "verdict", "VERB": "verdict", "N_VERDICT": "verdict", "N_ACTION": "guidance", "N_LEVEL": "harm",
    "N_SPEAKER": "speaker", "N_SOURCE": "source", "N_RIGHT": "right", "N_CRITERION": "criterion",
    "N_FAMILY": "family", "N_QUESTION": "question",
}  # fmt: skip


class InterpretedQuery(NamedTuple):
    """A query, and the quoted names that the knowledge base does not have, with their terminals."""

    query: Query
    unknown_names: tuple[tuple[str, str], ...] = ()


class QueryInterpreter:
    """Parses and interprets queries under one knowledge base. Instances may be shared between threads."""

    def __init__(self, grammar: QueryGrammar) -> None:
        self.grammar = grammar
        self._parser = QueryParser(grammar)
        self._diagnosis = QueryDiagnosis(grammar, self._parser)
        self.paraphraser = Paraphraser(grammar)

    def interpret(self, text: str) -> InterpretedQuery:
        """The query of a text.

        Raises QueryError: Q101 too long or no text, Q102 not understood, Q103 wildcards that cannot be bound or listed,
        Q104 not a date, Q105 ambiguous words.
        """
        line = " ".join(text.split())
        if not line or len(line) > MAX_QUERY_CHARACTERS or "\0" in line:
            what = "there is no question" if not line else f"longer than {MAX_QUERY_CHARACTERS} characters, or no text"
            raise QueryError(Problem("Q101", what, help="see `legit kb query --forms`"))
        tokens = self._parser.tokenize(line)
        readings: list[InterpretedQuery] = []
        for tree in self._parser.parse_all("question", tokens, line):
            if isinstance(tree, ParseFailure):
                raise QueryError(self._diagnosis.problem(line, tokens, tree))
            readings.append(_QueryBuilder(self.grammar).build(tree))
        # "How many cases by family" counts by something, though the maker of a rule may be a family as well.
        readings = [found for found in readings if found.query.is_count and found.query.group_by] or readings
        self._check_unambiguous(line, readings)
        _check_variables(readings[0].query)
        return readings[0]

    def _check_unambiguous(self, line: str, readings: list[InterpretedQuery]) -> None:
        """Raises QueryError (Q105) when the blanks of a question may stand in different sentences."""
        asked = {tuple(sorted(map(_atom_key, atoms(reading.query.condition)))): None for reading in readings}
        if len(asked) > 1:
            shown = tuple(dict.fromkeys(self.paraphraser.paraphrase(reading.query) for reading in readings))
            message = f"`{line[:60]}` may ask for more than one thing"
            raise QueryError(Problem("Q105", message, help="ask it in one of these ways", nearest=shown[:4]))


def _atom_key(atom: FactAtom | DecisionAtom) -> str:
    return atom.predicate if isinstance(atom, FactAtom) else f"decision: {atom.attribute}"


class _QueryBuilder:
    """Builds the query of one parse tree."""

    def __init__(self, grammar: QueryGrammar) -> None:
        self._grammar = grammar
        self._wildcard_count = 0
        self._unknown_names: list[tuple[str, str]] = []

    def build(self, tree: ParseTree) -> InterpretedQuery:
        """The query of a tree of the rule `question`."""
        parts = {str(child.data): child for child in subtrees(tree)}
        if tree.data == "citing":
            counted = _is_count(tree)
            return InterpretedQuery(
                Query(is_count=counted, citation_query=self._citation_query(tree)), tuple(self._unknown_names)
            )
        conditions: list[Condition] = []
        counted = False
        if head := parts.get("head"):
            counted = _is_count(head)
            conditions += [self._head_condition(child) for child in subtrees(head)]
        if body := parts.get("all_of"):
            conditions.append(self._condition(body))
        by = [self._dimension(child) for child in _operands(parts["by"])] if "by" in parts else []
        condition = conditions[0] if len(conditions) == 1 else All(tuple(conditions))
        return InterpretedQuery(Query(condition, counted, tuple(dict.fromkeys(by))), tuple(self._unknown_names))

    def _citation_query(self, tree: ParseTree) -> CitationQuery:
        thing = next(tree.find_data("thing"), None)
        kind, families = "", frozenset[str]()
        if thing is not None:
            (token,) = tokens_of(thing)
            named = self._grammar.name_ids[token.type][str(token)]
            kind = min(named) if token.type == "THING" else "criterion"
            families = frozenset[str]() if token.type == "THING" else frozenset(named)
        place = next(tree.find_data("place"), None)
        if place is None:
            return CitationQuery(kind, families)
        if kind == PINPOINT:
            raise QueryError(Problem("Q103", "a source cites nothing here", help="as in: what cites ICCPR 19?"))
        (found,) = self._name_patterns(place)
        if isinstance(found, Variable):
            raise QueryError(Problem("Q103", "say which source", help="as in: what cites ICCPR 19?"))
        return CitationQuery(kind, families, found.values if isinstance(found, OneOf) else frozenset({str(found)}))

    def _head_condition(self, tree: ParseTree) -> Condition:
        if str(tree.data) in self._grammar.sentence_forms:
            return self._fact_atom(tree, "said", "")
        return self._decision_condition(tree)

    def _condition(self, tree: ParseTree) -> Condition:
        kind = str(tree.data)
        if kind in {"all_of", "any_of", "both"}:
            parts = tuple(map(self._condition, _operands(tree)))
            if len(parts) == 1:
                return parts[0]
            return AnyOf(parts) if kind == "any_of" else All(parts)
        if kind == "negated":
            return Not(self._condition(_operands(tree)[0]))
        if kind == "not_by":
            return Not(self._decision_atom(tree, "deciding"))
        if kind in _TRUTHS_BY_FORM:
            sentence, *rest = _operands(tree)
            found = self._fact_atom(sentence, kind, interpret_speaker(rest[0]).kind.value if rest else "")
            return Not(found) if kind in _WEAK_NEGATIONS else found
        if kind == "silent_of":
            named = self._grammar.name_ids["SENTENCE_ID"][str(tree.children[-1])]
            return All(tuple(Not(self._any_fact_atom(name)) for name in sorted(named)))
        return self._decision_condition(tree)

    def _fact_atom(self, tree: ParseTree, kind: str, speaker: str) -> FactAtom:
        sentence = self._grammar.sentence_forms[str(tree.data)]
        arguments = sentence.predicate.args
        args = tuple(
            self._argument_pattern(slot, argument.type, argument.name)
            for slot, argument in zip(ordered_slots(sentence, tree), arguments, strict=True)
        )
        truths = _TRUTHS_BY_FORM[kind]
        if not sentence.affirmed:
            truths = frozenset(_NEGATED_TRUTH[truth] for truth in truths)
        return FactAtom(sentence.predicate.id, args, truths, speaker)

    def _any_fact_atom(self, predicate: str) -> FactAtom:
        arguments = self._grammar.vocabulary.predicates[predicate].args
        variables = tuple(self._variable(parser.WildcardPlaceholder("some"), item.name) for item in arguments)
        return FactAtom(predicate, variables, _TRUTHS_BY_FORM["silent"])

    def _argument_pattern(self, slot: Slot, type_name: str, name: str) -> ArgumentPattern:
        tokens = [slot] if isinstance(slot, TerminalToken) else tokens_of(slot)
        for token in tokens:
            found = decode_placeholder(token)
            if isinstance(found, parser.WildcardPlaceholder):
                return self._variable(found, name.replace("_", " "))
            if isinstance(found, parser.AlternativesPlaceholder):
                values = frozenset(found.values)  # "a family or parent" is one value
                return OneOf(values) if len(values) > 1 else found.values[0]
            if isinstance(found, parser.ComparisonPlaceholder):
                unit = next((int(other) for other in tokens if other.type == "UNIT"), 1)
                number = int(found.number) * unit
                return Comparison(found.operator, number // HOURS_PER_YEAR if type_name == "years" else number)
        try:
            return interpret_value(slot)
        except InvalidDateError as error:
            raise QueryError(_invalid_date_problem(str(error))) from error

    def _variable(self, placeholder: parser.WildcardPlaceholder, column: str) -> Variable:
        self._wildcard_count += 1
        if placeholder.letter:
            return Variable(placeholder.letter, placeholder.quantifier, placeholder.label or placeholder.letter)
        return Variable(f"blank {self._wildcard_count}", placeholder.quantifier, placeholder.label or column)

    def _decision_condition(self, tree: ParseTree) -> Condition:
        kind = str(tree.data)
        negated = any(child.data == "not" for child in subtrees(tree))
        found = self._decision_atom(tree, kind)
        return Not(found) if negated else found

    def _decision_atom(self, tree: ParseTree, kind: str) -> Condition:
        types = [token.type for token in tokens_of(tree)]
        if kind in {"since", "before"}:
            date = next(str(token) for token in tokens_of(tree) if token.type == "DATE")
            if decode_placeholder(date) or not is_date(date):
                raise QueryError(_invalid_date_problem("a blank" if decode_placeholder(date) else date))
            return DecisionAtom("time", (Comparison(">=" if kind == "since" else "<", date),))
        if kind in {"awaits_answer", "not_in_time", "overridden"}:
            return DecisionAtom("awaits_topic" if kind == "awaits_answer" else kind)
        if kind in {"criterion", "deciding"}:
            named = next(child for child in _operands(tree) if child.data in {"one", "family"})
            effects = [str(child.children[0].type) for child in _operands(tree)
                       if child.data == "effect" and isinstance(child.children[0], TerminalToken)]  # fmt: skip
            effect = effects[0].lower() if effects else "defeats"
            return DecisionAtom(f"{effect} {named.data}", self._name_patterns(named))
        if kind == "needs_source" and "ONLY" in types:
            kind = "sole_source"
        place = next((child for child in _operands(tree) if child.data == "place"), tree)
        return DecisionAtom(kind, self._name_patterns(place))

    def _name_patterns(self, tree: ParseTree) -> tuple[ArgumentPattern, ...]:
        (token,) = (token for token in tokens_of(tree) if token.type in NAME_TERMINALS)
        found = decode_placeholder(token)
        if isinstance(found, parser.WildcardPlaceholder):
            return (self._variable(found, NAME_TERMINALS[token.type]),)
        known = self._grammar.name_ids[token.type]
        if isinstance(found, parser.AlternativesPlaceholder):
            return (OneOf(frozenset(name for words in found.values for name in known[words])),)
        quoted = token[:1] in ('"', "\u201c")
        words = " ".join(self._grammar.normaliser.normalise(unquote(token))) if quoted else str(token)
        if words not in known:
            name = unquote(str(token))
            self._unknown_names.append((token.type, name))
            return (name,)
        ids = known[words]
        return (next(iter(ids)) if len(ids) == 1 else OneOf(frozenset(ids)),)

    def _dimension(self, tree: ParseTree) -> str:
        (token,) = tree.children
        return min(self._grammar.name_ids["DIMENSION"][str(token)])


def _operands(tree: ParseTree) -> list[ParseTree]:
    """The nodes below a node, without the mark of a negation."""
    return [child for child in subtrees(tree) if child.data != "not"]


def _is_count(tree: ParseTree) -> bool:
    return any(token.type == "COUNTED" for token in tokens_of(tree))


def _invalid_date_problem(what: str) -> Problem:
    return Problem("Q104", f"`{what}` is not a date of the calendar", help="write 2024-05-31, 2024-05 or 2024")


def _check_variables(query: Query) -> None:
    """Raises QueryError (Q103) for a listed wildcard that nothing binds, and for an `every` without a condition."""
    filled = set(_bound_variables(query.condition))
    for variable in variables(query.condition):
        if variable.quantifier == "listed" and variable.name not in filled:
            where = "it stands where something does not hold, or beside `every`"
            message = f"nothing would fill the blank <{variable.column}>: {where}"
            raise QueryError(Problem("Q103", message, help="write `some` or `any` in its place"))
    for atom in atoms(query.condition):
        kinds = {arg.quantifier if isinstance(arg, Variable) else "" for arg in atom.args}
        if "every" in kinds and kinds <= {"every", "some"}:
            blank = next(arg.column for arg in atom.args if isinstance(arg, Variable) and arg.quantifier == "every")
            message = f"of every {blank} nothing is asked: `every` is all that the case says with the same sentence"
            help_ = "name what must hold of each, as in: breaking the rule does minor harm to every interest of a child"
            raise QueryError(Problem("Q103", message, help=help_))


def _bound_variables(condition: Condition) -> list[str]:
    """The wildcards that have a value wherever a condition holds."""
    if isinstance(condition, Not):
        return []
    if isinstance(condition, All | AnyOf):
        return [name for part in condition.parts for name in _bound_variables(part)]
    found = [arg for arg in condition.args if isinstance(arg, Variable)]
    if any(arg.quantifier in {"no", "every"} for arg in found):
        return []
    return [arg.name for arg in found]


def unknown_name_problem(kind: str, name: str, known: Iterable[str]) -> Problem:
    """The problem (Q106) of a quoted name that does not exist."""
    help_ = "see `legit kb list`, `legit kb citations` and `legit kb search`"
    return Problem("Q106", f"there is no {kind} `{name}`", nearest=suggest(name, known), help=help_)
