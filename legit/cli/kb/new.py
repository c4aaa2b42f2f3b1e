"""`legit kb new`: a small knowledge base that extends the shipped one, for an author to begin with."""

from __future__ import annotations

import argparse
from pathlib import Path

from legit._util.terminal_escape import printable
from legit.cli.exit_status import DONE
from legit.cli.options import Subparsers, add_command
from legit.cli.usage_error import UsageError, os_error_reason
from legit.messages import message


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "new", run, "write a small base that extends the shipped one, for an author to begin with"
    )
    parser.add_argument("name", metavar="NAME", help="what the base is called")
    parser.add_argument("folder", metavar="DIR", type=Path, nargs="?", help="where to write it (default: NAME)")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.assurance.scaffold import new_base

    folder = options.folder or Path(options.name)
    try:
        files = new_base(options.name, folder)
    except OSError as error:
        raise UsageError(f"cannot write `{folder}`: {os_error_reason(error)}") from error
    for path in files:
        print(printable(str(path)))
    print(printable("\n" + message("cli.next_steps", folder=folder)))
    return DONE
