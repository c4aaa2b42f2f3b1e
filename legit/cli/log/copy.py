"""`legit log copy`: a copy of a log in one file, while programs may write to the log."""

from __future__ import annotations

import argparse
from pathlib import Path

from legit._util.terminal_escape import printable_line
from legit.cli.exit_status import DONE
from legit.cli.log.arguments import add_log
from legit.cli.options import Subparsers, add_command
from legit.messages import message


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "copy", run, "copy a log to a new file and verify the copy; others may be writing")
    add_log(parser)
    parser.add_argument("target", type=Path, metavar="NEW", help="the file of the copy, which must not exist")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.decision_log.copying import copy_log

    checkpoint = copy_log(options.log, options.target)
    print(printable_line(message("cli.log_copied", count=checkpoint.size, target=options.target)))
    print(printable_line(message("cli.note", note=message("cli.one_copy_goes_on", log=checkpoint.log_name))))
    return DONE
