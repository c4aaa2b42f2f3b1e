"""Cases by number, for long runs: any number gives the same case each time."""

from __future__ import annotations

from functools import cached_property

from legit.assurance.examples import checks
from legit.judge import Judge
from legit.model.facts import Case
from legit.testing.generate import Generator, RandomChoices


class Source:
    """Half of its cases are made of nothing but chance; the others are the base's own examples and precedents, changed.

    Chance alone seldom brings together what a criterion needs; examples alone never leave what was thought of.
    """

    def __init__(self, judge: Judge, size: int = 14, unknown: int = 3) -> None:
        self._judge = judge
        self._size = size
        self._unknown = unknown
        self._generator = Generator(judge.base.vocabulary)

    def case(self, number: int) -> Case:
        """The case with this number: at most `size` facts where it is made of chance, at most `unknown` left open."""
        choices = RandomChoices(number)
        if number % 2 and self.told:
            return self._generator.varied(choices, choices.of(self.told), unknown=self._unknown)
        return self._generator.case(choices, self._size, unknown=self._unknown)

    @cached_property
    def told(self) -> list[Case]:
        """The examples and precedents of the base."""
        return [case for item in checks(self._judge.base) for case in self._judge.read(item.text)]
