"""Grounds a set of rules for one case. What does not depend on the case is evaluated once."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

import networkx as nx

from legit.testing.oracle.join import Binding, FactStore, Undefined, instantiate, plan, solutions, unify
from legit.testing.oracle.rule_ast import (
    Aggregate,
    Atom,
    BodyElement,
    Constant,
    Literal,
    Rule,
    Signature,
    UnsupportedRuleError,
    variables,
)

_CACHE_LIMIT = 100_000


class RuleInstance(NamedTuple):
    """A ground instance of a rule. Its body has only the literals that depend on the case.

    In a choice, at least `lower_bound` and at most `upper_bound` heads are true.
    """

    heads: tuple[Atom, ...]
    positive: tuple[Atom, ...]
    negative: tuple[Atom, ...]
    stratum: int
    choice: bool = False
    lower_bound: int = 0
    upper_bound: int = 0


class _Trigger(NamedTuple):
    """A rule, with one of its positive literals that depend on the case. An atom that fits it gives instances.

    `rest_of_body` is the rest of the body, in the order of evaluation. `other_signatures` are those of the other
    positive literals that depend on the case. `positive` and `negative` are all literals that depend on it.
    """

    rule: Rule
    literal: Literal
    rest_of_body: tuple[BodyElement, ...]
    other_signatures: tuple[Signature, ...]
    positive: tuple[Literal, ...]
    negative: tuple[Literal, ...]
    stratum: int


class Grounder:
    """Rules with the facts that hold in every case; `inputs` are the predicates of the facts of cases. Raises
    UnsupportedRuleError when a rule cannot be evaluated, or when an atom depends on its own absence.
    """

    def __init__(self, rules: Iterable[Rule], facts: Iterable[Atom], inputs: Collection[Signature]) -> None:
        rules = list(rules)
        facts = set(facts)
        graph = _dependencies(rules)
        graph.add_nodes_from([*inputs, *(_signature(atom) for atom in facts)])
        self.case_dependent = _reachable_from(
            graph, [*inputs, *(head.literal.signature for rule in rules if rule.choice for head in rule.heads)]
        )
        self._strata = _Strata(rules, [*inputs, *(_signature(atom) for atom in facts)])
        self.recursive_strata = self._strata.recursive_strata
        self._fixed_facts = FactStore()
        for atom in facts:
            if _signature(atom) not in self.case_dependent:
                self._fixed_facts.add(atom)
        self._evaluate_fixed([rule for rule in rules if rule.heads[0].literal.signature not in self.case_dependent])
        self._triggers: dict[tuple[Signature, Constant | None], list[_Trigger]] = {}
        self._single_atom_cache: dict[Atom, tuple[RuleInstance, ...]] = {}
        self._unconditional = [
            RuleInstance((atom,), (), (), self._strata.stratum_of(atom))
            for atom in sorted(facts, key=str)
            if _signature(atom) in self.case_dependent
        ]
        for rule in rules:
            if rule.heads[0].literal.signature in self.case_dependent:
                self._add_triggers(rule)

    def ground(self, input_atoms: Iterable[Atom]) -> list[RuleInstance]:
        """The instances whose positive body can hold in some case whose true inputs are among `input_atoms`."""
        known = FactStore(self._fixed_facts.own)
        found = dict.fromkeys(self._unconditional)
        queue = deque(input_atoms)
        queue.extend(head for instance in self._unconditional for head in instance.heads)
        while queue:
            atom = queue.popleft()
            if not known.add(atom):
                continue
            for instance in self._single_atom_instances(atom):
                if instance not in found:
                    found[instance] = None
                    queue.extend(instance.heads)
            for trigger in self._triggers_for(atom, single_atom=False):
                if all(known.has_any(other) for other in trigger.other_signatures):
                    for instance in self._match(trigger, atom, known):
                        if instance not in found:
                            found[instance] = None
                            queue.extend(instance.heads)
        return list(found)

    def _single_atom_instances(self, atom: Atom) -> tuple[RuleInstance, ...]:
        """The instances whose positive body has this atom only."""
        found = self._single_atom_cache.get(atom)
        if found is None:
            fixed = FactStore(self._fixed_facts.own)
            found = tuple(
                instance
                for trigger in self._triggers_for(atom, single_atom=True)
                for instance in self._match(trigger, atom, fixed)
            )
            if len(self._single_atom_cache) < _CACHE_LIMIT:
                self._single_atom_cache[atom] = found
        return found

    def _triggers_for(self, atom: Atom, *, single_atom: bool) -> Iterator[_Trigger]:
        key = _signature(atom)
        for first in (None, *atom[1:2]):
            for trigger in self._triggers.get((key, first), ()):
                if single_atom is not bool(trigger.other_signatures):
                    yield trigger

    def _match(self, trigger: _Trigger, atom: Atom, known: FactStore) -> Iterator[RuleInstance]:
        binding = unify(trigger.literal, atom, {})
        if binding is not None:
            for found in list(solutions(trigger.rest_of_body, known, binding)):
                yield from self._instantiate(trigger, found)

    def _instantiate(self, trigger: _Trigger, binding: Binding) -> Iterator[RuleInstance]:
        rule = trigger.rule
        try:
            positive = tuple([instantiate(literal, binding) for literal in trigger.positive])
            negative = tuple([instantiate(literal, binding) for literal in trigger.negative])
            if not rule.choice:
                yield RuleInstance((instantiate(rule.heads[0].literal, binding),), positive, negative, trigger.stratum)
                return
            heads: dict[Atom, None] = {}
            for head in rule.heads:
                for found in solutions(plan(head.condition, set(binding)), self._fixed_facts, binding):
                    heads[instantiate(head.literal, found)] = None
        except Undefined:
            return
        most = len(heads) if rule.upper_bound is None else rule.upper_bound
        yield RuleInstance(tuple(heads), positive, negative, trigger.stratum, True, rule.lower_bound, most)

    def _add_triggers(self, rule: Rule) -> None:
        for head in rule.heads:
            for item in head.condition:
                if isinstance(item, Literal) and item.signature in self.case_dependent:
                    raise UnsupportedRuleError(f"a condition that a case can change, in `{rule.text}`")
        for part in rule.body:
            if isinstance(part, Aggregate):
                inside = [item for _, condition in part.elements for item in condition]
                if any(isinstance(item, Literal) and item.signature in self.case_dependent for item in inside):
                    raise UnsupportedRuleError(f"an aggregate over what a case can change, in `{rule.text}`")
        decided = [part for part in rule.body if isinstance(part, Literal) and part.signature in self.case_dependent]
        negated = tuple(part for part in decided if part.negated)
        positive = tuple(dict.fromkeys(part for part in decided if not part.negated))
        others = [part for part in rule.body if part not in negated]
        stratum = self._strata.stratum_of_rule(rule)
        if not positive:
            trigger = _Trigger(rule, rule.heads[0].literal, (), (), (), negated, stratum)
            for binding in solutions(plan(others, set()), self._fixed_facts, {}):
                self._unconditional += self._instantiate(trigger, binding)
            return
        for literal in positive:
            bound_here = {name for term in literal.args for name in variables(term)}
            rest = plan([part for part in others if part is not literal], bound_here)
            first = literal.args[0] if _has_constant_first_argument(literal) else None
            more = tuple(part.signature for part in positive if part is not literal)
            trigger = _Trigger(rule, literal, rest, more, positive, negated, stratum)
            self._triggers.setdefault((literal.signature, first), []).append(trigger)  # type: ignore[arg-type]

    def _evaluate_fixed(self, rules: list[Rule]) -> None:
        """Add to the fixed atoms all atoms that the given rules derive from them, one stratum after another."""
        by_stratum: dict[int, list[Rule]] = {}
        for rule in rules:
            by_stratum.setdefault(self._strata.stratum_of_rule(rule), []).append(rule)
        for stratum in sorted(by_stratum):
            again = True
            while again:
                again = False
                for rule in by_stratum[stratum]:
                    for binding in list(solutions(plan(rule.body, set()), self._fixed_facts, {})):
                        try:
                            again |= self._fixed_facts.add(instantiate(rule.heads[0].literal, binding))
                        except Undefined:
                            continue


def _signature(atom: Atom) -> Signature:
    return str(atom[0]), len(atom) - 1


def _body_literals(parts: Iterable[BodyElement]) -> Iterator[tuple[Literal, bool]]:
    """Each literal in a body, and whether the head can only be computed after the literal."""
    for part in parts:
        if isinstance(part, Literal):
            yield part, part.negated
        elif isinstance(part, Aggregate):
            for _, condition in part.elements:
                yield from ((literal, True) for literal, _ in _body_literals(condition))


def _dependencies(rules: Iterable[Rule]) -> nx.DiGraph[Signature]:
    graph: nx.DiGraph[Signature] = nx.DiGraph()
    for rule in rules:
        for head in rule.heads:
            graph.add_node(head.literal.signature)
            for literal, _ in _body_literals((*rule.body, *head.condition)):
                graph.add_edge(literal.signature, head.literal.signature)
    return graph


def _reachable_from(graph: nx.DiGraph[Any], starts: Iterable[Any]) -> set[Any]:
    known = {start for start in starts if start in graph}
    return known.union(*(nx.descendants(graph, start) for start in known))


class _Strata:
    """The order in which atoms are computed. An atom comes after the atoms on which it depends. Atoms that depend on a
    choice come last.

    The atoms of a predicate share one place. If every head with the predicate has a constant as its first argument, and
    no input or given fact has the predicate, only the atoms with the same first argument share a place. Then one
    verdict can depend on the absence of another verdict.
    """

    def __init__(self, rules: list[Rule], unsplit: Collection[Signature]) -> None:
        open_keys = {
            head.literal.signature
            for rule in rules
            for head in rule.heads
            if not _has_constant_first_argument(head.literal)
        }
        self._first_arguments: dict[Signature, set[Constant]] = {}
        for rule in rules:
            for head in rule.heads:
                key = head.literal.signature
                if key not in open_keys and key not in unsplit:
                    self._first_arguments.setdefault(key, set()).add(head.literal.args[0])  # type: ignore[arg-type]
        graph: nx.DiGraph[_Node] = nx.DiGraph()
        for rule in rules:
            for head in rule.heads:
                (node,) = self._nodes(head.literal)
                graph.add_node(node)
                graph.add_edges_from(
                    (other, node)
                    for literal, _ in _body_literals((*rule.body, *head.condition))
                    for other in self._nodes(literal)
                )
        chosen = _reachable_from(
            graph, [node for rule in rules if rule.choice for head in rule.heads for node in self._nodes(head.literal)]
        )
        order = nx.condensation(graph)
        members: dict[int, set[_Node]] = {node: order.nodes[node]["members"] for node in order}
        ranked = nx.lexicographical_topological_sort(order, key=lambda node: (bool(members[node] & chosen), node))
        self._stratum_numbers = {node: place for place, found in enumerate(ranked) for node in members[found]}
        self.recursive_strata: set[int] = set()
        for rule in rules:
            self._check_stratified(rule)

    def _check_stratified(self, rule: Rule) -> None:
        for head in rule.heads:
            (node,) = self._nodes(head.literal)
            for literal, waits in _body_literals((*rule.body, *head.condition)):
                if any(self._stratum_numbers[other] == self._stratum_numbers[node] for other in self._nodes(literal)):
                    if waits or rule.choice:
                        raise UnsupportedRuleError(f"something depends on its own absence in `{rule.text}`")
                    self.recursive_strata.add(self._stratum_numbers[node])

    def _nodes(self, literal: Literal) -> list[_Node]:
        values = self._first_arguments.get(literal.signature)
        if values is None:
            return [(literal.signature, None)]
        if _has_constant_first_argument(literal):
            return [(literal.signature, literal.args[0])]  # type: ignore[list-item]
        return [(literal.signature, item) for item in values]

    def stratum_of(self, atom: Atom) -> int:
        """The place of an atom in the order; an atom that no rule derives comes first."""
        key = _signature(atom)
        return self._stratum_numbers.get((key, atom[1] if key in self._first_arguments else None), -1)

    def stratum_of_rule(self, rule: Rule) -> int:
        """The place of a rule: the place of the last of its heads."""
        return max(self._stratum_numbers[node] for head in rule.heads for node in self._nodes(head.literal))


_Node = tuple[Signature, Constant | None]


def _has_constant_first_argument(literal: Literal) -> bool:
    """Whether the first argument is a value, and not a variable or a computation."""
    return bool(literal.args) and isinstance(literal.args[0], (int, str))
