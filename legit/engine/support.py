"""Well-founded supports: for every true atom what derives it, acyclic by construction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container
from itertools import chain

from legit.engine.ground_rule import GroundRule
from legit.engine.program import Program

Support = dict[int, GroundRule | None]
"""For each derived atom its supporting rule; None for an input."""


class SupportFinder:
    """Finds supports in one folded program: along the feeds for folded atoms, by the kept rules for the others."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._by_body: dict[int, list[tuple[int, GroundRule]]] = defaultdict(list)
        self._rules_without_positive_body: list[tuple[int, GroundRule]] = []
        for rule in program.residual_rules:
            positive = {literal for literal in rule.body if literal > 0}
            headed = [(head, rule) for head in rule.heads]
            if not positive:
                self._rules_without_positive_body += headed
            for atom in positive:
                self._by_body[atom] += headed
        self._folded_rules_cache: dict[int, list[tuple[int, GroundRule]]] = {}

    def find(self, true_inputs: set[int], cautious_atoms: Container[int], brave_atoms: Container[int]) -> Support:
        """The supports of the atoms of `truth` that follow from `true_inputs` in every scenario.

        A fixpoint over the reduct, breadth first, so that supports are short: a rule fires when its positive body is
        derived and no atom of its negative body is in `maybe`, the atoms that are true in some scenario.
        """
        support: Support = dict.fromkeys(sorted(true_inputs), None)
        for head, rule in self._rules_without_positive_body:
            if head in cautious_atoms and head not in support and self._fires(rule, support, brave_atoms):
                support[head] = rule
        by_body = self._by_body
        queue = list(support)
        for atom in queue:  # and over what is appended meanwhile
            for head, rule in self._folded_rules(atom):
                if head not in support:
                    support[head] = rule
                    queue.append(head)
            for head, rule in by_body.get(atom, ()):
                if head not in support and head in cautious_atoms and self._fires(rule, support, brave_atoms):
                    support[head] = rule
                    queue.append(head)
        return support

    def _folded_rules(self, atom: int) -> list[tuple[int, GroundRule]]:
        """The folded atoms that an atom makes true, each with the rule that says so."""
        found = self._folded_rules_cache.get(atom)
        if found is None:
            heads = self._program.folded_edges.get(atom, ())
            found = self._folded_rules_cache[atom] = [(head, GroundRule(False, (head,), (atom,))) for head in heads]
        return found

    @staticmethod
    def _fires(rule: GroundRule, support: Support, brave_atoms: Container[int]) -> bool:
        if rule.weights:
            total = sum(
                weight
                for literal, weight in zip(rule.body, rule.weights, strict=True)
                if (literal in support if literal > 0 else -literal not in brave_atoms)
            )
            return total >= rule.lower_bound
        for literal in rule.body:  # noqa: SIM110  (this is the innermost loop of every explanation)
            if literal not in support if literal > 0 else -literal in brave_atoms:
                return False
        return True


class EvidenceInputs:
    """The inputs on which the conclusions of one support rest, each conclusion looked at once."""

    def __init__(self, support: Support) -> None:
        self._support = support
        self._cache: dict[int, tuple[int, ...]] = {}

    def inputs_below(self, atom: int) -> tuple[int, ...]:
        """The input atoms below an atom, in the order in which they are met; none for one without support."""
        found = self._cache.get(atom)
        if found is None:
            rule = self._support.get(atom)
            if rule is None:
                found = (atom,) if atom in self._support else ()
            else:
                parts = [self.inputs_below(literal) for literal in rule.body if literal > 0]
                found = parts[0] if len(parts) == 1 else tuple(dict.fromkeys(chain.from_iterable(parts)))
            self._cache[atom] = found
        return found
