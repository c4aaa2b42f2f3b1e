"""Invariants: what must hold of every case. `python -m legit.testing.invariants` tries them on generated cases.

for law in laws(judge.base):
    obey(law, judge, case)
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
    """The laws of every knowledge base, and those that this one declares. Raises as `declared` does."""
    return [*GENERAL_INVARIANTS, *base_invariants(base)]


def expected_violations(base: KnowledgeBase) -> dict[str, ExpectedViolation]:
    """The laws that a base declares not to hold of it, by their names. Raises as `known_breaks` does."""
    return load_expected_violations(base, {law.name for law in all_invariants(base)})
