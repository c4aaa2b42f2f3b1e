"""Invariants: relations that must hold between the answers to related cases. `python -m legit.testing.invariants` tries
them on generated cases.

for invariant in all_invariants(judge.base):
    check_invariant(invariant, judge, case)
"""

from __future__ import annotations

from legit.knowledge.base import KnowledgeBase
from legit.testing.invariants.declared import ExpectedViolation, base_invariants, load_expected_violations
from legit.testing.invariants.general import GENERAL_INVARIANTS
from legit.testing.invariants.invariant import Invariant, InvariantViolationError, check_invariant, confirm_violation

__all__ = [
    "ExpectedViolation",
    "Invariant",
    "InvariantViolationError",
    "all_invariants",
    "check_invariant",
    "confirm_violation",
    "expected_violations",
]


def all_invariants(base: KnowledgeBase) -> list[Invariant]:
    """The invariants of every knowledge base, and those that this one declares. Raises as `base_invariants` does."""
    return [*GENERAL_INVARIANTS, *base_invariants(base)]


def expected_violations(base: KnowledgeBase) -> dict[str, ExpectedViolation]:
    """The invariants that a base declares not to hold of it, by name. Raises as `load_expected_violations` does."""
    return load_expected_violations(base, {invariant.name for invariant in all_invariants(base)})
