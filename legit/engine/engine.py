"""A grounded knowledge base, ready to decide cases and to say what supports a conclusion."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from legit.engine.bitmask_compiler import Compiled, compiled
from legit.engine.case_encoder import Inputs
from legit.engine.program import Bounds, Program
from legit.engine.scenarios import Dimension, Reading, Results, Scenarios, Settled, Space, Variant, reading, written
from legit.engine.support import Leaves, Support, Supports
from legit.knowledge.base import KnowledgeBase
from legit.model.facts import Fact

if TYPE_CHECKING:
    from legit.engine.solver import Consequences, Solver

# What the judgement files of a knowledge base define; docs/authors.md describes each.
RESULTS = (
    "verdict", "defeats", "tied", "outweighed", "applies", "undercut", "speaks_for", "harm", "harm_finding",
    "guidance", "advice", "stance", "meets", "touches", "assumed", "demands_speakers",
)  # fmt: skip
"""What the engine answers with; each has an argument (K502 sees to that)."""

MOST_SCENARIOS = 1 << 20
"""Up to so many scenarios are gone through at once; where there are more, clingo searches."""


class _Feed(NamedTuple):
    """What one input makes true: the atoms, where the compiled program reads them, and whether anything comes of it."""

    atoms: frozenset[int]
    places: tuple[int, ...]
    matters: bool


class Engine:
    """The program of a knowledge base within bounds, with its ways of deciding and its supports."""

    def __init__(self, base: KnowledgeBase, bounds: Bounds, program: Program | None = None) -> None:
        self.program = program or Program(base, bounds)
        self._readings = {atom: reading(text) for atom, text in self.program.signatures(*RESULTS)}
        self._numbers = {found: atom for atom, found in self._readings.items()}
        self._fixed = [self._readings[atom] for atom in self._readings if atom in self.program.facts]
        self._feeds: dict[str, _Feed] = {}
        self._bearing: dict[tuple[str, tuple[str, ...] | None], frozenset[int]] = {}
        self._symbols: dict[int, list[str]] = {}
        self._read: dict[int, Reading | None] = {}
        self._base = base
        self._open_by_default = {
            name: [text for _, text in self.program.signatures(name)]
            for name, predicate in base.vocabulary.predicates.items()
            if predicate.stated.default == "open"
        }

    @cached_property
    def compiled(self) -> Compiled | None:
        """The program compiled for going through scenarios; None where it cannot be."""
        return compiled(self.program)

    @cached_property
    def solver(self) -> Solver:
        """The program in clingo."""
        from legit.engine.solver import Solver  # most cases need no search, and clingo is slow to import

        return Solver(self.program)

    def settle(self, inputs: Inputs, limit: float) -> Settled:
        """Decide the inputs of a case. Raises OutOfTimeError when a search takes more than `limit` seconds.

        What is not stated is false, except where the vocabulary says that a predicate is open until something is said
        of it.
        """
        open_ = self.open_inputs(inputs)
        scenarios = self.scenarios(inputs.true, open_)
        if scenarios is None:
            return self._searched(self.solver.consequences(self._atoms(inputs.true), self._atoms(open_), limit))
        return self._settled(scenarios)

    def open_inputs(self, inputs: Inputs) -> list[str]:
        """The inputs that are open: stated as unknown, disputed, or open until something is said."""
        if not self._open_by_default:
            return inputs.open
        stated = {symbol.partition("(")[0] for symbol in inputs.facts}
        silent = [atoms for name, atoms in self._open_by_default.items() if name not in stated]
        return inputs.open + [symbol for symbols in silent for symbol in symbols]

    def scenarios(
        self,
        true: Iterable[str],
        open_: Iterable[str],
        variations: Sequence[Sequence[Variant]] = (),
        most: int = MOST_SCENARIOS,
    ) -> Scenarios | None:
        """All scenarios of the given true and open inputs; None where there are too many, or no way to go through.

        Open inputs that no rule reads make no scenarios of their own. Each of the `variations` is a dimension of its
        own after the open inputs, whose values are the variants; the choices come last.
        """
        code = self.compiled
        if code is None:
            return None
        true = list(true)
        opened = self._opened(true, open_)
        sizes = [2] * len(opened) + [len(variants) for variants in variations]
        if math.prod(sizes) > most:  # before a mask of that many bits is made
            return None
        space = Space(sizes)
        present = self._present(space, true, opened, variations)
        sources = self._sources(code, present)
        asked = []
        if code.choices:
            found = code.opening(sources, space.full)
            asked = [choice for choice in code.choices if choice.when in found]
        dimensions = [Dimension(symbol, (), 0) for symbol in opened]
        dimensions += [Dimension("", (), 0, varied=True) for _ in variations]
        chosen: dict[int, int] = {}
        if asked:
            all_sizes = sizes + [len(choice.ways) for choice in asked]
            if math.prod(all_sizes) > most:
                return None
            space = Space(all_sizes)
            present = self._present(space, true, opened, variations)
            sources = self._sources(code, present)
            found = code.opening(sources, space.full)
            for number, choice in enumerate(asked, start=len(sizes)):
                when = found.get(choice.when, 0)
                ways = []
                for value, heads in enumerate(choice.ways):
                    where = space.where(number, value) & when
                    for head in heads:
                        sources[code.place[head]] |= where
                        chosen[head] = chosen.get(head, 0) | where
                    ways.append(tuple(reading(self.program.names[head]) for head in heads))
                dimensions.append(Dimension("", tuple(ways), when))
        masks = code.whole(sources, space.full)
        masks.update(chosen)
        for symbol, mask in present.items():
            for atom in self._feed(symbol).atoms:
                masks[atom] = masks.get(atom, 0) | mask
        return Scenarios(space, tuple(dimensions), masks, self._readings, self._numbers)

    def _opened(self, true: list[str], open_: Iterable[str]) -> list[str]:
        """The open inputs that make a difference."""
        found = [symbol for symbol in open_ if self._feed(symbol).matters]
        if found:
            holding = frozenset().union(*(self._feed(symbol).atoms for symbol in true))
            found = [symbol for symbol in found if not self._feed(symbol).atoms <= holding]
        return found

    @staticmethod
    def _present(
        space: Space, true: list[str], opened: list[str], variations: Sequence[Sequence[Variant]]
    ) -> dict[str, int]:
        """The scenarios in which each input is true."""
        present = dict.fromkeys(true, space.full)
        for number, symbol in enumerate(opened):
            present[symbol] = space.where(number, 1)
        for number, variants in enumerate(variations, start=len(opened)):
            for value, variant in enumerate(variants):
                where = space.where(number, value)
                for symbol in variant.drops:
                    present[symbol] = present.get(symbol, 0) & ~where
                for symbol in variant.adds:
                    present[symbol] = present.get(symbol, 0) | where
        return present

    def _sources(self, code: Compiled, present: dict[str, int]) -> list[int]:
        sources = [0] * len(code.place)
        for symbol, mask in present.items():
            for place in self._feed(symbol).places:
                sources[place] |= mask
        return sources

    def _feed(self, symbol: str) -> _Feed:
        found = self._feeds.get(symbol)
        if found is None:
            place = self.compiled.place if self.compiled else {}
            atom = self.program.atoms.get(symbol)
            atoms = frozenset(self.program.closure((atom,))) if atom is not None else frozenset()
            places = tuple(place[item] for item in atoms if item in place)
            found = _Feed(atoms, places, bool(places) or not atoms.isdisjoint(self._readings))
            self._feeds[symbol] = found
        return found

    def _settled(self, scenarios: Scenarios) -> Settled:
        masks, full = scenarios.masks, scenarios.space.full
        sure = masks if scenarios.space.count == 1 else {atom: full for atom, mask in masks.items() if mask == full}
        possibly = self._results(masks)
        surely = possibly if sure is masks else self._results(sure)
        return Settled(surely, possibly, sure, masks, scenarios)

    def _results(self, atoms: Iterable[int]) -> Results:
        """The results among atoms that hold, with those that always hold."""
        found: Results = defaultdict(list)
        for name, args in self._fixed:
            found[name].append(args)
        readings = self._readings
        for atom in atoms:
            result = readings.get(atom)
            if result is not None:
                name, args = result
                found[name].append(args)
        return found

    def _searched(self, found: Consequences) -> Settled:
        surely, possibly = (self._results(sorted(atoms)) for atoms in (found.cautious, found.brave))
        return Settled(surely, possibly, found.cautious, found.brave)

    def support(self, inputs: Inputs, settled: Settled) -> Support:
        """The supporting rule of each conclusion that holds in every completion."""
        return self._supports.of(set(self._atoms(inputs.true)), settled.truth, settled.maybe)

    def bearing_on(self, result: str, args: tuple[str, ...] | None = None) -> frozenset[int]:
        """The atoms that some rule leads from to a result of this predicate, or to the one with these arguments."""
        key = (result, args)
        found = self._bearing.get(key)
        if found is None:
            wanted = {
                atom
                for atom, item in self._readings.items()
                if item.name == result and (args is None or item.args == args)
            }
            below: dict[int, set[int]] = {}
            for rule in self.program.kept:
                for head in rule.heads:
                    below.setdefault(head, set()).update(abs(literal) for literal in rule.body)
            reached: set[int] = set()
            stack = list(wanted)
            while stack:
                atom = stack.pop()
                if atom not in reached:
                    reached.add(atom)
                    stack.extend(below.get(atom, ()))
            found = self._bearing[key] = frozenset(reached)
        return found

    def reaches(self, symbol: str, atoms: frozenset[int]) -> bool:
        """Whether an input makes true, by itself, some of the atoms."""
        return not self._feed(symbol).atoms.isdisjoint(atoms)

    def places(self, symbol: str) -> frozenset[int]:
        """Where the rules read what an input makes true: inputs with the same places have the same effect."""
        feed = self._feed(symbol)
        return frozenset(feed.places) or feed.atoms

    def input_symbols(self, names: int) -> list[str]:
        """All inputs, in a fixed order, that speak of no more than the first `names` names and no date."""
        if names not in self._symbols:
            predicates = self._base.vocabulary.predicates
            found = []
            for atom in self.program.inputs:
                name, args = reading(self.program.names[atom])
                types = [argument.type for argument in predicates[name].args]
                spoken = [int(arg) for type_name, arg in zip(types, args, strict=True) if type_name == "name"]
                if "date" not in types and all(number <= names for number in spoken):
                    found.append(self.program.names[atom])
            self._symbols[names] = sorted(found)
        return self._symbols[names]

    def support_in(self, inputs: Inputs, scenarios: Scenarios, index: int) -> tuple[Support, set[int], frozenset[int]]:
        """The support of one scenario, the atoms that are true in it, and the sources that it supposes."""
        truth = {atom for atom, mask in scenarios.masks.items() if mask >> index & 1}
        given = set(self._atoms(inputs.true))
        symbols = [dimension.symbol for dimension in scenarios.dimensions if dimension.symbol]
        supposed = {atom for atom in self._atoms(symbols) if atom in truth} - given
        for dimension in scenarios.dimensions:
            for way in dimension.ways:
                supposed |= {atom for atom in self._atoms(map(written, way)) if atom in truth}
        return self._supports.of(given | supposed, truth, truth), truth, frozenset(supposed)

    def results(self, name: str) -> list[tuple[str, ...]]:
        """The arguments of every result of a predicate that some case can have."""
        return [found.args for found in self._readings.values() if found.name == name]

    def firsts(self, name: str) -> list[tuple[int, str]]:
        """The atoms of a result, each with its first argument."""
        return self._firsts.get(name, [])

    @cached_property
    def _firsts(self) -> dict[str, list[tuple[int, str]]]:
        found: dict[str, list[tuple[int, str]]] = {}
        for atom, item in self._readings.items():
            found.setdefault(item.name, []).append((atom, item.args[0]))
        return found

    def atoms_of(self, name: str, first: str) -> list[int]:
        """The atoms of the results of a predicate whose first argument is `first`."""
        return self._by_first.get((name, first), [])

    @cached_property
    def _by_first(self) -> dict[tuple[str, str], list[int]]:
        found: dict[tuple[str, str], list[int]] = {}
        for atom, item in self._readings.items():
            found.setdefault((item.name, item.args[0]), []).append(atom)
        return found

    def reading(self, atom: int) -> Reading | None:
        """An atom taken apart; None for one that grounding or folding made."""
        if atom not in self._read:
            name = self.program.names.get(atom)
            self._read[atom] = reading(name) if name is not None else None
        return self._read[atom]

    def bodies(self, atom: int) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
        """Of each kept rule without weights that derives an atom: the atoms that it needs, and those that it denies."""
        return self._bodies.get(atom, [])

    @cached_property
    def _bodies(self) -> dict[int, list[tuple[tuple[int, ...], tuple[int, ...]]]]:
        found: dict[int, list[tuple[tuple[int, ...], tuple[int, ...]]]] = {}
        for rule in self.program.kept:
            positive = tuple(literal for literal in rule.body if literal > 0)
            negative = tuple(-literal for literal in rule.body if literal < 0)
            for head in rule.heads if not rule.weights else ():
                found.setdefault(head, []).append((positive, negative))
        return found

    def grounds(self, name: str, args: tuple[str, ...], leaves: Leaves, inputs: Inputs) -> list[Fact]:
        """The true facts that the support of a conclusion rests on; empty when it has none."""
        atom = self.program.atoms.get(f"{name}({','.join(args)})" if args else name)
        if atom is None:
            return []
        names = self.program.names
        return [fact for number in leaves.below(atom) for fact in inputs.vouching(names[number])]

    @cached_property
    def _supports(self) -> Supports:
        return Supports(self.program)

    def _atoms(self, symbols: Iterable[str]) -> list[int]:
        """The atoms of input symbols. An input that no rule mentions has none and can be left out."""
        atoms = self.program.atoms
        return [atoms[symbol] for symbol in symbols if symbol in atoms]
