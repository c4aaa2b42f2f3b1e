"""Joining the parts of a body against known atoms: the naive way, one part after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from legit.testing.oracle.rule_ast import (
    Aggregate,
    Atom,
    BodyElement,
    Comparison,
    Constant,
    Literal,
    Operation,
    Signature,
    Term,
    UnsupportedRuleError,
    Variable,
    variables,
)

Binding = dict[str, Constant]


class Undefined(Exception):  # noqa: N818  (no error: the instance of the rule does not exist)
    """Arithmetic on something that is no number, or by nothing."""


def evaluate(term: Term, binding: Binding) -> Constant:
    """The value of a term whose variables are bound. Raises Undefined."""
    if isinstance(term, Variable):
        return binding[term.name]
    if not isinstance(term, Operation):
        return term
    left, right = evaluate(term.left, binding), evaluate(term.right, binding)
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


def sort_key(item: Constant) -> tuple[int, int, str]:
    """The order of values: numbers, then texts in quotation marks, then names."""
    if isinstance(item, int):
        return 0, item, ""
    return (1 if item.startswith('"') else 2), 0, item


def compare(left: Constant, operator: str, right: Constant) -> bool:
    """Whether a comparison of two values holds."""
    one, other = sort_key(left), sort_key(right)
    return {
        "=": one == other,
        "!=": one != other,
        "<": one < other,
        "<=": one <= other,
        ">": one > other,
        ">=": one >= other,
    }[operator]


class AtomIndex:
    """The known atoms of one predicate, found by the values of some of their arguments."""

    def __init__(self) -> None:
        self.rows: dict[Atom, None] = {}
        self._indices: dict[tuple[int, ...], dict[tuple[Constant, ...], list[Atom]]] = {}

    def add(self, atom: Atom) -> None:
        self.rows[atom] = None
        for places, index in self._indices.items():
            index.setdefault(tuple(atom[place] for place in places), []).append(atom)

    def find(self, positions: tuple[int, ...], values: tuple[Constant, ...]) -> Sequence[Atom]:
        """The atoms that have these values in these places; places count from 1."""
        if not positions:
            return list(self.rows)
        index = self._indices.get(positions)
        if index is None:
            index = self._indices[positions] = {}
            for atom in self.rows:
                index.setdefault(tuple(atom[place] for place in positions), []).append(atom)
        return index.get(values, ())


class FactStore:
    """Known atoms, by predicate; some of them may be shared with others and are then never changed."""

    def __init__(self, shared: dict[Signature, AtomIndex] | None = None) -> None:
        self.shared = shared or {}
        self.own: dict[Signature, AtomIndex] = {}

    def index(self, key: Signature) -> AtomIndex:
        """The atoms of a predicate."""
        found = self.shared.get(key) or self.own.get(key)
        if found is None:
            found = self.own[key] = AtomIndex()
        return found

    def has_any(self, key: Signature) -> bool:
        """Whether any atom of a predicate is known."""
        return bool(self.index(key).rows)

    def holds(self, atom: Atom) -> bool:
        return atom in self.index((str(atom[0]), len(atom) - 1)).rows

    def add(self, atom: Atom) -> bool:
        """Whether the atom is new."""
        relation = self.index((str(atom[0]), len(atom) - 1))
        if atom in relation.rows:
            return False
        relation.add(atom)
        return True


def instantiate(literal: Literal, binding: Binding) -> Atom:
    """The ground atom of a literal whose variables are bound. Raises Undefined."""
    return (literal.name, *[evaluate(term, binding) for term in literal.args])


def unify(literal: Literal, atom: Atom, binding: Binding) -> Binding | None:
    """The binding extended so that the literal, of variables and values, is the atom; None if it cannot be."""
    found = dict(binding)
    for term, item in zip(literal.args, atom[1:], strict=True):
        known = found.setdefault(term.name, item) if isinstance(term, Variable) else term
        if known != item:
            return None
    return found


def plan(parts: Iterable[BodyElement], known: set[str]) -> tuple[BodyElement, ...]:
    """The parts in an order in which each can be evaluated, given the variables that are bound.

    Raises UnsupportedRuleError when there is none: the rule is not safe.
    """
    left = list(parts)
    order: list[BodyElement] = []
    names = set(known)
    while left:
        ready = [part for part in left if _ready(part, names)]
        if not ready:
            raise UnsupportedRuleError(f"no order in which to evaluate {left}")
        best = min(ready, key=lambda part: _cost(part, names))
        left.remove(best)
        order.append(best)
        names |= _bound_variables(best)
    return tuple(order)


def _bound_variables(part: BodyElement) -> set[str]:
    if isinstance(part, Literal):
        return set() if part.negated else {term.name for term in part.args if isinstance(term, Variable)}
    if isinstance(part, Comparison):
        return {term.name for term in (part.left, part.right) if isinstance(term, Variable) and part.operator == "="}
    return {part.left.name} if isinstance(part.left, Variable) else set()


def _ready(part: BodyElement, names: set[str]) -> bool:
    if isinstance(part, Literal):
        return all((isinstance(term, Variable) and not part.negated) or variables(term) <= names for term in part.args)
    if isinstance(part, Comparison):
        left, right = variables(part.left) <= names, variables(part.right) <= names
        if part.operator == "=":
            return (left and (right or isinstance(part.right, Variable))) or (right and isinstance(part.left, Variable))
        return left and right
    return isinstance(part.left, Variable) or variables(part.left) <= names


def _cost(part: BodyElement, names: set[str]) -> int:
    """Tests before look-ups, look-ups with few free variables before others."""
    if isinstance(part, Literal) and not part.negated:
        return 1 + sum(isinstance(term, Variable) and term.name not in names for term in part.args)
    return 0 if not isinstance(part, Aggregate) else 1


def solutions(parts: Sequence[BodyElement], known: FactStore, binding: Binding, start: int = 0) -> Iterator[Binding]:
    """All bindings under which the parts hold in the known facts. A negated atom holds if it is not known."""
    if start == len(parts):
        yield binding
        return
    for found in _extensions(parts[start], known, binding):
        yield from solutions(parts, known, found, start + 1)


def _extensions(part: BodyElement, known: FactStore, binding: Binding) -> Iterator[Binding]:
    try:
        if isinstance(part, Literal):
            if part.negated:
                if not known.holds(instantiate(part, binding)):
                    yield binding
                return
            places, values = [], []
            for place, term in enumerate(part.args, start=1):
                if not isinstance(term, Variable) or term.name in binding:
                    places.append(place)
                    values.append(evaluate(term, binding))
            for atom in known.index(part.signature).find(tuple(places), tuple(values)):
                found = unify(part, atom, binding)
                if found is not None:
                    yield found
        elif isinstance(part, Comparison):
            yield from _comparison_bindings(part.left, part.operator, part.right, binding)
        else:
            yield from _comparison_bindings(part.left, part.operator, _aggregate_value(part, known, binding), binding)
    except Undefined:
        return


def _comparison_bindings(left: Term, operator: str, right: Term, binding: Binding) -> Iterator[Binding]:
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Variable) and one.name not in binding:
            yield {**binding, one.name: evaluate(other, binding)}
            return
    if compare(evaluate(left, binding), operator, evaluate(right, binding)):
        yield binding


def _aggregate_value(part: Aggregate, known: FactStore, binding: Binding) -> Constant:
    tuples: set[tuple[Constant, ...]] = set()
    for terms, condition in part.elements:
        for found in solutions(plan(condition, set(binding)), known, binding):
            tuples.add(tuple(evaluate(term, found) for term in terms))
    if part.function == "count":
        return len(tuples)
    if part.function == "sum":
        return sum(item[0] for item in tuples if isinstance(item[0], int))
    values = [item[0] for item in tuples]
    if not values:
        raise UnsupportedRuleError(f"the #{part.function} of nothing")
    return (max if part.function == "max" else min)(values, key=sort_key)
