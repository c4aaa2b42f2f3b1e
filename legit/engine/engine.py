"""A grounded knowledge base, ready to decide cases and to say what supports a conclusion."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from legit.engine.bitmask_compiler import CompiledProgram, compile_program
from legit.engine.case_encoder import EncodedCase
from legit.engine.ground_rule import Bounds
from legit.engine.program import Program
from legit.engine.scenarios import (
    Consequences,
    Dimension,
    GroundAtom,
    Results,
    Scenarios,
    ScenarioSpace,
    Variant,
    format_atom,
    parse_atom,
)
from legit.engine.support import EvidenceInputs, Support, SupportFinder
from legit.knowledge.base import KnowledgeBase
from legit.model.facts import Fact

if TYPE_CHECKING:
    from legit.engine.solver import ConsequenceAtoms, Solver

# What the judgement files of a knowledge base define; docs/authors.md describes each.
RESULT_PREDICATES = (
    "verdict", "defeats", "tied", "outweighed", "applies", "undercut", "speaks_for", "harm", "harm_finding",
    "guidance", "advice", "stance", "meets", "touches", "assumed", "demands_speakers",
)  # fmt: skip
"""What the engine answers with; each has an argument (K502 sees to that)."""

MAX_SCENARIOS = 1 << 20
"""Up to so many scenarios are gone through at once; where there are more, clingo searches."""


class _InputClosure(NamedTuple):
    """What one input makes true: the atoms, where the compiled program reads them, and whether anything comes of it."""

    atoms: frozenset[int]
    read_positions: tuple[int, ...]
    is_relevant: bool


class Engine:
    """The program of a knowledge base within bounds, with its ways of deciding and its supports."""

    def __init__(self, base: KnowledgeBase, bounds: Bounds, program: Program | None = None) -> None:
        self.program = program or Program(base, bounds)
        self._result_of_atom = {atom: parse_atom(text) for atom, text in self.program.ground_atoms(*RESULT_PREDICATES)}
        self._atom_of_result = {found: atom for atom, found in self._result_of_atom.items()}
        self._fixed_results = [
            self._result_of_atom[atom] for atom in self._result_of_atom if atom in self.program.fact_atoms
        ]
        self._closures: dict[str, _InputClosure] = {}
        self._relevant_atoms: dict[tuple[str, tuple[str, ...] | None], frozenset[int]] = {}
        self._input_symbols: dict[int, list[str]] = {}
        self._parsed_atoms: dict[int, GroundAtom | None] = {}
        self._base = base
        self._open_by_default = {
            name: [text for _, text in self.program.ground_atoms(name)]
            for name, predicate in base.vocabulary.predicates.items()
            if predicate.spec.world_assumption == "open"
        }

    @cached_property
    def compiled(self) -> CompiledProgram | None:
        """The program compiled for going through scenarios; None where it cannot be."""
        return compile_program(self.program)

    @cached_property
    def solver(self) -> Solver:
        """The program in clingo."""
        from legit.engine.solver import Solver  # most cases need no search, and clingo is slow to import

        return Solver(self.program)

    def decide(self, inputs: EncodedCase, time_limit: float) -> Consequences:
        """Decide the inputs of a case. Raises OutOfTimeError when a search takes more than `limit` seconds.

        What is not stated is false, except where the vocabulary says that a predicate is open until something is said
        of it.
        """
        open_ = self.undecided_inputs(inputs)
        scenarios = self.scenarios(inputs.true_inputs, open_)
        if scenarios is None:
            return self._consequences_of_search(
                self.solver.consequences(self._input_atoms(inputs.true_inputs), self._input_atoms(open_), time_limit)
            )
        return self._consequences_of_scenarios(scenarios)

    def undecided_inputs(self, inputs: EncodedCase) -> list[str]:
        """The inputs that are open: stated as unknown, disputed, or open until something is said."""
        if not self._open_by_default:
            return inputs.open_inputs
        stated = {symbol.partition("(")[0] for symbol in inputs.facts}
        silent = [atoms for name, atoms in self._open_by_default.items() if name not in stated]
        return inputs.open_inputs + [symbol for symbols in silent for symbol in symbols]

    def scenarios(
        self,
        true_inputs: Iterable[str],
        open_inputs: Iterable[str],
        variations: Sequence[Sequence[Variant]] = (),
        max_scenarios: int = MAX_SCENARIOS,
    ) -> Scenarios | None:
        """All scenarios of the given true and open inputs; None where there are too many, or no way to go through.

        Open inputs that no rule reads make no scenarios of their own. Each of the `variations` is a dimension of its
        own after the open inputs, whose values are the variants; the choices come last.
        """
        code = self.compiled
        if code is None:
            return None
        true_inputs = list(true_inputs)
        opened = self._relevant_open_inputs(true_inputs, open_inputs)
        sizes = [2] * len(opened) + [len(variants) for variants in variations]
        if math.prod(sizes) > max_scenarios:  # before a mask of that many bits is made
            return None
        space = ScenarioSpace(sizes)
        present = self._input_masks(space, true_inputs, opened, variations)
        sources = self._source_masks(code, present)
        asked = []
        if code.choices:
            found = code.condition_pass(sources, space.all_scenarios)
            asked = [choice for choice in code.choices if choice.condition in found]
        dimensions = [Dimension(symbol, (), 0) for symbol in opened]
        dimensions += [Dimension("", (), 0, is_variation=True) for _ in variations]
        chosen: dict[int, int] = {}
        if asked:
            all_sizes = sizes + [len(choice.alternatives) for choice in asked]
            if math.prod(all_sizes) > max_scenarios:
                return None
            space = ScenarioSpace(all_sizes)
            present = self._input_masks(space, true_inputs, opened, variations)
            sources = self._source_masks(code, present)
            found = code.condition_pass(sources, space.all_scenarios)
            for number, choice in enumerate(asked, start=len(sizes)):
                when = found.get(choice.condition, 0)
                ways = []
                for value, heads in enumerate(choice.alternatives):
                    where = space.mask_where(number, value) & when
                    for head in heads:
                        sources[code.source_positions[head]] |= where
                        chosen[head] = chosen.get(head, 0) | where
                    ways.append(tuple(parse_atom(self.program.atom_texts[head]) for head in heads))
                dimensions.append(Dimension("", tuple(ways), when))
        masks = code.full_pass(sources, space.all_scenarios)
        masks.update(chosen)
        for symbol, mask in present.items():
            for atom in self._closure(symbol).atoms:
                masks[atom] = masks.get(atom, 0) | mask
        return Scenarios(space, tuple(dimensions), masks, self._result_of_atom, self._atom_of_result)

    def _relevant_open_inputs(self, true: list[str], open_: Iterable[str]) -> list[str]:
        """The open inputs that make a difference."""
        found = [symbol for symbol in open_ if self._closure(symbol).is_relevant]
        if found:
            holding = frozenset().union(*(self._closure(symbol).atoms for symbol in true))
            found = [symbol for symbol in found if not self._closure(symbol).atoms <= holding]
        return found

    @staticmethod
    def _input_masks(
        space: ScenarioSpace, true: list[str], opened: list[str], variations: Sequence[Sequence[Variant]]
    ) -> dict[str, int]:
        """The scenarios in which each input is true."""
        present = dict.fromkeys(true, space.all_scenarios)
        for number, symbol in enumerate(opened):
            present[symbol] = space.mask_where(number, 1)
        for number, variants in enumerate(variations, start=len(opened)):
            for value, variant in enumerate(variants):
                where = space.mask_where(number, value)
                for symbol in variant.set_false:
                    present[symbol] = present.get(symbol, 0) & ~where
                for symbol in variant.set_true:
                    present[symbol] = present.get(symbol, 0) | where
        return present

    def _source_masks(self, code: CompiledProgram, input_masks: dict[str, int]) -> list[int]:
        sources = [0] * len(code.source_positions)
        for symbol, mask in input_masks.items():
            for place in self._closure(symbol).read_positions:
                sources[place] |= mask
        return sources

    def _closure(self, symbol: str) -> _InputClosure:
        found = self._closures.get(symbol)
        if found is None:
            place = self.compiled.source_positions if self.compiled else {}
            atom = self.program.atoms.get(symbol)
            atoms = frozenset(self.program.folded_closure((atom,))) if atom is not None else frozenset()
            places = tuple(place[item] for item in atoms if item in place)
            found = _InputClosure(atoms, places, bool(places) or not atoms.isdisjoint(self._result_of_atom))
            self._closures[symbol] = found
        return found

    def _consequences_of_scenarios(self, scenarios: Scenarios) -> Consequences:
        masks, full = scenarios.masks, scenarios.space.all_scenarios
        sure = masks if scenarios.space.count == 1 else {atom: full for atom, mask in masks.items() if mask == full}
        possibly = self._group_results(masks)
        surely = possibly if sure is masks else self._group_results(sure)
        return Consequences(surely, possibly, sure, masks, scenarios)

    def _group_results(self, atoms: Iterable[int]) -> Results:
        """The results among atoms that hold, with those that always hold."""
        found: Results = defaultdict(list)
        for name, args in self._fixed_results:
            found[name].append(args)
        readings = self._result_of_atom
        for atom in atoms:
            result = readings.get(atom)
            if result is not None:
                name, args = result
                found[name].append(args)
        return found

    def _consequences_of_search(self, search_result: ConsequenceAtoms) -> Consequences:
        surely, possibly = (
            self._group_results(sorted(atoms)) for atoms in (search_result.cautious, search_result.brave)
        )
        return Consequences(surely, possibly, search_result.cautious, search_result.brave)

    def support(self, inputs: EncodedCase, consequences: Consequences) -> Support:
        """The supporting rule of each conclusion that holds in every completion."""
        return self._support_finder.find(
            set(self._input_atoms(inputs.true_inputs)), consequences.cautious_atoms, consequences.brave_atoms
        )

    def relevant_atoms(self, predicate: str, args: tuple[str, ...] | None = None) -> frozenset[int]:
        """The atoms that some rule leads from to a result of this predicate, or to the one with these arguments."""
        key = (predicate, args)
        found = self._relevant_atoms.get(key)
        if found is None:
            wanted = {
                atom
                for atom, item in self._result_of_atom.items()
                if item.name == predicate and (args is None or item.args == args)
            }
            below: dict[int, set[int]] = {}
            for rule in self.program.residual_rules:
                for head in rule.heads:
                    below.setdefault(head, set()).update(abs(literal) for literal in rule.body)
            reached: set[int] = set()
            stack = list(wanted)
            while stack:
                atom = stack.pop()
                if atom not in reached:
                    reached.add(atom)
                    stack.extend(below.get(atom, ()))
            found = self._relevant_atoms[key] = frozenset(reached)
        return found

    def feeds_any(self, symbol: str, atoms: frozenset[int]) -> bool:
        """Whether an input makes true, by itself, some of the atoms."""
        return not self._closure(symbol).atoms.isdisjoint(atoms)

    def read_positions(self, symbol: str) -> frozenset[int]:
        """Where the rules read what an input makes true: inputs with the same places have the same effect."""
        feed = self._closure(symbol)
        return frozenset(feed.read_positions) or feed.atoms

    def input_symbols(self, max_names: int) -> list[str]:
        """All inputs, in a fixed order, that speak of no more than the first `names` names and no date."""
        if max_names not in self._input_symbols:
            predicates = self._base.vocabulary.predicates
            found = []
            for atom in self.program.input_atoms:
                name, args = parse_atom(self.program.atom_texts[atom])
                types = [argument.type for argument in predicates[name].args]
                spoken = [int(arg) for type_name, arg in zip(types, args, strict=True) if type_name == "name"]
                if "date" not in types and all(number <= max_names for number in spoken):
                    found.append(self.program.atom_texts[atom])
            self._input_symbols[max_names] = sorted(found)
        return self._input_symbols[max_names]

    def support_in_scenario(
        self, inputs: EncodedCase, scenarios: Scenarios, scenario: int
    ) -> tuple[Support, set[int], frozenset[int]]:
        """The support of one scenario, the atoms that are true in it, and the sources that it supposes."""
        truth = {atom for atom, mask in scenarios.masks.items() if mask >> scenario & 1}
        given = set(self._input_atoms(inputs.true_inputs))
        symbols = [dimension.symbol for dimension in scenarios.dimensions if dimension.symbol]
        supposed = {atom for atom in self._input_atoms(symbols) if atom in truth} - given
        for dimension in scenarios.dimensions:
            for way in dimension.alternatives:
                supposed |= {atom for atom in self._input_atoms(map(format_atom, way)) if atom in truth}
        return self._support_finder.find(given | supposed, truth, truth), truth, frozenset(supposed)

    def result_arguments(self, predicate: str) -> list[tuple[str, ...]]:
        """The arguments of every result of a predicate that some case can have."""
        return [found.args for found in self._result_of_atom.values() if found.name == predicate]

    def result_atoms(self, predicate: str) -> list[tuple[int, str]]:
        """The atoms of a result, each with its first argument."""
        return self._atoms_by_predicate.get(predicate, [])

    @cached_property
    def _atoms_by_predicate(self) -> dict[str, list[tuple[int, str]]]:
        found: dict[str, list[tuple[int, str]]] = {}
        for atom, item in self._result_of_atom.items():
            found.setdefault(item.name, []).append((atom, item.args[0]))
        return found

    def result_atoms_of(self, predicate: str, first_argument: str) -> list[int]:
        """The atoms of the results of a predicate whose first argument is `first`."""
        return self._atoms_by_first_argument.get((predicate, first_argument), [])

    @cached_property
    def _atoms_by_first_argument(self) -> dict[tuple[str, str], list[int]]:
        found: dict[tuple[str, str], list[int]] = {}
        for atom, item in self._result_of_atom.items():
            found.setdefault((item.name, item.args[0]), []).append(atom)
        return found

    def parsed_atom(self, atom: int) -> GroundAtom | None:
        """An atom taken apart; None for one that grounding or folding made."""
        if atom not in self._parsed_atoms:
            name = self.program.atom_texts.get(atom)
            self._parsed_atoms[atom] = parse_atom(name) if name is not None else None
        return self._parsed_atoms[atom]

    def rule_bodies(self, atom: int) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
        """Of each kept rule without weights that derives an atom: the atoms that it needs, and those that it denies."""
        return self._rule_bodies.get(atom, [])

    @cached_property
    def _rule_bodies(self) -> dict[int, list[tuple[tuple[int, ...], tuple[int, ...]]]]:
        found: dict[int, list[tuple[tuple[int, ...], tuple[int, ...]]]] = {}
        for rule in self.program.residual_rules:
            positive = tuple(literal for literal in rule.body if literal > 0)
            negative = tuple(-literal for literal in rule.body if literal < 0)
            for head in rule.heads if not rule.weights else ():
                found.setdefault(head, []).append((positive, negative))
        return found

    def evidence_for(
        self, predicate: str, args: tuple[str, ...], evidence_inputs: EvidenceInputs, inputs: EncodedCase
    ) -> list[Fact]:
        """The true facts that the support of a conclusion rests on; empty when it has none."""
        atom = self.program.atoms.get(f"{predicate}({','.join(args)})" if args else predicate)
        if atom is None:
            return []
        names = self.program.atom_texts
        return [
            fact for number in evidence_inputs.inputs_below(atom) for fact in inputs.supporting_facts(names[number])
        ]

    @cached_property
    def _support_finder(self) -> SupportFinder:
        return SupportFinder(self.program)

    def _input_atoms(self, symbols: Iterable[str]) -> list[int]:
        """The atoms of input symbols. An input that no rule mentions has none and can be left out."""
        atoms = self.program.atoms
        return [atoms[symbol] for symbol in symbols if symbol in atoms]
