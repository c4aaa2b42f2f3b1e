"""Well-founded supports: for every true atom what derives it, acyclic by construction."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Container

from legit.engine.program import GroundRule, Program

Support = dict[int, GroundRule | None]
"""For each derived atom its supporting rule; None for an input."""


class Supports:
    """Finds supports in one folded program: along the feeds for folded atoms, by the kept rules for the others."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._by_body: dict[int, list[tuple[int, GroundRule]]] = defaultdict(list)
        self._without: list[tuple[int, GroundRule]] = []
        for rule in program.kept:
            positive = {literal for literal in rule.body if literal > 0}
            headed = [(head, rule) for head in rule.heads]
            if not positive:
                self._without += headed
            for atom in positive:
                self._by_body[atom] += headed

    def of(self, true_inputs: set[int], truth: Container[int], maybe: Container[int]) -> Support:
        """The supports of the atoms of `truth` that follow from `true_inputs` in every scenario.

        A fixpoint over the reduct, breadth first, so that supports are short: a rule fires when its positive body is
        derived and no atom of its negative body is in `maybe`, the atoms that are true in some scenario.
        """
        support: Support = dict.fromkeys(sorted(true_inputs), None)
        queue = deque(support)
        ready = self._without
        while True:
            for head, rule in ready:
                if head in truth and head not in support and self._fires(rule, support, maybe):
                    support[head] = rule
                    queue.append(head)
            if not queue:
                return support
            atom = queue.popleft()
            for head in self._program.feeds.get(atom, ()):
                if head not in support:
                    support[head] = GroundRule(False, (head,), (atom,))
                    queue.append(head)
            ready = self._by_body.get(atom, [])

    @staticmethod
    def _fires(rule: GroundRule, support: Support, maybe: Container[int]) -> bool:
        if rule.weights:
            total = sum(
                weight
                for literal, weight in zip(rule.body, rule.weights, strict=True)
                if (literal in support if literal > 0 else -literal not in maybe)
            )
            return total >= rule.lower
        for literal in rule.body:  # noqa: SIM110  (this is the innermost loop of every explanation)
            if literal not in support if literal > 0 else -literal in maybe:
                return False
        return True

    def inputs_below(self, atom: int, support: Support) -> list[int]:
        """The input atoms that the support of `atom` rests on, in the order in which they are met."""
        found: dict[int, None] = {}
        seen: set[int] = set()
        stack = [atom]
        while stack:
            current = stack.pop()
            if current in seen:
                continue
            seen.add(current)
            rule = support.get(current)
            if rule is None:
                if current in self._program.inputs:
                    found.setdefault(current)
                continue
            stack.extend(reversed([literal for literal in rule.body if literal > 0 and literal in support]))
        return list(found)
