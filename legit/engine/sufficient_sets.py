"""Sufficient sets: the minimal sets of stated facts that fix the verdict, whatever the other facts are.

A sufficient set is a prime implicant of the verdict in the facts (Shih, Choi and Darwiche 2018; Ignatiev, Narodytska
and Marques-Silva 2019 call it an abductive explanation): with its facts as stated and every other one open, the verdict
is determined; with one of its facts open too, it is not.

All sets are found at once by bit masks. For example, facts `a` and `b` are stated, and either defeats the rule:

    index of a subset     3={a,b}  2={b}  1={a}  0={}
    defeated if only the
    subset is as stated      1       1      1      0     the verdict over all scenarios of both facts
    fold a, then b           1       1      1      0     1 where the verdict holds whatever the facts left out are
    minus supersets          0       1      1      0     a subset is dropped when it contains a smaller one: {a}, {b}

If only both facts together defeated it, the first row would be `1 0 0 0`, and the one set `{a, b}`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from legit.engine.case_encoder import EncodedCase
from legit.engine.engine import Engine
from legit.engine.scenarios import ScenarioSpace, iter_scenarios
from legit.errors import DecisionTimeoutError

MAX_FACTS = 14
"""The largest number of relevant facts that are tried in all combinations; with more, one set is found by search."""

MAX_SETS = 24
"""The largest number of sets that are kept, those with the fewest facts first."""

SEARCH_SECONDS = 2.0
"""Seconds for the search for one set. After them the set found so far is returned, though a smaller one may do."""


@dataclass(frozen=True, slots=True)
class SufficientSets:
    """Sufficient sets of input symbols; all of them when `complete`."""

    sets: tuple[tuple[str, ...], ...]
    complete: bool


def find_sufficient_sets(engine: Engine, inputs: EncodedCase, verdict: str) -> SufficientSets:
    """The sufficient sets of a verdict that holds in every scenario.

    A set is a tuple of symbols in their order in `inputs.facts`.
    """
    bearing = engine.index.relevant_atoms("verdict")
    opened = set(inputs.open_inputs)
    stated = [
        symbol for symbol in sorted(inputs.facts) if symbol not in opened and engine.index.feeds_any(symbol, bearing)
    ]
    if len(stated) > MAX_FACTS:
        return SufficientSets((_shrink_to_one_set(engine, inputs, stated, verdict),), complete=False)
    true = set(inputs.true_inputs)
    scenarios = engine.scenarios(inputs.relations, [*stated, *engine.undecided_inputs(inputs)])
    if scenarios is None:
        return SufficientSets((_shrink_to_one_set(engine, inputs, stated, verdict),), complete=False)
    # Inputs that make no scenario of their own have no place in the space.
    symbols = [dimension.symbol for dimension in scenarios.dimensions]
    stated = [symbol for symbol in stated if symbol in symbols]
    space, mask = scenarios.space, scenarios.result_mask("verdict", (verdict,))
    mask = space.for_all(mask, *(number for number, symbol in enumerate(symbols) if symbol not in stated))
    kept = ScenarioSpace([2] * len(stated))
    settled = _align_to_stated(mask & _first_values_mask(len(stated)), kept, [symbol in true for symbol in stated])
    for number in range(len(stated)):
        free, fixed = kept.mask_where(number, 0), kept.mask_where(number, 1)
        settled = (settled & fixed) | (settled & free & ((settled & fixed) >> (1 << number)))
    smallest = settled
    for number in range(len(stated)):
        smallest &= ~((settled & kept.mask_where(number, 0)) << (1 << number))
    found = sorted(iter_scenarios(smallest), key=lambda index: (index.bit_count(), index))
    sets = tuple(
        tuple(symbol for number, symbol in enumerate(stated) if index >> number & 1) for index in found[:MAX_SETS]
    )
    return SufficientSets(sets, complete=len(found) <= MAX_SETS)


def _first_values_mask(count: int) -> int:
    """The scenarios in which every dimension but the first `count` ones has its first value."""
    return (1 << (1 << count)) - 1


def _align_to_stated(mask: int, space: ScenarioSpace, true: Sequence[bool]) -> int:
    """The same mask with the values of each dimension ordered so that 1 is the fact as stated."""
    for number, holds in enumerate(true):
        if not holds:
            stride = 1 << number
            low, high = mask & space.mask_where(number, 0), mask & space.mask_where(number, 1)
            mask = (low << stride) | (high >> stride)
    return mask


def _shrink_to_one_set(engine: Engine, inputs: EncodedCase, stated: list[str], verdict: str) -> tuple[str, ...]:
    """One sufficient set, found by leaving open one fact after the other. It may not be minimal after a timeout."""
    kept = list(stated)
    deadline = time.monotonic() + SEARCH_SECONDS
    for symbol in stated:
        tried = [other for other in kept if other != symbol]
        free = [other for other in stated if other not in tried]
        case = replace(
            inputs,
            true_inputs=[item for item in inputs.true_inputs if item not in free],
            open_inputs=[*inputs.open_inputs, *free],
        )
        try:
            settled = engine.decide(case, deadline - time.monotonic())
        except DecisionTimeoutError:
            break
        if settled.cautious.get("verdict") == [(verdict,)]:
            kept = tried
    return tuple(kept)
