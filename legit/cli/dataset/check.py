"""`legit dataset check`: proves the labels of a file again, and reports what its prompts are like."""

from __future__ import annotations

import argparse

from legit.cli.exit_status import DONE, NOT_UNDERSTOOD
from legit.cli.knowledge import open_judge
from legit.cli.options import Subparsers, add_base_options, add_command, add_format, existing_path
from legit.cli.output import print_json


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "check", run, "prove the labels of a dataset again, and report its figures")
    parser.add_argument("dataset", type=existing_path, metavar="FILE", help="a file that `dataset make` wrote")
    add_format(parser)
    add_base_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.dataset.check import check_rows
    from legit.dataset.report import render_check
    from legit.dataset.rows import read_rows

    found = check_rows(open_judge(options), read_rows(options.dataset))
    if options.format == "json":
        print_json(found)
    else:
        print(render_check(found), end="")
    return DONE if found.sound else NOT_UNDERSTOOD
