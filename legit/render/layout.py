"""Places for the nodes of a graph, as a proof: columns from the roots, each node beside its children."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_BOX_WIDTH = 200
_COLUMN_GAP = 44
_ROW_GAP = 12
_MARGIN = 8


@dataclass(frozen=True, slots=True)
class Layout:
    """The upper left corner of each node in pixels, and the size of the whole."""

    positions: dict[int, tuple[int, int]]
    heights: dict[int, int]
    width: int
    height: int
    box_width: int = _BOX_WIDTH

    def right_middle(self, node: int) -> tuple[int, int]:
        """The middle of a node's right side."""
        x, y = self.positions[node]
        return x + self.box_width, y + self.heights[node] // 2

    def left_middle(self, node: int) -> tuple[int, int]:
        """The middle of a node's left side."""
        x, y = self.positions[node]
        return x, y + self.heights[node] // 2


def layered_layout(children: Sequence[Sequence[int]], roots: Iterable[int], heights: dict[int, int]) -> Layout:
    """A layered layout: a node's column is its longest way from a root, its row the mean of its parents (the
    barycentre heuristic of Sugiyama, Tagawa and Toda 1981), pushed down where it would overlap.

    `children` holds those of each node by its number, `heights` how high its box is, in pixels.
    """
    depth: dict[int, int] = {}

    def deepen(node: int, level: int) -> None:
        if depth.get(node, -1) < level:
            depth[node] = level
            for child in children[node]:
                deepen(child, level + 1)

    for root in roots:
        deepen(root, 0)
    for node in range(len(children)):
        depth.setdefault(node, 0)
    above: dict[int, list[int]] = {node: [] for node in range(len(children))}
    for node, below in enumerate(children):
        for child in below:
            above[child].append(node)
    at: dict[int, tuple[int, int]] = {}
    bottom = 0
    for level in range(max(depth.values(), default=0) + 1):
        column = [number for number in depth if depth[number] == level]
        column.sort(key=lambda number: (_mean([at[parent][1] for parent in above[number] if parent in at]), number))
        y = _MARGIN
        for number in column:
            wanted = int(_mean([at[parent][1] for parent in above[number] if parent in at]))
            y = max(y, wanted)
            at[number] = (_MARGIN + level * (_BOX_WIDTH + _COLUMN_GAP), y)
            y += heights[number] + _ROW_GAP
        bottom = max(bottom, y)
    columns = max(depth.values(), default=0) + 1
    return Layout(at, heights, 2 * _MARGIN + columns * _BOX_WIDTH + (columns - 1) * _COLUMN_GAP, bottom + _MARGIN)


def _mean(values: list[int]) -> float:
    return sum(values) / len(values) if values else 0.0
