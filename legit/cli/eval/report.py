"""`legit eval report`: the metrics of a run log."""

from __future__ import annotations

import argparse

from legit.cli.exit_status import DONE
from legit.cli.options import Subparsers, add_command, add_format, add_output, existing_path
from legit.cli.output import format_json, write_output


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "report", run, "show the metrics of a run log of `eval agent`")
    parser.add_argument("run_log", type=existing_path, metavar="FILE", help="the run log that `eval agent` wrote")
    add_format(parser, "text", "json", "html")
    add_output(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.evals.metrics import compute_metrics
    from legit.evals.report_html import render_eval_html
    from legit.evals.report_text import render_eval_text
    from legit.evals.run_log import read_run_log

    metrics = compute_metrics(*read_run_log(options.run_log))
    if options.format == "json":
        text = format_json(metrics) + "\n"
    elif options.format == "html":
        text = render_eval_html(metrics)
    else:
        text = render_eval_text(metrics)
    write_output(options.output, text)
    return DONE
