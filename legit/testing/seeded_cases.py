"""Cases by number, for long runs: any number gives the same case each time."""

from __future__ import annotations

from functools import cached_property

from legit.assurance.examples import expected_cases
from legit.judge import Judge
from legit.model.facts import Case
from legit.testing.generate import CaseGenerator, RandomChoices


class SeededCases:
    """Half of the cases are random. The others are examples and precedents of the base with some facts changed. Random
    cases seldom meet a criterion; changed examples stay close to known cases.
    """

    def __init__(self, judge: Judge, max_facts: int = 14, max_unknown: int = 3) -> None:
        self._judge = judge
        self._max_facts = max_facts
        self._max_unknown = max_unknown
        self._generator = CaseGenerator(judge.base.vocabulary)

    def case(self, number: int) -> Case:
        """The case with this number: at most `size` facts where it is made of chance, at most `unknown` left open."""
        choices = RandomChoices(number)
        if number % 2 and self.base_cases:
            return self._generator.varied_case(choices, choices.pick(self.base_cases), max_unknown=self._max_unknown)
        return self._generator.case(choices, self._max_facts, max_unknown=self._max_unknown)

    @cached_property
    def base_cases(self) -> list[Case]:
        """The examples and precedents of the base."""
        return [case for item in expected_cases(self._judge.base) for case in self._judge.parse_cases(item.text)]
