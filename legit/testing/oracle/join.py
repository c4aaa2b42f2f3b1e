"""Joining the parts of a body against known atoms: the naive way, one part after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from legit.testing.oracle.rules import (
    Aggregate,
    Atom,
    Comparison,
    Constant,
    Key,
    Literal,
    Operation,
    Part,
    Term,
    UnsupportedRuleError,
    Variable,
    variables,
)

Binding = dict[str, Constant]


class Undefined(Exception):  # noqa: N818  (no error: the instance of the rule does not exist)
    """Arithmetic on something that is no number, or by nothing."""


def value(term: Term, binding: Binding) -> Constant:
    """The value of a term whose variables are bound. Raises Undefined."""
    if isinstance(term, Variable):
        return binding[term.name]
    if not isinstance(term, Operation):
        return term
    left, right = value(term.left, binding), value(term.right, binding)
    if not isinstance(left, int) or not isinstance(right, int):
        raise Undefined
    if term.operator == "+":
        return left + right
    if term.operator == "-":
        return left - right
    if term.operator == "*":
        return left * right
    if right == 0:
        raise Undefined
    quotient = abs(left) // abs(right)
    quotient = quotient if (left < 0) == (right < 0) else -quotient
    return quotient if term.operator == "/" else left - quotient * right


def ordered(item: Constant) -> tuple[int, int, str]:
    """The order of values: numbers, then texts in quotation marks, then names."""
    if isinstance(item, int):
        return 0, item, ""
    return (1 if item.startswith('"') else 2), 0, item


def compares(left: Constant, operator: str, right: Constant) -> bool:
    """Whether a comparison of two values holds."""
    one, other = ordered(left), ordered(right)
    return {
        "=": one == other,
        "!=": one != other,
        "<": one < other,
        "<=": one <= other,
        ">": one > other,
        ">=": one >= other,
    }[operator]


class Relation:
    """The known atoms of one predicate, found by the values of some of their arguments."""

    def __init__(self) -> None:
        self.rows: dict[Atom, None] = {}
        self._indices: dict[tuple[int, ...], dict[tuple[Constant, ...], list[Atom]]] = {}

    def add(self, atom: Atom) -> None:
        self.rows[atom] = None
        for places, index in self._indices.items():
            index.setdefault(tuple(atom[place] for place in places), []).append(atom)

    def find(self, places: tuple[int, ...], values: tuple[Constant, ...]) -> Sequence[Atom]:
        """The atoms that have these values in these places; places count from 1."""
        if not places:
            return list(self.rows)
        index = self._indices.get(places)
        if index is None:
            index = self._indices[places] = {}
            for atom in self.rows:
                index.setdefault(tuple(atom[place] for place in places), []).append(atom)
        return index.get(values, ())


class Known:
    """Known atoms, by predicate; some of them may be shared with others and are then never changed."""

    def __init__(self, shared: dict[Key, Relation] | None = None) -> None:
        self.shared = shared or {}
        self.own: dict[Key, Relation] = {}

    def relation(self, key: Key) -> Relation:
        """The atoms of a predicate."""
        found = self.shared.get(key) or self.own.get(key)
        if found is None:
            found = self.own[key] = Relation()
        return found

    def any(self, key: Key) -> bool:
        """Whether any atom of a predicate is known."""
        return bool(self.relation(key).rows)

    def holds(self, atom: Atom) -> bool:
        return atom in self.relation((str(atom[0]), len(atom) - 1)).rows

    def add(self, atom: Atom) -> bool:
        """Whether the atom is new."""
        relation = self.relation((str(atom[0]), len(atom) - 1))
        if atom in relation.rows:
            return False
        relation.add(atom)
        return True


def bound(literal: Literal, binding: Binding) -> Atom:
    """The ground atom of a literal whose variables are bound. Raises Undefined."""
    return (literal.name, *[value(term, binding) for term in literal.args])


def unify(literal: Literal, atom: Atom, binding: Binding) -> Binding | None:
    """The binding extended so that the literal, of variables and values, is the atom; None where it cannot be."""
    found = dict(binding)
    for term, item in zip(literal.args, atom[1:], strict=True):
        known = found.setdefault(term.name, item) if isinstance(term, Variable) else term
        if known != item:
            return None
    return found


def plan(parts: Iterable[Part], known: set[str]) -> tuple[Part, ...]:
    """The parts in an order in which each can be evaluated, given the variables that are bound.

    Raises UnsupportedRuleError when there is none: the rule is not safe.
    """
    left = list(parts)
    order: list[Part] = []
    names = set(known)
    while left:
        ready = [part for part in left if _ready(part, names)]
        if not ready:
            raise UnsupportedRuleError(f"no order in which to evaluate {left}")
        best = min(ready, key=lambda part: _cost(part, names))
        left.remove(best)
        order.append(best)
        names |= _binds(best)
    return tuple(order)


def _binds(part: Part) -> set[str]:
    if isinstance(part, Literal):
        return set() if part.negated else {term.name for term in part.args if isinstance(term, Variable)}
    if isinstance(part, Comparison):
        return {term.name for term in (part.left, part.right) if isinstance(term, Variable) and part.operator == "="}
    return {part.left.name} if isinstance(part.left, Variable) else set()


def _ready(part: Part, names: set[str]) -> bool:
    if isinstance(part, Literal):
        return all((isinstance(term, Variable) and not part.negated) or variables(term) <= names for term in part.args)
    if isinstance(part, Comparison):
        left, right = variables(part.left) <= names, variables(part.right) <= names
        if part.operator == "=":
            return (left and (right or isinstance(part.right, Variable))) or (right and isinstance(part.left, Variable))
        return left and right
    return isinstance(part.left, Variable) or variables(part.left) <= names


def _cost(part: Part, names: set[str]) -> int:
    """Tests before look-ups, look-ups with few free variables before others."""
    if isinstance(part, Literal) and not part.negated:
        return 1 + sum(isinstance(term, Variable) and term.name not in names for term in part.args)
    return 0 if not isinstance(part, Aggregate) else 1


def solutions(parts: Sequence[Part], known: Known, binding: Binding, start: int = 0) -> Iterator[Binding]:
    """All bindings under which the parts hold in what is known, negated atoms being those that are not known."""
    if start == len(parts):
        yield binding
        return
    for found in _step(parts[start], known, binding):
        yield from solutions(parts, known, found, start + 1)


def _step(part: Part, known: Known, binding: Binding) -> Iterator[Binding]:
    try:
        if isinstance(part, Literal):
            if part.negated:
                if not known.holds(bound(part, binding)):
                    yield binding
                return
            places, values = [], []
            for place, term in enumerate(part.args, start=1):
                if not isinstance(term, Variable) or term.name in binding:
                    places.append(place)
                    values.append(value(term, binding))
            for atom in known.relation(part.key).find(tuple(places), tuple(values)):
                found = unify(part, atom, binding)
                if found is not None:
                    yield found
        elif isinstance(part, Comparison):
            yield from _compared(part.left, part.operator, part.right, binding)
        else:
            yield from _compared(part.left, part.operator, _aggregated(part, known, binding), binding)
    except Undefined:
        return


def _compared(left: Term, operator: str, right: Term, binding: Binding) -> Iterator[Binding]:
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Variable) and one.name not in binding:
            yield {**binding, one.name: value(other, binding)}
            return
    if compares(value(left, binding), operator, value(right, binding)):
        yield binding


def _aggregated(part: Aggregate, known: Known, binding: Binding) -> Constant:
    tuples: set[tuple[Constant, ...]] = set()
    for terms, condition in part.elements:
        for found in solutions(plan(condition, set(binding)), known, binding):
            tuples.add(tuple(value(term, found) for term in terms))
    if part.function == "count":
        return len(tuples)
    if part.function == "sum":
        return sum(item[0] for item in tuples if isinstance(item[0], int))
    values = [item[0] for item in tuples]
    if not values:
        raise UnsupportedRuleError(f"the #{part.function} of nothing")
    return (max if part.function == "max" else min)(values, key=ordered)
