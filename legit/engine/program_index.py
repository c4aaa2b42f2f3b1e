"""Look-ups in one ground program that need no case: results, input closures, dependencies, rule bodies.

Every look-up is computed once and kept. The caches are filled by assignments that any thread may repeat with the same
value, so one index may be shared between threads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from legit.engine.bitmask_compiler import CompiledProgram, compile_program
from legit.engine.program import Program
from legit.engine.scenarios import GroundAtom, Results, parse_atom
from legit.knowledge.protocol import RESULTS
from legit.knowledge.vocabulary import Vocabulary


class InputClosure(NamedTuple):
    """Closure of one input atom under the folded rules.

    `atoms` are the atoms that the input makes true, `read_positions` their positions in the source list of the
    compiled program, `results` those that are results; `is_relevant` tells whether any rule or result depends on them.
    """

    atoms: frozenset[int]
    read_positions: tuple[int, ...]
    results: tuple[int, ...]
    is_relevant: bool


class ProgramIndex:
    """The look-ups of one program. Raises KnowledgeBaseError as `Program` does when the rules cannot be grounded."""

    def __init__(self, program: Program, vocabulary: Vocabulary) -> None:
        self.program = program
        self.result_of_atom = {atom: parse_atom(text) for atom, text in program.ground_atoms(*RESULTS)}
        self.atom_of_result = {result: atom for atom, result in self.result_of_atom.items()}
        self.fixed_results = [result for atom, result in self.result_of_atom.items() if atom in program.fact_atoms]
        self._vocabulary = vocabulary
        self._numbered_atoms: dict[str, list[tuple[int, int]]] = {}
        self._closures: dict[str, InputClosure] = {}
        self._named_results: dict[frozenset[str], frozenset[int]] = {}
        self._atoms_of: dict[str, list[tuple[int, str]]] = {}
        self._relevant_atoms: dict[tuple[str, tuple[str, ...] | None], frozenset[int]] = {}
        self._input_symbols: dict[int, list[str]] = {}
        self._parsed_atoms: dict[int, GroundAtom | None] = {}

    @cached_property
    def compiled(self) -> CompiledProgram | None:
        """The program as bit-mask code; None if it is not stratified, so that only a search decides it."""
        return compile_program(self.program)

    # Results

    def result_arguments(self, predicate: str) -> list[tuple[str, ...]]:
        """The arguments of every result of a predicate that some case can have."""
        return [result.args for result in self.result_of_atom.values() if result.name == predicate]

    def results_named(self, predicates: frozenset[str]) -> frozenset[int]:
        """The atoms of the results of some predicates."""
        found = self._named_results.get(predicates)
        if found is None:
            found = frozenset(atom for atom, result in self.result_of_atom.items() if result.name in predicates)
            self._named_results[predicates] = found
        return found

    def atoms_of(self, predicate: str) -> list[tuple[int, str]]:
        """The atoms of a predicate that a case can have, each with its first argument."""
        found = self._atoms_of.get(predicate)
        if found is None:
            ground = self.program.ground_atoms(predicate)
            found = self._atoms_of[predicate] = [(atom, parse_atom(text).args[0]) for atom, text in ground]
        return found

    def result_atoms(self, predicate: str) -> list[tuple[int, str]]:
        """The atoms of the results of a predicate, each with its first argument."""
        return self._atoms_by_predicate.get(predicate, [])

    @cached_property
    def _atoms_by_predicate(self) -> dict[str, list[tuple[int, str]]]:
        atoms: dict[str, list[tuple[int, str]]] = {}
        for atom, result in self.result_of_atom.items():
            atoms.setdefault(result.name, []).append((atom, result.args[0]))
        return atoms

    def result_atoms_of(self, predicate: str, first_argument: str) -> list[int]:
        """The atoms of the results of a predicate with this first argument."""
        return self._atoms_by_first_argument.get((predicate, first_argument), [])

    @cached_property
    def _atoms_by_first_argument(self) -> dict[tuple[str, str], list[int]]:
        atoms: dict[tuple[str, str], list[int]] = {}
        for atom, result in self.result_of_atom.items():
            atoms.setdefault((result.name, result.args[0]), []).append(atom)
        return atoms

    def numbered_atoms(self, predicate: str) -> list[tuple[int, int]]:
        """The atoms of a predicate whose only argument is a number: each with its number, the greatest first."""
        found = self._numbered_atoms.get(predicate)
        if found is None:
            atoms = [(int(text.partition("(")[2][:-1]), atom) for atom, text in self.program.ground_atoms(predicate)]
            found = self._numbered_atoms[predicate] = sorted(atoms, reverse=True)
        return found

    def group_results(self, atoms: Iterable[int]) -> Results:
        """The results among the given atoms and those that are facts of the program, by predicate."""
        results: Results = defaultdict(list)
        for name, args in self.fixed_results:
            results[name].append(args)
        result_of_atom = self.result_of_atom
        for atom in atoms:
            result = result_of_atom.get(atom)
            if result is not None:
                name, args = result
                results[name].append(args)
        return results

    # Inputs

    def closure(self, symbol: str) -> InputClosure:
        """The atoms that one input makes true under the folded rules; empty for an input that no rule mentions."""
        closure = self._closures.get(symbol)
        if closure is None:
            positions = self.compiled.source_positions if self.compiled else {}
            atom = self.program.atoms.get(symbol)
            atoms = frozenset(self.program.folded_closure((atom,))) if atom is not None else frozenset()
            read = tuple(positions[item] for item in atoms if item in positions)
            results = tuple(sorted(atoms & self.result_of_atom.keys()))
            closure = InputClosure(atoms, read, results, bool(read or results))
            self._closures[symbol] = closure
        return closure

    def feeds_any(self, symbol: str, atoms: frozenset[int]) -> bool:
        """Whether an input alone, under the folded rules, makes one of the atoms true."""
        return not self.closure(symbol).atoms.isdisjoint(atoms)

    def read_positions(self, symbol: str) -> frozenset[int]:
        """The positions at which the compiled program reads an input. Inputs with equal positions have the same effect
        on the rules."""
        closure = self.closure(symbol)
        return frozenset(closure.read_positions) or closure.atoms

    def input_atoms(self, symbols: Iterable[str]) -> list[int]:
        """The atoms of input symbols. An input that no rule mentions has no atom and is left out."""
        atoms = self.program.atoms
        return [atoms[symbol] for symbol in symbols if symbol in atoms]

    def input_symbols(self, max_names: int) -> list[str]:
        """All inputs that a case states, sorted, without a date or a name with a number above `max_names`."""
        if max_names not in self._input_symbols:
            predicates = self._vocabulary.predicates
            symbols = []
            for atom in self.program.input_atoms - self.program.relation_atoms:
                name, args = parse_atom(self.program.atom_texts[atom])
                types = [argument.type for argument in predicates[name].args]
                numbers = [int(arg) for type_name, arg in zip(types, args, strict=True) if type_name == "name"]
                if "date" not in types and all(number <= max_names for number in numbers):
                    symbols.append(self.program.atom_texts[atom])
            self._input_symbols[max_names] = sorted(symbols)
        return self._input_symbols[max_names]

    # Rules

    def relevant_atoms(self, predicate: str, args: tuple[str, ...] | None = None) -> frozenset[int]:
        """The atoms on which a result of this predicate depends, or the one with these arguments (itself included)."""
        key = (predicate, args)
        relevant = self._relevant_atoms.get(key)
        if relevant is None:
            stack = [
                atom
                for atom, result in self.result_of_atom.items()
                if result.name == predicate and (args is None or result.args == args)
            ]
            reached: set[int] = set()
            while stack:
                atom = stack.pop()
                if atom not in reached:
                    reached.add(atom)
                    stack.extend(self._dependencies.get(atom, ()))
            relevant = self._relevant_atoms[key] = frozenset(reached)
        return relevant

    @cached_property
    def _dependencies(self) -> dict[int, set[int]]:
        """The atoms in the bodies of the residual rules of each atom."""
        below: dict[int, set[int]] = {}
        for rule in self.program.residual_rules:
            for head in rule.heads:
                below.setdefault(head, set()).update(abs(literal) for literal in rule.body)
        return below

    def parsed_atom(self, atom: int) -> GroundAtom | None:
        """The predicate and arguments of an atom; None for an auxiliary atom that grounding or folding made."""
        if atom not in self._parsed_atoms:
            text = self.program.atom_texts.get(atom)
            self._parsed_atoms[atom] = parse_atom(text) if text is not None else None
        return self._parsed_atoms[atom]

    def rule_bodies(self, atom: int) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
        """The positive and the negative body atoms of each residual rule without weights that derives an atom."""
        return self._rule_bodies.get(atom, [])

    @cached_property
    def _rule_bodies(self) -> dict[int, list[tuple[tuple[int, ...], tuple[int, ...]]]]:
        bodies: dict[int, list[tuple[tuple[int, ...], tuple[int, ...]]]] = {}
        for rule in self.program.residual_rules:
            positive = tuple(literal for literal in rule.body if literal > 0)
            negative = tuple(-literal for literal in rule.body if literal < 0)
            for head in rule.heads if not rule.weights else ():
                bodies.setdefault(head, []).append((positive, negative))
        return bodies
