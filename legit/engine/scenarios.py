"""Sets of scenarios as bit masks, and what holds in them.

A scenario is a completion of the open inputs of a case: a truth value for each of them, and one alternative for each
choice that the knowledge base makes where a mandatory topic is not answered. Bit `i` of a mask stands for scenario `i`.

For example, one open input (dimension 0) and one choice of three alternatives (dimension 1) make six scenarios:

    >>> space = ScenarioSpace([2, 3])
    >>> f"{space.all_scenarios:06b}"
    '111111'
    >>> f"{space.mask_where(0, 1):06b}"  # the input is true: every second scenario, since dimension 0 varies fastest
    '101010'
    >>> f"{space.mask_where(1, 1):06b}"  # the second alternative: scenarios 2 and 3
    '001100'
    >>> f"{space.for_all(0b001110, 0):06b}"  # of the scenarios 1, 2 and 3: those in the mask whatever the input
    '001100'
    >>> f"{space.exists(0b001110, 0):06b}"  # those in the mask for some value of the input
    '001111'
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple


class GroundAtom(NamedTuple):
    """A ground atom: its predicate, and its arguments as text."""

    name: str
    args: tuple[str, ...]


def parse_atom(text: str) -> GroundAtom:
    """A ground atom, parsed from its text; its arguments are constants or numbers."""
    name, _, rest = text.partition("(")
    return GroundAtom(name, tuple(rest[:-1].split(",")) if rest else ())


def format_atom(atom: GroundAtom) -> str:
    """A ground atom as text: the inverse of `parse_atom`."""
    return f"{atom.name}({','.join(atom.args)})" if atom.args else atom.name


def predicate_of(symbol: str) -> str:
    """The predicate of a ground atom given as text."""
    return symbol.partition("(")[0]


class ScenarioSpace:
    """The product of dimensions of the given sizes; the first varies fastest."""

    __slots__ = ("_strides", "all_scenarios", "count", "sizes")

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = tuple(sizes)
        self.count = 1
        self._strides = []
        for size in self.sizes:
            self._strides.append(self.count)
            self.count *= size
        self.all_scenarios = (1 << self.count) - 1

    def mask_where(self, dimension: int, value: int) -> int:
        """The scenarios in which a dimension has a value."""
        return _mask_where(self._strides[dimension], self.sizes[dimension], value, self.count)

    def value(self, scenario: int, dimension: int) -> int:
        """The value of a dimension in a scenario."""
        return scenario // self._strides[dimension] % self.sizes[dimension]

    def for_all(self, mask: int, *dimensions: int) -> int:
        """The scenarios that are in `mask` whatever the values of the given dimensions."""
        for dimension in dimensions:
            mask = self._project(mask, dimension, universal=True)
        return mask

    def exists(self, mask: int, dimension: int) -> int:
        """The scenarios that are in `mask` for some value of a dimension."""
        return self._project(mask, dimension, universal=False)

    def _project(self, mask: int, dimension: int, *, universal: bool) -> int:
        stride, size = self._strides[dimension], self.sizes[dimension]
        found = mask
        for value in range(1, size):
            shifted = mask >> (value * stride)
            found = found & shifted if universal else found | shifted
        found &= self.mask_where(dimension, 0)
        result = found
        for value in range(1, size):
            result |= found << (value * stride)
        return result


def iter_scenarios(mask: int) -> Iterator[int]:
    """The numbers of the scenarios of a mask, ascending."""
    data = mask.to_bytes((mask.bit_length() + 7) // 8, "little")
    for match in _NONZERO_BYTE.finditer(data):
        byte = data[match.start()]
        yield from (match.start() * 8 + bit for bit in range(8) if byte >> bit & 1)


def first_scenario(mask: int) -> int:
    """The smallest scenario number in a mask that is not empty."""
    return (mask & -mask).bit_length() - 1


_NONZERO_BYTE = re.compile(rb"[^\0]", re.DOTALL)


@lru_cache(maxsize=4096)
def _mask_where(stride: int, size: int, value: int, count: int) -> int:
    mask = ((1 << stride) - 1) << (value * stride)
    # The block repeated through the whole space, by doubling.
    covered = stride * size
    while covered < count:
        mask |= mask << covered
        covered *= 2
    return mask & ((1 << count) - 1)


class Variant(NamedTuple):
    """A change of the inputs: symbols that become true, and symbols that become false."""

    set_true: tuple[str, ...] = ()
    set_false: tuple[str, ...] = ()


class Dimension(NamedTuple):
    """One dimension of a space: an open input (false, true), a choice, or a variation of the inputs.

    `symbol` is the input as text, empty otherwise. Of a choice, `alternatives` has the atoms that each value makes
    true, and `condition` is the mask of the scenarios in which the choice is open.
    """

    symbol: str
    alternatives: tuple[tuple[GroundAtom, ...], ...]
    condition: int
    is_variation: bool = False


@dataclass(frozen=True, slots=True)
class Scenarios:
    """Every scenario of a case, with the mask of each result and of each atom that holds in some of them."""

    space: ScenarioSpace
    dimensions: tuple[Dimension, ...]
    masks: dict[int, int]
    result_of_atom: dict[int, GroundAtom]
    atom_of_result: dict[GroundAtom, int]

    def result_mask(self, predicate: str, args: tuple[str, ...] = ()) -> int:
        """The scenarios in which a result holds."""
        atom = self.atom_of_result.get(GroundAtom(predicate, args))
        return self.masks.get(atom, 0) if atom is not None else 0

    def result_masks(self, predicate: str) -> dict[tuple[str, ...], int]:
        """The scenarios of each result of a predicate that holds in some of them."""
        return {
            self.result_of_atom[atom].args: mask
            for atom, mask in self.masks.items()
            if atom in self.result_of_atom and self.result_of_atom[atom].name == predicate
        }


Results = dict[str, list[tuple[str, ...]]]
"""The arguments of the results that hold, by predicate."""


@dataclass(frozen=True, slots=True)
class Consequences:
    """The results that hold in every scenario (`cautious`) and in some scenario (`brave`), by predicate.

    `cautious_atoms` and `brave_atoms` are all atoms that hold so. `scenarios` is None if there were too many to
    enumerate and a search decided.
    """

    cautious: Results
    brave: Results
    cautious_atoms: Container[int]
    brave_atoms: Container[int]
    scenarios: Scenarios | None = None

    @property
    def single_scenario(self) -> bool:
        """True when nothing was open."""
        return self.scenarios is not None and self.scenarios.space.count == 1
