"""`legit log override`: records that somebody acted differently from the guidance."""

from __future__ import annotations

import argparse

from legit.cli.exit_status import DONE
from legit.cli.knowledge import open_judge
from legit.cli.log.arguments import add_author_and_reason, add_entry_number, add_log
from legit.cli.options import Subparsers, add_base_options, add_command
from legit.messages import message


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "override", run, "record that somebody acted differently from the guidance")
    add_log(parser)
    add_entry_number(parser)
    parser.add_argument("--action", required=True, help="what was done instead: an action of a guidance")
    add_author_and_reason(parser)
    add_base_options(parser, profile=False)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status. The base that decided says which actions there are, without --kb."""
    from legit.decision_log import DecisionLog

    judge = open_judge(options) if options.kb or options.pack else None
    with DecisionLog(options.log) as log:
        number = log.override(options.number, action=options.action, by=options.by, why=options.why, judge=judge)
    print(message("cli.override_recorded", entry=number, number=options.number))
    return DONE
