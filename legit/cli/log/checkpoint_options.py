"""The checkpoints that a log or a proof is verified against: options, and how they are read."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from legit._util.terminal_escape import printable_line
from legit.cli.input_files import read_text
from legit.cli.options import add_repeatable
from legit.cli.usage_error import UsageError
from legit.messages import message

if TYPE_CHECKING:
    from legit.decision_log import Checkpoint
    from legit.decision_log.reader import LogSnapshot

__all__ = ["add_checkpoint_options", "add_public_key", "checked_log", "load_checkpoints"]


def add_checkpoint_options(parser: argparse.ArgumentParser) -> None:
    """Add `--checkpoint`, which may be repeated, and the keys that must have signed it."""
    add_repeatable(parser, "--checkpoint", "FILE", "a checkpoint that was stored elsewhere", Path)
    add_public_key(parser)


def add_public_key(parser: argparse.ArgumentParser) -> None:
    """Add `--public-key`, `--further-key` and `--witness`."""
    parser.add_argument(
        "--public-key", type=Path, metavar="KEY.pub", help="demand that this key has signed every checkpoint"
    )
    add_repeatable(
        parser, "--further-key", "KEY.endorsed", "or a further key of the log, which the public key endorsed", Path
    )
    add_repeatable(
        parser, "--witness", "KEY", "demand that the witness with this key has cosigned every checkpoint", Path
    )


@contextmanager
def checked_log(path: Path, options: argparse.Namespace) -> Iterator[LogSnapshot]:
    """One state of a log, checked against its tree and the checkpoints of the options: figures are given of it.

    Where no checkpoint counts all entries, a note on standard error says so. Raises as `LogReader.snapshot` and
    `load_checkpoints` do.
    """
    from legit.decision_log import LogReader

    checkpoints = load_checkpoints(options.checkpoint, options)
    with LogReader(path).snapshot(checkpoints) as log:
        if not checkpoints:
            print(message("cli.note", note=message("cli.no_checkpoint_given")), file=sys.stderr)
        elif (count := max(checkpoint.size for checkpoint in checkpoints)) < (size := len(log)):
            note = message("cli.checkpoints_count", size=size, count=count)
            print(message("cli.note", note=note), file=sys.stderr)
        yield log


def load_checkpoints(paths: list[Path], options: argparse.Namespace) -> list[Checkpoint]:
    """The checkpoints in files. The keys and witnesses that the options give must have signed each of them.

    Raises UsageError for a key without a checkpoint, and DecisionLogError for a file that is no checkpoint or key, or a
    signature that is not valid.
    """
    from legit.decision_log import Checkpoint, PublicKey
    from legit.decision_log.signing import verify_by_any
    from legit.decision_log.witness import WitnessKey

    demands = options.public_key is not None or bool(options.witness)
    if demands and not paths:
        raise UsageError("--public-key and --witness say who must have signed a checkpoint: --checkpoint FILE")
    if options.further_key and options.public_key is None:
        raise UsageError("--further-key is a key that the first one endorsed: --public-key KEY.pub")
    first = [PublicKey.parse(*read_text(str(path))) for path in [options.public_key] if path]
    keys = [*first, *(first[0].endorsed_key(*read_text(str(path))) for path in options.further_key)]
    witnesses = [WitnessKey.parse(*read_text(str(path))) for path in options.witness]
    checkpoints = []
    for path in paths:
        text, source = read_text(str(path))
        for witness in witnesses:
            time = f"{witness.verify(text, source):%Y-%m-%d %H:%M:%S} UTC"
            note = message("cli.cosigned", witness=witness.name, path=path, time=time)
            print(printable_line(message("cli.note", note=note)), file=sys.stderr)
        if keys:
            checkpoints.append(verify_by_any(keys, text, source))
            continue
        checkpoint, signed = Checkpoint.parse_signed(text, source)
        checkpoints.append(checkpoint)
        if signed.signatures and not witnesses:
            note = message("cli.signature_not_verified", path=path)
            print(printable_line(message("cli.note", note=note)), file=sys.stderr)
    return checkpoints
