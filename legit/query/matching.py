"""Whether a case is what a question asks for, and what fills its gaps."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from legit.errors import Problem, QueryError
from legit.model.facts import Value
from legit.query.corpus import Item
from legit.query.decision_attributes import Relations
from legit.query.query_ast import All, AnyOf, Atom, Bound, Condition, Not, OneOf, Pattern, Stated, Variable

MOST_ROWS = 10_000
"""In how many ways one case may fill the gaps of a question."""

Filled = tuple[tuple[str, Value], ...]
"""What fills gaps, by their names."""

_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip


class Matcher:
    """Matches cases against conditions, by the relations of one knowledge base."""

    def __init__(self, relations: Relations) -> None:
        self.relations = relations

    def fillings(self, condition: Condition, item: Item) -> list[dict[str, Value]]:
        """Every way in which a case fills the gaps of a condition that it meets: one, empty, where there is no gap.

        Raises QueryError (Q203) when there are too many.
        """
        return [dict(found) for found in self._distinct(condition, item, {})]

    def _distinct(self, condition: Condition, item: Item, known: dict[str, Value]) -> list[Filled]:
        found: dict[Filled, None] = {}
        for filled in self._solve(condition, item, known):
            found[tuple(sorted(filled.items()))] = None
            if len(found) > MOST_ROWS:
                message = f"case `{item.number}` fills the gaps in more than {MOST_ROWS} ways"
                raise QueryError(Problem("Q203", message, help="ask with fewer gaps, or `some` in place of some"))
        return list(found)

    def _solve(self, condition: Condition, item: Item, known: dict[str, Value]) -> Iterator[dict[str, Value]]:
        if isinstance(condition, Not):
            if next(self._solve(condition.part, item, known), None) is None:
                yield known
        elif isinstance(condition, AnyOf):
            for part in condition.parts:
                yield from self._solve(part, item, known)
        elif isinstance(condition, All):
            # What must not hold comes last: what the rest fills counts there as filled.
            parts = sorted(condition.parts, key=lambda part: isinstance(part, Not))
            yield from self._all(parts, item, known)
        else:
            yield from self._atom(condition, item, known)

    def _all(self, parts: list[Condition], item: Item, known: dict[str, Value]) -> Iterator[dict[str, Value]]:
        if not parts:
            yield known
            return
        for filled in self._distinct(parts[0], item, known):
            yield from self._all(parts[1:], item, dict(filled))

    def _atom(self, atom: Atom, item: Item, known: dict[str, Value]) -> Iterator[dict[str, Value]]:
        rows = list(self._rows(atom, item))
        kinds = {arg.kind for arg in atom.args if isinstance(arg, Variable)}
        met = (found for row in rows if (found := _match(atom.args, row, known)) is not None)
        if "no" in kinds:
            if next(met, None) is None:
                yield known
        elif "every" in kinds:
            places = [at for at, arg in enumerate(atom.args) if isinstance(arg, Variable) and arg.kind == "every"]
            wanted = {tuple(row[at] for at in places) for row in rows}
            fitting = [row for row in rows if _match(atom.args, row, known) is not None]
            if wanted and wanted == {tuple(row[at] for at in places) for row in fitting}:
                yield known
        else:
            yield from met

    def _rows(self, atom: Atom, item: Item) -> Iterable[tuple[Value, ...]]:
        if isinstance(atom, Stated):
            return (
                fact.args
                for fact in item.facts
                if fact.predicate == atom.predicate
                and fact.truth in atom.truths
                and (not atom.speaker or fact.speaker == atom.speaker)
            )
        found = self.relations.values(atom.relation, item)
        return ((value,) for value in found) if atom.args else [() for _ in found]


def _match(args: tuple[Pattern, ...], row: tuple[Value, ...], known: dict[str, Value]) -> dict[str, Value] | None:
    """What is known with what a row fills, None where the row does not fit."""
    if len(args) != len(row):  # another vocabulary recorded it
        return None
    found = known
    for arg, value in zip(args, row, strict=True):
        if isinstance(arg, Variable):
            if arg.kind == "listed":
                if found.get(arg.name, value) != value:
                    return None
                found = {**found, arg.name: value}
        elif isinstance(arg, Bound):
            if type(value) is not type(arg.value) or not _SIGNS[arg.sign](value, arg.value):
                return None
        elif isinstance(arg, OneOf):
            if value not in arg.values:
                return None
        elif arg != value:
            return None
    return found
