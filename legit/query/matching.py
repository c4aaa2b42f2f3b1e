"""Matches cases against the condition of a query, and binds its wildcards."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from legit.errors import Problem, QueryError
from legit.model.facts import Value
from legit.query.corpus import CorpusCase
from legit.query.decision_attributes import DecisionAttributes
from legit.query.query_ast import (
    All,
    AnyOf,
    ArgumentPattern,
    Atom,
    Comparison,
    Condition,
    FactAtom,
    Not,
    OneOf,
    Variable,
)

MAX_BINDINGS = 10_000
"""In how many ways one case may fill the blanks of a question."""

Binding = tuple[tuple[str, Value], ...]
"""The values that fill blanks, by the names of the blanks."""

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip


class Matcher:
    """Matches cases against conditions under one knowledge base."""

    def __init__(self, attributes: DecisionAttributes) -> None:
        self.attributes = attributes

    def bindings(self, condition: Condition, item: CorpusCase) -> list[dict[str, Value]]:
        """Every way in which a case fills the blanks of a condition that it meets: a single empty one if there is no
        blank.

        Raises QueryError (Q203) when there are too many.
        """
        return [dict(found) for found in self._distinct_bindings(condition, item, {})]

    def _distinct_bindings(self, condition: Condition, item: CorpusCase, binding: dict[str, Value]) -> list[Binding]:
        found: dict[Binding, None] = {}
        for filled in self._solve(condition, item, binding):
            found[tuple(sorted(filled.items()))] = None
            if len(found) > MAX_BINDINGS:
                message = f"case `{item.case_id}` fills the blanks in more than {MAX_BINDINGS} ways"
                raise QueryError(Problem("Q203", message, help="ask with fewer blanks, or `some` in place of some"))
        return list(found)

    def _solve(self, condition: Condition, item: CorpusCase, binding: dict[str, Value]) -> Iterator[dict[str, Value]]:
        if isinstance(condition, Not):
            if next(self._solve(condition.part, item, binding), None) is None:
                yield binding
        elif isinstance(condition, AnyOf):
            for part in condition.parts:
                yield from self._solve(part, item, binding)
        elif isinstance(condition, All):
            # Denied conditions come last: blanks that the other conditions filled are filled there.
            parts = sorted(condition.parts, key=lambda part: isinstance(part, Not))
            yield from self._match_all(parts, item, binding)
        else:
            yield from self._match_atom(condition, item, binding)

    def _match_all(
        self, parts: list[Condition], item: CorpusCase, binding: dict[str, Value]
    ) -> Iterator[dict[str, Value]]:
        if not parts:
            yield binding
            return
        for filled in self._distinct_bindings(parts[0], item, binding):
            yield from self._match_all(parts[1:], item, dict(filled))

    def _match_atom(self, atom: Atom, item: CorpusCase, binding: dict[str, Value]) -> Iterator[dict[str, Value]]:
        rows = list(self._candidate_rows(atom, item))
        kinds = {arg.quantifier for arg in atom.args if isinstance(arg, Variable)}
        met = (found for row in rows if (found := _unify(atom.args, row, binding)) is not None)
        if "no" in kinds:
            if next(met, None) is None:
                yield binding
        elif "every" in kinds:
            places = [at for at, arg in enumerate(atom.args) if isinstance(arg, Variable) and arg.quantifier == "every"]
            wanted = {tuple(row[at] for at in places) for row in rows}
            fitting = [row for row in rows if _unify(atom.args, row, binding) is not None]
            if wanted and wanted == {tuple(row[at] for at in places) for row in fitting}:
                yield binding
        else:
            yield from met

    def _candidate_rows(self, atom: Atom, item: CorpusCase) -> Iterable[tuple[Value, ...]]:
        if isinstance(atom, FactAtom):
            return (
                fact.args
                for fact in item.facts
                if fact.predicate == atom.predicate
                and fact.truth in atom.truths
                and (not atom.speaker or fact.speaker_kind == atom.speaker)
            )
        found = self.attributes.values(atom.attribute, item)
        return ((value,) for value in found) if atom.args else [() for _ in found]


def _unify(
    args: tuple[ArgumentPattern, ...], row: tuple[Value, ...], binding: dict[str, Value]
) -> dict[str, Value] | None:
    """The bindings extended by those of a row; None when the row does not match."""
    if len(args) != len(row):  # another vocabulary recorded it
        return None
    found = binding
    for arg, value in zip(args, row, strict=True):
        if isinstance(arg, Variable):
            if arg.quantifier == "listed":
                if found.get(arg.name, value) != value:
                    return None
                found = {**found, arg.name: value}
        elif isinstance(arg, Comparison):
            if type(value) is not type(arg.value) or not _OPERATORS[arg.operator](value, arg.value):
                return None
        elif isinstance(arg, OneOf):
            if value not in arg.values:
                return None
        elif arg != value:
            return None
    return found
