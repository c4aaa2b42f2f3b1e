"""What is in force at a place: `legit kb list --in-force-in`, and `legit kb diff --between`."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import TYPE_CHECKING

from legit._util.suggest import did_you_mean, suggest
from legit.cli.exit_status import DONE
from legit.cli.output import print_json
from legit.cli.usage_error import UsageError
from legit.knowledge.places import WORLD
from legit.messages import message
from legit.model.dates import certainly_before, is_date

if TYPE_CHECKING:
    from legit.knowledge.base import KnowledgeBase


def add_place(options: argparse._ActionsContainer, help_text: str) -> None:
    """Add `--in-force-in`, a place by its code or name."""
    options.add_argument("--in-force-in", default="", metavar="PLACE", help=help_text)


def legal_date(text: str) -> str:
    """A day, a month or a year: a type for argparse."""
    if not is_date(text):
        raise argparse.ArgumentTypeError(f"`{text}` is no date: give 2026-02-01, 2026-02 or 2026")
    return text


def place_of(base: KnowledgeBase, text: str) -> str:
    """The id of a place of a base. Raises UsageError when there is none, with the nearest."""
    table = base.bibliography.places
    found = table.find(text)
    if not found:
        near = suggest(text, [*table.places, *(place.name for place in table.places.values())])
        raise UsageError(f"there is no place `{text}`{did_you_mean(near)}")
    return found


def list_in_force(base: KnowledgeBase, options: argparse.Namespace) -> int:
    """The sources that bind at a place on a date."""
    from legit.catalogue.in_force import last_review, sources_at

    place, on = place_of(base, options.in_force_in), options.on or last_review(base)
    found = sources_at(base, place, on)
    if options.format == "json":
        print_json(found)
        return DONE
    counts = Counter(item.force.value for item in found)
    for item in found:
        if item.force == "binding":
            print(
                message(
                    "in_force.row",
                    source=item.source,
                    span=f"{item.in_force_from or '…'} - {item.in_force_to or '…'}",
                    title=item.title,
                )
            )
    where = base.bibliography.places.name(place)
    numbers = {key: counts[key] for key in ("binding", "persuasive", "not_applicable")}
    print(message("in_force.places_here", where=where, date=on, **numbers))
    return DONE


def print_changes(base: KnowledgeBase, options: argparse.Namespace) -> int:
    """What begins or ends to bind between two dates. Raises UsageError when the second is not later."""
    from legit.catalogue.in_force import changes

    first, last = options.between
    if not certainly_before(first, last):
        raise UsageError(f"`{last}` does not lie after `{first}`")
    place = place_of(base, options.in_force_in) if options.in_force_in else WORLD
    found = changes(base, place, first, last)
    if options.format == "json":
        print_json(found)
        return DONE
    where = message("in_force.somewhere") if place == WORLD else base.bibliography.places.name(place)
    span = {"where": where, "first": first, "last": last}
    print(message("in_force.changes", **span) if found else message("in_force.no_change", **span))
    for item in found:
        values = {"date": item.on, "source": item.source, "title": item.title}
        print(message("in_force.begins", **values) if item.begins else message("in_force.ends", **values))
    return DONE
