"""`legit eval dataset`: scores descriptions of labelled cases."""

from __future__ import annotations

import argparse

from legit.cli.exit_status import DONE
from legit.cli.knowledge import open_judge
from legit.cli.options import Subparsers, add_base_options, add_command, add_format, existing_path
from legit.cli.output import print_json
from legit.messages import message
from legit.render.terminal import progress


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "dataset", run, "score descriptions of labelled cases")
    parser.add_argument(
        "--cases", type=existing_path, required=True, metavar="FILE_OR_DIR", help="the labelled cases (JSON)"
    )
    parser.add_argument(
        "--encodings", type=existing_path, required=True, metavar="FILE_OR_DIR", help="their descriptions (.legit)"
    )
    add_format(parser)
    add_base_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.evals.dataset import load_cases, score_encodings, summarise
    from legit.render.dataset_scores import render_dataset_scores

    cases = load_cases(options.cases)
    with progress(message("cli.scoring")) as step:
        scores = summarise(score_encodings(open_judge(options), cases, options.encodings, step))
    if options.format == "json":
        print_json(scores)
    else:
        print(render_dataset_scores(scores), end="")
    return DONE
