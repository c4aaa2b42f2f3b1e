"""The graph of sources, criteria and sentences, drawn: as SVG, and as a page that needs nothing else."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from html import escape

from legit._util.terminal_escape import printable_line
from legit.catalogue.citation_graph import CitationGraph, CitationGraphEdge, CitationGraphNode, citation_graph_text
from legit.render.layout import Layout, layered_layout
from legit.site.markup import escape_multiline, escape_text, section, site_style_sheet

_LINE_HEIGHT = 14
_WRAP_WIDTH = 28
_LEGEND = (
    "Sources stand on the left, criteria in the middle, the sentences that their rules read on the right."
    " A dashed line leads through derived concepts that criteria share."
)

NodeUrl = Callable[[CitationGraphNode], str]


def graph_svg(graph: CitationGraph, title: str, href: NodeUrl | None = None, standalone: bool = False) -> str:
    """The graph as SVG. `href` gives where a node links to; standing alone it carries its own style."""
    labels = [
        textwrap.wrap(printable_line(node.title), _WRAP_WIDTH, break_on_hyphens=False) or [""] for node in graph.nodes
    ]
    children: list[list[int]] = [[] for _ in graph.nodes]
    for edge in graph.edges:
        children[edge.start].append(edge.end)
    roots = sorted({edge.start for edge in graph.edges if graph.nodes[edge.start].kind == "source"})
    heights = {number: _LINE_HEIGHT * len(said) + 16 for number, said in enumerate(labels)}
    placed = layered_layout(children, roots, heights)
    space = ' xmlns="http://www.w3.org/2000/svg"' if standalone else ""
    own = f"<style>{_STANDALONE_CSS}</style>\n" if standalone else ""
    edges = "".join(_edge_svg(placed, edge) for edge in graph.edges)
    nodes = "".join(_node_svg(placed, number, node, labels[number], href) for number, node in enumerate(graph.nodes))
    return (
        f'<svg role="img" aria-label="{escape_text(title)}" viewBox="0 0 {placed.width} {placed.height}" '
        f'width="{placed.width}" height="{placed.height}"{space}>\n{own}<title>{escape_text(title)}</title>\n'
        f"<desc>{escape_text(_LEGEND)}</desc>\n{edges}{nodes}</svg>\n"
    )


def graph_figure(graph: CitationGraph, title: str, href: NodeUrl | None = None) -> str:
    """The graph within a page, in a frame that scrolls."""
    return (
        f'<p class="statement">{escape_text(_LEGEND)}</p>\n'
        f'<div class="scroll drawing" tabindex="0" role="group" aria-label="{escape_text(title)}">\n{graph_svg(graph, title, href)}'
        "</div>\n"
    )


def graph_text_section(graph: CitationGraph) -> str:
    """The graph's equivalent for whoever does not see it."""
    return section("The same in words", f"<pre>{escape_multiline(citation_graph_text(graph))}</pre>\n")


def graph_page(graph: CitationGraph, title: str) -> str:
    """A page of its own: the drawing, and beside it the same in words."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape_text(title)}</title>\n<link rel="icon" href="data:,">\n<style>\n{site_style_sheet()}</style>\n</head>\n<body>\n'
        f"<main>\n<h1>{escape_text(title)}</h1>\n{graph_figure(graph, title)}"
        f"{graph_text_section(graph)}"
        "</main>\n</body>\n</html>\n"
    )


_STANDALONE_CSS = (
    "svg{font:11px system-ui,sans-serif;background:#fff}rect{fill:#f3f5f7;stroke:#4d5661}text{fill:#1b1f24}"
    ".edge{fill:none;stroke:#4d5661}.through{stroke-dasharray:4 3}.criterion rect{stroke-width:2.5}"
)


def _edge_svg(placed: Layout, edge: CitationGraphEdge) -> str:
    left, top = placed.right_middle(edge.start)
    right, bottom = placed.left_middle(edge.end)
    middle = (left + right) // 2
    style_ = "edge through" if edge.indirect else "edge"
    return f'<path class="{style_}" d="M{left},{top} C{middle},{top} {middle},{bottom} {right},{bottom}"/>\n'


def _node_svg(placed: Layout, number: int, node: CitationGraphNode, said: list[str], href: NodeUrl | None) -> str:
    x, y = placed.positions[number]
    spans = "".join(
        f'<tspan x="{x + 10}" y="{y + 19 + _LINE_HEIGHT * row}">{escape(line)}</tspan>' for row, line in enumerate(said)
    )
    shape = (
        f'<rect x="{x}" y="{y}" width="{placed.box_width}" height="{placed.heights[number]}" '
        f'rx="{12 if node.kind == "source" else 2}"/><text>{spans}</text>'
    )
    where = href(node) if href else ""
    inner = f'<a href="{escape(where)}">{shape}</a>' if where else shape
    return f'<g class="{node.kind}">{inner}</g>\n'
