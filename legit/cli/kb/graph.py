"""`legit kb graph`: sources, criteria and the sentences that their rules read, as a graph."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from legit._util.terminal_escape import printable
from legit.cli.exit_status import DONE
from legit.cli.knowledge import open_base, require_known
from legit.cli.options import Subparsers, add_base_options, add_command, add_format, add_repeatable
from legit.cli.output import print_json
from legit.cli.usage_error import UsageError

if TYPE_CHECKING:
    from legit.catalogue.citation_graph import CitationGraph
    from legit.knowledge.base import KnowledgeBase


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "graph", run, "draw sources, criteria and the sentences that they read")
    parser.add_argument("--family", default="", help="only the criteria of this family")
    add_repeatable(parser, "--criterion", "ID", "only this one")
    add_format(
        parser, "text", "json", "html", "svg", "mermaid", "dot",
        help_text="the form of the output; html needs nothing else and holds the text too",
    )  # fmt: skip
    add_base_options(parser, profile=False)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.catalogue.citation_graph import build_citation_graph

    base = open_base(options)
    criteria = _selected_criteria(base, options.family, options.criterion)
    graph = build_citation_graph(base, criteria)
    if options.format == "json":
        print_json(graph)
        return DONE
    titles = [base.criteria[name].title for name in criteria] if options.criterion else []
    title = f"{base.name}: {', '.join(titles) or options.family.replace('_', ' ') or 'all criteria'}"
    print(_render(graph, title, options.format), end="")
    return DONE


def _render(graph: CitationGraph, title: str, output_format: str) -> str:
    from legit.catalogue.citation_graph import citation_graph_dot, citation_graph_mermaid, citation_graph_text
    from legit.site.drawing import graph_page, graph_svg

    if output_format == "text":
        return printable(citation_graph_text(graph))
    if output_format == "html":
        return graph_page(graph, title)
    if output_format == "svg":
        return graph_svg(graph, title, standalone=True)
    return citation_graph_dot(graph) if output_format == "dot" else citation_graph_mermaid(graph)


def _selected_criteria(base: KnowledgeBase, family: str, names: list[str]) -> list[str]:
    """The ids of the criteria of a family and names. Raises UsageError for an unknown name, or when no criterion is
    left."""
    if family:
        require_known("family", family, base.manifest.families, plural="families")
    for name in names:
        require_known("criterion", name, base.criteria)
    criteria = [
        item.id
        for item in base.criteria.values()
        if (not family or item.family == family) and (not names or item.id in names)
    ]
    if not criteria:
        raise UsageError("no criterion is left to draw")
    return criteria
