"""The pages that lead to the others: the first page, the list of each kind, and the index of the search."""

from __future__ import annotations

import importlib.resources
import json

from legit.catalogue.entry import Entry
from legit.catalogue.kinds import kind_name
from legit.catalogue.relations import EntryKey
from legit.catalogue.search import STOP_WORDS, Search
from legit.knowledge.base import KnowledgeBase
from legit.site.markup import escape_sentence, escape_text, link, section, site_page, ul
from legit.site.page import SiteContext, related_section
from legit.site.verdicts import JudgedCase

_CASES_ANCHOR = "own-cases"


def front_page(context: SiteContext, base: KnowledgeBase, entries: list[Entry]) -> str:
    """The first page: what the base is, the search, the kinds of entries, and every criterion by its family."""
    here = "index.html"
    counts = {kind: sum(entry.kind == kind for entry in entries) for kind in context.urls.folders}
    shown = {
        "Knowledge base": f"{base.name} {base.version}",
        "Profile of weights": f"{base.profile.title} ({base.profile.id})",
        "Digest": base.digest,
    }
    about = (
        "<dl>\n"
        + "".join(f"<dt>{escape_text(key)}</dt><dd>{escape_text(said)}</dd>\n" for key, said in shown.items())
        + f"<dt>Its own cases</dt><dd>{link(here, f'{here}#{_CASES_ANCHOR}', _summary_text(context))}</dd>\n</dl>\n"
    )
    found = (
        "<noscript><p>Searching needs JavaScript. Everything that it finds stands in the lists below.</p></noscript>\n"
        '<p id="found" role="status"></p>\n<ol id="results" class="links"></ol>\n'
    )
    kinds = ul(
        (
            f"{link(here, context.urls.of((kind, '')), kind_name(kind))} <small>{count}</small>"
            for kind, count in counts.items()
        ),
        "kinds",
    )
    families = [
        f"<h3>{link(here, context.urls.of(('family', name)), name.replace('_', ' '))}</h3>\n"
        f'<p class="statement">{escape_sentence(meaning)}.</p>\n'
        + ul(
            link(here, context.urls.of(("criterion", item.id)), item.title)
            for item in base.criteria.values()
            if item.family == name
        )
        for name, meaning in base.manifest.families.items()
    ]
    body = (
        about + f'<div id="search">{found}</div>\n' + section("Everything, by kind", kinds)
        + section("Criteria, by family", "".join(families))
        + section("What its own cases show", _own_cases_section(context), _CASES_ANCHOR)
    )  # fmt: skip
    script = importlib.resources.files("legit.site").joinpath("search.js").read_text(encoding="utf-8")
    scripts = f'<script src="search-index.js"></script>\n<script>\n{script}</script>\n'
    return site_page(context.site, here, context.site.title, [], body, scripts)


_CaseList = list[tuple[EntryKey, JudgedCase]]


def _own_cases(context: SiteContext) -> tuple[int, _CaseList, _CaseList]:
    """How many examples and precedents there are, those that deviate as argued, and those that come out otherwise."""
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


def _summary_text(context: SiteContext) -> str:
    total, deviating, failed = _own_cases(context)
    good = total - len(deviating) - len(failed)
    parts = [f"{good} of {total} examples and precedents come out as expected"]
    parts += [f"{len(deviating)} otherwise, as is known and argued"] if deviating else []
    parts += [f"{len(failed)} otherwise, and nothing argues it"] if failed else []
    return ", ".join(parts)


def _own_cases_section(context: SiteContext) -> str:
    """How many examples and precedents come out as the base expects, and which do not."""
    _, deviating, failed = _own_cases(context)
    return f"<p>{_summary_text(context)}.</p>\n{_case_links(context, failed)}{_case_links(context, deviating)}"


def _case_links(context: SiteContext, cases: _CaseList) -> str:
    items = []
    for key, item in cases:
        name = context.titles[key] if key[0] == "precedent" else item.result.name
        items.append(f"{link('index.html', context.urls.of(key), name)}: {escape_text(item.result.message)}")
    return ul(items, "links")


def kind_page(context: SiteContext, kind: str) -> str:
    """The list of all entries of a kind."""
    here = context.urls.of((kind, ""))
    items = []
    for entry, address in context.urls.pages:
        if entry.kind == kind:
            unseen = (
                any(not place.verified for place in context.pinpoints.get(entry.id, [])) if kind == "source" else False
            )
            mark = ' <small class="unseen">(unverified places)</small>' if unseen else ""
            says = (
                f"<br><small>{escape_text(entry.description)}</small>"
                if entry.description and kind not in _KINDS_WITHOUT_DESCRIPTION
                else ""
            )
            items.append(f"{link(here, address, entry.title)} <small>{escape_text(entry.id)}</small>{mark}{says}")
    body = ul(items, "links") + related_section(context, (kind, ""), here)
    return site_page(context.site, here, f"Every {kind_name(kind)}", [], body)


_KINDS_WITHOUT_DESCRIPTION = ("sentence", "source", "derived_concept")


def search_index(context: SiteContext, entries: list[Entry]) -> str:
    """The index as a script, for pages that were opened from a disk; in it no text can end the script."""
    table = Search(entries).export_index()
    shown = [[entry.title, kind_name(entry.kind), address] for entry, address in context.urls.pages]
    data = {**table._asdict(), "stop_words": sorted(STOP_WORDS), "entries": shown}
    said = json.dumps(data, ensure_ascii=True, separators=(",", ":"), sort_keys=True).replace("<", "\\u003c")
    return f"window.LEGIT_INDEX={said};\n"
