"""`legit kb list`: the criteria, all or those that rest on a source or a right; the routes; the sources in force."""

from __future__ import annotations

import argparse
import itertools
from typing import TYPE_CHECKING

from legit.cli.exit_status import DONE
from legit.cli.kb.in_force import add_place, legal_date, list_in_force
from legit.cli.knowledge import open_base, open_entries, require_entry, require_known
from legit.cli.options import Subparsers, add_base_options, add_command, add_format
from legit.cli.output import print_json
from legit.cli.usage_error import UsageError
from legit.messages import message

if TYPE_CHECKING:
    from legit.catalogue.entries import Entries


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "list", run, "list the criteria, the routes, or the sources in force")
    parser.add_argument(
        "what",
        nargs="?",
        choices=("criteria", "routes"),
        default="criteria",
        help="the criteria (default) or the routes",
    )
    parser.add_argument("--family", default="", help="only this family")
    parser.add_argument("--source", default="", help="only those that rest on this source, or on a pinpoint in it")
    parser.add_argument("--right", default="", help="only those that rest on this right of the catalogue")
    parser.add_argument("--own", action="store_true", help="only those of the base itself, without what it extends")
    parser.add_argument(
        "--unverified", action="store_true", help="only those that rest on a source that nobody has verified"
    )
    add_place(parser, "the sources that bind in this place, by its code or name, in place of criteria")
    parser.add_argument(
        "--on", type=legal_date, metavar="DATE", help="on this date (default: when the base was reviewed)"
    )
    add_format(parser)
    add_base_options(parser, profile=False)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    if options.on and not options.in_force_in:
        raise UsageError("--on goes with --in-force-in")
    if options.in_force_in:
        return list_in_force(open_base(options), options)
    entries = open_entries(options)
    if options.what == "routes":
        return _list_routes(entries, options)
    if options.family:
        require_known("family", options.family, entries.base.manifest.families, plural="families")
    source = _resolve_reference(entries, options.source, ("source", "doctrine"))
    right = _resolve_reference(entries, options.right, ("right",))
    criteria = entries.criteria(options.family, source, right, options.unverified)
    criteria = [entry for entry in criteria if not options.own or entries.base.owns_path(entry.path)]
    if options.format == "json":
        print_json(criteria)
        return DONE
    if not criteria and (source or right):
        print(message("cli.no_criterion_on", name=options.source or options.right))
    elif not criteria:
        print(message("cli.no_criterion"))
    for entry in criteria:
        print(f"{entry.id:<34}{entries.base.criteria[entry.id].family:<26}{entry.title}")
        if options.unverified:
            for citation in entry.sources:
                if not citation.verified:
                    print(f"    {citation.text}")
    return DONE


def _list_routes(entries: Entries, options: argparse.Namespace) -> int:
    """The routes of the base, or those that cite a source."""
    if options.family or options.right:
        raise UsageError("routes have no family and rest on no right: leave out --family and --right")
    base = entries.base
    source = _resolve_reference(entries, options.source, ("source", "doctrine"))
    listed = [
        entry
        for entry in entries.all
        if entry.kind == "route"
        and (not options.own or base.owns_path(entry.path))
        and (not source or any(source in (ref, ref.partition(" ")[0]) for ref in base.routes[entry.id].sources))
        and (not options.unverified or not all(citation.verified for citation in entry.sources))
    ]
    if options.format == "json":
        print_json(listed)
    else:
        for path, group in itertools.groupby(listed, key=lambda entry: entry.path):
            print(path)
            for entry in group:
                print(f"  {entry.id:<34}{entry.title}")
    return DONE


def _resolve_reference(entries: Entries, name: str, kinds: tuple[str, ...]) -> str:
    """The reference for the name of a source or right; a pinpoint stands for itself."""
    if not name or entries.base.bibliography.resolve(name):
        return name
    entry = require_entry(entries, name, kinds)
    if entry.kind != "source":
        return entry.id
    pinpoints = (item.ref for item in entries.pinpoints(entry.id) if item.text.casefold() == name.casefold())
    return next(pinpoints, entry.id)
