"""`legit log`: reads, queries, verifies and replays a decision log. One module a command."""

from __future__ import annotations

from legit.cli.log import (
    check_proof,
    checkpoint,
    columns,
    copy,
    count,
    coverage,
    explain,
    export,
    keygen,
    migrate,
    override,
    prove,
    query,
    redact,
    replay,
    report,
    show,
    timestamp,
    verify,
)
from legit.cli.options import Subparsers, add_group

__all__ = ["register"]


def register(subparsers: Subparsers) -> None:
    """Add the commands."""
    log = add_group(subparsers, "log", "read, query, verify and replay a decision log")
    for module in (
        show, explain, query, columns, count, coverage, replay, report, export, checkpoint, keygen, timestamp, verify,
        prove, check_proof, override, redact, copy, migrate,
    ):  # fmt: skip
        module.register(log)
