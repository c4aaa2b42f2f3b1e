"""Merkle trees as RFC 9162 (Certificate Transparency 2.0), section 2.1, defines them, with SHA-256.

A *node* has a level (0 for leaves) and a position on this level. It exists when all leaves below it exist, and then
never changes. A `Nodes` function gives the stored nodes. Hashes are 32 bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

NodeLookup = Callable[[int, int], bytes]
"""The hash of the complete node at a level and a position."""

EMPTY_ROOT = hashlib.sha256().digest()
"""The root of a tree without leaves."""


def describe_range(level: int, position: int) -> str:
    """The entries that a node stands for, in words."""
    first, last = position << level, (position + 1 << level) - 1
    return f"entry {first}" if first == last else f"entries {first} to {last}"


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry as a leaf."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node with two children."""
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """The right edge of a tree: enough to append leaves and to tell the root, in memory logarithmic in the size."""

    size: int = 0
    _stack: list[bytes] = field(default_factory=list)

    @classmethod
    def from_nodes(cls, size: int, nodes: NodeLookup) -> Frontier:
        """The frontier of a tree whose nodes exist."""
        return cls(size, [nodes(level, (size >> level) - 1) for level in _subtree_levels(size)])

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Append a leaf hash. Returns the nodes that are now complete, as (level, position, hash), the leaf first."""
        made = [(0, self.size, leaf)]
        level, position = 0, self.size
        while position & 1:
            leaf = node_hash(self._stack.pop(), leaf)
            level, position = level + 1, position >> 1
            made.append((level, position, leaf))
        self._stack.append(leaf)
        self.size += 1
        return made

    def root(self) -> bytes:
        """The root of the current tree."""
        return _join_subtrees(self._stack)


def root(size: int, nodes: NodeLookup) -> bytes:
    """The root of the first `size` leaves."""
    return _range_hash(nodes, 0, size) if size else EMPTY_ROOT


def inclusion_path(index: int, size: int, nodes: NodeLookup) -> list[bytes]:
    """The proof that the leaf at `index` is among the first `size` leaves (2.1.3.1). Raises ValueError if it is not."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} among {size}")
    path = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _largest_power_of_two_below(end - start)
        if index < middle:
            path.append(_range_hash(nodes, middle, end))
            end = middle
        else:
            path.append(_range_hash(nodes, start, middle))
            start = middle
    return path[::-1]


def consistency_path(first: int, second: int, nodes: NodeLookup) -> list[bytes]:
    """The proof that the tree of `first` leaves is the beginning of the tree of `second` leaves (2.1.4.1).

    Raises ValueError unless 0 < first <= second.
    """
    if not 0 < first <= second:
        raise ValueError(f"no proof from {first} to {second} leaves")
    path = []
    start, end, whole = 0, second, True
    while first != end:
        middle = start + _largest_power_of_two_below(end - start)
        if first <= middle:
            path.append(_range_hash(nodes, middle, end))
            end = middle
        else:
            path.append(_range_hash(nodes, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_range_hash(nodes, start, end))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root_hash: bytes) -> bool:
    """Whether a path proves that a leaf hash stands at `index` in the tree of `size` leaves with root `root_hash`."""
    if not 0 <= index < size:
        return False
    position, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            found = node_hash(step, found)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found = node_hash(found, step)
        position, last = position >> 1, last >> 1
    return last == 0 and found == root_hash


def verify_consistency(first: int, second: int, path: Sequence[bytes], first_root: bytes, second_root: bytes) -> bool:
    """Whether a path proves that one tree is the beginning of another.

    The first tree has `first` leaves and the root `first_root`, the second `second` leaves and the root `second_root`.
    """
    if first == second:
        return first >= 0 and not path and first_root == second_root
    if not 0 < first < second or not path:
        return False
    steps = list(path) if first & (first - 1) else [first_root, *path]
    position, last = first - 1, second - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            after = node_hash(after, step)
        position, last = position >> 1, last >> 1
    return last == 0 and before == first_root and after == second_root


def _subtree_levels(size: int) -> list[int]:
    """The levels of the complete subtrees that make up `size` leaves, from left to right."""
    return [level for level in range(size.bit_length() - 1, -1, -1) if size >> level & 1]


def _largest_power_of_two_below(width: int) -> int:
    """The largest power of two below `width`."""
    return 1 << (width - 1).bit_length() - 1


def _range_hash(nodes: NodeLookup, start: int, end: int) -> bytes:
    """The hash over leaves `start` to `end`, where `start` is where a subtree of that width begins."""
    parts = []
    for level in _subtree_levels(end - start):
        parts.append(nodes(level, start >> level))
        start += 1 << level
    return _join_subtrees(parts)


def _join_subtrees(parts: Iterable[bytes]) -> bytes:
    """The hash over complete subtrees, from left to right."""
    found: bytes | None = None
    for part in reversed(list(parts)):
        found = part if found is None else node_hash(part, found)
    return EMPTY_ROOT if found is None else found
