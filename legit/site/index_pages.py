"""The pages that lead to the others: the first page, the list of each kind, and the index of the search."""

from __future__ import annotations

import importlib.resources
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from legit.catalogue.entry import Entry
from legit.catalogue.kinds import kind_name
from legit.catalogue.relations import EntryKey
from legit.catalogue.search import STOP_WORDS, Search
from legit.knowledge.base import KnowledgeBase
from legit.messages import message
from legit.site.context import Link, SiteContext
from legit.site.page import related_sections
from legit.site.verdicts import JudgedCase

_KINDS_WITHOUT_DESCRIPTION = ("sentence", "source", "derived_concept")

_CaseList = list[tuple[EntryKey, JudgedCase]]


@dataclass(frozen=True, slots=True)
class FamilyView:
    """A family of criteria on the first page."""

    link: Link
    meaning: str
    criteria: list[Link]


def front_page(context: SiteContext, base: KnowledgeBase, entries: Sequence[Entry]) -> str:
    """The first page: a description of the base, the search, the kinds of entries, and every criterion by its
    family."""
    here = "index.html"
    total, deviating, failed = _own_cases(context)
    counts = Counter(entry.kind for entry in entries)
    return context.render(
        "site_index.html",
        here,
        context.site.title,
        base=base,
        kinds=[
            context.link(here, (kind, ""), kind_name(kind))._replace(note=str(counts[kind]))
            for kind in context.urls.folders
        ],
        families=[
            FamilyView(
                context.link(here, ("family", name), name.replace("_", " ")),
                meaning,
                [
                    context.link(here, ("criterion", item.id), item.title)
                    for item in base.criteria.values()
                    if item.family == name
                ],
            )
            for name, meaning in base.manifest.families.items()
        ],
        own_cases=_summary_text(total, len(deviating), len(failed)),
        case_lists=[_case_links(context, failed), _case_links(context, deviating)],
    )


def search_script() -> str:
    """The script that searches the index in the browser."""
    return importlib.resources.files("legit.site").joinpath("search.js").read_text(encoding="utf-8")


def _own_cases(context: SiteContext) -> tuple[int, _CaseList, _CaseList]:
    """How many examples and precedents there are, those that deviate as argued, and those with another result."""
    found = context.verdicts
    cases = [
        (("criterion", name), item)
        for by in (found.examples, found.counterexamples)
        for name, items in by.items()
        for item in items
    ]
    cases += [(("precedent", name), item) for name, item in found.precedents.items()]
    return (
        len(cases),
        [(key, item) for key, item in cases if item.deviates],
        [(key, item) for key, item in cases if not item.result.passed],
    )


def _summary_text(total: int, deviating: int, failed: int) -> str:
    parts = [message("site.cases_expected", number=total - deviating - failed, total=total)]
    parts += [message("site.cases_deviating", number=deviating)] if deviating else []
    parts += [message("site.cases_failed", number=failed)] if failed else []
    return ", ".join(parts)


def _case_links(context: SiteContext, cases: _CaseList) -> list[tuple[Link, str]]:
    """A link to each case, and what its result says."""
    return [
        (
            context.link("index.html", key, context.titles[key] if key[0] == "precedent" else item.result.name),
            item.result.message,
        )
        for key, item in cases
    ]


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """An entry in the list of its kind; `unverified` where it is a source with a place that nobody looked up."""

    link: Link
    id: str
    description: str
    unverified: bool


def kind_page(context: SiteContext, kind: str) -> str:
    """The list of all entries of a kind."""
    here = context.urls.of((kind, ""))
    listed = [
        ListedEntry(
            context.link(here, (kind, entry.id), entry.title),
            entry.id,
            "" if kind in _KINDS_WITHOUT_DESCRIPTION else entry.description,
            kind == "source" and not all(place.verified for place in context.pinpoints.get(entry.id, [])),
        )
        for entry, _ in context.urls.pages
        if entry.kind == kind
    ]
    heading = message("site.every_heading", kind=kind_name(kind))
    return context.render(
        "site_kind.html", here, heading, entries=listed, related=related_sections(context, (kind, ""), here)
    )


def search_index(context: SiteContext, entries: Sequence[Entry]) -> str:
    """The index as a script, for pages that were opened from a disk; in it no text can end the script."""
    table = Search(entries).export_index()
    shown = [[entry.title, kind_name(entry.kind), address] for entry, address in context.urls.pages]
    data = {**table._asdict(), "stop_words": sorted(STOP_WORDS), "entries": shown, "messages": _search_messages()}
    said = json.dumps(data, ensure_ascii=True, separators=(",", ":"), sort_keys=True).replace("<", "\\u003c")
    return f"window.LEGIT_INDEX={said};\n"


def _search_messages() -> dict[str, str]:
    """The text in which the script shows the number of results; it fills `{count}` and `{shown}` itself."""
    count, shown = "{count}", "{shown}"
    return {
        "found": message("site.found", count=count),
        "found_more": message("site.found_more", count=count, shown=shown),
        "not_found": message("site.not_found"),
    }
