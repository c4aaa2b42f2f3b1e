"""Entries and citations as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from legit.catalogue.citations import BibliographyItem
from legit.catalogue.entry import Entry
from legit.catalogue.kinds import heading, kind_name
from legit.knowledge.bibliography import UNVERIFIED, verification_note
from legit.messages import message
from legit.render.terminal import fill, wrap

WIDTH = 98


def entry_text(entry: Entry) -> str:
    """The whole text of an entry: title, description, sections with headings, sources, file."""
    lines = [f"{entry.title}  ({entry.id}, {kind_name(entry.kind)})", ""]
    if entry.description:
        lines += [fill(entry.description, WIDTH), ""]
    for section, texts in entry.details.items():
        title = heading(section)
        if len(texts) == 1 and "\n" not in texts[0] and len(title) + len(texts[0]) < WIDTH - 2:
            lines.append(f"{title}: {texts[0]}")
            continue
        lines.append(title)
        for text in texts:
            lines.append(_bullet(text))
    if entry.sources:
        lines += [message("catalogue.sources"), *(_bullet(bibliography_line(item)) for item in entry.sources)]
    if any(f"({UNVERIFIED}" in line for line in lines):
        lines += ["", *wrap(message("catalogue.unverified_explanation"), WIDTH)]
    if entry.path:
        lines.append(message("catalogue.file", path=entry.path))
    return "\n".join(lines) + "\n"


def bibliography_line(item: BibliographyItem) -> str:
    """A pinpoint or source on one line, with its verification note."""
    says = f": {item.summary}" if item.summary else ""
    return f"{item.text}{says} [{item.kind}]{verification_note(item.verified, item.note)}"


def entry_list(entries: Iterable[Entry]) -> str:
    """Entries as a table of three columns: id, kind, title."""
    return "".join(f"{entry.id:<34}{kind_name(entry.kind):<26}{entry.title}\n" for entry in entries)


def bibliography_text(items: Iterable[BibliographyItem]) -> str:
    """The bibliography with the entries that use each pinpoint, and the number of unverified pinpoints."""
    items = list(items)
    lines = []
    for item in items:
        lines.append(bibliography_line(item))
        uses = [message("catalogue.used_by", entry=citer) for citer in item.cited_by] or [message("catalogue.unused")]
        lines += [textwrap.indent(fill(use, WIDTH - 4), "    ") for use in uses]
    unseen = sum(not item.verified for item in items)
    lines.append(message("catalogue.bibliography_count", count=len(items), unverified=unseen))
    lines += wrap(message("catalogue.unverified_explanation"), WIDTH) if unseen else []
    return "\n".join(lines) + "\n"


def _bullet(text: str) -> str:
    if "\n" in text:
        return textwrap.indent(text, "    ").replace("    ", "  - ", 1)
    return fill(text, WIDTH, "  - ", "    ")
