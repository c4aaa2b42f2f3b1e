"""The commands that measure: `bench dataset`; those of `bench agent` and `bench report` are registered here too."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from legit.cli.common import DONE, Subparsers, UsageError, add_command, add_format, open_judge, progress
from legit.cli.eval import agent


def register(commands: Subparsers) -> None:
    """Add the commands of this module."""
    bench = commands.add_parser("bench", help="measure").add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    dataset = add_command(bench, "dataset", _dataset, "score descriptions of labelled cases")
    dataset.add_argument("--cases", type=Path, required=True, metavar="FILE_OR_DIR", help="the labelled cases (JSON)")
    dataset.add_argument(
        "--encodings", type=Path, required=True, metavar="FILE_OR_DIR", help="their descriptions (.legit)"
    )
    add_format(dataset)
    agent.register(bench)


def _dataset(options: argparse.Namespace) -> int:
    from legit.evals.dataset import load_cases, score_encodings, summarise
    from legit.render.eval_table import render_dataset_scores

    for path in (options.cases, options.encodings):
        if not path.exists():
            raise UsageError(f"`{path}` does not exist")
    cases = load_cases(options.cases)
    with progress("scoring") as step:
        figures = summarise(score_encodings(open_judge(options), cases, options.encodings, step))
    print(
        json.dumps(figures, indent=2) if options.format == "json" else render_dataset_scores(figures),
        end="\n" if options.format == "json" else "",
    )
    return DONE
