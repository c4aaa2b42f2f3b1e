"""Entries and citations as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from legit.catalogue.citations import Cited
from legit.catalogue.entry import Entry
from legit.knowledge.bibliography import UNVERIFIED, mark

WIDTH = 98
UNVERIFIED_MEANS = (
    f"{UNVERIFIED}: nobody has seen the place, or that of it which the note names; it waits to be checked"
)


def page(entry: Entry) -> str:
    """An entry with everything that is known of it."""
    lines = [f"{entry.title}  ({entry.id}, {entry.kind})", ""]
    if entry.says:
        lines += [textwrap.fill(entry.says, WIDTH), ""]
    for heading, texts in entry.details.items():
        if len(texts) == 1 and "\n" not in texts[0] and len(heading) + len(texts[0]) < WIDTH - 2:
            lines.append(f"{heading}: {texts[0]}")
            continue
        lines.append(heading)
        for text in texts:
            lines.append(_item(text))
    if entry.sources:
        lines += ["Sources", *(_item(citation(place)) for place in entry.sources)]
    if any(f"({UNVERIFIED}" in line for line in lines):
        lines += ["", *textwrap.wrap(UNVERIFIED_MEANS, WIDTH)]
    if entry.path:
        lines.append(f"File: {entry.path}")
    return "\n".join(lines) + "\n"


def citation(place: Cited) -> str:
    """A place in a source on one line, with how far it was seen."""
    says = f": {place.says}" if place.says else ""
    return f"{place.text}{says} [{place.kind}]{mark(place.verified, place.note)}"


def overview(entries: Iterable[Entry]) -> str:
    """Entries as a list: id, kind, title."""
    return "".join(f"{entry.id:<34}{entry.kind:<26}{entry.title}\n" for entry in entries)


def bibliography_page(places: Iterable[Cited]) -> str:
    """The bibliography with where each source is used, and how much of it was never seen."""
    places = list(places)
    lines = []
    for place in places:
        lines.append(citation(place))
        lines += [textwrap.indent(textwrap.fill(f"used by {use}", WIDTH - 4), "    ") for use in place.used]
        if not place.used:
            lines.append("    used by nothing")
    unseen = sum(not place.verified for place in places)
    lines.append(f"{len(places)} places in sources, {unseen} of them {UNVERIFIED}")
    lines += textwrap.wrap(UNVERIFIED_MEANS, WIDTH) if unseen else []
    return "\n".join(lines) + "\n"


def _item(text: str) -> str:
    if "\n" in text:
        return textwrap.indent(text, "    ").replace("    ", "  - ", 1)
    return textwrap.fill(text, WIDTH, initial_indent="  - ", subsequent_indent="    ")
