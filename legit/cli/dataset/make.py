"""`legit dataset make`: labelled prompts, drawn under the knowledge base."""

from __future__ import annotations

import argparse
from pathlib import Path

from legit._util.databases import refuse_database
from legit.cli.exit_status import DONE
from legit.cli.knowledge import open_judge
from legit.cli.options import Subparsers, add_base_options, add_command, add_repeatable, positive_number
from legit.messages import message
from legit.render.terminal import progress

_SUFFIXES = (".jsonl", ".parquet")


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "make", run, "make prompts whose labels are proved, with a data card")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE",
        help="the file of the rows, .jsonl or .parquet; the data card and its metadata are written beside it",
    )  # fmt: skip
    parser.add_argument(
        "--size", type=positive_number, default=12_000, metavar="N", help="how many prompts (default: %(default)s)"
    )
    parser.add_argument("--seed", default="1", metavar="SEED", help="the same seed gives the same rows (default: 1)")
    parser.add_argument(
        "--withheld-seed", default="", metavar="SEED",
        help="draw the test split from this seed; the card has only its digest",
    )  # fmt: skip
    add_repeatable(parser, "--domain", "NAME", "a domain (default: all)")
    parser.add_argument(
        "--stance", choices=("evade", "enforce", "both"), default="both",
        help="what is asked of the assistant (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--language", default="en", metavar="CODE", help="the language (default: %(default)s)")
    parser.add_argument(
        "--questions", type=positive_number, default=1, metavar="N", help="prompts on each case (default: %(default)s)"
    )
    parser.add_argument(
        "--workers", type=positive_number, default=1, metavar="N",
        help="how many processes draw cases; the rows do not depend on it (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--pairs", action="store_true", help="only pairs of a defeated and a standing case")
    add_base_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.cli.usage_error import UsageError
    from legit.dataset.card import card_files, write_card
    from legit.dataset.make import STANCES, DatasetOptions, make_dataset
    from legit.dataset.rows import write_rows
    from legit.dataset.workers import WorkerOptions

    if options.out.suffix not in _SUFFIXES:
        raise UsageError(f"`{options.out.name}` ends with neither {' nor '.join(_SUFFIXES)}")
    refuse_database(options.out, *card_files(options.out))  # before rows are made
    chosen = DatasetOptions(
        size=options.size,
        seed=options.seed,
        domains=tuple(dict.fromkeys(options.domain)),
        stances=STANCES if options.stance == "both" else (options.stance,),
        language=options.language,
        pairs_only=options.pairs,
        withheld_seed=options.withheld_seed,
        questions=options.questions,
    )
    judge = open_judge(options)
    with progress(message("cli.making_dataset")) as step:
        workers = WorkerOptions(options.workers, options.kb, options.profile) if options.workers > 1 else None
        rows = make_dataset(judge, chosen, step, workers=workers)
    write_rows(rows, options.out)
    files = write_card(rows, chosen, options.out)
    print(message("cli.dataset_written", count=len(rows), path=options.out, card=", ".join(map(str, files))))
    return DONE
