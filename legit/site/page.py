"""The page of one entry."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from legit.catalogue.citations import BibliographyItem
from legit.catalogue.entry import NO_CRITERION, Entry
from legit.catalogue.pages import UNVERIFIED_EXPLANATION, bibliography_line
from legit.catalogue.relations import EntryKey, Relation
from legit.catalogue.thresholds import THRESHOLDS_HEADING
from legit.site.markup import Site, bullets, frame, lines, link, section, sentence, text
from legit.site.urls import Addresses, anchor
from legit.site.verdicts import Judged, Verdicts

# What stands here as text stands on the site as links, or as cases with their verdicts.
_SHORT = 120
_NARROW = 30
_SHOWN_OTHERWISE = frozenset(
    {
        "Cases that meet it", "Cases that look alike and do not", "Facts as described",
        "Cited as", "Used by", "Cited by",
        "Criteria", "Limits these rights", "Limitation clauses", "Touched when obeying costs",
        "Derived concepts used here, each with a page of its own", "Derived concepts that they define", THRESHOLDS_HEADING, "Named by the weighings",
        "Asked for by",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Context:
    """What the pages of one site share.

    `out` and `into` hold the relations by the entry where they start and end; `places` the places in each source;
    `rules` the rules of files and derived concepts as the machine runs them; `drawings` graphs.
    """

    site: Site
    addresses: Addresses
    titles: dict[EntryKey, str]
    out: dict[EntryKey, list[Relation]]
    into: dict[EntryKey, list[Relation]]
    places: dict[str, list[BibliographyItem]]
    rules: dict[EntryKey, str]
    verdicts: Verdicts
    drawings: dict[EntryKey, str]


def entry_page(context: Context, entry: Entry, here: str) -> str:
    """The page of an entry, complete."""
    key = (entry.kind, entry.id)
    parts = [
        f'<p class="kind">{text(entry.kind)} <code>{text(entry.id)}</code></p>\n',
        f'<p class="says">{text(entry.description)}</p>\n' if entry.description else "",
        _facts(context, entry, here),
        *_longer(context, entry, here),
        *_cases(context, entry, here),
        _sources(context, entry, here),
        _places(context, entry, here),
        "<p>No criterion cites it.</p>\n" if NO_CRITERION in entry.details.get("Cited by", ()) else "",
        connections(context, key, here, entry.details),
        section("Drawn", context.drawings.get(key, "")),
        section("As the machine runs it", f"<pre>{lines(context.rules[key])}</pre>\n" if key in context.rules else ""),
        section("Other names", bullets(map(text, filter(None, entry.aliases)))),
        f'<p class="file">File: <code>{text(entry.path)}</code></p>\n' if entry.path else "",
    ]
    trail = [link(here, context.addresses.of((entry.kind, "")), entry.kind)]
    return frame(context.site, here, entry.title, trail, "".join(parts))


def connections(context: Context, key: EntryKey, here: str, told: Collection[str] = ()) -> str:
    """The entries that an entry is related to, in both directions, under the words of each relation.

    `told` are the headings that the page shows already.
    """
    headed: dict[str, list[str]] = {}
    for item in context.out.get(key, []):
        if item.end[0] != "source" and key[0] != "precedent" and item.label not in told:  # these are shown elsewhere
            headed.setdefault(item.label, []).append(_to(context, here, item.end, item.note))
    placed = {(use.kind, use.id) for place in context.places.get(key[1], []) for use in place.cited_by}
    for item in context.into.get(key, []):
        if key[0] == "source" and item.start in placed:
            continue  # shown under the place that it rests on
        headed.setdefault(item.inverse_label, []).append(_to(context, here, item.start, item.note))
    return "".join(section(heading, bullets(dict.fromkeys(items), "links")) for heading, items in headed.items())


def _to(context: Context, here: str, key: EntryKey, note: str = "") -> str:
    kind, name = key
    shown = context.titles.get(key, name if name else f"every {kind}")
    more = f" <small>{text(note)}</small>" if note else ""
    return f"{link(here, context.addresses.of(key), shown)} <small>{text(kind)}</small>{more}"


def _details(entry: Entry) -> Iterator[tuple[str, tuple[str, ...]]]:
    return ((heading, texts) for heading, texts in entry.details.items() if heading not in _SHOWN_OTHERWISE)


def _short(heading: str, texts: tuple[str, ...]) -> bool:
    return len(heading) < _NARROW and len(texts) == 1 and "\n" not in texts[0] and len(texts[0]) < _SHORT


def _facts(context: Context, entry: Entry, here: str) -> str:
    """What takes a line each, as a list of terms; a term that is a relation too is a link."""
    related = _related(context, entry)
    rows = [
        f"<dt>{text(heading)}</dt><dd>{link(here, address, texts[0])}</dd>\n"
        for heading, texts in _details(entry)
        if _short(heading, texts)
        for address in [context.addresses.of(related[heading]) if heading in related else ""]
    ]
    return f"<dl>\n{''.join(rows)}</dl>\n" if rows else ""


def _related(context: Context, entry: Entry) -> dict[str, EntryKey]:
    """By the words of a relation: where it leads."""
    return {item.label: item.end for item in context.out.get((entry.kind, entry.id), [])}


def _longer(context: Context, entry: Entry, here: str) -> Iterator[str]:
    """What takes more than a line, each under its heading; what is a relation too is a link."""
    related = _related(context, entry)
    for heading, texts in _details(entry):
        if not _short(heading, texts):
            address = context.addresses.of(related[heading]) if heading in related and len(texts) == 1 else ""
            said = (link(here, address, texts[0]) if address else lines(item) for item in texts)
            yield section(heading, bullets(f'<span class="lines">{item}</span>' for item in said))


def _sources(context: Context, entry: Entry, here: str) -> str:
    return section("Sources", bullets(_cited(context, place, here) for place in entry.sources) + _mark(entry.sources))


def _mark(places: Iterable[BibliographyItem]) -> str:
    """What the mark of a place means that was not seen, where there is one."""
    return "" if all(place.verified for place in places) else f"<p><small>{text(UNVERIFIED_EXPLANATION)}.</small></p>\n"


def _cited(context: Context, place: BibliographyItem, here: str) -> str:
    page = context.addresses.of(("source", place.ref.partition(" ")[0]))
    whole = bibliography_line(place)
    return link(here, f"{page}#{anchor(place.ref)}", place.text) + text(whole.removeprefix(place.text))


def _places(context: Context, entry: Entry, here: str) -> str:
    """The places in a source, with whatever rests on each."""
    if entry.kind != "source":
        return ""
    shown = []
    for place in context.places.get(entry.id, []):
        # What the fixed facts of a value rest on is told by the value's own page, which links here.
        uses = [
            _to(context, here, (use.kind, use.id)) + _by(context, here, use.via)
            for use in place.cited_by
            if context.addresses.of((use.kind, use.id))
        ]
        used = bullets(uses, "links") or "<p>Nothing rests on it.</p>\n"
        rest = bibliography_line(place).removeprefix(place.text).removeprefix(":")
        shown.append(
            f'<article class="place" id="{anchor(place.ref)}">\n<h3>{text(place.text)}</h3>\n<p>{text(rest)}</p>\n'
            f"{used}</article>\n"
        )
    return section("Places in it, and what rests on them", "".join(shown) + _mark(context.places.get(entry.id, [])))


def _by(context: Context, here: str, via: str) -> str:
    """The doctrine or right by which something rests on a place."""
    page = context.addresses.of(("doctrine", via)) or context.addresses.of(("right", via))
    return f" <small>by {link(here, page, via)}</small>" if via else ""


def _cases(context: Context, entry: Entry, here: str) -> list[str]:
    found = context.verdicts
    if entry.kind == "precedent" and entry.id in found.precedents:
        return [section("The facts, and what is judged today", case(context, found.precedents[entry.id], here))]
    if entry.kind != "criterion":
        return []
    return [
        section(heading, "".join(case(context, item, here) for item in judged.get(entry.id, [])))
        for heading, judged in (("Cases that meet it", found.meets), ("Cases that look alike and do not", found.misses))
    ]


def case(context: Context, judged: Judged, here: str) -> str:
    """A case: its text, the verdict on it today, which criteria apply, and whether the base expects that."""
    why = f'<p class="why">{sentence(judged.why)}</p>\n' if judged.why else ""
    if judged.assessment is None:
        verdict = '<p class="verdict"><strong>Not understood</strong></p>\n'
    else:
        value = judged.assessment.verdict.value
        verdict = (
            f'<p class="verdict {value}"><strong>{value.capitalize()}</strong> '
            f"{sentence(judged.assessment.verdict_summary)}.</p>\n"
        )
    keys = [("criterion", name) for name in judged.applying]
    applying = "; ".join(link(here, context.addresses.of(key), context.titles[key]) for key in keys)
    applies = f"<p>Applies: {applying}</p>\n" if applying else "<p>No criterion applies.</p>\n"
    if judged.deviates:
        told = sentence(judged.outcome.message.removesuffix("."))
    else:
        told = "As the base expects" if judged.outcome.passed else "Not as the base expects"
        told += f": {text(judged.outcome.message)}" if judged.outcome.message else ""
    style = "expected" if judged.outcome.passed else "unexpected"
    return (
        f'<article class="case">\n{why}<pre>{lines(judged.text.strip())}</pre>\n{verdict}{applies}'
        f'<p class="{style}">{told}.</p>\n</article>\n'
    )
