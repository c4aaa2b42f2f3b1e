"""`legit log report`: one HTML page about the decisions of a period."""

from __future__ import annotations

import argparse

from legit.cli.exit_status import DONE, LOG_INVALID
from legit.cli.knowledge import open_judge
from legit.cli.log.arguments import add_log
from legit.cli.log.checkpoint_options import add_checkpoint_options, load_checkpoints
from legit.cli.log.coverage import add_turns_option, coverage_from_options, shares
from legit.cli.log.filter_options import add_filter_options, filter_from_options, filter_text
from legit.cli.options import Subparsers, add_base_options, add_command, add_output, natural_number
from legit.cli.output import write_output
from legit.errors import DecisionLogError
from legit.messages import message
from legit.render.terminal import progress


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "report", run, "write one HTML page about a period, with plots and tables")
    add_log(parser)
    add_filter_options(parser)
    parser.add_argument(
        "--group-by", action="append", metavar="PREDICATE",
        help="count the values of facts with this predicate (default: those that the knowledge base names)",
    )  # fmt: skip
    parser.add_argument(
        "--replay-limit", type=natural_number, default=1000, metavar="N",
        help="replay at most N decisions of earlier versions under the latest (default: %(default)s)",
    )  # fmt: skip
    add_turns_option(parser)
    add_checkpoint_options(parser)
    add_output(parser)
    add_base_options(parser, profile=False)
    parser.add_argument("--language", default="", metavar="TAG", help="the language of the page, as sv")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    with open_judge(options).speaking():
        return _write_report(options)


def _write_report(options: argparse.Namespace) -> int:
    from legit.decision_log import Checkpoint, LogReader
    from legit.decision_log.filters import require_predicates
    from legit.decision_log.metrics import LogMetrics, compute_log_metrics
    from legit.decision_log.regression import Regression, replay_under_latest
    from legit.decision_log.report import CoverageView, DisplayNames, render_log_report
    from legit.decision_log.verify import verify

    judge = open_judge(options)
    manifest = judge.base.manifest
    group_by = require_predicates(judge, tuple(options.group_by or manifest.report_dimensions))
    checkpoints = load_checkpoints(options.checkpoint, options)
    with progress(message("cli.verifying")) as step:
        verification = verify(options.log, checkpoints, step)
    # Not a damaged log, but none that can be read. An entry of another schema (R113) is told on the page.
    if any(problem.code < "R200" and problem.code != "R113" for problem in verification.problems):
        raise DecisionLogError(*verification.problems)
    view: CoverageView | None = None
    metrics, regression = LogMetrics(verification.checkpoint or Checkpoint("", 0, b"")), Regression()
    if verification.valid:  # nothing is counted of a log that is not
        with LogReader(options.log).snapshot(checkpoints) as log:
            decision_filter = filter_from_options(options, log)
            with progress(message("cli.counting")) as step:
                metrics = compute_log_metrics(log, decision_filter, group_by, step)
            regression = replay_under_latest(log, metrics, options.replay_limit)
            coverage = coverage_from_options(options, log)
            view = CoverageView(coverage, shares(coverage), reconciled=bool(options.turns))
    names = DisplayNames(
        families=manifest.families,
        criteria={name: item.title for name, item in judge.base.criteria.items()},
        predicates=manifest.report_dimensions,
    )
    counting = sum(checkpoint.size > 0 for checkpoint in checkpoints)
    page = render_log_report(metrics, regression, verification, counting, filter_text(options), names, view)
    write_output(options.output, page)
    return DONE if verification.valid else LOG_INVALID
