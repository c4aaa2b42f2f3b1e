"""`legit log query`: the decisions of a log that satisfy a filter."""

from __future__ import annotations

import argparse
import sys
from itertools import islice
from typing import TYPE_CHECKING

from legit._util.lookalikes import lookalikes
from legit._util.terminal_escape import printable_line
from legit.cli.exit_status import DONE
from legit.cli.log.arguments import add_log
from legit.cli.log.checkpoint_options import add_checkpoint_options, checked_log
from legit.cli.log.filter_options import add_filter_options, filter_from_options
from legit.cli.options import Subparsers, add_base_options, add_command, add_format
from legit.cli.output import print_rows, terminal_width
from legit.knowledge.lookalike_names import MAX_LOOKALIKES
from legit.messages import message
from legit.model.facts import fold_text
from legit.render.text_table import table_lines

if TYPE_CHECKING:
    from legit.decision_log import LogReader
    from legit.decision_log.filters import Match

_WIDTH = 120


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "query", run, "list the decisions that satisfy a filter")
    add_log(parser)
    add_filter_options(parser)
    add_format(parser, "text", "json", "csv")
    add_checkpoint_options(parser)
    add_base_options(parser, profile=False)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    with checked_log(options.log, options) as log:
        return _list_decisions(options, log)


def _list_decisions(options: argparse.Namespace, log: LogReader) -> int:
    from legit.decision_log.columns import COLUMNS, decision_row
    from legit.decision_log.filters import filter_decisions

    matches = filter_decisions(log, filter_from_options(options, log))
    if options.format != "text":
        print_rows(options.format, [column.name for column in COLUMNS], map(decision_row, matches))
        return DONE
    columns = [*(column.name for column in COLUMNS if column.in_text), "case"]
    count = -1  # the heading is no decision
    quoted: dict[str, str] = {}
    with log.text_lookup() as texts:
        rows = (_text_row(match, texts(match.number, match.decision), quoted) for match in matches)
        for line in table_lines(columns, rows, terminal_width(_WIDTH)):
            print(line)
            count += 1
    for one, other in islice(lookalikes(quoted), MAX_LOOKALIKES):
        names = message("cli.look_alike", one=printable_line(quoted[one]), other=printable_line(quoted[other]))
        print(names, file=sys.stderr)
    print(message("cli.decisions", count=count) if count > 0 else message("cli.no_decision"))
    return DONE


def _text_row(match: Match, texts: dict[str, str], quoted: dict[str, str]) -> dict[str, str | int]:
    """The row of a decision in the text table, with the title of its case. Adds its texts to `quoted`."""
    quoted.update((fold_text(text), text) for text in texts.values())
    from legit.decision_log.columns import COLUMNS
    from legit.decision_log.title import decision_title

    row = {column.name: column.in_text(column.cell(match)) for column in COLUMNS if column.in_text}
    return {**row, "case": decision_title(match.decision, texts)}
