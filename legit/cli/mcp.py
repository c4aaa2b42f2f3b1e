"""`legit mcp`: serves agents over the Model Context Protocol."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import socket
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from legit.cli.exit_status import DONE, INTERRUPTED
from legit.cli.guard_options import DEFAULT_HOST, add_guard_options, check_port, guard_policy
from legit.cli.input_files import read_text
from legit.cli.options import Subparsers, add_base_options, add_command, add_language, add_recording_options
from legit.cli.usage_error import UsageError, os_error_reason
from legit.messages import message

if TYPE_CHECKING:
    from legit.decision_log import DecisionLog
    from legit.guard import GuardPolicy
    from legit.integrations.mcp import LegitServer

_DEFAULT_PORT: Final = 8000
_SHUTDOWN_SECONDS: Final = 10
"""How long requests over HTTP may take to end when the server is told to stop."""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "mcp", run, "serve agents over the Model Context Protocol")
    parser.add_argument("--http", action="store_true", help="streamable HTTP instead of standard input and output")
    parser.add_argument("--host", help=f"the address to listen on, with --http (default: {DEFAULT_HOST})")
    parser.add_argument(
        "--port", type=int, help=f"the port, with --http; 0 for any free one (default: {_DEFAULT_PORT})"
    )
    parser.add_argument(
        "--vocabulary-mode", choices=("lookup", "inline"), default="lookup",
        help="let the model look up the sentences, or give all of them with the tool (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--operator-facts", default="", metavar="FILE", help="sentences that the operator attests, in every case"
    )
    add_base_options(parser)
    add_language(parser, "the language of all answers and tools, as sv")
    add_recording_options(parser)
    add_guard_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.consult import Consultant
    from legit.integrations.mcp import server
    from legit.model.facts import Case

    host, port, policy = _address(options)
    if options.text_policy and not options.log:
        raise UsageError("--text-policy is for --log")
    operator_facts = read_text(options.operator_facts)[0] if options.operator_facts else ""
    consultant = Consultant(
        base=options.kb,
        profile=options.profile,
        packs=options.pack,
        operator_facts=operator_facts,
        language=options.language,
    )
    # An error in the base or in the operator's facts shows before any client connects, and the first call is no slower.
    if operator_facts.strip():
        consultant.judge.parse_case(operator_facts, options.operator_facts)
    consultant.judge.parse_cases("")
    consultant.judge.assess(Case())
    # The SDK writes what a client sent into its log, with the error that it led to.
    logging.getLogger("mcp").setLevel(logging.CRITICAL)
    with _open_log(options) as log:
        legit_server = server(consultant, options.vocabulary_mode, log=log)
        if options.http:
            asyncio.run(_serve_http(legit_server, host, port, policy))
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


def _address(options: argparse.Namespace) -> tuple[str, int, GuardPolicy | None]:
    """The host, the port and whom the guard lets in, None without --http.

    Raises UsageError when they are given without --http, when the port is none, and when the address may not be served.
    """
    host = DEFAULT_HOST if options.host is None else options.host
    port = _DEFAULT_PORT if options.port is None else options.port
    if not options.http:
        guarded = (options.tokens, options.allow_host, options.allow_origin, options.rate, options.audit)
        if options.host is not None or options.port is not None or any(guarded):
            raise UsageError("--host, --port and the options of who is let in are for --http")
        return host, port, None
    from legit.guard.policy import judging_scope

    check_port(port)
    return host, port, guard_policy(options, host, judging_scope)


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


async def _serve_http(server: LegitServer, host: str, port: int, policy: GuardPolicy | None) -> None:
    import uvicorn
    from mcp.server.transport_security import TransportSecuritySettings

    from legit.guard import Guard
    from legit.guard.connections import PROTOCOL, backlog

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise UsageError(f"cannot listen on {host}:{port}: {os_error_reason(error)}") from error
    with contextlib.closing(listening):
        url_host = f"[{host}]" if ":" in host else host
        url = f"http://{url_host}:{listening.getsockname()[1]}/mcp"
        print(f"legit: {message('cli.serving', url=url)}", file=sys.stderr, flush=True)
        # The guard checks who asks. The lists of the SDK know neither the hosts nor the sites that the operator allows.
        unchecked = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        app = Guard(server.streamable_http_app(host=host, transport_security=unchecked), policy)
        config = uvicorn.Config(
            app, http=PROTOCOL, backlog=backlog(), log_level="warning", timeout_graceful_shutdown=_SHUTDOWN_SECONDS
        )
        await uvicorn.Server(config).serve(sockets=[listening])
