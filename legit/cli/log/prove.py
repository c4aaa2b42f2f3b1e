"""`legit log prove`: the proof that an entry is in a log, as JSON."""

from __future__ import annotations

import argparse

from legit.cli.exit_status import DONE
from legit.cli.log.arguments import add_entry_number, add_log
from legit.cli.options import Subparsers, add_command
from legit.cli.output import print_json
from legit.errors import DecisionLogError, Problem


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "prove", run, "print the proof that an entry is in the log, as JSON")
    add_log(parser)
    add_entry_number(parser)
    parser.add_argument("--size", type=int, metavar="N", help="in the log of its first N entries (default: all)")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.decision_log import LogReader

    log = LogReader(options.log)
    checkpoint = log.checkpoint(options.size)
    try:
        entry = log.raw_entry(options.number).decode()
    except UnicodeDecodeError as error:
        text = f"entry {options.number} cannot be read: it is no text"
        raise DecisionLogError(Problem("R201", text, source=str(options.log), help="see `legit log verify`")) from error
    print_json(
        {
            "log_name": checkpoint.log_name,
            "number": options.number,
            "size": checkpoint.size,
            "entry": entry,
            "path": [digest.hex() for digest in log.inclusion_proof(options.number, checkpoint.size)],
        }
    )
    return DONE
