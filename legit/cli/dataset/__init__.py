"""`legit dataset`: makes labelled prompts with proofs, and checks files of them. One module a command."""

from __future__ import annotations

from legit.cli.dataset import check, make
from legit.cli.options import Subparsers, add_group

__all__ = ["register"]


def register(subparsers: Subparsers) -> None:
    """Add the commands."""
    group = add_group(subparsers, "dataset", "make labelled prompts with proofs, and check files of them")
    for module in (make, check):
        module.register(group)
