"""Deciding encoded cases: over all scenarios at once by bit masks, or by a search in clingo where there are too many.

The steps of `Decider.scenarios` for a case with two open inputs and one choice of two alternatives:

1. The space of the open inputs has 2 x 2 scenarios. Each input gets the mask of the scenarios in which it is true.
2. The condition pass of the compiled program shows in which of them the choice is open.
3. The space grows by the choice to 2 x 2 x 2 scenarios, and the heads of each alternative get their masks.
4. The full pass derives the mask of every other atom.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from legit.engine.bitmask_compiler import Choice, CompiledProgram
from legit.engine.case_encoder import EncodedCase
from legit.engine.program import Program
from legit.engine.program_index import ProgramIndex
from legit.engine.scenarios import (
    Consequences,
    Dimension,
    Scenarios,
    ScenarioSpace,
    Variant,
    parse_atom,
    predicate_of,
)
from legit.knowledge.vocabulary import Vocabulary

if TYPE_CHECKING:
    from legit.engine.solver import ConsequenceAtoms, Solver

MAX_SCENARIOS = 1 << 20
"""The largest number of scenarios that is enumerated. For a case with more scenarios, clingo searches."""


def open_by_default(program: Program, vocabulary: Vocabulary) -> dict[str, list[str]]:
    """For each predicate with an open world assumption: its ground inputs.

    These inputs are unknown, not false, in a case with no fact of this predicate.
    """
    return {
        name: [text for _, text in program.ground_atoms(name)]
        for name, predicate in vocabulary.predicates.items()
        if predicate.spec.world_assumption == "open"
    }


class Decider:
    """Decides encoded cases under one program. Instances may be shared between threads."""

    def __init__(self, index: ProgramIndex, open_by_default: dict[str, list[str]]) -> None:
        self.index = index
        self._open_by_default = open_by_default

    @property
    def has_open_defaults(self) -> bool:
        """Whether some predicate of the vocabulary has an open world assumption."""
        return bool(self._open_by_default)

    @cached_property
    def solver(self) -> Solver:
        """The program in clingo."""
        from legit.engine.solver import Solver  # most cases need no search, and clingo is slow to import

        return Solver(self.index.program)

    def decide(self, encoded: EncodedCase, time_limit: float) -> Consequences:
        """The cautious and brave consequences of a case.

        An input that is not stated is false, except where the vocabulary declares its predicate open. `time_limit` is
        in seconds. Raises DecisionTimeoutError when a search takes longer, and KnowledgeBaseError (K505) when the
        rules have no answer set.
        """
        undecided = self.undecided_inputs(encoded)
        scenarios = self.scenarios(encoded.true_inputs, undecided)
        if scenarios is not None:
            return self._consequences_of_scenarios(scenarios)
        true_atoms, open_atoms = self.index.input_atoms(encoded.true_inputs), self.index.input_atoms(undecided)
        return self._consequences_of_search(self.solver.consequences(true_atoms, open_atoms, time_limit))

    def undecided_inputs(self, encoded: EncodedCase) -> list[str]:
        """The inputs that are neither true nor false: stated as unknown, disputed, or open by default and unstated."""
        if not self._open_by_default:
            return encoded.open_inputs
        stated = {predicate_of(symbol) for symbol in encoded.facts}
        unstated = [symbols for name, symbols in self._open_by_default.items() if name not in stated]
        return encoded.open_inputs + [symbol for symbols in unstated for symbol in symbols]

    def scenarios(
        self,
        true_inputs: Iterable[str],
        open_inputs: Iterable[str],
        variations: Sequence[Sequence[Variant]] = (),
        max_scenarios: int = MAX_SCENARIOS,
    ) -> Scenarios | None:
        """All scenarios of the given inputs; None if there are more than `max_scenarios`, or the program is not
        compiled.

        The dimensions are, in this order: the open inputs that some rule reads, the `variations` (a variation has one
        value for each of its variants), and the choices that are open in some scenario.
        """
        compiled = self.index.compiled
        if compiled is None:
            return None
        true_inputs = list(true_inputs)
        opened = self._relevant_open_inputs(true_inputs, open_inputs)
        sizes = [2] * len(opened) + [len(variants) for variants in variations]
        if math.prod(sizes) > max_scenarios:  # before a mask of that many bits is made
            return None
        space = ScenarioSpace(sizes)
        input_masks = self._input_masks(space, true_inputs, opened, variations)
        sources = self._source_masks(compiled, input_masks)
        dimensions = [Dimension(symbol, (), 0) for symbol in opened]
        dimensions += [Dimension("", (), 0, is_variation=True) for _ in variations]
        choice_masks: dict[int, int] = {}
        open_choices = _open_choices(compiled, sources, space)
        if open_choices:
            sizes += [len(choice.alternatives) for choice in open_choices]
            if math.prod(sizes) > max_scenarios:
                return None
            space = ScenarioSpace(sizes)
            input_masks = self._input_masks(space, true_inputs, opened, variations)
            sources = self._source_masks(compiled, input_masks)
            dimensions += self._assign_choices(compiled, open_choices, space, sources, choice_masks)
        masks = compiled.full_pass(sources, space.all_scenarios)
        masks.update(choice_masks)
        for symbol, mask in input_masks.items():
            atoms = self.index.closure(symbol).atoms
            if mask == space.all_scenarios:  # nearly always, and much faster
                masks.update(dict.fromkeys(atoms, mask))
                continue
            for atom in atoms:
                masks[atom] = masks.get(atom, 0) | mask
        return Scenarios(space, tuple(dimensions), masks, self.index.result_of_atom, self.index.atom_of_result)

    def _relevant_open_inputs(self, true_inputs: list[str], open_inputs: Iterable[str]) -> list[str]:
        """The open inputs that matter: a rule depends on them, and they make an atom true that the true inputs do
        not."""
        closure = self.index.closure
        relevant = [symbol for symbol in open_inputs if closure(symbol).is_relevant]
        if relevant:
            holding = frozenset().union(*(closure(symbol).atoms for symbol in true_inputs))
            relevant = [symbol for symbol in relevant if not closure(symbol).atoms <= holding]
        return relevant

    @staticmethod
    def _input_masks(
        space: ScenarioSpace, true_inputs: list[str], opened: list[str], variations: Sequence[Sequence[Variant]]
    ) -> dict[str, int]:
        """The scenarios in which each input is true."""
        masks = dict.fromkeys(true_inputs, space.all_scenarios)
        for number, symbol in enumerate(opened):
            masks[symbol] = space.mask_where(number, 1)
        for number, variants in enumerate(variations, start=len(opened)):
            for value, variant in enumerate(variants):
                where = space.mask_where(number, value)
                for symbol in variant.set_false:
                    masks[symbol] = masks.get(symbol, 0) & ~where
                for symbol in variant.set_true:
                    masks[symbol] = masks.get(symbol, 0) | where
        return masks

    def _source_masks(self, compiled: CompiledProgram, input_masks: dict[str, int]) -> list[int]:
        """The masks that a pass of the compiled program takes, by source position."""
        sources = [0] * len(compiled.source_positions)
        for symbol, mask in input_masks.items():
            for position in self.index.closure(symbol).read_positions:
                sources[position] |= mask
        return sources

    def _assign_choices(
        self,
        compiled: CompiledProgram,
        open_choices: list[Choice],
        space: ScenarioSpace,
        sources: list[int],
        choice_masks: dict[int, int],
    ) -> list[Dimension]:
        """Give the heads of the open choices their masks, in `sources` and in `choice_masks`.

        The choices are the last dimensions of `space`. Returns these dimensions.
        """
        conditions = compiled.condition_pass(sources, space.all_scenarios)
        dimensions = []
        for number, choice in enumerate(open_choices, start=len(space.sizes) - len(open_choices)):
            condition = conditions.get(choice.condition, 0)
            alternatives = []
            for value, heads in enumerate(choice.alternatives):
                where = space.mask_where(number, value) & condition
                for head in heads:
                    sources[compiled.source_positions[head]] |= where
                    choice_masks[head] = choice_masks.get(head, 0) | where
                alternatives.append(tuple(parse_atom(self.index.program.atom_texts[head]) for head in heads))
            dimensions.append(Dimension("", tuple(alternatives), condition))
        return dimensions

    def _consequences_of_scenarios(self, scenarios: Scenarios) -> Consequences:
        masks, every = scenarios.masks, scenarios.space.all_scenarios
        single = scenarios.space.count == 1
        cautious = masks if single else {atom: every for atom, mask in masks.items() if mask == every}
        brave_results = self.index.group_results(masks)
        cautious_results = brave_results if cautious is masks else self.index.group_results(cautious)
        return Consequences(cautious_results, brave_results, cautious, masks, scenarios)

    def _consequences_of_search(self, search_result: ConsequenceAtoms) -> Consequences:
        cautious, brave = search_result
        group = self.index.group_results
        return Consequences(group(sorted(cautious)), group(sorted(brave)), cautious, brave)


def _open_choices(compiled: CompiledProgram, sources: list[int], space: ScenarioSpace) -> list[Choice]:
    """The choices whose condition holds in some scenario of a space."""
    if not compiled.choices:
        return []
    conditions = compiled.condition_pass(sources, space.all_scenarios)
    return [choice for choice in compiled.choices if choice.condition in conditions]
