"""Comparisons of measures, dates, names and steps in rules: each with its own kind, and with a bound by name (K508).

Rules see a measure as the index of a band, a date and a name as a number in the case, and a step of an attribute as its
position. None of these is a number that an author knows, so none is compared with one: `more_than(A,19,years)` names a
bound of a band, `at_least(L,severe,sanction_level)` a step. Two measures are compared by `exceeds`, two dates by
`earlier`, because neither bands nor numbers tell their order. Which kind stands in each argument of each predicate is
inferred from the types of the vocabulary, through the rules, as a least fixpoint.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from legit._util.suggest import suggest
from legit.errors import Problem
from legit.knowledge.lexicon import MEASURES, Lexicon
from legit.knowledge.protocol import AT_LEAST, AT_MOST, EARLIER, EXCEEDS, MORE_THAN, Signature
from legit.knowledge.rules.rule_ast import (
    Atom,
    BodyLiteral,
    Comparison,
    Condition,
    Rule,
    RulesByFile,
    Term,
    condition_scopes,
    signature,
)
from legit.knowledge.vocabulary import Vocabulary

Kinds = dict[Signature, list[set[str]]]
"""For each argument of each predicate, its kinds: a measure, `date`, `name`, the attribute whose steps it takes, or
`number`; empty for the values of a type."""

_COMPARED = MEASURES | {"date"}
_ORDERING = frozenset({"<", "<=", ">", ">="})
_SEEN_AS = {"date": "their numbers in the case"} | dict.fromkeys(MEASURES, "their bands")
_EXACT_HELP = {"date": "write `earlier(D,E)`: the last day of D lies before the first day of E"} | dict.fromkeys(
    MEASURES, "write `exceeds(p,X,q,Y)` beside the conditions `p(X)` and `q(Y)`: it compares the exact values"
)
_NUMBER, _VALUE = "number", "value"
_RANKED = MEASURES | {"date", "name"}
_VARIABLE = re.compile(r"\b[A-Z]\w*")
_NESTED = re.compile(r"([a-z_]\w*)\((.*)\)", re.DOTALL)
_DESCRIPTIONS = {
    "years": "a number of years", "time": "a time", "count": "a count", "date": "a date", "name": "a name",
    _NUMBER: "a number", _VALUE: "a value of a type",
}  # fmt: skip


@dataclass(frozen=True)
class Scales:
    """The bands of the lexicon and the steps of attributes, which rules compare.

    `steps` has, by attribute, the position of each step; attributes that share a scale have the same `scale_names`.
    """

    lexicon: Lexicon
    steps: Mapping[str, Mapping[str, int]]
    scale_names: Mapping[str, str]

    def measure_of(self, unit: str) -> str:
        """The measure to which a unit belongs, empty if there is no such unit."""
        return next((measure for measure in sorted(MEASURES) if unit in self.lexicon.units_of(measure)), "")

    def describe(self, kind: str) -> str:
        """A kind in words."""
        return _DESCRIPTIONS.get(kind, f"a step of `{kind}`")

    def bounds_list(self, measure: str) -> str:
        """The bounds of a measure, as a help names them."""
        listed = ", ".join(f"{bound.number} {bound.unit}" for bound in self.lexicon.written_bounds(measure))
        return f"the bounds are {listed}"

    def comparison_help(self, kind: str, variable: str) -> str:
        """How something of a kind is compared."""
        if kind in MEASURES:
            bounds = self.lexicon.written_bounds(kind)
            example = bounds[len(bounds) // 2]
            form = f"more_than({variable},{example.number},{example.unit})"
            return f"write `{form}` or `at_most(…)`; {self.bounds_list(kind)}"
        if kind in self.steps:
            names = list(self.steps[kind])
            return f"write `at_least({variable},{names[-1]},{kind})`; the steps are {', '.join(names)}"
        return f"a {kind} is compared with another {kind} only"


def given_kinds(
    vocabulary: Vocabulary,
    scales: Scales,
    attributes: Mapping[str, Mapping[str, Mapping[str, Any]]],
    tables: Mapping[str, Mapping[str, Any]],
) -> Kinds:
    """The kinds of the arguments that cases, attributes of values and the tables of the profile give."""
    kinds: Kinds = {
        (predicate.id, predicate.arity): [
            {argument.type} if argument.type in _RANKED else set() for argument in predicate.args
        ]
        for predicate in vocabulary.predicates.values()
    }
    kinds[EARLIER] = [{"date"}, {"date"}]
    for values in attributes.values():
        for table in values.values():
            for key, entry in table.items():
                if key in scales.scale_names:
                    kinds[key, 2] = [set(), {scales.scale_names[key]}]
                elif type(entry) is int or (isinstance(entry, list) and entry and type(entry[0]) is int):
                    kinds[key, 2] = [set(), {_NUMBER}]
    for name, table in tables.items():
        for entry in table.values():
            kinds.update(
                {(name, 3): [set(), set(), {_NUMBER}]} if isinstance(entry, dict) else {(name, 2): [set(), {_NUMBER}]}
            )
    return kinds


def infer_kinds(rules: RulesByFile, given: Kinds) -> Kinds:
    """The kinds of every argument, given or derived: a least fixpoint over the rules."""
    kinds: Kinds = {key: [set(kind) for kind in places] for key, places in given.items()}
    every = [rule for _, own in rules for rule in own]
    changed = True
    while changed:
        changed = False
        for rule in every:
            for head in rule.heads:
                variables = _variable_kinds((*rule.body, *head.conditions), kinds)
                places = kinds.setdefault(signature(head.atom), [set() for _ in head.atom.args])
                for place, arg in zip(places, head.atom.args, strict=True):
                    new = variables.get(arg.text, set()) if arg.kind == "variable" else _own_kinds(arg)
                    changed |= not new <= place
                    place |= new
    return kinds


def check_comparisons(rules: RulesByFile, kinds: Kinds, scales: Scales) -> Iterator[Problem]:
    """All comparisons and computations with a value that is no number or a bound that does not exist (K508)."""
    for file, own in rules:
        for rule in own:
            for place, message, help_, near in _RuleCheck(rule, kinds, scales).problems():
                yield Problem("K508", message, place.line, place.column, file.path, help_, near)


_Found = tuple[Atom | Comparison, str, str, tuple[str, ...]]
"""The place, the message, the help, and the nearest valid names."""


class _RuleCheck:
    """The comparisons of one rule."""

    def __init__(self, rule: Rule, kinds: Kinds, scales: Scales) -> None:
        self._rule, self._kinds, self._scales = rule, kinds, scales

    def problems(self) -> Iterator[_Found]:
        outer = _variable_kinds(self._rule.body, self._kinds)
        for head in self._rule.heads:
            variables = _variable_kinds((*self._rule.body, *head.conditions), self._kinds)
            yield from self._computed(head.atom, head.atom.args, variables)
            yield from self._mixed_head(head.atom, variables)
        for weight, conditions in zip(self._rule.aggregate_weights, self._rule.aggregate_conditions, strict=True):
            if weight and conditions:
                variables = _variable_kinds((*self._rule.body, *conditions), self._kinds)
                yield from self._weighed(weight, conditions, variables)
        for scope in condition_scopes(self._rule):
            variables = outer if scope is self._rule.body else _variable_kinds((*self._rule.body, *scope), self._kinds)
            for condition in scope:
                if isinstance(condition, Comparison):
                    yield from self._comparison(condition, variables)
                elif signature(condition.atom) in (MORE_THAN, AT_MOST):
                    yield from self._bound(condition.atom, variables)
                elif signature(condition.atom) == EXCEEDS:
                    yield from self._exceeding(condition.atom)
                elif signature(condition.atom) == AT_LEAST:
                    yield from self._step(condition.atom, variables)
                else:
                    yield from self._arguments(condition.atom, variables)

    def _comparison(self, comparison: Comparison, variables: dict[str, set[str]]) -> Iterator[_Found]:
        sides = (comparison.left, comparison.right)
        text = f"{comparison.left.text} {comparison.operator} {comparison.right.text}"
        kinds = [variables.get(side.text, set()) - {_NUMBER} if side.kind == "variable" else set() for side in sides]
        computed = [*self._computed(comparison, sides, variables)]
        if computed or not any(kinds):
            yield from computed
            return
        variable, kind = next((side.text, min(own)) for side, own in zip(sides, kinds, strict=True) if own)
        if all(side.kind == "variable" for side in sides):
            others = [variables.get(side.text) or {_VALUE} for side in sides]
            if (shared := others[0] & others[1] & _COMPARED) and self._orders(comparison):
                kind = min(shared)
                yield comparison, f"`{text}` compares {self._plural(kind)} by {_SEEN_AS[kind]}", _EXACT_HELP[kind], ()
                return
            if not others[0] & others[1] and not (comparison.operator == "=" and not all(kinds)):
                words = " with ".join(self._scales.describe(min(own)) for own in others)
                yield comparison, f"`{text}` compares {words}", self._scales.comparison_help(kind, variable), ()
        else:
            message = f"`{text}`: no plain number stands for {self._scales.describe(kind)}"
            yield comparison, message, self._scales.comparison_help(kind, variable), ()

    def _bound(self, atom: Atom, variables: dict[str, set[str]]) -> Iterator[_Found]:
        measured, number, unit = atom.args
        measure = self._scales.measure_of(unit.text)
        if not measure:
            return  # K503 names the units
        yield from self._compared(atom, measured, measure, f"`{unit.text}` measures {self._plural(measure)}", variables)
        known = {bound.number: bound for bound in self._scales.lexicon.bounds(measure) if bound.unit == unit.text}
        if number.text.isdigit() and int(number.text) not in known:
            value = int(number.text) * self._scales.lexicon.units_of(measure)[unit.text]
            message = f"`{atom}`: {number.text} {unit.text} is no bound of a band, so no rule can see it"
            near = _nearest_bounds(self._scales.lexicon, measure, value)
            yield atom, message, self._scales.bounds_list(measure), near
        elif not number.text.isdigit():
            yield atom, f"`{atom}`: the second argument is a whole number", "", ()

    def _exceeding(self, atom: Atom) -> Iterator[_Found]:
        """That the facts of the rule with the named predicates have the compared bands, of one measure."""
        stated = {
            (literal.atom.name, literal.atom.args[0].text): kinds[0]
            for literal in _positive_literals(self._rule)
            if len(kinds := self._kinds.get(signature(literal.atom), [])) == 1
        }
        found: list[set[str]] = []
        for name, band in (atom.args[:2], atom.args[2:]):
            kind = stated.get((name.text, band.text), set()) & MEASURES
            if not kind or band.kind != "variable":
                message = f"`{atom}`: no condition `{name.text}({band.text})` of one measure stands in the rule"
                yield atom, message, f"write `{name.text}({band.text})` as another condition", ()
            found.append(kind)
        if all(found) and not found[0] & found[1]:
            words = " with ".join(self._scales.describe(min(kind)) for kind in found)
            yield atom, f"`{atom}` compares {words}", "", ()
        elif atom.args[0].text == atom.args[2].text:
            yield atom, f"`{atom}` compares a fact with itself", "", ()

    def _orders(self, comparison: Comparison) -> bool:
        """Whether a comparison of two variables does more than give one of them another name."""
        stated = {
            arg.text
            for literal in _positive_literals(self._rule)
            for arg, place in zip(literal.atom.args, self._kinds.get(signature(literal.atom), ()), strict=False)
            if place
        }
        return comparison.operator in _ORDERING or {comparison.left.text, comparison.right.text} <= stated

    def _step(self, atom: Atom, variables: dict[str, set[str]]) -> Iterator[_Found]:
        held, step, attribute = atom.args
        steps = self._scales.steps.get(attribute.text)
        if steps is None:
            return  # K503 names the attributes
        scale = self._scales.scale_names[attribute.text]
        yield from self._compared(atom, held, scale, f"`{attribute.text}` has steps of its own", variables)
        if step.text not in steps:
            message = f"`{atom}`: `{attribute.text}` has no step `{step.text}`"
            yield atom, message, f"its steps are {', '.join(steps)}", suggest(step.text, steps)

    def _compared(
        self, atom: Atom, first: Term, kind: str, why: str, variables: dict[str, set[str]]
    ) -> Iterator[_Found]:
        """Check that the first argument of a bound or a step is a variable of its kind."""
        if first.kind != "variable" or first.text == "_":
            yield atom, f"`{atom}`: the first argument is a variable of another condition", "", ()
            return
        own = variables.get(first.text, set())
        if own != {kind}:
            says = f"`{first.text}` is {self._scales.describe(min(own))}" if own else f"nothing measures `{first.text}`"
            other = next((item for item in own if item != kind and item != _NUMBER), "")
            help_ = self._scales.comparison_help(other, first.text) if other else ""
            yield atom, f"`{atom}`: {says}, and {why}", help_, ()

    def _arguments(self, atom: Atom, variables: dict[str, set[str]]) -> Iterator[_Found]:
        yield from self._computed(atom, atom.args, variables)
        for part in _atoms_within(atom):
            for arg, place in zip(part.args, self._kinds.get(signature(part), ()), strict=False):
                ranked = place - {_NUMBER}
                if (
                    ranked
                    and arg.kind == "other"
                    and not _NESTED.fullmatch(arg.text)
                    and not _VARIABLE.search(arg.text)
                ):
                    kind = min(ranked)
                    message = f"`{part}`: no plain number stands for {self._scales.describe(kind)}"
                    yield atom, message, self._scales.comparison_help(kind, "X"), ()
                elif arg.kind == "variable" and place and not place & variables.get(arg.text, place):
                    there, here = self._scales.describe(min(place)), self._scales.describe(min(variables[arg.text]))
                    yield atom, f"`{part}`: {arg.text} is {there} there, and {here} in this rule", "", ()

    def _computed(
        self, place: Atom | Comparison, args: Iterable[Term], variables: dict[str, set[str]]
    ) -> Iterator[_Found]:
        """Arithmetic with a value that is no number."""
        for arg in args:
            nested = _NESTED.fullmatch(arg.text) if arg.kind == "other" else None
            if nested:
                yield from self._computed(place, _terms(nested.group(2)), variables)
            elif arg.kind == "other" and not arg.text.startswith('"'):
                for name in _VARIABLE.findall(arg.text):
                    if kinds := variables.get(name, set()) - {_NUMBER}:
                        message = f"`{arg.text}` computes with {self._scales.describe(min(kinds))}"
                        yield place, message, self._scales.comparison_help(min(kinds), name), ()

    def _weighed(
        self, weight: Term, conditions: tuple[Condition, ...], variables: dict[str, set[str]]
    ) -> Iterator[_Found]:
        """A sum, minimum or maximum of values that are no numbers."""
        place = next(item.atom if isinstance(item, BodyLiteral) else item for item in conditions)
        for name in _VARIABLE.findall(weight.text):
            if kinds := variables.get(name, set()) - {_NUMBER}:
                message = f"`{weight.text}` in an aggregate computes with {self._scales.describe(min(kinds))}"
                yield place, message, "count it with `#count`, or compare it with a bound", ()

    def _mixed_head(self, atom: Atom, variables: dict[str, set[str]]) -> Iterator[_Found]:
        """A rule that derives a number for an argument for which other rules derive no number."""
        for arg, place in zip(atom.args, self._kinds[signature(atom)], strict=True):
            own = variables.get(arg.text, set()) if arg.kind == "variable" else _own_kinds(arg)
            ranked = place - {_NUMBER}
            if len(place) > 1 and own and (_NUMBER in own or _NUMBER not in place):
                message = f"`{atom}`: {arg.text} is {self._scales.describe(min(own))} here, and elsewhere"
                others = " or ".join(self._scales.describe(kind) for kind in sorted(ranked - own))
                yield atom, f"{message} {others}", "derive one kind of thing in one place", ()

    def _plural(self, measure: str) -> str:
        return {"years": "ages in years", "time": "times", "count": "counts", "date": "dates"}[measure]


def _positive_literals(rule: Rule) -> Iterator[BodyLiteral]:
    for scope in condition_scopes(rule):
        yield from (item for item in scope if isinstance(item, BodyLiteral) and not item.negated and item.atom.args)


def _nearest_bounds(lexicon: Lexicon, measure: str, value: int) -> tuple[str, ...]:
    written = [(lexicon.bands[measure][bound.band], bound) for bound in lexicon.written_bounds(measure)]
    below = [bound for size, bound in written if size < value][-1:]
    above = [bound for size, bound in written if size > value][:1]
    return tuple(f"{bound.number},{bound.unit}" for bound in (*below, *above))


def _variable_kinds(conditions: Iterable[Condition], kinds: Kinds) -> dict[str, set[str]]:
    """The kind of each variable, by the arguments that it takes in atoms that must hold."""
    found: dict[str, set[str]] = {}
    equal: list[tuple[str, str]] = []
    for condition in conditions:
        if isinstance(condition, Comparison):
            if condition.operator == "=" and condition.left.kind == condition.right.kind == "variable":
                equal.append((condition.left.text, condition.right.text))
            continue
        if condition.negated:
            continue
        for atom in _atoms_within(condition.atom):
            if atom.name == "is_a" and len(atom.args) == 2 and atom.args[1].text in _RANKED:
                found.setdefault(atom.args[0].text, {atom.args[1].text})
            for arg, place in zip(atom.args, kinds.get(signature(atom), ()), strict=False):
                if arg.kind == "variable" and arg.text != "_" and place:
                    known = found.get(arg.text, place)
                    found[arg.text] = known & place or known
    for one, other in (*equal, *reversed(equal)):
        for name, source in ((one, other), (other, one)):
            if name not in found and source in found:
                found[name] = found[source]
    return found


def _own_kinds(term: Term) -> set[str]:
    """The kind of an argument of a head that is no variable: a number where it is one, or computes one."""
    plain = term.kind == "other" and not term.text.startswith('"') and not _NESTED.fullmatch(term.text)
    return {_NUMBER} if plain else set()


def _atoms_within(atom: Atom) -> Iterator[Atom]:
    """An atom, and the atoms in its arguments: rules of properties read `input(p(A))`."""
    yield atom
    for arg in atom.args:
        nested = _NESTED.fullmatch(arg.text) if arg.kind == "other" else None
        if nested:
            yield from _atoms_within(Atom(nested.group(1), tuple(_terms(nested.group(2))), atom.line, atom.column))


def _terms(text: str) -> Iterator[Term]:
    """The arguments in brackets, separated at commas that stand in no inner bracket or text."""
    parts, depth, quoted = [""], 0, False
    for letter in text:
        quoted ^= letter == '"'
        depth += 0 if quoted else (letter == "(") - (letter == ")")
        if letter == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += letter
    for part in (part.strip() for part in parts):
        is_variable = re.fullmatch(r"_|_*[A-Z]\w*", part)
        yield Term("variable" if is_variable else "name" if re.fullmatch(r"[a-z_]\w*", part) else "other", part)
