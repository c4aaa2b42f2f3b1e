"""What a law is, and how a case is tried against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from legit.judge import Judge
from legit.model.facts import Case
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
    place: str = ""
    """The file that declares it; empty for a law of every base."""

    def broken_by(self, judge: Judge, case: Case, tries: int = 1, first: int = 0) -> str:
        """What is wrong with a case in one of so many tries; empty where the law holds.

        A try makes choices of its own (what to add, what to exchange); `first` is the seed of the first one.
        """
        for number in range(first, first + tries):
            wrong = self.check(judge, case, RandomChoices(number))
            if wrong:
                return wrong
        return ""

    def witness(self, judge: Judge, case: Case, tries: int = 20, first: int = 0) -> Case:
        """The smallest case found that breaks the law as this one does."""
        return smallest(case, lambda other: bool(self.broken_by(judge, other, tries, first)))


class LawBrokenError(AssertionError):
    """A law does not hold: which, why it should, and the smallest case found on which it does not."""

    def __init__(self, law: Law, wrong: str, shown: str) -> None:
        super().__init__(f"the law `{law.name}` does not hold: {wrong}\n{law.says} {law.why}\n\n{shown}")
        self.law = law


def obey(law: Law, judge: Judge, case: Case, tries: int = 1, first: int = 0) -> None:
    """Raise LawBrokenError with the smallest case found when a case breaks a law; for use in tests of one's own."""
    if law.broken_by(judge, case, tries, first):
        least = law.witness(judge, case, max(tries, 20), first)
        wrong = law.broken_by(judge, least, max(tries, 20), first)
        raise LawBrokenError(law, wrong, judge.writer.case(least))


def still_broken(law: Law, judge: Judge, case: str, tries: int = 100) -> str:
    """What is wrong with the case that shows a law not to hold; empty where it has come to hold of it."""
    return law.broken_by(judge, judge.read_one(case), tries)
