"""`legit log migrate`: converts a log of schema 2 to the current schema."""

from __future__ import annotations

import argparse
from pathlib import Path

from legit._util.terminal_escape import printable_line
from legit.cli.exit_status import DONE
from legit.cli.options import Subparsers, add_command
from legit.messages import message
from legit.render.terminal import progress


def register(commands: Subparsers) -> None:
    """Add the command to those of `legit log`."""
    migrate = add_command(commands, "migrate", run, "convert a log of schema 2 to the current schema")
    migrate.add_argument("log", type=Path, metavar="OLD", help="the log of schema 2, which stays as it is")
    migrate.add_argument("target", type=Path, metavar="NEW", help="the file of the new log, which must not exist")


def run(options: argparse.Namespace) -> int:
    """Convert the log, and print the counts of the new log and its record of the old one."""
    from legit.decision_log.migration import migrate

    with progress(message("cli.converting")) as step:
        migration = migrate(options.log, options.target, step)
    kinds = ", ".join(f"{count} {kind}" for kind, count in migration.entry_counts.items())
    source = migration.source
    print(printable_line(message("log.migrated", count=source.size, kinds=kinds, target=options.target)))
    print(printable_line(message("log.migrated_from", name=source.log_name, root=source.root, old=options.log)))
    return DONE
