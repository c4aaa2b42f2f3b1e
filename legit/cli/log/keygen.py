"""`legit log keygen`: the key that signs the checkpoints of a log."""

from __future__ import annotations

import argparse

from legit._util.terminal_escape import printable_line
from legit.cli.exit_status import DONE
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


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.decision_log import LogReader, PrivateKey

    key = PrivateKey.generate(LogReader(options.log).checkpoint().log_name)
    public_path = key.write(options.output)
    print(printable_line(message("cli.private_key", path=options.output, log=key.log_name)))
    print(printable_line(message("cli.public_key", path=public_path, key=key.public_key)))
    return DONE
