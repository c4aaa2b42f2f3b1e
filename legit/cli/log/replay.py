"""`legit log replay`: decides again, and lists the decisions that change."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from legit._util.terminal_escape import printable_line
from legit.cli.exit_status import DONE, LOG_INVALID
from legit.cli.log.arguments import add_log
from legit.cli.log.checkpoint_options import add_checkpoint_options, checked_log
from legit.cli.log.filter_options import add_filter_options, filter_from_options
from legit.cli.log.replaying import add_replay_base_options, gives_base, judge_from_options
from legit.cli.options import Subparsers, add_command, add_format
from legit.cli.output import print_rows
from legit.messages import message
from legit.render.terminal import progress

if TYPE_CHECKING:
    from legit.decision_log import LogReader
    from legit.decision_log.filters import DecisionFilter
    from legit.decision_log.verdict_replay import ReplayedVerdict

_COLUMNS: Final = ("number", "before", "after", "guidance_before", "guidance_after", "same", "changes")


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "replay", run, "decide again, and list the decisions that change")
    add_log(parser)
    add_filter_options(parser)
    parser.add_argument(
        "--whole", action="store_true", help="make every answer again as a whole, and compare it byte for byte"
    )
    parser.add_argument("--include-unchanged", action="store_true", help="list what comes out the same too")
    add_format(parser, "text", "json", "csv")
    add_checkpoint_options(parser)
    add_replay_base_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    with checked_log(options.log, options) as log:
        return _replay_decisions(options, log)


def _replay_decisions(options: argparse.Namespace, log: LogReader) -> int:
    decision_filter = filter_from_options(options, log)
    replayed = _whole_answers if options.whole else _verdicts
    counts, size = _Counts(), len(log)
    with progress(message("cli.replaying")) as step:
        results = _counted(replayed(options, log, decision_filter), counts, lambda: step(counts.all, size))
        rows = (_row(result) for result in results if options.include_unchanged or not result.same)
        if options.format != "text":
            print_rows(options.format, _COLUMNS, rows)
        else:
            for row in rows:
                values = {**row, "changes": row["changes"] or message("cli.unchanged")}
                print(printable_line(message("cli.replay_row", **values)))
    if options.format == "text":
        _print_counts(options, counts)
    return LOG_INVALID if counts.invalid else DONE


@dataclass(slots=True)
class _Counts:
    """How many decisions were replayed, and how they came out."""

    all: int = 0
    same: int = 0
    other_base: int = 0
    verdicts: int = 0
    invalid: int = 0

    def add(self, result: ReplayedVerdict) -> None:
        """Count a decision."""
        self.all += 1
        self.same += result.same
        self.other_base += not result.byte_exact
        self.verdicts += result.verdict_before != result.verdict_after
        self.invalid += result.byte_exact and not result.same


def _verdicts(
    options: argparse.Namespace, log: LogReader, decision_filter: DecisionFilter
) -> Iterator[ReplayedVerdict]:
    from legit.decision_log.filters import selected_entries
    from legit.decision_log.verdict_replay import replay_verdicts
    from legit.knowledge.base import DEFAULT_PROFILE

    judge = judge_from_options(options, DEFAULT_PROFILE)
    override = (judge.base.layers, options.profile) if judge else None
    return replay_verdicts(log, selected_entries(log, decision_filter), override)


def _whole_answers(
    options: argparse.Namespace, log: LogReader, decision_filter: DecisionFilter
) -> Iterator[ReplayedVerdict]:
    from legit.decision_log.filters import filter_decisions
    from legit.decision_log.replay import replay
    from legit.decision_log.verdict_replay import ReplayedVerdict

    numbers = [match.number for match in filter_decisions(log, decision_filter)]
    override = partial(judge_from_options, options) if gives_base(options) else None
    return map(ReplayedVerdict.of, replay(log, numbers, override))


def _counted(
    results: Iterable[ReplayedVerdict], counts: _Counts, step: Callable[[], None]
) -> Iterator[ReplayedVerdict]:
    for result in results:
        counts.add(result)
        step()
        yield result


def _print_counts(options: argparse.Namespace, counts: _Counts) -> None:
    if not options.whole:
        result = message("cli.same_verdicts", same=counts.same)
    elif counts.other_base:
        result = message("cli.same_under_new", same=counts.same)
    else:
        result = message("cli.byte_exact", same=counts.same)
    print(message("cli.replay_total", count=counts.all, result=result, verdicts=counts.verdicts))
    if counts.other_base and not gives_base(options):
        print(message("log.replay_earlier_form", count=counts.other_base))


def _row(result: ReplayedVerdict) -> dict[str, Any]:
    return {
        "number": result.number,
        "before": result.verdict_before,
        "after": result.verdict_after or "not decided",
        "guidance_before": result.action_before,
        "guidance_after": result.action_after or "none",
        "same": result.same,
        "changes": "; ".join(result.changes) + (f" ({result.problem})" if result.problem else ""),
    }
