"""The options of a server over HTTP: its address, and whom its guard lets in."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from legit.cli.options import add_repeatable, seconds
from legit.cli.usage_error import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from legit.guard import GuardPolicy

DEFAULT_HOST: Final = "127.0.0.1"
_MAX_PORT: Final = 65535


def add_guard_options(parser: argparse.ArgumentParser) -> None:
    """Add `--tokens`, `--allow-host`, `--allow-origin`, `--rate` and `--audit`."""
    group = parser.add_argument_group("who is let in")
    group.add_argument(
        "--tokens",
        type=Path,
        metavar="FILE",
        help="require a token of this file; needed where others reach the address",
    )
    add_repeatable(group, "--allow-host", "NAME", "serve requests for this host (default: the address itself)")
    add_repeatable(group, "--allow-origin", "ORIGIN", "let pages of this origin ask, such as https://rules.example")
    group.add_argument(
        "--rate", type=seconds, metavar="N", help="requests a second of each client and process (default: any number)"
    )
    group.add_argument("--audit", type=Path, metavar="FILE", help="append each use of a token to this file")


def guard_policy(
    options: argparse.Namespace, host: str, scope_of: Callable[[str, str], str], streamed: frozenset[str] = frozenset()
) -> GuardPolicy:
    """The policy of the options for an address. Raises UsageError when the address may not be served so."""
    from legit.guard import GuardPolicy, PolicyError, TokenFile, check_address

    if options.audit and not options.tokens:
        raise UsageError("--audit is for --tokens")
    policy = GuardPolicy(
        tokens=options.tokens,
        hosts=tuple(options.allow_host),
        origins=tuple(options.allow_origin),
        rate=options.rate or 0.0,
        audit=options.audit,
        scope_of=scope_of,
        streamed=streamed,
    )
    try:
        policy = check_address(host, policy)
    except PolicyError as error:
        raise UsageError(str(error)) from error
    if policy.tokens:
        TokenFile(policy.tokens).records()
    return policy


def check_port(port: int) -> None:
    """Raise UsageError for a number that is no port."""
    if not 0 <= port <= _MAX_PORT:
        raise UsageError(f"a port is a number from 0 to {_MAX_PORT}")
