"""The commands that show a whole knowledge base: `kb site` and `kb graph`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from legit._util.terminal_escape import printable
from legit.cli.common import DONE, Subparsers, UsageError, add_command, open_judge

if TYPE_CHECKING:
    from legit.knowledge.base import KnowledgeBase


def register(kb: Subparsers) -> None:
    """Add the commands of this module to those of `kb`."""
    site = add_command(kb, "site", _kb_site, "write the whole knowledge base as a static site")
    site.add_argument("folder", metavar="DIR", type=Path, help="where to write it: a new folder, or one with a site")
    graph = add_command(kb, "graph", _kb_graph, "draw sources, criteria and the sentences that they read")
    graph.add_argument("--family", default="", help="only the criteria of this family")
    graph.add_argument("--criterion", action="append", default=[], metavar="ID", help="only this one; may be repeated")
    graph.add_argument(
        "--format", choices=("text", "html", "svg", "dot", "mermaid", "json"), default="text",
        help="how to print (default: %(default)s); html stands alone and holds the text too",
    )  # fmt: skip


def _kb_site(options: argparse.Namespace) -> int:
    from legit.site.build import FolderInUseError, build_site_files, check_folder, write_site

    try:
        check_folder(options.folder)
        files = build_site_files(open_judge(options))
        write_site(files, options.folder)
    except FolderInUseError as error:
        raise UsageError(str(error)) from error
    except OSError as error:
        why = (error.strerror or "unknown reason").lower()
        raise UsageError(f"cannot write `{options.folder}`: {why}") from error
    pages = sum(name.endswith(".html") for name in files)
    print(printable(f"{pages} pages; open {options.folder / 'index.html'}"))
    return DONE


def _kb_graph(options: argparse.Namespace) -> int:
    from legit.catalogue.citation_graph import (
        build_citation_graph,
        citation_graph_dot,
        citation_graph_mermaid,
        citation_graph_text,
    )
    from legit.knowledge.base import KnowledgeBase
    from legit.site.drawing import graph_page, graph_svg

    base = KnowledgeBase.load(options.kb, options.profile)
    criteria = _criteria(base, options.family, options.criterion)
    graph = build_citation_graph(base, criteria)
    chosen = [base.criteria[name].title for name in criteria] if options.criterion else []
    title = f"{base.name}: {', '.join(chosen) or options.family.replace('_', ' ') or 'all criteria'}"
    if options.format == "text":
        shown = printable(citation_graph_text(graph))
    elif options.format == "html":
        shown = graph_page(graph, title)
    elif options.format == "svg":
        shown = graph_svg(graph, title, standalone=True)
    elif options.format == "dot":
        shown = citation_graph_dot(graph)
    elif options.format == "mermaid":
        shown = citation_graph_mermaid(graph)
    else:
        shown = graph.model_dump_json(indent=2) + "\n"
    print(shown, end="")
    return DONE


def _criteria(base: KnowledgeBase, family: str, names: list[str]) -> list[str]:
    """The criteria that were asked for. Raises UsageError for a name that is none, or when none is left."""
    from legit.knowledge.toml_files import suggest

    for what, given, known in (
        ("family", [family] if family else [], list(base.manifest.families)),
        ("criterion", names, list(base.criteria)),
    ):
        for name in given:
            if name not in known:
                near = suggest(name, known)
                hint = f"; did you mean {', '.join(near)}?" if near else "; see `legit kb list`"
                raise UsageError(f"there is no {what} `{name}`{hint}")
    found = [
        item.id
        for item in base.criteria.values()
        if (not family or item.family == family) and (not names or item.id in names)
    ]
    if not found:
        raise UsageError("no criterion is left to draw")
    return found
