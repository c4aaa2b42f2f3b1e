"""`legit serve`: serves assessments, explanations, the vocabulary and the knowledge base over HTTP."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from typing import Final

from legit._util.optional import import_optional
from legit.cli import serve_token
from legit.cli.exit_status import DONE
from legit.cli.guard_options import DEFAULT_HOST, add_guard_options, check_port, guard_policy
from legit.cli.options import (
    Subparsers,
    add_base_options,
    add_command,
    add_recording_options,
    add_time_limit,
    positive_number,
)
from legit.cli.usage_error import UsageError, os_error_reason
from legit.messages import message

_DEFAULT_PORT: Final = 8080


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "serve", run, "serve programs over HTTP")
    parser.add_argument("--host", default=DEFAULT_HOST, help="the address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=_DEFAULT_PORT, help="the port; 0 for any free one (default: %(default)s)"
    )
    parser.add_argument(
        "--workers", type=positive_number, metavar="N", help="the number of processes (default: one for each core)"
    )
    add_time_limit(parser, 5.0, "for each decision")
    add_base_options(parser)
    add_recording_options(parser)
    add_guard_options(parser)
    serve_token.register(parser.add_subparsers(title="commands", metavar="COMMAND", required=False))


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    for module in ("fastapi", "uvicorn", "prometheus_client"):
        import_optional(module, "serve", "the service over HTTP")
    from legit.judge import cached_judge
    from legit.serve import ServiceSettings
    from legit.serve.run import announce, bind
    from legit.serve.run import run as run_service
    from legit.serve.scopes import STREAMED, service_scope

    check_port(options.port)
    policy = guard_policy(options, options.host, service_scope, STREAMED)
    if options.text_policy and not options.log:
        raise UsageError("--text-policy is for --log")
    # An error in the base shows before any process is started.
    cached_judge(options.kb, options.profile, options.pack)
    settings = ServiceSettings(
        base=options.kb,
        profile=options.profile,
        packs=tuple(options.pack),
        log=options.log,
        text_policy=options.text_policy or "stored",
        time_limit=options.time_limit,
    )
    try:
        listening = bind(options.host, options.port)
    except OSError as error:
        raise UsageError(f"cannot listen on {options.host}:{options.port}: {os_error_reason(error)}") from error
    with contextlib.closing(listening):
        host = f"[{options.host}]" if ":" in options.host else options.host
        url = f"http://{host}:{listening.getsockname()[1]}/"
        announce(listening, lambda: print(f"legit: {message('cli.serving', url=url)}", file=sys.stderr, flush=True))
        run_service(settings, policy, listening, workers=options.workers or os.cpu_count() or 1)
    return DONE
