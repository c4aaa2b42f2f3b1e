"""Places for the steps of a proof: columns from the verdict to the facts, each step beside what rests on it."""

from __future__ import annotations

from dataclasses import dataclass

from legit.explanation import Proof

_BOX = 200
_GAP = 44
_SPACE = 12
_MARGIN = 8


@dataclass(frozen=True, slots=True)
class Layout:
    """The upper left corner of each step in pixels, and the size of the whole."""

    at: dict[int, tuple[int, int]]
    heights: dict[int, int]
    width: int
    height: int
    box: int = _BOX

    def right(self, node: int) -> tuple[int, int]:
        """The middle of a step's right side."""
        x, y = self.at[node]
        return x + self.box, y + self.heights[node] // 2

    def left(self, node: int) -> tuple[int, int]:
        """The middle of a step's left side."""
        x, y = self.at[node]
        return x, y + self.heights[node] // 2


def layout(proof: Proof, heights: dict[int, int]) -> Layout:
    """A layered layout: a step's column is its longest way from a root, its row the mean of those that rest on it
    (the barycentre heuristic of Sugiyama, Tagawa and Toda 1981), pushed down where it would overlap."""
    depth: dict[int, int] = {}

    def deepen(node: int, level: int) -> None:
        if depth.get(node, -1) < level:
            depth[node] = level
            for child in proof.nodes[node].children:
                deepen(child, level + 1)

    for root in proof.roots:
        deepen(root, 0)
    for node in proof.nodes:
        depth.setdefault(node.id, 0)
    above: dict[int, list[int]] = {node.id: [] for node in proof.nodes}
    for node in proof.nodes:
        for child in node.children:
            above[child].append(node.id)
    at: dict[int, tuple[int, int]] = {}
    bottom = 0
    for level in range(max(depth.values(), default=0) + 1):
        column = [number for number in depth if depth[number] == level]
        column.sort(key=lambda number: (_mean([at[parent][1] for parent in above[number] if parent in at]), number))
        y = _MARGIN
        for number in column:
            wanted = int(_mean([at[parent][1] for parent in above[number] if parent in at]))
            y = max(y, wanted)
            at[number] = (_MARGIN + level * (_BOX + _GAP), y)
            y += heights[number] + _SPACE
        bottom = max(bottom, y)
    columns = max(depth.values(), default=0) + 1
    return Layout(at, heights, 2 * _MARGIN + columns * _BOX + (columns - 1) * _GAP, bottom + _MARGIN)


def _mean(values: list[int]) -> float:
    return sum(values) / len(values) if values else 0.0
