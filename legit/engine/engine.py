"""A grounded knowledge base, ready to decide cases and to say what supports a conclusion."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from legit.engine.compiled import Compiled, compiled
from legit.engine.inputs import Inputs
from legit.engine.program import Bounds, Program
from legit.engine.scenarios import Dimension, Results, Scenarios, Settled, Space, reading
from legit.engine.solver import Consequences, Solver
from legit.engine.support import Support, Supports
from legit.facts import Fact, Truth
from legit.knowledge.base import KnowledgeBase

# What the judgement files of a knowledge base define; docs/authors.md describes each.
RESULTS = (
    "verdict", "defeats", "tied", "outweighed", "applies", "undercut", "speaks_for", "harm", "harm_finding",
    "guidance", "advice", "stance", "meets", "touches", "assumed",
)  # fmt: skip

MOST_SCENARIOS = 1 << 20
"""Up to so many scenarios are gone through at once; where there are more, clingo searches."""


class _Feed(NamedTuple):
    """What one input makes true: the atoms, where the compiled program reads them, and whether anything comes of it."""

    atoms: frozenset[int]
    places: tuple[int, ...]
    matters: bool


class Engine:
    """The program of a knowledge base within bounds, with its ways of deciding and its supports."""

    def __init__(self, base: KnowledgeBase, bounds: Bounds) -> None:
        self.program = Program(base, bounds)
        self._readings = {atom: reading(text) for atom, text in self.program.signatures(*RESULTS)}
        self._fixed = [self._readings[atom] for atom in self._readings if atom in self.program.facts]
        self._feeds: dict[str, _Feed] = {}
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

    def scenarios(self, true: Iterable[str], open_: Iterable[str]) -> Scenarios | None:
        """All scenarios of the given true and open inputs; None where there are too many, or no way to go through.

        Open inputs that no rule reads make no scenarios of their own.
        """
        code = self.compiled
        if code is None:
            return None
        holding: set[int] = set()
        places: list[int] = []
        for symbol in true:
            feed = self._feed(symbol)
            holding |= feed.atoms
            places += feed.places
        opened = [
            (symbol, feed) for symbol in open_ if (feed := self._feed(symbol)).matters and not feed.atoms <= holding
        ]
        if 1 << len(opened) > MOST_SCENARIOS:
            return None
        space = Space([2] * len(opened))
        sources = self._sources(len(code.place), space, places, opened)
        asked = []
        if code.choices:
            found = code.opening(sources, space.full)
            asked = [choice for choice in code.choices if choice.when in found or choice.when in holding]
        dimensions = [Dimension(symbol, (), space.full) for symbol, _ in opened]
        chosen: dict[int, int] = {}
        if asked:
            space = Space([2] * len(opened) + [len(choice.ways) for choice in asked])
            if space.count > MOST_SCENARIOS:
                return None
            sources = self._sources(len(code.place), space, places, opened)
            dimensions = [Dimension(symbol, (), space.full) for symbol, _ in opened]
            found = code.opening(sources, space.full)
            for number, choice in enumerate(asked, start=len(opened)):
                when = space.full if choice.when in holding else found.get(choice.when, 0)
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
        for number, (_, feed) in enumerate(opened):
            where = space.where(number, 1)
            for atom in feed.atoms:
                masks[atom] = masks.get(atom, 0) | where
        masks.update(dict.fromkeys(holding, space.full))
        return Scenarios(space, tuple(dimensions), masks, self._readings)

    @staticmethod
    def _sources(size: int, space: Space, places: list[int], opened: list[tuple[str, _Feed]]) -> list[int]:
        sources = [0] * size
        for number, (_, feed) in enumerate(opened):
            where = space.where(number, 1)
            for place in feed.places:
                sources[place] |= where
        for place in places:
            sources[place] = space.full
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
        full = scenarios.space.full
        surely, possibly = self._fixed_results(), self._fixed_results()
        readings = self._readings
        for atom, mask in scenarios.masks.items():
            found = readings.get(atom)
            if found is not None:
                possibly.setdefault(found.name, []).append(found.args)
                if mask == full:
                    surely.setdefault(found.name, []).append(found.args)
        masks = scenarios.masks
        truth = masks if scenarios.space.count == 1 else {atom for atom, mask in masks.items() if mask == full}
        return Settled(surely, possibly, truth, masks, scenarios)

    def _searched(self, found: Consequences) -> Settled:
        surely, possibly = self._fixed_results(), self._fixed_results()
        for results, atoms in ((surely, found.cautious), (possibly, found.brave)):
            for atom in sorted(atoms & self._readings.keys()):
                results.setdefault(self._readings[atom].name, []).append(self._readings[atom].args)
        return Settled(surely, possibly, found.cautious, found.brave)

    def _fixed_results(self) -> Results:
        found: Results = {}
        for name, args in self._fixed:
            found.setdefault(name, []).append(args)
        return found

    def support(self, inputs: Inputs, settled: Settled) -> Support:
        """The supporting rule of each conclusion that holds in every completion."""
        return self._supports.of(set(self._atoms(inputs.true)), settled.truth, settled.maybe)

    def grounds(self, name: str, args: tuple[str, ...], support: Support, inputs: Inputs) -> list[Fact]:
        """The true facts that the support of a conclusion rests on, each once; empty when it has none."""
        atom = self.program.atoms.get(f"{name}({','.join(args)})" if args else name)
        if atom is None or atom not in support:
            return []
        facts = [
            fact
            for number in self._supports.inputs_below(atom, support)
            for fact in sorted(inputs.facts.get(self.program.names[number], ()), key=_by_speaker)
            if fact.truth is Truth.TRUE
        ]
        return list(dict.fromkeys(facts))

    @cached_property
    def _supports(self) -> Supports:
        return Supports(self.program)

    def _atoms(self, symbols: Iterable[str]) -> list[int]:
        """The atoms of input symbols. An input that no rule mentions has none and can be left out."""
        atoms = self.program.atoms
        return [atoms[symbol] for symbol in symbols if symbol in atoms]


def _by_speaker(fact: Fact) -> tuple[str, str]:
    return str(fact.speaker), fact.detail or ""
