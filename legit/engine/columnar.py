"""Decides many cases in one pass: a column holds one input of all of them.

The compiled pass computes each atom as a bit mask over the scenarios of one case. Here the scenarios of many cases
stand one behind another in the same masks: the *segment* of a case is the bits of its scenarios. All cases of a block
have segments of one length, so that a truth value of an open input is the same pattern in every segment.

    case             1       0
    scenario        1 0     1 0     each case has one open input, so two scenarios
    open input      1 0     1 0
    stated input    0 0     1 1     only case 0 states it

After the pass the masks are folded: a result is a cautious consequence of a case if it holds in its whole segment, and
a brave one if it holds somewhere in it. These are the consequences that `Decider` finds for one case at a time; a case
with too many scenarios is left to it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from legit._util.optional import import_optional
from legit.engine.bitmask_compiler import Choice, CompiledProgram
from legit.engine.case_pairs import GroupedPairs, packed_columns
from legit.engine.engine import Engine
from legit.engine.program_index import InputClosure
from legit.engine.scenarios import ScenarioSpace

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Integers = NDArray[numpy.int64]
    Booleans = NDArray[numpy.bool_]
    Bytes = NDArray[numpy.uint8]

BLOCK_BITS = 1 << 16
"""The bits of the masks of one block. The masks of a pass then stay in the cache of a core."""

MAX_SEGMENT = 1 << 12
"""The largest number of scenarios of a case that is decided in a block."""

FEW_BITS = 1 << 12
"""A pass over so many bits takes hardly longer than one over a single bit: small groups of cases are decided together,
in segments that are long enough for each of them."""


_RESULT_PASS_BITS = 1 << 12
"""Blocks of so many bits are worth a pass of their own, which computes nothing but the results."""


class InputColumns(NamedTuple):
    """The inputs of `case_count` cases. A pair of arrays has an entry for each input of a case: case and symbol number.

    `true_*` are the inputs that are true, `open_*` those that are open. A case may name an input twice. Only the
    `wanted` cases are decided. `true_masks` has for each symbol the cases in which it is true, as a bit mask.
    """

    case_count: int
    true_cases: Integers
    true_symbols: Integers
    open_cases: Integers
    open_symbols: Integers
    wanted: Booleans
    true_masks: dict[int, int] | None = None


class ResultBlock(NamedTuple):
    """The results of some cases: `cases` are their numbers, and each mask has a row for each of them, in this order.

    The keys are the result atoms that hold in some scenario of some case.
    """

    cases: Integers
    cautious: dict[int, Booleans]
    brave: dict[int, Booleans]

    def of(self, here: Booleans) -> ResultBlock:
        """The results of some of the cases."""
        if here.all():
            return self
        cautious = {atom: mask[here] for atom, mask in self.cautious.items()}
        brave = {
            atom: cautious[atom] if mask is self.cautious[atom] else mask[here] for atom, mask in self.brave.items()
        }
        return ResultBlock(self.cases[here], cautious, brave)


class ColumnarDecider:
    """Decides blocks of cases under one engine. Instances may be shared between threads.

    Symbols have numbers: `symbol_number` gives them. Raises MissingExtraError (X001) when numpy is not installed.
    """

    def __init__(self, engine: Engine) -> None:
        self._np: Any = import_optional("numpy", "batch", "deciding many cases at once")
        self._engine = engine
        self._numbers: dict[str, int] = {}
        self._symbols: list[str] = []
        self._closures: list[InputClosure] = []
        self._with_results: tuple[int, frozenset[int]] = (0, frozenset())

    @property
    def symbols(self) -> Sequence[str]:
        """The symbols by their numbers."""
        return self._symbols

    @property
    def closures(self) -> Sequence[InputClosure]:
        """What each symbol makes true, by its number."""
        known = self._closures
        if len(known) < len(self._symbols):  # a new list: another thread may read or lengthen the present one
            closure = self._engine.index.closure
            self._closures = known = [*known, *(closure(symbol) for symbol in self._symbols[len(known) :])]
        return known

    @property
    def symbols_with_results(self) -> frozenset[int]:
        """The numbers of the symbols that make a result true by folded rules."""
        closures, (count, found) = self.closures, self._with_results
        if count < len(closures):
            found = frozenset(number for number, closure in enumerate(closures) if closure.results)
            self._with_results = len(closures), found
        return found

    def symbol_number(self, symbol: str) -> int:
        """The number of an input symbol; the same for the same symbol."""
        number = self._numbers.get(symbol)
        if number is None:
            number = self._numbers.setdefault(symbol, len(self._symbols))
            if number == len(self._symbols):
                self._symbols.append(symbol)
        return number

    def decide(self, inputs: InputColumns, predicates: Collection[str]) -> Iterator[ResultBlock]:
        """The results of the named predicates, in blocks of cases; cases with too many scenarios are in none."""
        compiled = self._engine.index.compiled
        if compiled is None or not inputs.case_count:
            return
        np = self._np
        wanted = self._engine.index.results_named(frozenset(predicates))
        opened = _OpenInputs(self, inputs)
        true = GroupedPairs(np, inputs.case_count, inputs.true_cases, inputs.true_symbols)
        for width, here in self._widths(inputs.wanted, opened.counts):
            space = ScenarioSpace([2] * width)
            if not width and inputs.true_masks is not None and 2 * here.sum() > inputs.case_count <= BLOCK_BITS:
                # Most of the cases: their masks are there already, with those of a few cases that are not wanted.
                block = _Block(self, space, np.arange(inputs.case_count), true, opened, inputs.true_masks)
                yield from self._with_choices(compiled, block, here, wanted)
                continue
            for part in _parts(np.flatnonzero(here), space.count):
                block = _Block(self, space, part, true, opened)
                yield from self._with_choices(compiled, block, here[part], wanted)

    def _widths(self, wanted: Booleans, counts: Integers) -> Iterator[tuple[int, Booleans]]:
        """Numbers of dimensions, and the wanted cases that are decided with so many: at least their open inputs."""
        np = self._np
        there = [width for width in np.flatnonzero(np.bincount(counts[wanted])).tolist() if 1 << width <= MAX_SEGMENT]
        waiting = np.zeros(len(counts), dtype=bool)
        for width, wider in itertools.zip_longest(there, there[1:]):
            here = waiting | (wanted & (counts == width))
            if wider is not None and int(here.sum()) << wider <= FEW_BITS:
                waiting = here
                continue
            waiting = np.zeros(len(counts), dtype=bool)
            yield width, here

    def _with_choices(
        self, compiled: CompiledProgram, block: _Block, here: Booleans, wanted: frozenset[int]
    ) -> Iterator[ResultBlock]:
        """Decide the cases of a block that are `here`. Its spaces have the open inputs only: the choices that are open
        differ between the cases."""
        np = self._np
        if not compiled.choices:
            yield self._results(compiled, block, (), wanted).of(here)
            return
        conditions = compiled.condition_pass(block.sources(compiled), block.every)
        belongs = np.zeros(block.size, dtype=np.int64)
        patterns: list[tuple[Choice, ...]] = [()]
        for choice in compiled.choices:
            mask = conditions.get(choice.condition, 0)
            if mask:
                belongs += len(patterns) * np.logical_or.reduce(block.segments(mask), axis=1)
                patterns += [(*choices, choice) for choices in patterns]
        for choices, members in _joined(np, np.bincount(belongs[here]), patterns, block.space):
            chosen = here & np.isin(belongs, members)
            if not choices and 2 * chosen.sum() > block.size:
                yield self._results(compiled, block, (), wanted).of(chosen)
                continue
            space = ScenarioSpace([*block.space.sizes, *(len(choice.alternatives) for choice in choices)])
            if space.count <= MAX_SEGMENT:
                for part in _parts(block.cases[chosen], space.count):
                    yield self._results(compiled, block.restricted(space, part), choices, wanted)

    def _results(
        self, compiled: CompiledProgram, block: _Block, choices: Sequence[Choice], wanted: frozenset[int]
    ) -> ResultBlock:
        """Run the whole pass over a block in whose cases the given choices are open."""
        sources = list(block.sources(compiled))
        chosen: dict[int, int] = {}
        if choices:
            conditions = compiled.condition_pass(sources, block.every)
            for dimension, choice in enumerate(choices, start=len(block.space.sizes) - len(choices)):
                condition = conditions.get(choice.condition, 0)
                for value, heads in enumerate(choice.alternatives):
                    where = block.repeated(block.space.mask_where(dimension, value)) & condition
                    for head in heads:
                        sources[compiled.source_positions[head]] |= where
                        chosen[head] = chosen.get(head, 0) | where
        many = block.every.bit_length() >= _RESULT_PASS_BITS
        run = compiled.result_pass(wanted) if many else compiled.full_pass
        masks = run(sources, block.every)
        results = {atom: masks[atom] for atom in wanted & masks.keys()}
        for extra in (chosen, block.folded_results()):
            for atom, mask in extra.items():
                if mask and atom in wanted:
                    results[atom] = results.get(atom, 0) | mask
        np = self._np
        cautious: dict[int, Booleans] = {}
        brave: dict[int, Booleans] = {}
        for atom, mask in results.items():
            segments = block.segments(mask)
            if block.space.count == 1:
                brave[atom] = cautious[atom] = segments[:, 0]
            else:
                brave[atom] = np.logical_or.reduce(segments, axis=1)
                cautious[atom] = np.logical_and.reduce(segments, axis=1)
        return ResultBlock(block.cases, cautious, brave)


def _joined(
    np: Any, sizes: Integers, patterns: Sequence[tuple[Choice, ...]], space: ScenarioSpace
) -> Iterator[tuple[tuple[Choice, ...], list[int]]]:
    """Choices, and the numbers of the patterns whose cases are decided with these choices: none has others.

    `sizes` has the number of cases of each pattern, `space` their open inputs.
    """

    def bits(choices: Sequence[Choice], cases: int) -> int:
        return math.prod((cases, space.count, *(len(choice.alternatives) for choice in choices)))

    joined: tuple[Choice, ...] = ()
    members: list[int] = []
    there = [(bits(patterns[number], 1), number) for number in np.flatnonzero(sizes).tolist()]
    for _, number in sorted(there):
        together = (*joined, *(choice for choice in patterns[number] if choice not in joined))
        if members and bits(together, int(sizes[[*members, number]].sum())) > FEW_BITS:
            yield joined, members
            together, members = patterns[number], []
        joined, members = together, [*members, number]
    if members:
        yield joined, members


class _OpenInputs:
    """The open inputs that matter, by case: a rule depends on them, and the true inputs do not settle them already.

    `counts` has their number for each case.
    """

    def __init__(self, decider: ColumnarDecider, inputs: InputColumns) -> None:
        np = decider._np
        cases, symbols = inputs.open_cases, inputs.open_symbols
        if len(cases):
            is_relevant = np.array([closure.is_relevant for closure in decider.closures])
            kept = is_relevant[symbols]
            kept[kept] = self._unsettled(decider, inputs, cases[kept], symbols[kept])
            cases, symbols = cases[kept], symbols[kept]
        self.counts = np.bincount(cases, minlength=inputs.case_count)
        self._grouped = GroupedPairs(np, inputs.case_count, cases, symbols)

    @staticmethod
    def _unsettled(decider: ColumnarDecider, inputs: InputColumns, cases: Integers, symbols: Integers) -> Booleans:
        """Which of the open inputs make an atom true that the true inputs of their case do not."""
        np = decider._np
        atoms = [closure.atoms for closure in decider.closures]
        true = GroupedPairs(np, inputs.case_count, inputs.true_cases, inputs.true_symbols)
        rows, there = true.of(np.unique(cases))
        holding: dict[int, set[int]] = {}
        for case, symbol in zip(np.unique(cases)[rows].tolist(), there.tolist(), strict=True):
            holding.setdefault(case, set()).add(symbol)
        settled: dict[tuple[int, int], bool] = {}

        def settles(symbol: int, other: int) -> bool:
            key = symbol, other
            if key not in settled:
                settled[key] = not atoms[symbol].isdisjoint(atoms[other])
            return settled[key]

        found: Booleans = np.ones(len(cases), dtype=bool)
        for place, (case, symbol) in enumerate(zip(cases.tolist(), symbols.tolist(), strict=True)):
            near = [other for other in holding.get(case, ()) if settles(symbol, other)]
            if near:
                found[place] = not atoms[symbol] <= frozenset().union(*(atoms[other] for other in near))
        return found

    def of(self, wanted: Integers) -> tuple[Integers, Integers]:
        """The open inputs of the wanted cases, as `GroupedPairs.of` gives them."""
        return self._grouped.of(wanted)


class _Block:
    """Cases with segments of one length, and the masks of their inputs."""

    def __init__(
        self,
        decider: ColumnarDecider,
        space: ScenarioSpace,
        cases: Integers,
        true: GroupedPairs,
        opened: _OpenInputs,
        masks: dict[int, int] | None = None,
    ) -> None:
        self._decider = decider
        self._np = decider._np
        self._true, self._opened = true, opened
        self.space = space
        self.cases = cases
        self.size = len(cases)
        self.every = (1 << (self.size * space.count)) - 1
        self._first_bits = self.every // space.all_scenarios  # bit 0 of every segment
        self._masks = masks
        self._sources: list[int] | None = None

    def restricted(self, space: ScenarioSpace, cases: Integers) -> _Block:
        """A block of some of the cases, over a space that has further dimensions."""
        return _Block(self._decider, space, cases, self._true, self._opened)

    def repeated(self, pattern: int) -> int:
        """The mask that has a pattern of scenarios in every segment."""
        return pattern * self._first_bits

    def segments(self, mask: int) -> Booleans:
        """The bits of a mask, a row for each case."""
        np, bits = self._np, self.size * self.space.count
        data = np.frombuffer(mask.to_bytes((bits + 7) // 8, "little"), dtype=np.uint8)
        unpacked = np.unpackbits(data, count=bits, bitorder="little").view(bool)
        rows: Booleans = unpacked.reshape(self.size, self.space.count)
        return rows

    def sources(self, compiled: CompiledProgram) -> list[int]:
        """The masks of the inputs that a pass of the compiled program takes, by source position."""
        if self._sources is None:
            closures = self._decider.closures
            self._sources = [0] * len(compiled.source_positions)
            for symbol, mask in self._input_masks().items():
                for position in closures[symbol].read_positions:
                    self._sources[position] |= mask
        return self._sources

    def folded_results(self) -> dict[int, int]:
        """The masks of the results that inputs make true by folded rules."""
        closures, masks = self._decider.closures, self._input_masks()
        found: dict[int, int] = {}
        for symbol in self._decider.symbols_with_results & masks.keys():
            for atom in closures[symbol].results:
                found[atom] = found.get(atom, 0) | masks[symbol]
        return found

    def _input_masks(self) -> dict[int, int]:
        """The scenarios in which each input is true, by the number of its symbol."""
        if self._masks is None:
            rows, symbols = self._true.of(self.cases)
            masks = self._columns(rows, symbols)
            rows, symbols = self._opened.of(self.cases)
            if len(rows):
                np = self._np
                starts = np.searchsorted(rows, np.arange(self.size))
                dimensions = np.arange(len(rows)) - starts[rows]
                for dimension in range(int(dimensions.max()) + 1):
                    here = dimensions == dimension
                    pattern = self.repeated(self.space.mask_where(dimension, 1))
                    for symbol, mask in self._columns(rows[here], symbols[here]).items():
                        masks[symbol] = masks.get(symbol, 0) | (mask & pattern)
            self._masks = masks
        return self._masks

    def _columns(self, rows: Integers, symbols: Integers) -> dict[int, int]:
        """For each symbol, the mask of the whole segments of the cases that have it."""
        np, length = self._np, self.space.count
        masks: dict[int, int] = {}
        for symbol, bits in packed_columns(np, self.size, rows, symbols):
            if length > 1:
                packed = np.frombuffer(bits, dtype=np.uint8)
                spread = np.repeat(np.unpackbits(packed, count=self.size, bitorder="little"), length)
                bits = np.packbits(spread, bitorder="little").tobytes()
            masks[symbol] = int.from_bytes(bits, "little")
        return masks


def _parts(cases: Integers, segment: int) -> Iterator[Integers]:
    """The cases in parts, each of a block's size."""
    size = max(1, BLOCK_BITS // segment)
    for first in range(0, len(cases), size):
        yield cases[first : first + size]
