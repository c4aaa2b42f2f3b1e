"""`legit log redact`: erases the quoted texts of a decision for good."""

from __future__ import annotations

import argparse

from legit.cli.exit_status import DONE
from legit.cli.log.arguments import add_author_and_reason, add_entry_number, add_log
from legit.cli.options import Subparsers, add_command, add_repeatable
from legit.messages import message


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "redact", run, "erase the quoted texts of a decision for good")
    add_log(parser)
    add_entry_number(parser)
    add_repeatable(parser, "--placeholder", "TEXT", "only the text of this placeholder, as ⟨1text⟩ (default: all)")
    add_author_and_reason(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.decision_log import DecisionLog

    with DecisionLog(options.log) as log:
        size = len(log)
        number = log.redact(options.number, by=options.by, why=options.why, placeholders=options.placeholder or None)
    if number < size:
        print(message("cli.already_redacted", entry=number, number=options.number))
    else:
        print(message("cli.redaction_recorded", entry=number, number=options.number))
    return DONE
