"""`legit batch`: the decisions of many cases, from a file to a file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from legit._util.terminal_escape import printable
from legit.cli.exit_status import DONE
from legit.cli.options import (
    Subparsers,
    add_base_options,
    add_command,
    add_recording_options,
    add_repeatable,
    check_recording_options,
    parse_key_values,
    positive_number,
)
from legit.cli.usage_error import UsageError
from legit.messages import message

if TYPE_CHECKING:
    from legit.batch.job import BatchOptions
    from legit.batch.recording import Recorder
    from legit.batch.summary import BatchSummary

_MOST_CRITERIA = 10


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "batch", run, "decide the cases of a table, or of a folder")
    parser.add_argument(
        "source", metavar="IN",
        help="a .jsonl, .csv, .parquet or .arrow file, a folder of .legit files, or - for JSON lines on standard input",
    )  # fmt: skip
    parser.add_argument(
        "result",
        metavar="OUT",
        help="a .parquet, .arrow, .jsonl, .csv or .duckdb file for the decisions; with --ray a folder",
    )
    parser.add_argument(
        "--facts", default="facts", metavar="COLUMN", help="the column of sentences (default: %(default)s)"
    )
    add_repeatable(parser, "--keep", "COLUMN", "a column of the input that the output has too")
    parser.add_argument(
        "--rejects", type=Path, metavar="FILE",
        help="where the rows go that cannot be judged (default: OUT.rejects.jsonl)",
    )  # fmt: skip
    parser.add_argument("--no-findings", action="store_true", help="leave out the criteria and their effects")
    add_repeatable(
        parser, "--explain", "FILTER",
        "add the assessment in words to the rows that satisfy every FILTER: COLUMN=VALUE, COLUMN!=VALUE, or `all`",
    )  # fmt: skip
    parser.add_argument(
        "--workers", type=positive_number, metavar="N", help="how many processes decide (default: one a core)"
    )
    parser.add_argument(
        "--ray", metavar="ADDRESS",
        help="decide on this Ray cluster, from Parquet to Parquet: `auto` is that of this machine, `local` a new one",
    )  # fmt: skip
    add_base_options(parser)
    add_recording_options(parser, caller=True)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.batch.job import (  # needs numpy and pyarrow
        BatchOptions,
        default_rejects,
        run_batch,
        use_system_memory_pool,
    )
    from legit.render.terminal import progress

    result = Path(options.result)
    if options.rejects == result:
        raise UsageError("the output and the rejects need two files")
    chosen = BatchOptions(
        facts=options.facts,
        keep=tuple(dict.fromkeys(options.keep)),
        findings=not options.no_findings,
        explain=tuple(options.explain),
        base=options.kb,
        profile=options.profile,
        packs=tuple(options.pack),
    )
    recorder = _recorder(options)
    if options.ray:
        return _run_on_cluster(options, chosen)
    use_system_memory_pool()
    with progress(message("cli.judging"), rated=True) as step:
        summary = run_batch(
            options.source,
            result,
            chosen,
            rejects=options.rejects,
            workers=options.workers,
            recorder=recorder,
            progress=lambda done, total: step(done, total or 0),
            forks=True,
        )
    _print_summary(summary, str(options.rejects or default_rejects(result)))
    return DONE


def _run_on_cluster(options: argparse.Namespace, chosen: BatchOptions) -> int:
    """Run the command on a Ray cluster."""
    from legit.batch.ray import REJECTS, run_on_cluster
    from legit.render.terminal import progress

    for option, value in (("--log", options.log), ("--rejects", options.rejects), ("--workers", options.workers)):
        if value:
            raise UsageError(f"{option} is not for --ray")
    with progress(message("cli.judging"), rated=True) as step:
        summary = run_on_cluster(
            options.source,
            options.result,
            chosen,
            address=options.ray,
            progress=lambda done, total: step(done, total or 0),
        )
    _print_summary(summary, f"{options.result}/{REJECTS}")
    return DONE


def _recorder(options: argparse.Namespace) -> Recorder | None:
    """What puts the decisions on record, where the options name a log."""
    if not options.log:
        check_recording_options(options)
        return None
    from legit.decision_log.batch_recorder import BatchRecorder

    caller = parse_key_values(options.caller)
    return BatchRecorder(options.log, text_policy=options.text_policy or "stored", caller=caller)


def _print_summary(summary: BatchSummary, rejects: str) -> None:
    """Print what the batch came to, on standard error: the decisions are in their file."""
    lines = [message("cli.batch_rows", count=summary.rows)]
    lines += [f"  {verdict:<14} {count:>10,}" for verdict, count in sorted(summary.verdicts.items())]
    if summary.criteria:
        lines.append(message("cli.batch_criteria"))
        lines += [f"  {name:<32} {count:>10,}" for name, count in summary.criteria.most_common(_MOST_CRITERIA)]
    if summary.rejected:
        lines.append(message("cli.batch_rejected", count=summary.rejected, file=rejects))
        lines += [f"  {code:<14} {count:>10,}" for code, count in sorted(summary.problems.items())]
    print(printable("\n".join(lines)), file=sys.stderr)
