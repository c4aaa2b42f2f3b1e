"""A set of rules, split into what no case can change and what each case decides, and the instances for one case."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

import networkx as nx

from legit.testing.oracle.join import Binding, Known, Undefined, bound, plan, solutions, unify
from legit.testing.oracle.rules import (
    Aggregate,
    Atom,
    Constant,
    Key,
    Literal,
    Part,
    Rule,
    UnsupportedRuleError,
    variables,
)

_MOST_KEPT = 100_000


class Instance(NamedTuple):
    """A rule for some values of its variables, without what holds or fails in every case.

    A choice holds with at least `least` and at most `most` of its heads.
    """

    heads: tuple[Atom, ...]
    positive: tuple[Atom, ...]
    negative: tuple[Atom, ...]
    stratum: int
    choice: bool = False
    least: int = 0
    most: int = 0


class _Trigger(NamedTuple):
    """A rule looked at from one of its positive literals that cases decide: the rest of its body in order."""

    rule: Rule
    literal: Literal
    rest: tuple[Part, ...]
    others: tuple[Key, ...]
    positive: tuple[Literal, ...]
    negated: tuple[Literal, ...]
    stratum: int


class Rulebook:
    """Rules with the facts that hold in every case; `inputs` are the predicates that cases speak in.

    Raises UnsupportedRuleError when a rule cannot be evaluated, or when something depends on its own absence.
    """

    def __init__(self, rules: Iterable[Rule], facts: Iterable[Atom], inputs: Collection[Key]) -> None:
        rules = list(rules)
        facts = set(facts)
        graph = _dependencies(rules)
        graph.add_nodes_from([*inputs, *(_key(atom) for atom in facts)])
        self.dynamic = _reached(
            graph, [*inputs, *(head.literal.key for rule in rules if rule.choice for head in rule.heads)]
        )
        self._strata = _Strata(rules, [*inputs, *(_key(atom) for atom in facts)])
        self.recursive = self._strata.recursive
        self._fixed = Known()
        for atom in facts:
            if _key(atom) not in self.dynamic:
                self._fixed.add(atom)
        self._evaluate([rule for rule in rules if rule.heads[0].literal.key not in self.dynamic])
        self._triggers: dict[tuple[Key, Constant | None], list[_Trigger]] = {}
        self._alone: dict[Atom, tuple[Instance, ...]] = {}
        self._always = [
            Instance((atom,), (), (), self._strata.of(atom))
            for atom in sorted(facts, key=str)
            if _key(atom) in self.dynamic
        ]
        for rule in rules:
            if rule.heads[0].literal.key in self.dynamic:
                self._prepare(rule)

    def instances(self, possible: Iterable[Atom]) -> list[Instance]:
        """The instances of the rules that some case of these input atoms could use: their positive bodies may hold."""
        known = Known(self._fixed.own)
        found = dict.fromkeys(self._always)
        queue = deque(possible)
        queue.extend(head for instance in self._always for head in instance.heads)
        while queue:
            atom = queue.popleft()
            if not known.add(atom):
                continue
            for instance in self._from_one(atom):
                if instance not in found:
                    found[instance] = None
                    queue.extend(instance.heads)
            for trigger in self._listening(atom, alone=False):
                if all(known.any(other) for other in trigger.others):
                    for instance in self._matched(trigger, atom, known):
                        if instance not in found:
                            found[instance] = None
                            queue.extend(instance.heads)
        return list(found)

    def _from_one(self, atom: Atom) -> tuple[Instance, ...]:
        """The instances for which this atom is all that a case has to bring."""
        found = self._alone.get(atom)
        if found is None:
            fixed = Known(self._fixed.own)
            found = tuple(
                instance
                for trigger in self._listening(atom, alone=True)
                for instance in self._matched(trigger, atom, fixed)
            )
            if len(self._alone) < _MOST_KEPT:
                self._alone[atom] = found
        return found

    def _listening(self, atom: Atom, *, alone: bool) -> Iterator[_Trigger]:
        key = _key(atom)
        for first in (None, *atom[1:2]):
            for trigger in self._triggers.get((key, first), ()):
                if alone is not bool(trigger.others):
                    yield trigger

    def _matched(self, trigger: _Trigger, atom: Atom, known: Known) -> Iterator[Instance]:
        binding = unify(trigger.literal, atom, {})
        if binding is not None:
            for found in list(solutions(trigger.rest, known, binding)):
                yield from self._instance(trigger, found)

    def _instance(self, trigger: _Trigger, binding: Binding) -> Iterator[Instance]:
        rule = trigger.rule
        try:
            positive = tuple([bound(literal, binding) for literal in trigger.positive])
            negative = tuple([bound(literal, binding) for literal in trigger.negated])
            if not rule.choice:
                yield Instance((bound(rule.heads[0].literal, binding),), positive, negative, trigger.stratum)
                return
            heads: dict[Atom, None] = {}
            for head in rule.heads:
                for found in solutions(plan(head.condition, set(binding)), self._fixed, binding):
                    heads[bound(head.literal, found)] = None
        except Undefined:
            return
        most = len(heads) if rule.most is None else rule.most
        yield Instance(tuple(heads), positive, negative, trigger.stratum, True, rule.least, most)

    def _prepare(self, rule: Rule) -> None:
        for head in rule.heads:
            for item in head.condition:
                if isinstance(item, Literal) and item.key in self.dynamic:
                    raise UnsupportedRuleError(f"a condition that a case can change, in `{rule.text}`")
        for part in rule.body:
            if isinstance(part, Aggregate):
                inside = [item for _, condition in part.elements for item in condition]
                if any(isinstance(item, Literal) and item.key in self.dynamic for item in inside):
                    raise UnsupportedRuleError(f"an aggregate over what a case can change, in `{rule.text}`")
        decided = [part for part in rule.body if isinstance(part, Literal) and part.key in self.dynamic]
        negated = tuple(part for part in decided if part.negated)
        positive = tuple(dict.fromkeys(part for part in decided if not part.negated))
        others = [part for part in rule.body if part not in negated]
        stratum = self._strata.of_rule(rule)
        if not positive:
            trigger = _Trigger(rule, rule.heads[0].literal, (), (), (), negated, stratum)
            for binding in solutions(plan(others, set()), self._fixed, {}):
                self._always += self._instance(trigger, binding)
            return
        for literal in positive:
            bound_here = {name for term in literal.args for name in variables(term)}
            rest = plan([part for part in others if part is not literal], bound_here)
            first = literal.args[0] if _named(literal) else None
            more = tuple(part.key for part in positive if part is not literal)
            trigger = _Trigger(rule, literal, rest, more, positive, negated, stratum)
            self._triggers.setdefault((literal.key, first), []).append(trigger)  # type: ignore[arg-type]

    def _evaluate(self, rules: list[Rule]) -> None:
        """Add to the fixed atoms all that the given rules make of them, one stratum after another."""
        by_stratum: dict[int, list[Rule]] = {}
        for rule in rules:
            by_stratum.setdefault(self._strata.of_rule(rule), []).append(rule)
        for stratum in sorted(by_stratum):
            again = True
            while again:
                again = False
                for rule in by_stratum[stratum]:
                    for binding in list(solutions(plan(rule.body, set()), self._fixed, {})):
                        try:
                            again |= self._fixed.add(bound(rule.heads[0].literal, binding))
                        except Undefined:
                            continue


def _key(atom: Atom) -> Key:
    return str(atom[0]), len(atom) - 1


def _literals(parts: Iterable[Part]) -> Iterator[tuple[Literal, bool]]:
    """The literals in a body, and whether the head must wait until they are settled."""
    for part in parts:
        if isinstance(part, Literal):
            yield part, part.negated
        elif isinstance(part, Aggregate):
            for _, condition in part.elements:
                yield from ((literal, True) for literal, _ in _literals(condition))


def _dependencies(rules: Iterable[Rule]) -> nx.DiGraph[Key]:
    graph: nx.DiGraph[Key] = nx.DiGraph()
    for rule in rules:
        for head in rule.heads:
            graph.add_node(head.literal.key)
            for literal, _ in _literals((*rule.body, *head.condition)):
                graph.add_edge(literal.key, head.literal.key)
    return graph


def _reached(graph: nx.DiGraph[Any], starts: Iterable[Any]) -> set[Any]:
    known = {start for start in starts if start in graph}
    return known.union(*(nx.descendants(graph, start) for start in known))


class _Strata:
    """The order in which atoms are settled: each after what it depends on, those that wait for a choice last.

    Atoms are told apart by predicate, and where every rule for a predicate names the first argument, by that too: so
    one verdict may depend on the absence of another.
    """

    def __init__(self, rules: list[Rule], whole: Collection[Key]) -> None:
        open_keys = {head.literal.key for rule in rules for head in rule.heads if not _named(head.literal)}
        self._values: dict[Key, set[Constant]] = {}
        for rule in rules:
            for head in rule.heads:
                key = head.literal.key
                if key not in open_keys and key not in whole:
                    self._values.setdefault(key, set()).add(head.literal.args[0])  # type: ignore[arg-type]
        graph: nx.DiGraph[_Node] = nx.DiGraph()
        for rule in rules:
            for head in rule.heads:
                (node,) = self._nodes(head.literal)
                graph.add_node(node)
                graph.add_edges_from(
                    (other, node)
                    for literal, _ in _literals((*rule.body, *head.condition))
                    for other in self._nodes(literal)
                )
        chosen = _reached(
            graph, [node for rule in rules if rule.choice for head in rule.heads for node in self._nodes(head.literal)]
        )
        order = nx.condensation(graph)
        members: dict[int, set[_Node]] = {node: order.nodes[node]["members"] for node in order}
        ranked = nx.lexicographical_topological_sort(order, key=lambda node: (bool(members[node] & chosen), node))
        self._number = {node: place for place, found in enumerate(ranked) for node in members[found]}
        self.recursive: set[int] = set()
        for rule in rules:
            self._check(rule)

    def _check(self, rule: Rule) -> None:
        for head in rule.heads:
            (node,) = self._nodes(head.literal)
            for literal, waits in _literals((*rule.body, *head.condition)):
                if any(self._number[other] == self._number[node] for other in self._nodes(literal)):
                    if waits or rule.choice:
                        raise UnsupportedRuleError(f"something depends on its own absence in `{rule.text}`")
                    self.recursive.add(self._number[node])

    def _nodes(self, literal: Literal) -> list[_Node]:
        values = self._values.get(literal.key)
        if values is None:
            return [(literal.key, None)]
        if _named(literal):
            return [(literal.key, literal.args[0])]  # type: ignore[list-item]
        return [(literal.key, item) for item in values]

    def of(self, atom: Atom) -> int:
        """The place of an atom in the order; what no rule gives comes first."""
        key = _key(atom)
        return self._number.get((key, atom[1] if key in self._values else None), -1)

    def of_rule(self, rule: Rule) -> int:
        """The place of a rule: where the last of its heads is settled."""
        return max(self._number[node] for head in rule.heads for node in self._nodes(head.literal))


_Node = tuple[Key, Constant | None]


def _named(literal: Literal) -> bool:
    """Whether the first argument is a value, and not a variable or a computation."""
    return bool(literal.args) and isinstance(literal.args[0], (int, str))
