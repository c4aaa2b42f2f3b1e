"""`legit kb citations`: the bibliography, with the entries that cite each source."""

from __future__ import annotations

import argparse

from legit.cli.exit_status import DONE
from legit.cli.knowledge import open_base
from legit.cli.options import Subparsers, add_base_options, add_command, add_format
from legit.cli.output import print_json


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "citations", run, "print the bibliography, with where each source is cited")
    parser.add_argument("--unverified", action="store_true", help="only what nobody has verified")
    add_format(parser)
    add_base_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.catalogue.citations import bibliography
    from legit.catalogue.entry_text import bibliography_text

    items = [item for item in bibliography(open_base(options)) if not (options.unverified and item.verified)]
    if options.format == "json":
        print_json(items)
    else:
        print(bibliography_text(items), end="")
    return DONE
