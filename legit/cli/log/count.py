"""`legit log count`: counts the decisions of a log by verdict, criterion and other groups."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from legit._util.terminal_escape import printable_line
from legit.cli.exit_status import DONE
from legit.cli.knowledge import open_judge
from legit.cli.log.arguments import add_log
from legit.cli.log.checkpoint_options import add_checkpoint_options, checked_log
from legit.cli.log.filter_options import add_filter_options, filter_from_options
from legit.cli.options import Subparsers, add_base_options, add_command, add_format, add_repeatable
from legit.cli.output import print_csv, print_json
from legit.messages import message

if TYPE_CHECKING:
    from legit.decision_log.filters import Counts


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "count", run, "count the decisions that satisfy a filter")
    add_log(parser)
    add_filter_options(parser)
    add_repeatable(parser, "--group-by", "PREDICATE", "count the values of facts with this predicate too")
    add_format(parser, "text", "json", "csv")
    add_checkpoint_options(parser)
    add_base_options(parser, profile=False)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.decision_log.filters import count_decisions, ranked, require_predicates

    group_by = require_predicates(open_judge(options), tuple(options.group_by)) if options.group_by else ()
    with checked_log(options.log, options) as log:
        counts = count_decisions(log, filter_from_options(options, log), group_by)
    if options.format == "json":
        print_json(
            {
                "decisions": counts.decisions,
                "overridden": counts.overridden,
                "first": counts.first,
                "last": counts.last,
                "tables": {name: dict(ranked(rows)) for name, rows in counts.tables.items()},
                "by_predicate": {name: dict(ranked(rows)) for name, rows in counts.by_predicate.items()},
            }
        )
    elif options.format == "csv":
        by_predicate = {f"predicate:{name}": table for name, table in counts.by_predicate.items()}
        rows = (
            {"table": name, "row": value, "decisions": number}
            for name, table in [*counts.tables.items(), *by_predicate.items()]
            for value, number in ranked(table)
        )
        print_csv(("table", "row", "decisions"), rows)
    else:
        _print_counts(counts)
    return DONE


def _print_counts(counts: Counts) -> None:
    from legit.decision_log.filters import ranked

    period = message("cli.period", first=counts.first, last=counts.last) if counts.decisions else ""
    print(printable_line(message("cli.counted", decisions=counts.decisions, overridden=counts.overridden) + period))
    headings = {message(f"log.table_{name}"): table for name, table in counts.tables.items()}
    for heading, table in [*headings.items(), *counts.by_predicate.items()]:
        if table:
            print(f"\n{printable_line(heading)}")
        for value, number in ranked(table):
            print(f"{number:>8} {number / counts.decisions:>6.1%}  {printable_line(value) or message('cli.none')}")
