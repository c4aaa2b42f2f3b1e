"""`legit log coverage`: how many refusals and enforcements of agents were preceded by a consultation."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from legit._util.terminal_escape import printable_line
from legit.cli.exit_status import DONE
from legit.cli.input_files import read_text
from legit.cli.log.arguments import add_log
from legit.cli.log.checkpoint_options import add_checkpoint_options, checked_log
from legit.cli.log.filter_options import add_period_options, period_from_options
from legit.cli.options import Subparsers, add_command, add_format
from legit.cli.output import print_json
from legit.messages import message

if TYPE_CHECKING:
    from legit.decision_log import LogReader
    from legit.decision_log.turn_coverage import TurnCoverage


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "coverage", run, "count the refusals and enforcements of agents, and how many were consulted"
    )
    add_log(parser)
    add_period_options(parser)
    add_turns_option(parser)
    add_checkpoint_options(parser)
    add_format(parser)


def add_turns_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that takes the operator's own count."""
    parser.add_argument(
        "--turns", metavar="FILE", help="a file with the ids of all turns by the operator's own count, one a line"
    )


def coverage_from_options(options: argparse.Namespace, log: LogReader) -> TurnCoverage:
    """The coverage of a log for the options. Raises as `read_text` does for the file of the turns."""
    from legit.decision_log.turn_coverage import compute_turn_coverage

    turns = None
    if options.turns:
        # An id may have any other sign that some programs take for the end of a line.
        turns = [line.strip() for line in read_text(options.turns)[0].split("\n") if line.strip()]
    return compute_turn_coverage(log, period_from_options(options), turns)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.decision_log.turn_coverage import reason_words

    with checked_log(options.log, options) as log:
        coverage = coverage_from_options(options, log)
    if options.format == "json":
        print_json(_as_data(coverage, reconciled=bool(options.turns)))
        return DONE
    print(message("cli.turns", count=coverage.turns, unfinished=coverage.unfinished))
    print(
        message("cli.consultations")
        + ": "
        + message("cli.turn_results", answered=coverage.answered, failed=coverage.failed)
    )
    for kind, share in shares(coverage).items():
        counts = coverage.acts[kind]
        print(f"\n{message(f'log.acts_{kind}', count=counts.total)}")
        if counts.total:
            print("  " + message("log.consulted_share", number=counts.consulted, share=share))
        for reason, number in counts.reasons.most_common():
            print(f"  {number:>6}  {printable_line(reason_words(reason))}")
        if counts.overrides:
            print(f"  {counts.overrides:>6}  {message('cli.act_override')}")
    if options.turns:
        _print_reconciliation(coverage)
    return DONE


def shares(coverage: TurnCoverage) -> dict[str, str]:
    """The share of the acts of each kind that were consulted, with its limits, in words."""
    from legit.evals.intervals import wilson

    result = {}
    for kind, counts in coverage.acts.items():
        found = wilson(counts.consulted, counts.total)
        values = {name: f"{getattr(found, name) or 0:.1%}" for name in ("share", "low", "high")}
        result[kind] = message("log.share_with_limits", **values) if counts.total else ""
    return result


def _as_data(coverage: TurnCoverage, *, reconciled: bool) -> dict[str, Any]:
    from legit.evals.intervals import wilson

    data: dict[str, Any] = {
        "turns": coverage.turns,
        "unfinished": coverage.unfinished,
        "consultations": {"answered": coverage.answered, "failed": coverage.failed},
    }
    for kind, counts in coverage.acts.items():
        share = wilson(counts.consulted, counts.total).model_dump(exclude={"hits", "total"})
        data[kind] = {
            "total": counts.total,
            "consulted": counts.consulted,
            **share,
            "overrides": counts.overrides,
            "not_consulted": dict(counts.reasons.most_common()),
        }
    if reconciled:
        data |= {"missing": list(coverage.missing), "unknown": list(coverage.unknown)}
    return data


def _print_reconciliation(coverage: TurnCoverage) -> None:
    for name in ("missing", "unknown"):
        ids = getattr(coverage, name)
        print(f"\n{message(f'log.turns_{name}', count=len(ids))}")
        for turn in ids:
            print(f"  {printable_line(turn)}")
