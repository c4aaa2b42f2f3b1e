"""Laws: what must hold of every case, and why. `python -m legit.testing.laws` tries to break them on generated cases.

for law in laws(judge.base):
    obey(law, judge, case)
"""

from __future__ import annotations

from legit.knowledge.base import KnowledgeBase
from legit.testing.laws.declared import declared
from legit.testing.laws.general import GENERAL
from legit.testing.laws.law import Law, LawBrokenError, obey

__all__ = ["Law", "LawBrokenError", "laws", "obey"]


def laws(base: KnowledgeBase) -> list[Law]:
    """The laws of every knowledge base, and those that this one declares. Raises as `declared` does."""
    return [*GENERAL, *declared(base)]
