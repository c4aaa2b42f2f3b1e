"""What a law is, and how a case is tried against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from legit.facts import Case
from legit.judge import Judge
from legit.testing.generate import Choices, RandomChoices
from legit.testing.oracle.compare import smallest

Check = Callable[[Judge, Case, Choices], str]
"""Tries a case against a law; returns what is wrong in a sentence, empty where the law holds or says nothing."""


@dataclass(frozen=True)
class Law:
    """Something that must hold of every case, and why."""

    name: str
    says: str
    why: str
    check: Check

    def broken_by(self, judge: Judge, case: Case, tries: int = 1) -> str:
        """What is wrong with a case in one of so many tries; empty where the law holds."""
        for number in range(tries):
            wrong = self.check(judge, case, RandomChoices(number))
            if wrong:
                return wrong
        return ""

    def witness(self, judge: Judge, case: Case, tries: int = 20) -> Case:
        """The smallest case found that breaks the law as this one does."""
        return smallest(case, lambda other: bool(self.broken_by(judge, other, tries)))


class LawBrokenError(AssertionError):
    """A law does not hold: which, why it should, and the smallest case found on which it does not."""

    def __init__(self, law: Law, wrong: str, shown: str) -> None:
        super().__init__(f"the law `{law.name}` does not hold: {wrong}\n{law.says} {law.why}\n\n{shown}")
        self.law = law


def obey(law: Law, judge: Judge, case: Case, tries: int = 1) -> None:
    """Raise LawBrokenError with the smallest case found when a case breaks a law; for use in tests of one's own."""
    wrong = law.broken_by(judge, case, tries)
    if wrong:
        least = law.witness(judge, case, max(tries, 20))
        raise LawBrokenError(law, law.broken_by(judge, least, max(tries, 20)), judge.writer.case(least))
