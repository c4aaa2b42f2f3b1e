"""`legit parse`: the facts that sentences state, written back."""

from __future__ import annotations

import argparse

from legit.cli.exit_status import DONE
from legit.cli.input_files import read_text, tell_lookalikes
from legit.cli.knowledge import open_judge, tell_missing
from legit.cli.options import Subparsers, add_base_options, add_command, add_format, add_language
from legit.cli.output import print_json, print_sentences


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "parse", run, "show the facts that the sentences of a file state")
    parser.add_argument("file", metavar="FILE", help="a file of sentences, or - for standard input")
    add_format(parser, "text", "json", help_text="the facts as sentences, or as JSON")
    add_base_options(parser, profile=False)
    add_language(parser, "the language in which the facts are written, as sv")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    judge = open_judge(options)
    text, source = read_text(options.file)
    found, cases = judge.read(text, source)
    judge = judge if options.language else tell_missing(found)
    tell_lookalikes(judge, cases, source)
    if options.format == "json":
        print_json(cases)
    else:
        print_sentences(judge.writer.cases(cases))
    return DONE
