"""The page of one entry, as data for `legit/render/templates/site_entry.html`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from legit.catalogue.citations import BibliographyItem
from legit.catalogue.entry import Entry
from legit.catalogue.entry_text import bibliography_line
from legit.catalogue.kinds import heading as heading_of
from legit.catalogue.kinds import kind_name
from legit.catalogue.relations import EntryKey
from legit.messages import message
from legit.site.context import Link, SiteContext
from legit.site.urls import anchor
from legit.site.verdicts import JudgedCase

# The site shows these texts as links, or as cases with their verdicts.
_MAX_INLINE_TEXT = 120
_MAX_INLINE_HEADING = 30
_SECTIONS_SHOWN_ELSEWHERE = frozenset(
    {
        "examples", "counterexamples", "facts", "pinpoints", "used_by", "cited_by", "criteria", "limited_rights",
        "limitation_clauses", "interests", "derived_concepts", "defined_concepts", "thresholds", "standards_of_review",
        "asked_for_by", "law_of_places",
    }
)  # fmt: skip

Sections = list[tuple[str, list[Link]]]
"""Lists of links, each under its heading."""


@dataclass(frozen=True, slots=True)
class PinpointView:
    """A place in a source, with the entries that are based on it. `anchor` is the id of its element."""

    anchor: str
    text: str
    rest: str
    uses: list[Link]


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case that the base states of itself, with the criteria that apply and whether the base expects that."""

    judged: JudgedCase
    applicable: list[Link]
    result: str


def entry_page(context: SiteContext, entry: Entry, here: str) -> str:
    """The page of an entry, complete."""
    key = (entry.kind, entry.id)
    places = context.pinpoints.get(entry.id, []) if entry.kind == "source" else []
    return context.render(
        "site_entry.html",
        here,
        entry.title,
        [context.link(here, (entry.kind, ""), kind_name(entry.kind))],
        entry=entry,
        kind=kind_name(entry.kind),
        terms=list(_inline_sections(context, entry, here)),
        sections=list(_long_sections(context, entry, here)),
        cases=[
            (title, [_case_view(context, judged, here) for judged in cases]) for title, cases in _cases(context, entry)
        ],
        sources=[_citation(context, place, here) for place in entry.sources],
        sources_verified=_all_verified(entry.sources),
        pinpoints=[_pinpoint_view(context, place, here) for place in places],
        pinpoints_verified=_all_verified(places),
        related=related_sections(context, key, here, dict(_shown_sections(entry))),
        graph=context.graph_of(key),
        rules=context.rules.get(key),
    )


def related_sections(context: SiteContext, key: EntryKey, here: str, shown: Collection[str] = ()) -> Sections:
    """The entries that an entry is related to, in both directions, under the words of each relation.

    `shown` are the ids of the headings that the page shows already.
    """
    headed: dict[str, list[Link]] = {}
    for item in context.outgoing.get(key, []):
        # Cited sources, and the criteria of a precedent, are shown elsewhere on the page.
        is_listed = item.label == "cites" and item.end[0] == "source"
        if not is_listed and key[0] != "precedent" and item.label not in shown:
            headed.setdefault(item.label, []).append(context.entry_link(here, item.end, item.note))
    placed = {(use.kind, use.id) for place in context.pinpoints.get(key[1], []) for use in place.cited_by}
    for item in context.incoming.get(key, []):
        if key[0] == "source" and item.start in placed:
            continue  # shown under the place that it cites
        headed.setdefault(item.inverse_label, []).append(context.entry_link(here, item.start, item.note))
    return [(message(f"catalogue.relation_{label}"), list(dict.fromkeys(links))) for label, links in headed.items()]


# The sections of an entry


def _shown_sections(entry: Entry) -> Iterator[tuple[str, tuple[str, ...]]]:
    return ((section, texts) for section, texts in entry.details.items() if section not in _SECTIONS_SHOWN_ELSEWHERE)


def _fits_on_one_line(section: str, texts: tuple[str, ...]) -> bool:
    return (
        len(heading_of(section)) < _MAX_INLINE_HEADING
        and len(texts) == 1
        and "\n" not in texts[0]
        and len(texts[0]) < _MAX_INLINE_TEXT
    )


def _inline_sections(context: SiteContext, entry: Entry, here: str) -> Iterator[tuple[str, Link]]:
    """The sections whose items take one line each; a section that is a relation too is a link."""
    targets = _relation_targets(context, entry)
    for section, texts in _shown_sections(entry):
        if _fits_on_one_line(section, texts):
            yield heading_of(section), _section_link(context, targets.get(section), texts[0], here)


def _long_sections(context: SiteContext, entry: Entry, here: str) -> Iterator[tuple[str, list[Link]]]:
    """The sections whose items take several lines; a section of one text that is a relation too is a link."""
    targets = _relation_targets(context, entry)
    for section, texts in _shown_sections(entry):
        if not _fits_on_one_line(section, texts):
            target = targets.get(section) if len(texts) == 1 else None
            yield heading_of(section), [_section_link(context, target, text, here) for text in texts]


def _relation_targets(context: SiteContext, entry: Entry) -> dict[str, EntryKey]:
    """By the id of a relation: where it leads."""
    return {item.label: item.end for item in context.outgoing.get((entry.kind, entry.id), [])}


def _section_link(context: SiteContext, target: EntryKey | None, text: str, here: str) -> Link:
    return context.link(here, target, text) if target else Link(text)


# Sources


def _all_verified(items: Iterable[BibliographyItem]) -> bool:
    return all(place.verified for place in items)


def _citation(context: SiteContext, item: BibliographyItem, here: str) -> tuple[Link, str]:
    """A link to a place in a source, and what its line says after it."""
    key = ("source", item.ref.partition(" ")[0])
    return context.link(here, key, item.text, anchor(item.ref)), bibliography_line(item).removeprefix(item.text)


def _pinpoint_view(context: SiteContext, place: BibliographyItem, here: str) -> PinpointView:
    # The citations of the attributes of a value are on the value's own page, which links here.
    uses = [
        context.entry_link(here, (use.kind, use.id), via=_via_link(context, here, use.via))
        for use in place.cited_by
        if context.urls.of((use.kind, use.id))
    ]
    rest = bibliography_line(place).removeprefix(place.text).removeprefix(":")
    return PinpointView(anchor(place.ref), place.text, rest, uses)


def _via_link(context: SiteContext, here: str, via: str) -> Link | None:
    """The doctrine or right through which an entry cites a place."""
    key = ("doctrine", via) if context.urls.of(("doctrine", via)) else ("right", via)
    return context.link(here, key, via) if via else None


# Cases


def _cases(context: SiteContext, entry: Entry) -> Iterator[tuple[str, list[JudgedCase]]]:
    found = context.verdicts
    if entry.kind == "precedent" and entry.id in found.precedents:
        yield message("site.facts_and_verdict"), [found.precedents[entry.id]]
    if entry.kind == "criterion":
        yield heading_of("examples"), found.examples.get(entry.id, [])
        yield heading_of("counterexamples"), found.counterexamples.get(entry.id, [])


def _case_view(context: SiteContext, judged: JudgedCase, here: str) -> CaseView:
    keys = [("criterion", name) for name in judged.applicable]
    return CaseView(judged, [context.link(here, key, context.titles[key]) for key in keys], _result_text(judged))


def _result_text(judged: JudgedCase) -> str:
    reason = judged.result.message
    if judged.deviates:
        return reason.removesuffix(".")
    if judged.result.passed:
        return message("site.as_expected")
    return message("site.not_as_expected_why", reason=reason) if reason else message("site.not_as_expected")
