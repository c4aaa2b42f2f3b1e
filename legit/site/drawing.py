"""The graph of sources, criteria and sentences, drawn: as SVG, and as a page that needs nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from legit.catalogue.citation_graph import CitationGraph, CitationGraphNode, citation_graph_text
from legit.messages import message
from legit.render import graph_svg as drawing
from legit.render.html import markup, render_html

if TYPE_CHECKING:
    from markupsafe import Markup

STYLE_SHEETS = ("explanation.css", "site.css")
"""The style sheets of every page of a site, and of a graph as a page of its own."""

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


@dataclass(frozen=True, slots=True)
class GraphView:
    """A graph within a page: its title, the drawing, and its equivalent in words where the page shows that."""

    title: str
    svg: Markup
    text: str = ""


def graph_view(graph: CitationGraph, title: str, href: NodeUrl | None = None, with_text: bool = True) -> GraphView:
    """The graph for a page. `href` gives the page that a node links to."""
    text = citation_graph_text(graph) if with_text else ""
    return GraphView(title, markup(graph_svg(graph, title, href)), text)


def graph_page(graph: CitationGraph, title: str) -> str:
    """A page of its own: the drawing, and under it the same in words.

    Raises MissingExtraError (X001) when the extra `html` is not installed.
    """
    return render_html("graph.html", title=title, styles=STYLE_SHEETS, graph=graph_view(graph, title))
