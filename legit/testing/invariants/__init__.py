"""Invariants: what must hold of every case. `python -m legit.testing.invariants` tries them on generated cases.

for law in laws(judge.base):
    obey(law, judge, case)
"""

from __future__ import annotations

from legit.knowledge.base import KnowledgeBase
from legit.testing.invariants.declared import KnownBreak, declared, known_breaks
from legit.testing.invariants.general import GENERAL
from legit.testing.invariants.invariant import Law, LawBrokenError, obey, still_broken

__all__ = ["KnownBreak", "Law", "LawBrokenError", "known", "laws", "obey", "still_broken"]


def laws(base: KnowledgeBase) -> list[Law]:
    """The laws of every knowledge base, and those that this one declares. Raises as `declared` does."""
    return [*GENERAL, *declared(base)]


def known(base: KnowledgeBase) -> dict[str, KnownBreak]:
    """The laws that a base declares not to hold of it, by their names. Raises as `known_breaks` does."""
    return known_breaks(base, {law.name for law in laws(base)})
