"""`legit log verify`: finds changed, removed, inserted or reordered entries in a log or an export of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from legit._util.terminal_escape import printable_line
from legit.cli.exit_status import DONE, LOG_INVALID, USAGE
from legit.cli.log.arguments import add_log
from legit.cli.log.checkpoint_options import add_checkpoint_options, load_checkpoints
from legit.cli.options import Subparsers, add_command, add_format
from legit.cli.output import print_json
from legit.cli.usage_error import os_error_reason
from legit.errors import DecisionLogError, Problem
from legit.messages import message
from legit.render.terminal import progress

if TYPE_CHECKING:
    from legit.decision_log.verify import Verification


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "verify", run,
        "find what was changed, removed, inserted or reordered; an export proves nothing without --checkpoint",
    )  # fmt: skip
    add_log(parser, "a log, or its entries as `log export` writes them")
    add_checkpoint_options(parser)
    add_format(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status. Raises DecisionLogError for a file that is no log."""
    from legit.decision_log.export import verify_export
    from legit.decision_log.verify import verify

    checkpoints = load_checkpoints(options.checkpoint, options)
    if _is_export(options.log):
        verification = verify_export(options.log, checkpoints)
    else:
        with progress(message("cli.verifying")) as step:
            verification = verify(options.log, checkpoints, step)
    if any(problem.code == "R102" for problem in verification.problems):
        raise DecisionLogError(*verification.problems)
    if options.format == "json":
        print_json(
            {
                "valid": verification.valid,
                "entries": verification.entry_counts,
                "verified_count": verification.verified_count,
                "checkpointed_count": verification.checkpointed_count,
                "checkpoint": str(verification.checkpoint) if verification.checkpoint else None,
                "checkpoint_count": len(checkpoints),
                "signed": options.public_key is not None,
                "problems": [{"code": item.code, "message": item.message} for item in verification.problems],
                "notes": verification.notes,
            }
        )
    else:
        for problem in verification.problems:
            print(problem)
        for note in verification.notes:
            print(printable_line(message("cli.note", note=note)))
        # A checkpoint of an empty log says nothing of any entry.
        counting = sum(checkpoint.size > 0 for checkpoint in checkpoints)
        print(_summary_line(verification, counting, signed=options.public_key is not None))
    return {True: DONE, False: LOG_INVALID, None: USAGE}[verification.valid]


def _summary_line(verification: Verification, checkpoint_count: int, *, signed: bool) -> str:
    """The result in a sentence that claims no more than was verified."""
    counts = verification.entry_counts
    kinds = ", ".join(f"{number} {kind}" for kind, number in counts.items()) or message("cli.no_entry_readable")
    entries = message("cli.entries", count=sum(counts.values()), kinds=kinds)
    if verification.valid is None:
        return message("cli.nothing_verified", entries=entries)
    if not checkpoint_count:
        against = message("cli.own_tree")
    elif signed:
        against = message("cli.signed_checkpoints", count=checkpoint_count)
    else:
        against = message("cli.checkpoints", count=checkpoint_count)
    if not verification.valid:
        return message("cli.log_invalid", entries=entries, against=against)
    if sum(counts.values()) > verification.verified_count:
        verified = verification.verified_count
        return message("cli.log_partly_valid", verified=verified, entries=entries, against=against)
    if checkpoint_count and (first := verification.checkpointed_count) < verification.verified_count:
        return message("cli.log_valid_beyond", entries=entries, count=first, against=against)
    return message("cli.log_valid", entries=entries, against=against)


def _is_export(path: Path) -> bool:
    """Whether a file is an export, not the database of a log. Raises DecisionLogError (R101)."""
    try:
        with path.open("rb") as file:
            return file.read(1) == b"{"
    except OSError as error:
        text = f"the log cannot be used: {os_error_reason(error)}"
        raise DecisionLogError(Problem("R101", text, source=str(path))) from error
