"""`legit eval`: evaluates models, and descriptions of labelled cases. One module a command."""

from __future__ import annotations

from legit.cli.eval import agent, dataset, report
from legit.cli.options import Subparsers, add_group

__all__ = ["register"]


def register(subparsers: Subparsers) -> None:
    """Add the commands."""
    group = add_group(subparsers, "eval", "evaluate models, and descriptions of labelled cases")
    for module in (dataset, agent, report):
        module.register(group)
