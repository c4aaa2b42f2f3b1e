"""Pairs of a case and a symbol as two arrays: grouped by case, and as a packed bit column for each symbol."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Integers = NDArray[numpy.int64]


class GroupedPairs:
    """Pairs of a case and a symbol, found by the numbers of cases."""

    def __init__(self, np: Any, count: int, cases: Integers, symbols: Integers) -> None:
        self._np = np
        if len(cases) and (cases[1:] < cases[:-1]).any():
            order = np.argsort(cases, kind="stable")
            cases, symbols = cases[order], symbols[order]
        self.symbols = symbols
        self.starts = np.zeros(count + 1, dtype=np.int64)
        np.cumsum(np.bincount(cases, minlength=count), out=self.starts[1:])

    def of(self, wanted: Integers) -> tuple[Integers, Integers]:
        """The pairs of the wanted cases; the cases are numbered by their place in `wanted`."""
        np = self._np
        first = self.starts[wanted]
        lengths = self.starts[wanted + 1] - first
        rows = np.repeat(np.arange(len(wanted)), lengths)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return rows, self.symbols[np.repeat(first, lengths) + within]


def packed_columns(np: Any, count: int, rows: Integers, symbols: Integers) -> Iterator[tuple[int, bytes]]:
    """For each symbol of the pairs, the rows that have it as packed bits, the first row in the lowest bit."""
    if not len(rows):
        return
    there = np.flatnonzero(np.bincount(symbols))
    places = np.zeros(int(there[-1]) + 1, dtype=np.int64)
    places[there] = np.arange(len(there))
    line = (count + 7) // 8
    packed = np.zeros(len(there) * line, dtype=np.uint8)
    positions = places[symbols] * line + (rows >> 3)
    lanes = rows & 7
    for lane in range(8):  # no two entries of a lane set different bits of a byte
        packed[positions[lanes == lane]] |= 1 << lane
    # One copy and slices of it: a small batch has more columns than bytes in one of them.
    data = packed.tobytes()
    for number, symbol in enumerate(there.tolist()):
        yield symbol, data[number * line : (number + 1) * line]
