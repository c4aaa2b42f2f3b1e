"""`legit log checkpoint`: the size and root hash of a log, signed on request, to be stored elsewhere."""

from __future__ import annotations

import argparse
from pathlib import Path

from legit.cli.exit_status import DONE
from legit.cli.input_files import read_text
from legit.cli.log.arguments import add_log
from legit.cli.options import Subparsers, add_command, add_output
from legit.cli.output import write_output


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
    add_output(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.decision_log import LogReader, PrivateKey, checkpoint_with_file_digest

    key = PrivateKey.parse(*read_text(str(options.sign))) if options.sign else None
    if options.file_digest:
        checkpoint = checkpoint_with_file_digest(options.log)
    else:
        checkpoint = LogReader(options.log).checkpoint(options.size)
    write_output(options.output, key.sign(checkpoint) if key else str(checkpoint))
    return DONE
