"""The cheapest changes of a case that lead to an outcome.

A change states one fact that the case does not state, in place of whatever contradicts it, or takes one back. All
single changes are decided in one pass over the case with each of them as a scenario, then all pairs, then all triples,
as long as a cheaper set could be among them. Changes that feed the rules alike are decided once.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from legit.engine.case_encoder import Inputs
from legit.engine.engine import Engine
from legit.engine.scenarios import Reading, Space, Variant, members, reading
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.case_validation import excluding

MOST_TOGETHER = 3
"""So many changes together are gone through, where the room allows."""

_ROOM = 1 << 23
_MOST_FOUND = 4096
_MOST_ALIKE = 8


class Step(NamedTuple):
    """One change: an input that becomes true, or false; `drops` are the inputs that it takes the place of."""

    symbol: str
    becomes: bool
    drops: tuple[str, ...]
    cost: int

    @property
    def variant(self) -> Variant:
        """The change of the inputs."""
        return Variant((self.symbol,), self.drops) if self.becomes else Variant((), (self.symbol,))


@dataclass(frozen=True, slots=True)
class Cheapest:
    """The cheapest sets of steps, each as classes of steps of which any one will do; no set of up to `most` steps is
    cheaper. Empty where no such set leads to the outcome."""

    cost: int
    sets: tuple[tuple[tuple[Step, ...], ...], ...]
    most: int

    def expanded(self, clash: Clash) -> Iterator[tuple[Step, ...]]:
        """Every set of single steps, those that contradict one another left out."""
        for classes in self.sets:
            for steps in itertools.product(*classes):
                if clash.fit(steps):
                    yield steps


class Clash:
    """Which inputs contradict one another under a vocabulary: one value only, or predicates that exclude each other."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._vocabulary = base.vocabulary

    def with_(self, symbol: str, others: Iterable[str]) -> tuple[str, ...]:
        """Those of the others that cannot be true beside `symbol`."""
        rivals = self._vocabulary.rivals.get(symbol.partition("(")[0])
        if not rivals:
            return ()
        return tuple(
            other
            for other in others
            if other != symbol and other.partition("(")[0] in rivals and self.between(symbol, other)
        )

    def between(self, one: str, other: str) -> bool:
        """Whether two different inputs cannot both be true."""
        first, second = reading(one), reading(other)
        if first.name == second.name:
            return self._vocabulary.predicates[first.name].stated.single
        return excluding(self._vocabulary, first, second)

    def fitting(self, classes: Sequence[tuple[Step, ...]]) -> Iterator[tuple[Step, ...]]:
        """Sets of one step of each class that can be taken together, among the first few of each class."""
        return filter(self.fit, itertools.product(*(steps[:_MOST_ALIKE] for steps in classes)))

    def fit(self, steps: Sequence[Step]) -> bool:
        """Whether steps can be taken together."""
        for one, other in itertools.combinations(steps, 2):
            if one.symbol == other.symbol or one.symbol in other.drops or other.symbol in one.drops:
                return False
            if one.becomes and other.becomes and self.between(one.symbol, other.symbol):
                return False
        return True


class Changer:
    """Finds the cheapest changes of one case."""

    def __init__(self, base: KnowledgeBase, engine: Engine, inputs: Inputs) -> None:
        self._base = base
        self._engine = engine
        self._inputs = inputs
        self.clash = Clash(base)

    def cheapest(
        self, outcome: Reading, by: str = "", candidates: Iterable[str] | None = None, most: int = MOST_TOGETHER
    ) -> Cheapest:
        """The cheapest sets of changes after which `outcome` holds whatever is still open.

        `by` leaves only the changes that the vocabulary says somebody can bring about, at its `change_cost`; without
        it every change counts, at what it costs to show: the vocabulary's `cost` times the profile's effort.
        `candidates` are the inputs that may change, all by default.
        """
        classes = self._classes(outcome, by, candidates)
        best: int | None = None
        found: list[tuple[tuple[Step, ...], ...]] = []
        done = 0
        for together in range(1, most + 1):
            least = min((steps[0].cost for steps in classes), default=1)
            if best is not None and together * least > best:
                done = most
                break
            usable = [steps for steps in classes if best is None or steps[0].cost + (together - 1) * least <= best]
            result = self._together(outcome, usable, together, best)
            if result is None:
                break
            done = together
            cost, sets = result
            if sets and (best is None or cost < best):
                best, found = cost, sets
            elif sets and cost == best:
                found += sets
        return Cheapest(best or 0, tuple(found), done)

    def _classes(self, outcome: Reading, by: str, candidates: Iterable[str] | None) -> list[tuple[Step, ...]]:
        """The steps that bear on the outcome, those alike together: with the same effect on the rules and one cost."""
        engine, inputs = self._engine, self._inputs
        bearing = engine.bearing_on(*outcome)
        true, open_ = set(inputs.true), set(inputs.open)
        stated = sorted(true | open_)
        alike: dict[tuple[frozenset[int], tuple[str, ...], bool, int], list[Step]] = {}
        for symbol in sorted(candidates) if candidates is not None else engine.input_symbols(len(inputs.named)):
            name = symbol.partition("(")[0]
            predicate = self._base.vocabulary.predicates[name].stated
            if (by and predicate.changed_by != by) or not engine.reaches(symbol, bearing):
                continue
            cost = (
                predicate.change_cost
                if by
                else max(1, predicate.cost * self._base.profile.effort(predicate.known_by.value))
            )
            if symbol in true or symbol in open_:
                alike[frozenset(), (symbol,), False, cost] = [Step(symbol, False, (), cost)]
            if symbol not in true:
                drops = self.clash.with_(symbol, stated)
                alike.setdefault((engine.places(symbol), drops, True, cost), []).append(Step(symbol, True, drops, cost))
        return [tuple(steps) for steps in alike.values()]

    def _together(
        self, outcome: Reading, classes: list[tuple[Step, ...]], count: int, limit: int | None
    ) -> tuple[int, list[tuple[tuple[Step, ...], ...]]] | None:
        """The cheapest sets of exactly `count` classes that lead to the outcome; None where there is no room."""
        variants = [Variant(), *(steps[0].variant for steps in classes)]
        open_ = self._engine.open_inputs(self._inputs)
        scenarios = self._engine.scenarios(self._inputs.true, open_, [variants] * count, most=_ROOM)
        if scenarios is None:
            return None
        space, mask = scenarios.space, scenarios.mask(*outcome)
        own = [n for n, dimension in enumerate(scenarios.dimensions) if dimension.varied]
        for number in range(len(scenarios.dimensions)):
            if number not in own:
                mask = space.always(mask, number) & space.where(number, 0)
        by_cost: dict[int, list[int]] = {}
        for value, steps in enumerate(classes, start=1):
            by_cost.setdefault(steps[0].cost, []).append(value)
        totals = sorted({sum(costs) for costs in itertools.combinations_with_replacement(by_cost, count)})
        for total in totals:
            if limit is not None and total > limit:
                break
            sets = [
                tuple(classes[value - 1] for value in values)
                for values in self._values(space, own, mask, by_cost, total)
                if any(self.clash.fitting([classes[value - 1] for value in values]))
            ]
            if sets:
                return total, sets
        return 0, []

    @staticmethod
    def _values(
        space: Space, own: list[int], mask: int, by_cost: dict[int, list[int]], total: int
    ) -> Iterator[tuple[int, ...]]:
        """The values, ascending, of the sets of one total cost that are in the mask."""
        wheres = [
            {cost: _union(space.where(number, value) for value in values) for cost, values in by_cost.items()}
            for number in own
        ]
        left = 0
        for costs in itertools.product(by_cost, repeat=len(own)):
            if sum(costs) == total:
                part = mask
                for where, cost in zip(wheres, costs, strict=True):
                    part &= where[cost]
                left |= part
        number = 0
        for scenario in members(left):
            values = tuple(space.value(scenario, dimension) for dimension in own)
            if all(one < other for one, other in itertools.pairwise(values)):
                number += 1
                yield values
            if number == _MOST_FOUND:
                return


def _union(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found
