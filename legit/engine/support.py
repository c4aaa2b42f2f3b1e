"""Well-founded supports: for every atom that holds, one rule that derives it, acyclic by construction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container
from itertools import chain
from typing import NamedTuple

from legit.engine.case_encoder import EncodedCase
from legit.engine.ground_rule import GroundRule
from legit.engine.program import Program
from legit.engine.program_index import ProgramIndex
from legit.engine.scenarios import Consequences, GroundAtom, Scenarios, format_atom
from legit.model.facts import Fact

Support = dict[int, GroundRule | None]
"""For each derived atom its supporting rule; None for an input."""


class ScenarioSupport(NamedTuple):
    """The support of one scenario, the atoms that are true in it, and those of them that it assumes.

    `assumptions` are the open inputs and the heads of choices that the scenario makes true.
    """

    support: Support
    true_atoms: set[int]
    assumptions: frozenset[int]


class SupportFinder:
    """Finds supports in one folded program: by the folded rules for folded atoms, by the residual rules for others."""

    def __init__(self, index: ProgramIndex) -> None:
        self._index = index
        self._by_body: dict[int, list[tuple[int, GroundRule]]] = defaultdict(list)
        self._rules_without_positive_body: list[tuple[int, GroundRule]] = []
        for rule in index.program.residual_rules:
            positive = {literal for literal in rule.body if literal > 0}
            headed = [(head, rule) for head in rule.heads]
            if not positive:
                self._rules_without_positive_body += headed
            for atom in positive:
                self._by_body[atom] += headed
        self._folded_rules_cache: dict[int, list[tuple[int, GroundRule]]] = {}

    def for_consequences(self, encoded: EncodedCase, consequences: Consequences) -> Support:
        """The supports of the conclusions of a case that hold in every scenario."""
        true_inputs = set(self._index.input_atoms(encoded.true_inputs))
        return self.find(true_inputs, consequences.cautious_atoms, consequences.brave_atoms)

    def for_scenario(self, encoded: EncodedCase, scenarios: Scenarios, scenario: int) -> ScenarioSupport:
        """The supports of the conclusions of a case that hold in one scenario, given by its number."""
        true_atoms = {atom for atom, mask in scenarios.masks.items() if mask >> scenario & 1}
        stated = set(self._index.input_atoms(encoded.true_inputs))
        symbols = [dimension.symbol for dimension in scenarios.dimensions if dimension.symbol]
        for dimension in scenarios.dimensions:
            symbols += [format_atom(atom) for alternative in dimension.alternatives for atom in alternative]
        assumptions = {atom for atom in self._index.input_atoms(symbols) if atom in true_atoms} - stated
        return ScenarioSupport(
            self.find(stated | assumptions, true_atoms, true_atoms), true_atoms, frozenset(assumptions)
        )

    def find(self, true_inputs: set[int], cautious_atoms: Container[int], brave_atoms: Container[int]) -> Support:
        """The supports of those of the `cautious_atoms` that follow from the true input atoms.

        A fixpoint over the reduct, breadth first, so that supports are short: a rule fires when its positive body is
        derived and no atom of its negative body is one of the `brave_atoms`, which are true in some scenario.
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
        """The folded atoms that an atom makes true, each with the rule that derives it."""
        rules = self._folded_rules_cache.get(atom)
        if rules is None:
            heads = self._index.program.folded_edges.get(atom, ())
            rules = self._folded_rules_cache[atom] = [(head, GroundRule(False, (head,), (atom,))) for head in heads]
        return rules

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
    """The inputs and facts at the leaves of one support. Each conclusion is traced once."""

    def __init__(self, support: Support, program: Program) -> None:
        self._support = support
        self._program = program
        self._cache: dict[int, tuple[int, ...]] = {}

    def facts(self, predicate: str, args: tuple[str, ...], encoded: EncodedCase) -> list[Fact]:
        """The stated facts that the support of a conclusion is based on; empty when it has none."""
        atom = self._program.atoms.get(format_atom(GroundAtom(predicate, args)))
        if atom is None:
            return []
        texts = self._program.atom_texts
        return [fact for number in self.inputs_below(atom) for fact in encoded.supporting_facts(texts[number])]

    def inputs_below(self, atom: int) -> tuple[int, ...]:
        """The input atoms below an atom, in the order in which they are met; empty for one without support."""
        inputs = self._cache.get(atom)
        if inputs is None:
            rule = self._support.get(atom)
            if rule is None:
                inputs = (atom,) if atom in self._support else ()
            else:
                parts = [self.inputs_below(literal) for literal in rule.body if literal > 0]
                inputs = parts[0] if len(parts) == 1 else tuple(dict.fromkeys(chain.from_iterable(parts)))
            self._cache[atom] = inputs
        return inputs
