"""`legit log timestamp`: the request for a time stamp of a checkpoint (RFC 3161), and the check of the answer."""

from __future__ import annotations

import argparse
from pathlib import Path

from legit._util.terminal_escape import printable_line
from legit.cli.exit_status import DONE
from legit.cli.input_files import read_bytes, read_text
from legit.cli.options import Subparsers, add_command, add_output, add_repeatable
from legit.cli.output import open_output
from legit.cli.usage_error import UsageError
from legit.messages import message


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "timestamp", run, "ask for a time stamp of a checkpoint, or verify one (RFC 3161)")
    parser.add_argument("checkpoint", type=Path, metavar="CHECKPOINT", help="what `log checkpoint` wrote")
    add_output(parser, "write the request to this file", metavar="REQUEST.tsq")
    parser.add_argument(
        "--response", type=Path, metavar="ANSWER.tsr", help="verify this answer of a time stamping authority"
    )
    add_repeatable(parser, "--root", "CA.pem", "a root certificate that is trusted for time stamps", Path)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.decision_log.timestamp import timestamp_request, verify_timestamp

    text, source = read_text(str(options.checkpoint))
    if options.response is None:
        if options.output is None or options.root:
            raise UsageError("give --output REQUEST.tsq for a request, or --response ANSWER.tsr and --root CA.pem")
        request = timestamp_request(text, source)
        with open_output(options.output, "wb") as file:
            file.write(request)
        print(printable_line(message("cli.stamp_requested", path=options.output)))
        return DONE
    if options.output is not None or not options.root:
        raise UsageError("an answer is verified with --response ANSWER.tsr and --root CA.pem")
    roots = [read_bytes(path) for path in options.root]
    time = verify_timestamp(text, read_bytes(options.response), roots, source, str(options.response))
    print(message("cli.stamp_valid", time=f"{time:%Y-%m-%d %H:%M:%S} UTC"))
    return DONE
