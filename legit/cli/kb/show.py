"""`legit kb show`: the page of any entry of a knowledge base, by id or name."""

from __future__ import annotations

import argparse

from legit.cli.exit_status import DONE
from legit.cli.knowledge import open_entries, suggestion_text
from legit.cli.options import Subparsers, add_base_options, add_command, add_format
from legit.cli.output import print_json
from legit.cli.usage_error import UsageError


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(
        subparsers,
        "show",
        run,
        "show a criterion, route, right, source, precedent, authority, sentence or concept",
    )
    parser.add_argument("name", metavar="ID", help="an id or a name")
    add_format(parser)
    add_base_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.catalogue.entry_text import entry_text

    entries = open_entries(options)
    pinpoint = entries.pinpoint(options.name)
    matches = [pinpoint] if pinpoint else entries.lookup(options.name)
    if not matches:
        hint = suggestion_text(entries.suggest(options.name))
        raise UsageError(f"nothing has the id or name `{options.name}`{hint}")
    if options.format == "json":
        print_json(matches)
    else:
        print("\n".join(map(entry_text, matches)), end="")
    return DONE
