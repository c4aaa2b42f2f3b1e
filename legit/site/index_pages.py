"""The pages that lead to the others: the first page, the list of each kind, and the index of the search."""

from __future__ import annotations

import importlib.resources
import json

from legit.catalogue.entry import Entry
from legit.catalogue.relations import EntryKey
from legit.catalogue.search import STOP_WORDS, Search
from legit.knowledge.base import KnowledgeBase
from legit.site.markup import bullets, frame, link, section, sentence, text
from legit.site.page import Context, connections
from legit.site.verdicts import Judged

_CASES = "own-cases"


def front_page(context: Context, base: KnowledgeBase, entries: list[Entry]) -> str:
    """The first page: what the base is, the search, the kinds of entries, and every criterion by its family."""
    here = "index.html"
    counts = {kind: sum(entry.kind == kind for entry in entries) for kind in context.addresses.folders}
    shown = {
        "Knowledge base": f"{base.name} {base.version}",
        "Profile of weights": f"{base.profile.title} ({base.profile.id})",
        "Digest": base.digest,
    }
    about = (
        "<dl>\n"
        + "".join(f"<dt>{text(key)}</dt><dd>{text(said)}</dd>\n" for key, said in shown.items())
        + f"<dt>Its own cases</dt><dd>{link(here, f'{here}#{_CASES}', _counted(context))}</dd>\n</dl>\n"
    )
    found = (
        "<noscript><p>Searching needs JavaScript. Everything that it finds stands in the lists below.</p></noscript>\n"
        '<p id="found" role="status"></p>\n<ol id="results" class="links"></ol>\n'
    )
    kinds = bullets(
        (
            f"{link(here, context.addresses.of((kind, '')), kind)} <small>{count}</small>"
            for kind, count in counts.items()
        ),
        "kinds",
    )
    families = [
        f"<h3>{link(here, context.addresses.of(('family', name)), name.replace('_', ' '))}</h3>\n"
        f'<p class="statement">{sentence(meaning)}.</p>\n'
        + bullets(
            link(here, context.addresses.of(("criterion", item.id)), item.title)
            for item in base.criteria.values()
            if item.family == name
        )
        for name, meaning in base.manifest.families.items()
    ]
    body = (
        about + f'<div id="search">{found}</div>\n' + section("Everything, by kind", kinds)
        + section("Criteria, by family", "".join(families))
        + section("What its own cases show", _standing(context), _CASES)
    )  # fmt: skip
    script = importlib.resources.files("legit.site").joinpath("search.js").read_text(encoding="utf-8")
    scripts = f'<script src="search-index.js"></script>\n<script>\n{script}</script>\n'
    return frame(context.site, here, context.site.title, [], body, scripts)


_Cases = list[tuple[EntryKey, Judged]]


def _own_cases(context: Context) -> tuple[int, _Cases, _Cases]:
    """How many examples and precedents there are, those that deviate as argued, and those that come out otherwise."""
    found = context.verdicts
    cases = [
        (("criterion", name), item)
        for by in (found.meets, found.misses)
        for name, items in by.items()
        for item in items
    ]
    cases += [(("precedent", name), item) for name, item in found.precedents.items()]
    return (
        len(cases),
        [(key, item) for key, item in cases if item.deviates],
        [(key, item) for key, item in cases if not item.outcome.passed],
    )


def _counted(context: Context) -> str:
    total, deviating, failed = _own_cases(context)
    good = total - len(deviating) - len(failed)
    parts = [f"{good} of {total} examples and precedents come out as expected"]
    parts += [f"{len(deviating)} otherwise, as is known and argued"] if deviating else []
    parts += [f"{len(failed)} otherwise, and nothing argues it"] if failed else []
    return ", ".join(parts)


def _standing(context: Context) -> str:
    """How many examples and precedents come out as the base expects, and which do not."""
    _, deviating, failed = _own_cases(context)
    return f"<p>{_counted(context)}.</p>\n{_listed(context, failed)}{_listed(context, deviating)}"


def _listed(context: Context, cases: _Cases) -> str:
    items = []
    for key, item in cases:
        name = context.titles[key] if key[0] == "precedent" else item.outcome.name
        items.append(f"{link('index.html', context.addresses.of(key), name)}: {text(item.outcome.message)}")
    return bullets(items, "links")


def kind_page(context: Context, kind: str) -> str:
    """The list of all entries of a kind."""
    here = context.addresses.of((kind, ""))
    items = []
    for entry, address in context.addresses.pages:
        if entry.kind == kind:
            unseen = (
                any(not place.verified for place in context.places.get(entry.id, [])) if kind == "source" else False
            )
            mark = ' <small class="unseen">(unverified places)</small>' if unseen else ""
            says = f"<br><small>{text(entry.description)}</small>" if entry.description and kind not in _PLAIN else ""
            items.append(f"{link(here, address, entry.title)} <small>{text(entry.id)}</small>{mark}{says}")
    body = bullets(items, "links") + connections(context, (kind, ""), here)
    return frame(context.site, here, f"Every {kind}", [], body)


_PLAIN = ("sentence", "source", "derived concept")


def search_index(context: Context, entries: list[Entry]) -> str:
    """The index as a script, for pages that were opened from a disk; in it no text can end the script."""
    table = Search(entries).export_index()
    shown = [[entry.title, entry.kind, address] for entry, address in context.addresses.pages]
    data = {**table._asdict(), "empty": sorted(STOP_WORDS), "entries": shown}
    said = json.dumps(data, ensure_ascii=True, separators=(",", ":"), sort_keys=True).replace("<", "\\u003c")
    return f"window.LEGIT_INDEX={said};\n"
