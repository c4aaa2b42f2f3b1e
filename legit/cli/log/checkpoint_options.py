"""The checkpoints that a log or a proof is verified against: options, and how they are read."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from legit.cli.input_files import read_text
from legit.cli.options import add_repeatable
from legit.cli.usage_error import UsageError
from legit.messages import message

if TYPE_CHECKING:
    from legit.decision_log import Checkpoint
    from legit.decision_log.reader import LogSnapshot

__all__ = ["add_checkpoint_options", "add_public_key", "checked_log", "load_checkpoints"]


def add_checkpoint_options(parser: argparse.ArgumentParser) -> None:
    """Add `--checkpoint`, which may be repeated, and `--public-key`."""
    add_repeatable(parser, "--checkpoint", "FILE", "a checkpoint that was stored elsewhere", Path)
    add_public_key(parser)


def add_public_key(parser: argparse.ArgumentParser) -> None:
    """Add `--public-key`."""
    parser.add_argument(
        "--public-key", type=Path, metavar="KEY.pub", help="demand that this key has signed every checkpoint"
    )


@contextmanager
def checked_log(path: Path, options: argparse.Namespace) -> Iterator[LogSnapshot]:
    """One state of a log, checked against its tree and the checkpoints of the options: figures are given of it.

    Where no checkpoint is given, a note on standard error says so. Raises as `LogReader.snapshot` and
    `load_checkpoints` do.
    """
    from legit.decision_log import LogReader

    checkpoints = load_checkpoints(options.checkpoint, options.public_key)
    with LogReader(path).snapshot(checkpoints) as log:
        if not checkpoints:
            print(message("cli.note", note=message("cli.no_checkpoint_given")), file=sys.stderr)
        yield log


def load_checkpoints(paths: list[Path], public_key: Path | None) -> list[Checkpoint]:
    """The checkpoints in files. If a key is given, it must have signed each of them.

    Raises UsageError for a key without a checkpoint, and DecisionLogError for a file that is no checkpoint or key, or a
    signature that is not valid.
    """
    from legit.decision_log import Checkpoint, PublicKey

    if public_key is None:
        checkpoints = []
        for path in paths:
            checkpoint, note = Checkpoint.parse_signed(*read_text(str(path)))
            checkpoints.append(checkpoint)
            if note.signatures:
                print(message("cli.note", note=message("cli.signature_not_verified", path=path)), file=sys.stderr)
        return checkpoints
    if not paths:
        raise UsageError("--public-key says who must have signed a checkpoint, and none is given: --checkpoint FILE")
    key = PublicKey.parse(*read_text(str(public_key)))
    return [key.verify(*read_text(str(path))) for path in paths]
