"""The cheapest changes of a case that lead to an outcome.

A change adds one fact and removes the facts that contradict it, or removes one fact. All single changes are decided in
one pass over the case with each of them as a scenario, then all pairs, then all triples, as long as a cheaper set could
be among them. Changes that feed the rules alike are decided once.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from legit.engine.case_encoder import EncodedCase
from legit.engine.engine import Engine
from legit.engine.scenarios import GroundAtom, ScenarioSpace, Variant, iter_scenarios, parse_atom, predicate_of
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.case_validation import contradict

MAX_EDITS = 3
"""The largest number of changes that are tried together, if the number of scenarios allows it."""

_MAX_SCENARIOS = 1 << 23
_MAX_SETS = 4096
_MAX_EQUIVALENTS = 8


class Edit(NamedTuple):
    """One change: an input that becomes true or false. `replaces` are the inputs that become false with it."""

    symbol: str
    sets_true: bool
    replaces: tuple[str, ...]
    cost: int

    @property
    def variant(self) -> Variant:
        """The change of the inputs."""
        return Variant((self.symbol,), self.replaces) if self.sets_true else Variant((), (self.symbol,))


@dataclass(frozen=True, slots=True)
class CheapestEdits:
    """The cheapest sets of edits, each as classes of equivalent edits of which any one will do.

    No set of up to `search_depth` edits is cheaper. `sets` is empty if no such set leads to the goal.
    """

    cost: int
    sets: tuple[tuple[tuple[Edit, ...], ...], ...]
    search_depth: int

    def expand(self, conflicts: InputConflicts) -> Iterator[tuple[Edit, ...]]:
        """Every set of single steps, those that contradict one another left out."""
        for classes in self.sets:
            for steps in itertools.product(*classes):
                if conflicts.compatible(steps):
                    yield steps


class InputConflicts:
    """Which inputs contradict one another under a vocabulary: one value only, or predicates that exclude each other."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._vocabulary = base.vocabulary

    def conflicts_with(self, symbol: str, others: Iterable[str]) -> tuple[str, ...]:
        """Those of the others that cannot be true beside `symbol`."""
        rivals = self._vocabulary.exclusive_predicates.get(predicate_of(symbol))
        if not rivals:
            return ()
        return tuple(
            other
            for other in others
            if other != symbol and predicate_of(other) in rivals and self.conflict(symbol, other)
        )

    def conflict(self, one: str, other: str) -> bool:
        """Whether two different inputs cannot both be true."""
        return contradict(self._vocabulary, parse_atom(one), parse_atom(other))

    def compatible_sets(self, classes: Sequence[tuple[Edit, ...]]) -> Iterator[tuple[Edit, ...]]:
        """Sets of one step of each class that can be taken together, among the first few of each class."""
        return filter(self.compatible, itertools.product(*(steps[:_MAX_EQUIVALENTS] for steps in classes)))

    def compatible(self, edits: Sequence[Edit]) -> bool:
        """Whether steps can be taken together."""
        for one, other in itertools.combinations(edits, 2):
            if one.symbol == other.symbol or one.symbol in other.replaces or other.symbol in one.replaces:
                return False
            if one.sets_true and other.sets_true and self.conflict(one.symbol, other.symbol):
                return False
        return True


class CounterfactualSearch:
    """Finds the cheapest changes of one case."""

    def __init__(self, base: KnowledgeBase, engine: Engine, inputs: EncodedCase) -> None:
        self._base = base
        self._engine = engine
        self._inputs = inputs
        self.conflicts = InputConflicts(base)

    def search(
        self, goal: GroundAtom, actor: str = "", candidates: Iterable[str] | None = None, max_edits: int = MAX_EDITS
    ) -> CheapestEdits:
        """The cheapest sets of changes after which `goal` holds in every scenario that is left.

        `actor` leaves only the changes that the vocabulary says somebody can bring about, at its `change_cost`; without
        it every change counts, at the cost of showing the fact: the vocabulary's `asking_cost` times the profile's
        effort. `candidates` are the inputs that may change, all by default.
        """
        classes = self._edit_classes(goal, actor, candidates)
        best: int | None = None
        found: list[tuple[tuple[Edit, ...], ...]] = []
        done = 0
        for together in range(1, max_edits + 1):
            least = min((steps[0].cost for steps in classes), default=1)
            if best is not None and together * least > best:
                done = max_edits
                break
            usable = [steps for steps in classes if best is None or steps[0].cost + (together - 1) * least <= best]
            result = self._search_exactly(goal, usable, together, best)
            if result is None:
                break
            done = together
            cost, sets = result
            if sets and (best is None or cost < best):
                best, found = cost, sets
            elif sets and cost == best:
                found += sets
        return CheapestEdits(best or 0, tuple(found), done)

    def _edit_classes(self, goal: GroundAtom, actor: str, candidates: Iterable[str] | None) -> list[tuple[Edit, ...]]:
        """The edits that can affect the outcome, in classes. The edits of a class have the same effect on the rules and
        one cost.
        """
        index, inputs = self._engine.index, self._inputs
        bearing = index.relevant_atoms(*goal)
        true, open_ = set(inputs.true_inputs), set(inputs.open_inputs)
        stated = sorted(true | open_)
        alike: dict[tuple[frozenset[int], tuple[str, ...], bool, int], list[Edit]] = {}
        for symbol in sorted(candidates) if candidates is not None else index.input_symbols(len(inputs.names)):
            name = predicate_of(symbol)
            predicate = self._base.vocabulary.predicates[name].spec
            if (actor and predicate.changeable_by != actor) or not index.feeds_any(symbol, bearing):
                continue
            cost = (
                predicate.change_cost
                if actor
                else max(1, predicate.asking_cost * self._base.profile.effort(predicate.answerable_by.value))
            )
            if symbol in true or symbol in open_:
                alike[frozenset(), (symbol,), False, cost] = [Edit(symbol, False, (), cost)]
            if symbol not in true:
                drops = self.conflicts.conflicts_with(symbol, stated)
                alike.setdefault((index.read_positions(symbol), drops, True, cost), []).append(
                    Edit(symbol, True, drops, cost)
                )
        return [tuple(steps) for steps in alike.values()]

    def _search_exactly(
        self, goal: GroundAtom, classes: list[tuple[Edit, ...]], count: int, max_cost: int | None
    ) -> tuple[int, list[tuple[tuple[Edit, ...], ...]]] | None:
        """The cheapest sets of exactly `count` classes that lead to the outcome; None if there is no room."""
        variants = [Variant(), *(steps[0].variant for steps in classes)]
        open_ = self._engine.undecided_inputs(self._inputs)
        scenarios = self._engine.scenarios(
            self._inputs.true_inputs, open_, [variants] * count, max_scenarios=_MAX_SCENARIOS
        )
        if scenarios is None:
            return None
        space, mask = scenarios.space, scenarios.result_mask(*goal)
        own = [n for n, dimension in enumerate(scenarios.dimensions) if dimension.is_variation]
        others = [number for number in range(len(scenarios.dimensions)) if number not in own]
        mask = space.for_all(mask, *others)
        for number in others:
            mask &= space.mask_where(number, 0)
        by_cost: dict[int, list[int]] = {}
        for value, steps in enumerate(classes, start=1):
            by_cost.setdefault(steps[0].cost, []).append(value)
        totals = sorted({sum(costs) for costs in itertools.combinations_with_replacement(by_cost, count)})
        for total in totals:
            if max_cost is not None and total > max_cost:
                break
            sets = [
                tuple(classes[value - 1] for value in values)
                for values in self._class_numbers(space, own, mask, by_cost, total)
                if any(self.conflicts.compatible_sets([classes[value - 1] for value in values]))
            ]
            if sets:
                return total, sets
        return 0, []

    @staticmethod
    def _class_numbers(
        space: ScenarioSpace, edit_dimensions: list[int], mask: int, by_cost: dict[int, list[int]], total: int
    ) -> Iterator[tuple[int, ...]]:
        """The values, ascending, of the sets of one total cost that are in the mask."""
        wheres = [
            {cost: _union(space.mask_where(number, value) for value in values) for cost, values in by_cost.items()}
            for number in edit_dimensions
        ]
        left = 0
        for costs in itertools.product(by_cost, repeat=len(edit_dimensions)):
            if sum(costs) == total:
                part = mask
                for where, cost in zip(wheres, costs, strict=True):
                    part &= where[cost]
                left |= part
        number = 0
        for scenario in iter_scenarios(left):
            values = tuple(space.value(scenario, dimension) for dimension in edit_dimensions)
            if all(one < other for one, other in itertools.pairwise(values)):
                number += 1
                yield values
            if number == _MAX_SETS:
                return


def _union(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found
