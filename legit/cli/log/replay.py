"""`legit log replay`: decides again, and lists the decisions that change."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final

from legit._util.terminal_escape import printable_line
from legit.cli.exit_status import DONE, LOG_INVALID
from legit.cli.log.arguments import add_log
from legit.cli.log.checkpoint_options import add_checkpoint_options, checked_log
from legit.cli.log.filter_options import add_filter_options, filter_from_options
from legit.cli.log.replaying import add_replay_base_options, judge_from_options
from legit.cli.options import Subparsers, add_command, add_format
from legit.cli.output import print_rows
from legit.messages import message
from legit.render.terminal import progress

if TYPE_CHECKING:
    from legit.decision_log import LogReader
    from legit.decision_log.replay import ReplayResult

_COLUMNS: Final = ("number", "before", "after", "guidance_before", "guidance_after", "same", "changes")


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "replay", run, "decide again, and list the decisions that change")
    add_log(parser)
    add_filter_options(parser)
    parser.add_argument("--include-unchanged", action="store_true", help="list what comes out the same too")
    add_format(parser, "text", "json", "csv")
    add_checkpoint_options(parser)
    add_replay_base_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    with checked_log(options.log, options) as log:
        return _replay_decisions(options, log)


def _replay_decisions(options: argparse.Namespace, log: LogReader) -> int:
    from legit.decision_log.filters import filter_decisions
    from legit.decision_log.replay import replay

    judge = judge_from_options(options)
    numbers = [match.number for match in filter_decisions(log, filter_from_options(options, log))]
    same = other_base = 0
    invalid = False
    listed: list[ReplayResult] = []
    with progress(message("cli.replaying")) as step:
        for done, result in enumerate(replay(log, numbers, judge), 1):
            same += result.same
            other_base += not result.byte_exact
            invalid = invalid or (result.byte_exact and not result.same)
            if options.include_unchanged or not result.same:
                listed.append(result)
            step(done, len(numbers))
    rows = [_row(result) for result in listed]
    if options.format != "text":
        print_rows(options.format, _COLUMNS, rows)
    else:
        _print_text(rows, len(numbers), same, byte_exact=not other_base)
        if judge is None and other_base:
            print(message("log.replay_earlier_form", count=other_base))
    return LOG_INVALID if invalid else DONE


def _print_text(rows: list[dict[str, Any]], count: int, same: int, *, byte_exact: bool) -> None:
    for row in rows:
        values = {**row, "changes": row["changes"] or message("cli.unchanged")}
        print(printable_line(message("cli.replay_row", **values)))
    verdicts = sum(row["before"] != row["after"] for row in rows)
    result = message("cli.byte_exact", same=same) if byte_exact else message("cli.same_under_new", same=same)
    print(message("cli.replay_total", count=count, result=result, verdicts=verdicts))


def _row(result: ReplayResult) -> dict[str, Any]:
    after = result.after
    return {
        "number": result.number,
        "before": result.before.verdict.value,
        "after": after.verdict.value if after else "not decided",
        "guidance_before": result.before.action,
        "guidance_after": after.action if after else "none",
        "same": result.same,
        "changes": "; ".join(result.changes) + (f" ({result.problem})" if result.problem else ""),
    }
