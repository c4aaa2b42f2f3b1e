"""`legit dossier`: the evidence of an evaluation, from a sealed protocol to an archive that anybody can verify."""

from __future__ import annotations

from legit.cli.dossier import compare, keygen, plan, report, run, seal, verify
from legit.cli.options import Subparsers, add_group

__all__ = ["register"]


def register(subparsers: Subparsers) -> None:
    """Add the commands."""
    group = add_group(subparsers, "dossier", "write the evidence of an evaluation, seal it, and verify it")
    for module in (keygen, plan, run, report, seal, verify, compare):
        module.register(group)
