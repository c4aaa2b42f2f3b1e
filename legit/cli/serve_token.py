"""`legit serve token`: makes, lists and revokes the tokens of clients."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from legit.cli.exit_status import DONE
from legit.cli.options import Subparsers, add_command, add_format
from legit.cli.output import print_json
from legit.cli.usage_error import UsageError
from legit.messages import message

__all__ = ["register"]

_SCOPES = ("judge", "read-log", "write-log")


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "token", run, "make, list and revoke the tokens of clients")
    parser.add_argument("action", choices=("make", "list", "revoke"))
    parser.add_argument(
        "name", nargs="?", default="", metavar="NAME|ID", help="the name of a new token, or the id of one to revoke"
    )
    parser.add_argument("--tokens", type=Path, required=True, metavar="FILE", help="the file of the tokens")
    parser.add_argument(
        "--scope", action="append", choices=_SCOPES, help="what a new token allows; may be repeated (default: judge)"
    )
    parser.add_argument("--ends", default="", metavar="TIME", help="when a new token ends, as 2027-01-31T00:00:00Z")
    add_format(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.guard import TokenFile

    if options.ends and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", options.ends):
        raise UsageError(f"`{options.ends}` is no time such as 2027-01-31T00:00:00Z")
    if options.action != "list" and not options.name:
        raise UsageError("a new token needs a name" if options.action == "make" else "give the id of the token")
    file = TokenFile(options.tokens)
    if options.action == "make":
        record, token = file.make(options.name, options.scope or ["judge"], options.ends)
        print(message("cli.token_made", id=record.id, scopes=", ".join(record.scopes)), file=sys.stderr)
        print(token)
    elif options.action == "revoke":
        record = file.revoke(options.name)
        print(message("cli.token_revoked", id=record.id, name=record.name))
    elif options.format == "json":
        print_json([record.model_dump(mode="json", exclude={"digest"}) for record in file.records()])
    else:
        for record in file.records():
            print(f"{record.id}  {','.join(record.scopes):<25} {record.made}  {record.ends or '-':<20}  {record.name}")
    return DONE
