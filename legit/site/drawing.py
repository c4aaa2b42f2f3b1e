"""The graph of sources, criteria and sentences, drawn: as SVG, and as a page that needs nothing else."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from html import escape

from legit._util.terminal_escape import printable_line
from legit.catalogue.citation_graph import CitationGraph, CitationGraphEdge, CitationGraphNode, citation_graph_text
from legit.render.layout import Layout, layered_layout
from legit.site.markup import lines, section, style, text

_LINE = 14
_WRAP = 28
_LEGEND = (
    "Sources stand on the left, criteria in the middle, the sentences that their rules read on the right."
    " A dashed line leads through derived concepts that criteria share."
)

Href = Callable[[CitationGraphNode], str]


def svg(graph: CitationGraph, title: str, href: Href | None = None, standing_alone: bool = False) -> str:
    """The graph as SVG. `href` gives where a node links to; standing alone it carries its own style."""
    labels = [textwrap.wrap(printable_line(node.title), _WRAP, break_on_hyphens=False) or [""] for node in graph.nodes]
    children: list[list[int]] = [[] for _ in graph.nodes]
    for edge in graph.edges:
        children[edge.start].append(edge.end)
    roots = sorted({edge.start for edge in graph.edges if graph.nodes[edge.start].kind == "source"})
    heights = {number: _LINE * len(said) + 16 for number, said in enumerate(labels)}
    placed = layered_layout(children, roots, heights)
    space = ' xmlns="http://www.w3.org/2000/svg"' if standing_alone else ""
    own = f"<style>{_ALONE}</style>\n" if standing_alone else ""
    edges = "".join(_edge(placed, edge) for edge in graph.edges)
    nodes = "".join(_box(placed, number, node, labels[number], href) for number, node in enumerate(graph.nodes))
    return (
        f'<svg role="img" aria-label="{text(title)}" viewBox="0 0 {placed.width} {placed.height}" '
        f'width="{placed.width}" height="{placed.height}"{space}>\n{own}<title>{text(title)}</title>\n'
        f"<desc>{text(_LEGEND)}</desc>\n{edges}{nodes}</svg>\n"
    )


def drawing(graph: CitationGraph, title: str, href: Href | None = None) -> str:
    """The graph within a page, in a frame that scrolls."""
    return (
        f'<p class="statement">{text(_LEGEND)}</p>\n'
        f'<div class="scroll drawing" tabindex="0" role="group" aria-label="{text(title)}">\n{svg(graph, title, href)}'
        "</div>\n"
    )


def in_words(graph: CitationGraph) -> str:
    """The graph's equivalent for whoever does not see it."""
    return section("The same in words", f"<pre>{lines(citation_graph_text(graph))}</pre>\n")


def graph_page(graph: CitationGraph, title: str) -> str:
    """A page of its own: the drawing, and beside it the same in words."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{text(title)}</title>\n<link rel="icon" href="data:,">\n<style>\n{style()}</style>\n</head>\n<body>\n'
        f"<main>\n<h1>{text(title)}</h1>\n{drawing(graph, title)}"
        f"{in_words(graph)}"
        "</main>\n</body>\n</html>\n"
    )


_ALONE = (
    "svg{font:11px system-ui,sans-serif;background:#fff}rect{fill:#f3f5f7;stroke:#4d5661}text{fill:#1b1f24}"
    ".edge{fill:none;stroke:#4d5661}.through{stroke-dasharray:4 3}.criterion rect{stroke-width:2.5}"
)


def _edge(placed: Layout, edge: CitationGraphEdge) -> str:
    left, top = placed.right_middle(edge.start)
    right, bottom = placed.left_middle(edge.end)
    middle = (left + right) // 2
    style_ = "edge through" if edge.indirect else "edge"
    return f'<path class="{style_}" d="M{left},{top} C{middle},{top} {middle},{bottom} {right},{bottom}"/>\n'


def _box(placed: Layout, number: int, node: CitationGraphNode, said: list[str], href: Href | None) -> str:
    x, y = placed.positions[number]
    spans = "".join(
        f'<tspan x="{x + 10}" y="{y + 19 + _LINE * row}">{escape(line)}</tspan>' for row, line in enumerate(said)
    )
    shape = (
        f'<rect x="{x}" y="{y}" width="{placed.box_width}" height="{placed.heights[number]}" '
        f'rx="{12 if node.kind == "source" else 2}"/><text>{spans}</text>'
    )
    where = href(node) if href else ""
    inner = f'<a href="{escape(where)}">{shape}</a>' if where else shape
    return f'<g class="{node.kind}">{inner}</g>\n'
