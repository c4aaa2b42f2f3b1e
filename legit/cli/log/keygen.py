"""`legit log keygen`: the key that signs the checkpoints of a log."""

from __future__ import annotations

import argparse
from pathlib import Path

from legit._util.terminal_escape import printable_line
from legit.cli.exit_status import DONE
from legit.cli.input_files import read_text
from legit.cli.log.arguments import add_log
from legit.cli.options import Subparsers, add_command, add_output
from legit.messages import message


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "keygen", run, "make the key that signs the checkpoints of a log")
    add_log(parser)
    add_output(
        parser, "the file of the private key; the public key is written beside it, to KEY.pub", metavar="KEY",
        required=True,
    )  # fmt: skip
    parser.add_argument(
        "--endorse-with", type=Path, metavar="FIRST",
        help="a further key of the log: the first key endorses it, in KEY.endorsed",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.decision_log import LogReader, PrivateKey
    from legit.decision_log.signing import write_new

    key = PrivateKey.generate(LogReader(options.log).checkpoint().log_name)
    endorsement = ""
    if options.endorse_with:
        endorsement = PrivateKey.parse(*read_text(str(options.endorse_with))).endorse(key.public_key)
    endorsed = options.output.with_name(f"{options.output.name}.endorsed")
    if endorsement:
        write_new(endorsed, endorsement.removesuffix("\n"), 0o644)
    try:
        public_path = key.write(options.output)
    except BaseException:
        if endorsement:
            endorsed.unlink()
        raise
    print(printable_line(message("cli.private_key", path=options.output, log=key.log_name)))
    print(printable_line(message("cli.public_key", path=public_path, key=key.public_key)))
    if endorsement:
        print(printable_line(message("cli.endorsed_key", path=endorsed)))
    return DONE
