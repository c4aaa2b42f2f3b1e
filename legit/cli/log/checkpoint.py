"""`legit log checkpoint`: the size and root hash of a log, signed on request, to be stored elsewhere."""

from __future__ import annotations

import argparse
from pathlib import Path

from legit.cli.exit_status import DONE
from legit.cli.input_files import read_text
from legit.cli.log.arguments import add_log
from legit.cli.options import Subparsers, add_command, add_output, natural_number
from legit.cli.output import write_output
from legit.cli.usage_error import UsageError


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "checkpoint", run, "print the checkpoint of a log, to be stored elsewhere")
    add_log(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--size", type=int, metavar="N", help="as it was when the log had N entries")
    which.add_argument(
        "--file-digest", action="store_true",
        help="with the digest of the bytes of the file, which holds until an entry is added",
    )  # fmt: skip
    parser.add_argument("--sign", type=Path, metavar="KEY", help="signed with the key that `log keygen` wrote")
    parser.add_argument(
        "--for-witness", type=natural_number, metavar="N",
        help="as the request to a witness whose last checkpoint has N entries (0: none); needs --sign",
    )  # fmt: skip
    add_output(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.decision_log import LogReader, PrivateKey, checkpoint_with_file_digest

    key = PrivateKey.parse(*read_text(str(options.sign))) if options.sign else None
    if options.file_digest:
        checkpoint = checkpoint_with_file_digest(options.log)
    else:
        checkpoint = LogReader(options.log).checkpoint(options.size)
    text = key.sign(checkpoint) if key else str(checkpoint)
    if options.for_witness is not None:
        text = _witness_request(options, text, checkpoint.size)
    write_output(options.output, text)
    return DONE


def _witness_request(options: argparse.Namespace, signed: str, size: int) -> str:
    """The request that asks a witness for a cosignature. Raises UsageError without a key."""
    from legit.decision_log import LogReader
    from legit.decision_log.witness import witness_request

    if options.sign is None:
        raise UsageError("a witness cosigns only what the log has signed: --sign KEY")
    old = options.for_witness
    proof = LogReader(options.log).consistency_proof(old, size) if old else []
    return witness_request(signed, old, proof)
