"""`legit kb`: looks at a knowledge base, checks it and compares it. One module a command."""

from __future__ import annotations

from legit.cli.kb import check, citations, diff, graph, new, query, search, sensitivity, show, site, test, verify
from legit.cli.kb import list as list_
from legit.cli.options import Subparsers, add_group

__all__ = ["register"]


def register(subparsers: Subparsers) -> None:
    """Add the commands."""
    kb = add_group(subparsers, "kb", "look at the knowledge base and check it")
    for module in (check, test, verify, sensitivity, diff, query, list_, show, search, citations, graph, site, new):
        module.register(kb)
