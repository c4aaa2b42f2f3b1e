"""`legit dossier keygen`: a key with which somebody seals protocols and dossiers."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from legit.cli.exit_status import DONE
from legit.cli.options import Subparsers, add_command
from legit.cli.usage_error import UsageError
from legit.messages import message


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "keygen", run, "make a key that seals, and the public key of it")
    parser.add_argument("name", metavar="NAME", help="the name of the key, such as `auditor.example`")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="a new file for the key")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.decision_log.signed_note import NAME_PATTERN
    from legit.decision_log.signing import PrivateKey

    if not re.fullmatch(NAME_PATTERN, options.name):
        raise UsageError(f"`{options.name}` is not the name of a key: no spaces, no plus signs")
    key = PrivateKey.generate(options.name)
    beside = key.write(options.output)
    print(message("dossier.keygen", path=options.output, name=options.name))
    print(message("dossier.keygen_public", path=beside, key=key.public_key))
    return DONE
