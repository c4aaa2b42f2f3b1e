"""The pages that lead to the others: the first page, the list of each kind, and the index of the search."""

from __future__ import annotations

import importlib.resources
import json

from legit.audit.entry import Entry
from legit.audit.search import EMPTY_WORDS, Search
from legit.knowledge.base import KnowledgeBase
from legit.site.page import Context, connections
from legit.site.parts import bullets, frame, link, section, sentence, text


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
        "<dl>\n" + "".join(f"<dt>{text(key)}</dt><dd>{text(said)}</dd>\n" for key, said in shown.items()) + "</dl>\n"
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
        for name, meaning in base.about.families.items()
    ]
    body = (
        about + f'<div id="search">{found}</div>\n' + section("Everything, by kind", kinds)
        + section("Criteria, by family", "".join(families))
        + section("What its own cases show", _standing(context))
    )  # fmt: skip
    script = importlib.resources.files("legit.site").joinpath("search.js").read_text(encoding="utf-8")
    scripts = f'<script src="search-index.js"></script>\n<script>\n{script}</script>\n'
    return frame(context.site, here, context.site.title, [], body, scripts)


def _standing(context: Context) -> str:
    """How many examples and precedents come out as the base expects, and which do not."""
    found = context.verdicts
    cases = [
        (("criterion", name), item)
        for by in (found.meets, found.misses)
        for name, items in by.items()
        for item in items
    ]
    cases += [(("precedent", name), item) for name, item in found.precedents.items()]
    failed = [(key, item) for key, item in cases if not item.outcome.passed]
    listed = bullets(
        f"{link('index.html', context.addresses.of(key), item.outcome.name)}: {text(item.outcome.message)}"
        for key, item in failed
    )
    return f"<p>{len(cases) - len(failed)} of {len(cases)} examples and precedents come out as expected.</p>\n{listed}"


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
            says = f"<br><small>{text(entry.says)}</small>" if entry.says and kind not in _PLAIN else ""
            items.append(f"{link(here, address, entry.title)} <small>{text(entry.id)}</small>{mark}{says}")
    body = bullets(items, "links") + connections(context, (kind, ""), here)
    return frame(context.site, here, f"Every {kind}", [], body)


_PLAIN = ("sentence", "source", "idea")


def search_index(context: Context, entries: list[Entry]) -> str:
    """The index as a script, for pages that were opened from a disk; in it no text can end the script."""
    table = Search(entries).table()
    shown = [[entry.title, entry.kind, address] for entry, address in context.addresses.pages]
    data = {**table._asdict(), "empty": sorted(EMPTY_WORDS), "entries": shown}
    said = json.dumps(data, ensure_ascii=True, separators=(",", ":"), sort_keys=True).replace("<", "\\u003c")
    return f"window.LEGIT_INDEX={said};\n"
