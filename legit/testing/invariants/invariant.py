"""The class of invariants, and the check of a case against an invariant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from legit.judge import Judge
from legit.model.facts import Case
from legit.testing.generate import Choices, RandomChoices
from legit.testing.oracle.comparison import shrink

InvariantCheck = Callable[[Judge, Case, Choices], str]
"""Tries a case against an invariant. Returns the violation as a sentence, empty if there is none."""


@dataclass(frozen=True)
class Invariant:
    """A relation that must hold for every case, with its reason."""

    name: str
    summary: str
    why: str
    check: InvariantCheck
    defined_at: str = ""
    """The file that declares it; empty for an invariant of every base."""

    def violation(self, judge: Judge, case: Case, tries: int = 1, first_seed: int = 0) -> str:
        """The violation in one of `tries` tries on a case; empty if the invariant holds.

        A try makes choices of its own (what to add, what to exchange); `first_seed` is the seed of the first try.
        """
        for number in range(first_seed, first_seed + tries):
            wrong = self.check(judge, case, RandomChoices(number))
            if wrong:
                return wrong
        return ""

    def smallest_violation(self, judge: Judge, case: Case, tries: int = 20, first_seed: int = 0) -> Case:
        """The smallest case found that breaks the invariant as this one does."""
        return shrink(case, lambda other: bool(self.violation(judge, other, tries, first_seed)))


class InvariantViolationError(AssertionError):
    """An invariant does not hold. The message has the invariant, its reason, and the smallest violating case found."""

    def __init__(self, invariant: Invariant, wrong: str, shown: str) -> None:
        super().__init__(
            f"the invariant `{invariant.name}` does not hold: {wrong}\n{invariant.summary} {invariant.why}\n\n{shown}"
        )
        self.invariant = invariant


def check_invariant(invariant: Invariant, judge: Judge, case: Case, tries: int = 1, first_seed: int = 0) -> None:
    """Raise InvariantViolationError with the smallest case found when a case violates an invariant. For tests."""
    if invariant.violation(judge, case, tries, first_seed):
        least = invariant.smallest_violation(judge, case, max(tries, 20), first_seed)
        wrong = invariant.violation(judge, least, max(tries, 20), first_seed)
        raise InvariantViolationError(invariant, wrong, judge.writer.case(least))


def confirm_violation(invariant: Invariant, judge: Judge, case: str, tries: int = 100) -> str:
    """The violation by the case that is declared for a known violation; empty if the invariant now holds for the
    case."""
    return invariant.violation(judge, judge.parse_case(case), tries)
