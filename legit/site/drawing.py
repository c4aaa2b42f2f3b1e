"""The graph of sources, criteria and sentences, drawn: as SVG, and as a page that needs nothing else."""

from __future__ import annotations

from collections.abc import Callable

from legit.catalogue.citation_graph import CitationGraph, CitationGraphNode, citation_graph_text
from legit.messages import message
from legit.render import graph_svg as drawing
from legit.render.page import html_page
from legit.site.markup import escape_multiline, escape_text, section, site_style_sheet

NodeUrl = Callable[[CitationGraphNode], str]

_STANDALONE_CSS = (
    "svg{font:11px system-ui,sans-serif;background:#fff}rect{fill:#f3f5f7;stroke:#4d5661}text{fill:#1b1f24}"
    ".edge{fill:none;stroke:#4d5661}.through{stroke-dasharray:4 3}.criterion rect{stroke-width:2.5}"
)
_SOURCE_RADIUS, _RADIUS = 12, 2


def graph_svg(graph: CitationGraph, title: str, href: NodeUrl | None = None, standalone: bool = False) -> str:
    """The graph as SVG. `href` gives the page that a node links to; a standalone SVG carries its own style sheet."""
    boxes = [
        drawing.Box(
            node.title, node.kind, _SOURCE_RADIUS if node.kind == "source" else _RADIUS, href(node) if href else ""
        )
        for node in graph.nodes
    ]
    edges = [drawing.Edge(edge.start, edge.end, "edge through" if edge.indirect else "edge") for edge in graph.edges]
    roots = sorted({edge.start for edge in graph.edges if graph.nodes[edge.start].kind == "source"})
    style = _STANDALONE_CSS if standalone else ""
    return drawing.graph_svg(boxes, edges, roots, title, message("site.graph_legend"), style)


def graph_figure(graph: CitationGraph, title: str, href: NodeUrl | None = None) -> str:
    """The graph within a page, in a frame that scrolls."""
    return (
        f'<p class="statement">{escape_text(message("site.graph_legend"))}</p>\n'
        f'<div class="scroll drawing" tabindex="0" role="group" aria-label="{escape_text(title)}">\n'
        f"{graph_svg(graph, title, href)}</div>\n"
    )


def graph_text_section(graph: CitationGraph) -> str:
    """The graph's equivalent in words, for a reader who does not see the drawing."""
    text = escape_multiline(citation_graph_text(graph))
    return section(message("site.graph_in_words"), f"<pre>{text}</pre>\n")


def graph_page(graph: CitationGraph, title: str) -> str:
    """A page of its own: the drawing, and under it the same in words."""
    body = f"<h1>{escape_text(title)}</h1>\n{graph_figure(graph, title)}{graph_text_section(graph)}"
    return html_page(title, site_style_sheet(), body)
