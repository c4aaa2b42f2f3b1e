"""`legit mcp`: serves agents over the Model Context Protocol."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import socket
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from legit.cli.exit_status import DONE, INTERRUPTED
from legit.cli.input_files import read_text
from legit.cli.options import Subparsers, add_base_options, add_command, add_recording_options
from legit.cli.usage_error import UsageError, os_error_reason
from legit.messages import message

if TYPE_CHECKING:
    from legit.decision_log import DecisionLog
    from legit.integrations.mcp import LegitServer

_DEFAULT_HOST: Final = "127.0.0.1"
_DEFAULT_PORT: Final = 8000
_MAX_PORT: Final = 65535


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "mcp", run, "serve agents over the Model Context Protocol")
    parser.add_argument("--http", action="store_true", help="streamable HTTP instead of standard input and output")
    parser.add_argument("--host", help=f"the address to listen on, with --http (default: {_DEFAULT_HOST})")
    parser.add_argument(
        "--port", type=int, help=f"the port, with --http; 0 for any free one (default: {_DEFAULT_PORT})"
    )
    parser.add_argument(
        "--token-file", metavar="FILE", help="a secret that every request must carry; required for other than loopback"
    )
    parser.add_argument(
        "--vocabulary-mode", choices=("lookup", "inline"), default="lookup",
        help="let the model look up the sentences, or give all of them with the tool (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--operator-facts", default="", metavar="FILE", help="sentences that the operator attests, in every case"
    )
    add_base_options(parser)
    add_recording_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.consult import Consultant
    from legit.integrations.mcp import server
    from legit.model.facts import Case

    host, port = _address(options)
    token = _token(options, host)
    if options.text_policy and not options.log:
        raise UsageError("--text-policy is for --log")
    operator_facts = read_text(options.operator_facts)[0] if options.operator_facts else ""
    consultant = Consultant(base=options.kb, profile=options.profile, operator_facts=operator_facts)
    # An error in the base or in the operator's facts shows before any client connects, and the first call is no slower.
    if operator_facts.strip():
        consultant.judge.parse_case(operator_facts, options.operator_facts)
    consultant.judge.parse_cases("")
    consultant.judge.assess(Case())
    with _open_log(options) as log:
        legit_server = server(consultant, options.vocabulary_mode, log=log)
        if options.http:
            asyncio.run(_serve_http(legit_server, host, port, token))
            return DONE
        try:
            _serve_stdio(legit_server)
            return DONE
        except KeyboardInterrupt:
            print("legit: stopped", file=sys.stderr, flush=True)
    # A thread that still reads standard input would hold up the end of the process until the next line of input.
    os._exit(INTERRUPTED)


def _serve_stdio(server: LegitServer) -> None:
    """Serve until the input ends. The main thread only waits, so that it takes an interruption at once."""
    failed: list[BaseException] = []

    def serve() -> None:
        try:
            server.run()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def _address(options: argparse.Namespace) -> tuple[str, int]:
    """The host and port. Raises UsageError when they are given without --http, or the port is none."""
    if not options.http and (options.host is not None or options.port is not None or options.token_file):
        raise UsageError("--host, --port and --token-file are for --http")
    host = _DEFAULT_HOST if options.host is None else options.host
    port = _DEFAULT_PORT if options.port is None else options.port
    if not 0 <= port <= _MAX_PORT:
        raise UsageError(f"a port is a number from 0 to {_MAX_PORT}")
    return host, port


def _token(options: argparse.Namespace, host: str) -> str:
    """The token that requests must carry; empty on a loopback address without one.

    Raises UsageError when another address has none, or when the file has no text that can be a token.
    """
    from legit._util.http_guard import HttpGuard, is_loopback

    if not options.token_file:
        if options.http and not is_loopback(host):
            raise UsageError(f"others can reach `{host}`: --token-file names the secret that their requests must carry")
        return ""
    token = read_text(options.token_file)[0].strip()
    try:
        HttpGuard(_unused, token or " ")
    except ValueError as error:
        raise UsageError(f"`{options.token_file}`: {error}") from error
    return token


async def _unused(*_: object) -> None:
    """An application that is never called: only the token is checked."""


@contextlib.contextmanager
def _open_log(options: argparse.Namespace) -> Iterator[DecisionLog | None]:
    """The log that the options name, open for writing."""
    if not options.log:
        yield None
        return
    from legit.decision_log import DecisionLog

    with DecisionLog(options.log, text_policy=options.text_policy or "stored") as log:
        log.open()
        yield log


async def _serve_http(server: LegitServer, host: str, port: int, token: str) -> None:
    import uvicorn

    from legit._util.http_guard import BACKLOG, HttpGuard, guarded_protocol

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise UsageError(f"cannot listen on {host}:{port}: {os_error_reason(error)}") from error
    with contextlib.closing(listening):
        url_host = f"[{host}]" if ":" in host else host
        url = f"http://{url_host}:{listening.getsockname()[1]}/mcp"
        print(f"legit: {message('cli.serving', url=url)}", file=sys.stderr, flush=True)
        # The guard has checked who asks: the SDK checks nothing of its own for an address that is not `127.0.0.1`.
        app = HttpGuard(server.streamable_http_app(host=host), token)
        config = uvicorn.Config(app, http=guarded_protocol(), backlog=BACKLOG, log_level="warning")
        await uvicorn.Server(config).serve(sockets=[listening])
