"""`legit kb search`: the entries of a knowledge base that contain some words."""

from __future__ import annotations

import argparse

from legit.cli.exit_status import DONE
from legit.cli.knowledge import open_entries
from legit.cli.options import Subparsers, add_base_options, add_command, add_format, add_limit
from legit.cli.output import print_json
from legit.messages import message


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "search", run, "find whatever in the knowledge base speaks of these words")
    parser.add_argument("words", metavar="WORDS", nargs="+")
    add_limit(parser, "how many to show at most (default: %(default)s)", 10)
    add_format(parser)
    add_base_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.catalogue.entry_text import entry_list
    from legit.catalogue.search import Search

    words = " ".join(options.words)
    matches = [match.entry for match in Search(open_entries(options).all).find(words, options.limit)]
    if options.format == "json":
        print_json(matches)
    elif matches:
        print(entry_list(matches), end="")
    else:
        print(message("cli.nothing_found", words=words))
    return DONE
