"""Well-founded supports: for every true atom the rule that derives it, acyclic by construction."""

from __future__ import annotations

from collections import defaultdict

from legit.engine.program import GroundRule, Program


class Supports:
    """Index of the ground rules of a program by the atoms in their positive bodies."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._by_body: dict[int, list[int]] = defaultdict(list)
        self._without: list[int] = []
        self._heads: dict[int, list[int]] = defaultdict(list)
        for number, rule in enumerate(program.rules):
            for head in rule.heads:
                self._heads[head].append(number)
            positive = [literal for literal in rule.body if literal > 0]
            if not positive and rule.heads and rule.heads[0] not in program.facts:
                self._without.append(number)
            for atom in set(positive):
                self._by_body[atom].append(number)

    def of(self, true_inputs: set[int], truth: frozenset[int]) -> dict[int, GroundRule | None]:
        """For each derived atom in `truth` its supporting rule; None for inputs.

        A fixpoint over the reduct: a rule fires when its positive body is derived and its negative body is outside
        `truth`. Auxiliary atoms that are not in `truth` are derived alike.
        """
        rules = self._program.rules
        support: dict[int, GroundRule | None] = dict.fromkeys(sorted(true_inputs), None)
        queue = list(support)
        ready = sorted(self._without)
        while True:
            for number in ready:
                rule = rules[number]
                if not self._fires(rule, support, truth):
                    continue
                for head in rule.heads:
                    if head not in support and (not rule.choice or head in truth):
                        support[head] = rule
                        queue.append(head)
            if not queue:
                return support
            atom = queue.pop(0)
            ready = self._by_body.get(atom, [])

    def _fires(self, rule: GroundRule, support: dict[int, GroundRule | None], truth: frozenset[int]) -> bool:
        if rule.weights:
            total = sum(
                weight
                for literal, weight in zip(rule.body, rule.weights, strict=True)
                if (literal in support if literal > 0 else -literal not in truth)
            )
            return total >= rule.lower
        return all(literal in support if literal > 0 else -literal not in truth for literal in rule.body)

    def inputs_below(self, atom: int, support: dict[int, GroundRule | None]) -> list[int]:
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
