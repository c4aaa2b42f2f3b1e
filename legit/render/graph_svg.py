"""A directed graph as inline SVG: a box a node, a curve an edge, no script and no font loaded."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from legit._util.terminal_escape import printable_line
from legit.render.html import text
from legit.render.layout import Layout, layered_layout

_LINE_HEIGHT = 14
_WRAP_WIDTH = 28


@dataclass(frozen=True, slots=True)
class Box:
    """A node: its label, the classes for the style sheet, the radius of its corners in pixels, and a link, if any."""

    label: str
    css_class: str
    radius: int = 4
    href: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge between two boxes, by their numbers from 0."""

    start: int
    end: int
    css_class: str = "edge"


def graph_svg(
    boxes: Sequence[Box], edges: Sequence[Edge], roots: Iterable[int], title: str, description: str, style: str = ""
) -> str:
    """The graph. `title` and `description` are read out in place of it.

    With a `style` sheet the SVG stands alone as a file of its own.
    """
    labels = [textwrap.wrap(printable_line(box.label), _WRAP_WIDTH, break_on_hyphens=False) or [""] for box in boxes]
    heights = {number: _LINE_HEIGHT * len(lines) + 16 for number, lines in enumerate(labels)}
    children: list[list[int]] = [[] for _ in boxes]
    for edge in edges:
        children[edge.start].append(edge.end)
    layout = layered_layout(children, roots, heights)
    drawn = [_edge(layout, edge) for edge in edges]
    drawn += [_box(layout, number, box, labels[number]) for number, box in enumerate(boxes)]
    space = ' xmlns="http://www.w3.org/2000/svg"' if style else ""
    own = f"<style>{style}</style>\n" if style else ""
    role = "group" if any(box.href for box in boxes) else "img"  # an image has no links in it
    return (
        f'<svg role="{role}" aria-label="{text(title)}" viewBox="0 0 {layout.width} {layout.height}" '
        f'width="{layout.width}" height="{layout.height}"{space}>\n{own}<title>{text(title)}</title>\n'
        f"<desc>{text(description)}</desc>\n{''.join(drawn)}</svg>\n"
    )


def _edge(layout: Layout, edge: Edge) -> str:
    left, top = layout.right_middle(edge.start)
    right, bottom = layout.left_middle(edge.end)
    middle = (left + right) // 2
    path = f"M{left},{top} C{middle},{top} {middle},{bottom} {right},{bottom}"
    return f'<path class="{text(edge.css_class)}" d="{path}"/>\n'


def _box(layout: Layout, number: int, box: Box, lines: list[str]) -> str:
    x, y = layout.positions[number]
    spans = "".join(
        f'<tspan x="{x + 10}" y="{y + 19 + _LINE_HEIGHT * row}">{text(line)}</tspan>' for row, line in enumerate(lines)
    )
    shape = (
        f'<rect x="{x}" y="{y}" width="{layout.box_width}" height="{layout.heights[number]}" rx="{box.radius}"/>'
        f"<text>{spans}</text>"
    )
    inner = f'<a href="{text(box.href)}">{shape}</a>' if box.href else shape
    return f'<g class="{text(box.css_class)}">{inner}</g>\n'
