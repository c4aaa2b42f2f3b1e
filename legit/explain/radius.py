"""The radius of a verdict: how many steps of the described degrees change it, and which.

A degree is a type of the vocabulary whose values are steps in an order. A shift moves one stated fact along its
degrees. The distance of a set of shifts is the number of steps; the radius is the smallest distance at which another
verdict follows. All sets of one distance are decided in one pass over the case, each as a scenario of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from legit.engine.case_encoder import EncodedCase
from legit.engine.decided_case import DecidedCase
from legit.engine.engine import Engine
from legit.engine.scenarios import GroundAtom, Variant, format_atom, iter_scenarios, parse_atom, predicate_of
from legit.knowledge.base import KnowledgeBase
from legit.model.assessment import Verdict

MAX_DISTANCE = 3
"""The largest distance that is searched."""

_MAX_SETS = 4096
_MAX_SCENARIOS = 1 << 18


class Shift(NamedTuple):
    """One stated input moved along its degrees: the input that takes its place, and the number of steps."""

    symbol: str
    becomes: str
    steps: int


class Turn(NamedTuple):
    """Shifts that change the verdict together, and the verdict that follows."""

    shifts: tuple[Shift, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class FoundRadius:
    """The radius of a verdict; 0 if no set of shifts up to `searched` changes it. `turns` are all sets at the radius.

    `searched` is the largest distance that was searched completely, `degrees` the number of shifts of one step.
    """

    distance: int
    turns: tuple[Turn, ...]
    searched: int
    degrees: int


NOT_SEARCHED = FoundRadius(0, (), 0, 0)
"""Of an undetermined verdict, which has no radius, and of a case with too many scenarios."""


class DegreeShifts:
    """The shifts that a base knows. Threads may share an instance."""

    def __init__(self, base: KnowledgeBase) -> None:
        vocabulary = base.vocabulary
        steps = {name: tuple(enum.values) for name, enum in vocabulary.types.items() if enum.degree}
        self._places = {
            name: places
            for name, item in vocabulary.predicates.items()
            if (places := tuple((n, steps[arg.type]) for n, arg in enumerate(item.args) if arg.type in steps))
        }
        self._cache: dict[str, tuple[Shift, ...]] = {}

    def of_symbol(self, symbol: str) -> tuple[Shift, ...]:
        """The shifts of one input by up to MAX_DISTANCE steps, fewest first."""
        if predicate_of(symbol) not in self._places:
            return ()
        found = self._cache.get(symbol)
        if found is None:
            found = self._cache[symbol] = tuple(sorted(self._shifts(symbol), key=lambda shift: shift.steps))
        return found

    def _shifts(self, symbol: str) -> Iterator[Shift]:
        name, args = parse_atom(symbol)
        places = self._places[name]
        for values in itertools.product(*(steps for _, steps in places)):
            moved = list(args)
            distance = 0
            for (place, steps), value in zip(places, values, strict=True):
                distance += abs(steps.index(value) - steps.index(args[place]))
                moved[place] = value
            if 0 < distance <= MAX_DISTANCE:
                yield Shift(symbol, format_atom(GroundAtom(name, tuple(moved))), distance)


def find_radius(decided: DecidedCase, shifts: DegreeShifts, max_distance: int = MAX_DISTANCE) -> FoundRadius:
    """The radius of the verdict of a decided case, searched up to a distance."""
    if decided.verdict is Verdict.UNDETERMINED:
        return NOT_SEARCHED
    engine, inputs = decided.engine, decided.inputs
    bearing = engine.index.relevant_atoms("verdict")
    movable = [
        found for symbol in inputs.true_inputs if engine.index.feeds_any(symbol, bearing)
        for found in (shifts.of_symbol(symbol),) if found
    ]  # fmt: skip
    degrees = sum(shift.steps == 1 for options in movable for shift in options)
    searched = 0
    for distance in range(1, max_distance + 1):
        sets = list(itertools.islice(_shift_sets(movable, distance), _MAX_SETS + 1))
        verdicts = _verdicts(engine, inputs, sets) if len(sets) <= _MAX_SETS else None
        if verdicts is None:
            break
        searched = distance
        turns = tuple(
            Turn(chosen, verdict)
            for chosen, verdict in zip(sets, verdicts, strict=True)
            if verdict is not decided.cautious_verdict
        )
        if turns:
            return FoundRadius(distance, turns, distance, degrees)
    return FoundRadius(0, (), searched, degrees)


def _shift_sets(movable: Sequence[tuple[Shift, ...]], distance: int) -> Iterator[tuple[Shift, ...]]:
    """The sets of shifts of different inputs with this distance in all."""
    if distance == 0:
        yield ()
        return
    for number, options in enumerate(movable):
        for shift in options:
            if shift.steps > distance:
                break
            for rest in _shift_sets(movable[number + 1 :], distance - shift.steps):
                yield (shift, *rest)


def _verdicts(engine: Engine, inputs: EncodedCase, sets: Sequence[tuple[Shift, ...]]) -> list[Verdict] | None:
    """The verdict under each set of shifts; None if there are too many scenarios."""
    if not sets:
        return []
    variants = [
        Variant(tuple(shift.becomes for shift in chosen), tuple(shift.symbol for shift in chosen)) for chosen in sets
    ]
    scenarios = engine.scenarios(
        inputs.true_inputs, engine.undecided_inputs(inputs), [variants], max_scenarios=_MAX_SCENARIOS
    )
    if scenarios is None:
        return None
    space = scenarios.space
    varied = next(number for number, dimension in enumerate(scenarios.dimensions) if dimension.is_variation)
    others = [number for number in range(len(scenarios.dimensions)) if number != varied]
    verdicts = [Verdict.UNDETERMINED] * len(sets)
    for (verdict,), mask in scenarios.result_masks("verdict").items():
        everywhere = space.for_all(mask, *others)
        for number in others:
            everywhere &= space.mask_where(number, 0)
        for scenario in iter_scenarios(everywhere):
            verdicts[space.value(scenario, varied)] = Verdict(verdict)
    return verdicts
