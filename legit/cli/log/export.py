"""`legit log export`: a log as JSON lines that can be verified, or its decisions as a table."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from legit._util.databases import refuse_database
from legit.cli.exit_status import DONE
from legit.cli.log.arguments import add_log
from legit.cli.log.checkpoint_options import add_checkpoint_options, checked_log
from legit.cli.log.filter_options import add_filter_options, filter_from_options
from legit.cli.options import Subparsers, add_base_options, add_command, add_format, add_output
from legit.cli.output import open_output
from legit.cli.usage_error import UsageError

if TYPE_CHECKING:
    from legit.decision_log import LogReader


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "export", run, "write a log in another form")
    add_log(parser)
    add_filter_options(parser)
    add_format(
        parser, "jsonl", "csv", "parquet",
        help_text="jsonl: all entries, as JSON lines that can be verified; csv, parquet: the decisions that satisfy "
        "the filter, as a table",
    )  # fmt: skip
    add_output(parser, "write to a file instead of standard output; needed for parquet")
    add_checkpoint_options(parser)
    add_base_options(parser, profile=False)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    if options.format == "parquet" and options.output is None:
        raise UsageError("parquet needs a file: --output FILE")
    with checked_log(options.log, options) as log:
        _write(options, log)
    return DONE


def _write(options: argparse.Namespace, log: LogReader) -> None:
    from legit.decision_log.export import export_lines, write_csv, write_parquet
    from legit.decision_log.filters import DecisionFilter, filter_decisions

    decision_filter = filter_from_options(options, log)
    if options.format == "jsonl":
        if decision_filter != DecisionFilter():
            raise UsageError(
                "a filter needs --format csv or parquet: jsonl is the whole log, so that it can be verified"
            )
        with open_output(options.output, "wb") as file:
            file.writelines(export_lines(log))
    elif options.format == "csv":
        with open_output(options.output) as file:
            write_csv(filter_decisions(log, decision_filter), file)
    else:
        refuse_database(options.output)
        write_parquet(filter_decisions(log, decision_filter), options.output)
