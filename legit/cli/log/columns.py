"""`legit log columns`: the columns of `legit log query`, of exports and of `--where`, and what each holds."""

from __future__ import annotations

import argparse

from legit.cli.exit_status import DONE
from legit.cli.options import Subparsers, add_command, add_format
from legit.cli.output import print_json, terminal_width
from legit.render.text_table import table_lines


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "columns", run, "list the columns of `legit log query`, of exports and of --where")
    add_format(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.decision_log.columns import COLUMNS

    rows = [{"column": column.name, "holds": column.help} for column in COLUMNS]
    if options.format == "json":
        print_json(rows)
    else:
        for line in table_lines(("column", "holds"), rows, terminal_width(), max_column_width=terminal_width()):
            print(line)
    return DONE
