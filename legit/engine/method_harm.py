"""The harm of the method, derived apart from the verdict: it is there when there was no time for a verdict.

Only the open inputs that bear on harm are varied. They are few. Where there are still too many scenarios, the bounds of
`certainty` take their place: a level that may be reached is then never missed, and one that cannot be excluded counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from legit.engine.case_encoder import EncodedCase
from legit.engine.certainty import certainty
from legit.engine.decider import Decider
from legit.engine.program_index import ProgramIndex
from legit.engine.scenarios import Consequences, Results, predicate_of
from legit.model.assessment import Verdict

_FINDING = "harm_finding"
_APART_FROM_THE_VERDICT = ("method_harm_level", _FINDING, "stance", "requires_attestation")
_GUIDANCE = "guidance"
_MAX_SCENARIOS = 1 << 12


class MethodHarmFinder:
    """Derives the harm of methods under one program. Instances may be shared between threads."""

    def __init__(self, index: ProgramIndex, decider: Decider) -> None:
        self._index = index
        self._decider = decider

    @cached_property
    def predicates(self) -> frozenset[str]:
        """The predicates of cases that a harm of the method can rest on. What only removes a harm is none of them."""
        relevant = frozenset(self._positively_relevant())
        texts = self._index.program.atom_texts
        inputs = (texts[atom] for atom in self._index.program.input_atoms - self._index.program.relation_atoms)
        return frozenset(predicate_of(symbol) for symbol in inputs if self._index.feeds_any(symbol, relevant))

    def _positively_relevant(self) -> set[int]:
        """The atoms by which a harm is derived, through positive literals alone."""
        below: dict[int, set[int]] = defaultdict(set)
        for rule in self._index.program.residual_rules:
            for head in rule.heads:
                below[head].update(literal for literal in rule.body if literal > 0)
        reached: set[int] = set()
        stack = [atom for atom, result in self._index.result_of_atom.items() if result.name == _FINDING]
        while stack:
            atom = stack.pop()
            if atom not in reached:
                reached.add(atom)
                stack.extend(below[atom])
        return reached

    @cached_property
    def _relevant(self) -> frozenset[int]:
        """The atoms on which the harm, the requested act and the guidance without a verdict depend."""
        relevant = frozenset().union(*(self._index.relevant_atoms(name) for name in _APART_FROM_THE_VERDICT))
        for args in self._index.result_arguments(_GUIDANCE):
            if args[0] == Verdict.UNDETERMINED.value:
                relevant |= self._index.relevant_atoms(_GUIDANCE, args)
        return relevant

    def find(self, encoded: EncodedCase) -> Consequences:
        """What follows about harm, the requested act, and the guidance for an undetermined verdict. Nothing else."""
        undecided = self._decider.undecided_inputs(encoded)
        opened = [symbol for symbol in undecided if self._index.feeds_any(symbol, self._relevant)]
        scenarios = self._decider.scenarios(encoded.true_inputs, opened, max_scenarios=_MAX_SCENARIOS)
        if scenarios is None:
            certain, possible = self._bounds(encoded.true_inputs, opened)
            return self._consequences(certain, possible)
        every = scenarios.space.all_scenarios
        return self._consequences((atom for atom, mask in scenarios.masks.items() if mask == every), scenarios.masks)

    def _bounds(self, true_inputs: list[str], opened: list[str]) -> tuple[set[int], set[int]]:
        program = self._index.program
        true_atoms = program.folded_closure(self._index.input_atoms(true_inputs)) | program.fact_atoms
        open_atoms = program.folded_closure(self._index.input_atoms(opened)) - true_atoms
        rules = [rule for rule in program.residual_rules if not self._relevant.isdisjoint(rule.heads)]
        return certainty(rules, true_atoms, open_atoms)

    def _consequences(self, cautious: Iterable[int], brave: Iterable[int]) -> Consequences:
        in_all, in_some = (frozenset(atoms) & self._relevant for atoms in (cautious, brave))
        return Consequences(self._results(in_all), self._results(in_some), in_all, in_some)

    def _results(self, atoms: frozenset[int]) -> Results:
        found = self._index.group_results(sorted(atoms))
        kept = {name: found[name] for name in _APART_FROM_THE_VERDICT if name in found}
        kept["meets"] = found.get("meets", [])
        kept[_GUIDANCE] = [args for args in found.get(_GUIDANCE, ()) if args[0] == Verdict.UNDETERMINED.value]
        return kept
