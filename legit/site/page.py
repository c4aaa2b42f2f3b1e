"""The page of one entry."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from legit.catalogue.citations import BibliographyItem
from legit.catalogue.entry import Entry
from legit.catalogue.entry_text import bibliography_line
from legit.catalogue.kinds import heading as heading_of
from legit.catalogue.kinds import kind_name
from legit.catalogue.relations import EntryKey, Relation
from legit.messages import message
from legit.site.markup import Site, escape_multiline, escape_sentence, escape_text, link, section, site_page, ul
from legit.site.urls import Urls, anchor
from legit.site.verdicts import CaseVerdicts, JudgedCase

# What stands here as text stands on the site as links, or as cases with their verdicts.
_MAX_INLINE_TEXT = 120
_MAX_INLINE_HEADING = 30
_SECTIONS_SHOWN_ELSEWHERE = frozenset(
    {
        "examples", "counterexamples", "facts", "pinpoints", "used_by", "cited_by", "criteria", "limited_rights",
        "limitation_clauses", "interests", "derived_concepts", "defined_concepts", "thresholds", "standards_of_review",
        "asked_for_by",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SiteContext:
    """What the pages of one site share.

    `out` and `into` hold the relations by the entry where they start and end; `places` the places in each source;
    `rules` the rules of files and derived concepts as the machine runs them; `drawings` graphs.
    """

    site: Site
    urls: Urls
    titles: dict[EntryKey, str]
    outgoing: dict[EntryKey, list[Relation]]
    incoming: dict[EntryKey, list[Relation]]
    pinpoints: dict[str, list[BibliographyItem]]
    rules: dict[EntryKey, str]
    verdicts: CaseVerdicts
    graph_figures: dict[EntryKey, str]


def entry_page(context: SiteContext, entry: Entry, here: str) -> str:
    """The page of an entry, complete."""
    key = (entry.kind, entry.id)
    parts = [
        f'<p class="kind">{escape_text(kind_name(entry.kind))} <code>{escape_text(entry.id)}</code></p>\n',
        f'<p class="says">{escape_text(entry.description)}</p>\n' if entry.description else "",
        _definition_list(context, entry, here),
        *_long_sections(context, entry, here),
        *_case_sections(context, entry, here),
        _sources_section(context, entry, here),
        _pinpoints_section(context, entry, here),
        "<p>No criterion cites it.</p>\n" if entry.uncited else "",
        related_section(context, key, here, entry.details),
        section("Drawn", context.graph_figures.get(key, "")),
        section(
            "As the machine runs it",
            f"<pre>{escape_multiline(context.rules[key])}</pre>\n" if key in context.rules else "",
        ),
        section("Other names", ul(map(escape_text, filter(None, entry.aliases)))),
        f'<p class="file">File: <code>{escape_text(entry.path)}</code></p>\n' if entry.path else "",
    ]
    trail = [link(here, context.urls.of((entry.kind, "")), kind_name(entry.kind))]
    return site_page(context.site, here, entry.title, trail, "".join(parts))


def related_section(context: SiteContext, key: EntryKey, here: str, shown_headings: Collection[str] = ()) -> str:
    """The entries that an entry is related to, in both directions, under the words of each relation.

    `told` are the headings that the page shows already.
    """
    headed: dict[str, list[str]] = {}
    for item in context.outgoing.get(key, []):
        if (
            item.end[0] != "source" and key[0] != "precedent" and item.label not in shown_headings
        ):  # these are shown elsewhere
            headed.setdefault(item.label, []).append(_entry_link(context, here, item.end, item.note))
    placed = {(use.kind, use.id) for place in context.pinpoints.get(key[1], []) for use in place.cited_by}
    for item in context.incoming.get(key, []):
        if key[0] == "source" and item.start in placed:
            continue  # shown under the place that it rests on
        headed.setdefault(item.inverse_label, []).append(_entry_link(context, here, item.start, item.note))
    return "".join(
        section(message(f"catalogue.relation_{label}"), ul(dict.fromkeys(items), "links"))
        for label, items in headed.items()
    )


def _entry_link(context: SiteContext, here: str, key: EntryKey, note: str = "") -> str:
    kind, name = key
    shown = context.titles.get(key, name if name else f"every {kind_name(kind)}")
    more = f" <small>{escape_text(note)}</small>" if note else ""
    return f"{link(here, context.urls.of(key), shown)} <small>{escape_text(kind_name(kind))}</small>{more}"


def _shown_details(entry: Entry) -> Iterator[tuple[str, tuple[str, ...]]]:
    return ((heading, texts) for heading, texts in entry.details.items() if heading not in _SECTIONS_SHOWN_ELSEWHERE)


def _fits_on_one_line(heading: str, texts: tuple[str, ...]) -> bool:
    return (
        len(heading_of(heading)) < _MAX_INLINE_HEADING
        and len(texts) == 1
        and "\n" not in texts[0]
        and len(texts[0]) < _MAX_INLINE_TEXT
    )


def _definition_list(context: SiteContext, entry: Entry, here: str) -> str:
    """What takes a line each, as a list of terms; a term that is a relation too is a link."""
    related = _relation_targets(context, entry)
    rows = [
        f"<dt>{escape_text(heading_of(heading))}</dt><dd>{link(here, address, texts[0])}</dd>\n"
        for heading, texts in _shown_details(entry)
        if _fits_on_one_line(heading, texts)
        for address in [context.urls.of(related[heading]) if heading in related else ""]
    ]
    return f"<dl>\n{''.join(rows)}</dl>\n" if rows else ""


def _relation_targets(context: SiteContext, entry: Entry) -> dict[str, EntryKey]:
    """By the words of a relation: where it leads."""
    return {item.label: item.end for item in context.outgoing.get((entry.kind, entry.id), [])}


def _long_sections(context: SiteContext, entry: Entry, here: str) -> Iterator[str]:
    """What takes more than a line, each under its heading; what is a relation too is a link."""
    related = _relation_targets(context, entry)
    for heading, texts in _shown_details(entry):
        if not _fits_on_one_line(heading, texts):
            address = context.urls.of(related[heading]) if heading in related and len(texts) == 1 else ""
            said = (link(here, address, texts[0]) if address else escape_multiline(item) for item in texts)
            yield section(heading_of(heading), ul(f'<span class="lines">{item}</span>' for item in said))


def _sources_section(context: SiteContext, entry: Entry, here: str) -> str:
    return section(
        "Sources", ul(_citation_link(context, place, here) for place in entry.sources) + _unverified_note(entry.sources)
    )


def _unverified_note(items: Iterable[BibliographyItem]) -> str:
    """What the mark of a place means that was not seen, where there is one."""
    return (
        ""
        if all(place.verified for place in items)
        else f"<p><small>{escape_text(message('catalogue.unverified_explanation'))}.</small></p>\n"
    )


def _citation_link(context: SiteContext, item: BibliographyItem, here: str) -> str:
    page = context.urls.of(("source", item.ref.partition(" ")[0]))
    whole = bibliography_line(item)
    return link(here, f"{page}#{anchor(item.ref)}", item.text) + escape_text(whole.removeprefix(item.text))


def _pinpoints_section(context: SiteContext, entry: Entry, here: str) -> str:
    """The places in a source, with whatever rests on each."""
    if entry.kind != "source":
        return ""
    shown = []
    for place in context.pinpoints.get(entry.id, []):
        # What the fixed facts of a value rest on is told by the value's own page, which links here.
        uses = [
            _entry_link(context, here, (use.kind, use.id)) + _via_link(context, here, use.via)
            for use in place.cited_by
            if context.urls.of((use.kind, use.id))
        ]
        used = ul(uses, "links") or "<p>Nothing rests on it.</p>\n"
        rest = bibliography_line(place).removeprefix(place.text).removeprefix(":")
        shown.append(
            f'<article class="place" id="{anchor(place.ref)}">\n<h3>{escape_text(place.text)}</h3>\n'
            f"<p>{escape_text(rest)}</p>\n"
            f"{used}</article>\n"
        )
    return section(
        "Places in it, and what rests on them", "".join(shown) + _unverified_note(context.pinpoints.get(entry.id, []))
    )


def _via_link(context: SiteContext, here: str, via: str) -> str:
    """The doctrine or right by which something rests on a place."""
    page = context.urls.of(("doctrine", via)) or context.urls.of(("right", via))
    return f" <small>by {link(here, page, via)}</small>" if via else ""


def _case_sections(context: SiteContext, entry: Entry, here: str) -> list[str]:
    found = context.verdicts
    if entry.kind == "precedent" and entry.id in found.precedents:
        return [section("The facts, and what is judged today", case_article(context, found.precedents[entry.id], here))]
    if entry.kind != "criterion":
        return []
    return [
        section(heading_of(heading), "".join(case_article(context, item, here) for item in judged.get(entry.id, [])))
        for heading, judged in (
            ("examples", found.examples),
            ("counterexamples", found.counterexamples),
        )
    ]


def case_article(context: SiteContext, judged: JudgedCase, here: str) -> str:
    """A case: its text, the verdict on it today, which criteria apply, and whether the base expects that."""
    why = f'<p class="why">{escape_sentence(judged.why)}</p>\n' if judged.why else ""
    if judged.assessment is None:
        verdict = '<p class="verdict"><strong>Not understood</strong></p>\n'
    else:
        value = judged.assessment.verdict.value
        verdict = (
            f'<p class="verdict {value}"><strong>{value.capitalize()}</strong> '
            f"{escape_sentence(judged.assessment.verdict_summary)}.</p>\n"
        )
    keys = [("criterion", name) for name in judged.applicable]
    applying = "; ".join(link(here, context.urls.of(key), context.titles[key]) for key in keys)
    applies = f"<p>Applies: {applying}</p>\n" if applying else "<p>No criterion applies.</p>\n"
    if judged.deviates:
        told = escape_sentence(judged.result.message.removesuffix("."))
    else:
        told = "As the base expects" if judged.result.passed else "Not as the base expects"
        told += f": {escape_text(judged.result.message)}" if judged.result.message else ""
    style = "expected" if judged.result.passed else "unexpected"
    return (
        f'<article class="case">\n{why}<pre>{escape_multiline(judged.text.strip())}</pre>\n{verdict}{applies}'
        f'<p class="{style}">{told}.</p>\n</article>\n'
    )
