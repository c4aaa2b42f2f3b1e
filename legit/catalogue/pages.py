"""Entries and citations as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from legit.catalogue.citations import BibliographyItem
from legit.catalogue.entry import Entry
from legit.knowledge.bibliography import UNVERIFIED, verification_note

WIDTH = 98
UNVERIFIED_EXPLANATION = (
    f"{UNVERIFIED}: nobody has seen the place, or that of it which the note names; it waits to be checked"
)


def entry_text(entry: Entry) -> str:
    """An entry with everything that is known of it."""
    lines = [f"{entry.title}  ({entry.id}, {entry.kind})", ""]
    if entry.description:
        lines += [textwrap.fill(entry.description, WIDTH), ""]
    for heading, texts in entry.details.items():
        if len(texts) == 1 and "\n" not in texts[0] and len(heading) + len(texts[0]) < WIDTH - 2:
            lines.append(f"{heading}: {texts[0]}")
            continue
        lines.append(heading)
        for text in texts:
            lines.append(_bullet(text))
    if entry.sources:
        lines += ["Sources", *(_bullet(bibliography_line(place)) for place in entry.sources)]
    if any(f"({UNVERIFIED}" in line for line in lines):
        lines += ["", *textwrap.wrap(UNVERIFIED_EXPLANATION, WIDTH)]
    if entry.path:
        lines.append(f"File: {entry.path}")
    return "\n".join(lines) + "\n"


def bibliography_line(item: BibliographyItem) -> str:
    """A place in a source on one line, with how far it was seen."""
    says = f": {item.summary}" if item.summary else ""
    return f"{item.text}{says} [{item.kind}]{verification_note(item.verified, item.note)}"


def entry_list(entries: Iterable[Entry]) -> str:
    """Entries as a list: id, kind, title."""
    return "".join(f"{entry.id:<34}{entry.kind:<26}{entry.title}\n" for entry in entries)


def bibliography_text(items: Iterable[BibliographyItem]) -> str:
    """The bibliography with where each source is used, and how much of it was never seen."""
    items = list(items)
    lines = []
    for place in items:
        lines.append(bibliography_line(place))
        lines += [textwrap.indent(textwrap.fill(f"used by {use}", WIDTH - 4), "    ") for use in place.cited_by]
        if not place.cited_by:
            lines.append("    used by nothing")
    unseen = sum(not place.verified for place in items)
    lines.append(f"{len(items)} places in sources, {unseen} of them {UNVERIFIED}")
    lines += textwrap.wrap(UNVERIFIED_EXPLANATION, WIDTH) if unseen else []
    return "\n".join(lines) + "\n"


def _bullet(text: str) -> str:
    if "\n" in text:
        return textwrap.indent(text, "    ").replace("    ", "  - ", 1)
    return textwrap.fill(text, WIDTH, initial_indent="  - ", subsequent_indent="    ")
