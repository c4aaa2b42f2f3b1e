"""The command that serves agents: `mcp`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from legit.cli.common import DONE, Subparsers, UsageError, add_command, read_text

if TYPE_CHECKING:
    from legit.decision_log import DecisionLog
    from legit.integrations.mcp import LegitServer

_MAX_PORT = 65535
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def register(commands: Subparsers) -> None:
    """Add the commands of this module."""
    mcp = add_command(commands, "mcp", _mcp, "serve agents over the Model Context Protocol")
    mcp.add_argument("--http", action="store_true", help="streamable HTTP instead of standard input and output")
    mcp.add_argument("--host", default="127.0.0.1", help="the address to listen on, with --http (default: %(default)s)")
    mcp.add_argument(
        "--port", type=int, default=8000, help="the port, with --http; 0 for any free one (default: %(default)s)"
    )
    mcp.add_argument(
        "--vocabulary", choices=("look-up", "whole"), default="look-up",
        help="let the model look up the sentences, or give all of them with the tool (default: %(default)s)",
    )  # fmt: skip
    mcp.add_argument(
        "--given", default="", metavar="FILE", help="sentences that the operator vouches for, in every case"
    )

    mcp.add_argument("--log", type=Path, metavar="LOG", help="put each decision on record in this decision log")
    mcp.add_argument(
        "--texts", choices=("stored", "hashed", "omitted"), default="stored",
        help="what the log keeps of quoted texts (default: %(default)s)",
    )  # fmt: skip


def _mcp(options: argparse.Namespace) -> int:
    from legit.consult import Consultant
    from legit.integrations.mcp import server
    from legit.model.facts import Case

    if not 0 <= options.port <= _MAX_PORT:
        raise UsageError(f"a port is a number from 0 to {_MAX_PORT}")

    given = read_text(options.given)[0] if options.given else ""
    consultant = Consultant(base=options.kb, profile=options.profile, given=given)
    # What is wrong with the base or the sentences given shows before any client comes, and its first call is no slower.
    if given.strip():
        consultant.judge.parse_case(given, options.given)
    consultant.judge.parse_cases("")
    consultant.judge.assess(Case())
    with _open_log(options) as log:
        built = server(consultant, options.vocabulary, log=log)
        if options.http:
            asyncio.run(_serve_http(built, options.host, options.port))
        else:
            built.run()
    return DONE


@contextlib.contextmanager
def _open_log(options: argparse.Namespace) -> Iterator[DecisionLog | None]:
    """The log that the options name, ready to be written."""
    if not options.log:
        yield None
        return
    from legit.decision_log import DecisionLog

    with DecisionLog(options.log, text_policy=options.texts) as log:
        log.open()
        yield log


async def _serve_http(server: LegitServer, host: str, port: int) -> None:
    import uvicorn

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise UsageError(f"cannot listen on {host}:{port}: {(error.strerror or str(error)).lower()}") from error
    with contextlib.closing(listening):
        shown = f"[{host}]" if ":" in host else host
        print(f"legit: serving http://{shown}:{listening.getsockname()[1]}/mcp", file=sys.stderr, flush=True)
        if host not in _LOOPBACK:
            print("legit: others can reach this server, and it asks nobody who they are", file=sys.stderr, flush=True)
        config = uvicorn.Config(server.streamable_http_app(host=host), log_level="warning")
        await uvicorn.Server(config).serve(sockets=[listening])
