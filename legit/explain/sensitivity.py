"""Whether a verdict hangs on one weight: each is moved one step to either side, the others kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from legit.engine.case_encoder import Inputs
from legit.engine.engine import Engine
from legit.engine.scenarios import Variant
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.profile import Weight


class Move(NamedTuple):
    """A weight moved to another value, and the verdict then, or none where it is open."""

    weight: Weight
    value: int
    verdict: str


def moves(base: KnowledgeBase, engine: Engine, inputs: Inputs) -> list[Move] | None:
    """The verdict under every single move; None where there is too much to go through.

    `engine` is one whose bounds are `moving`.
    """
    weights = base.profile.weights()
    tried = [(weight, value) for weight in weights for value in weight.moves]
    variants = [Variant()] + [
        Variant((weight.symbol(value),), (weight.symbol(weight.value),)) for weight, value in tried
    ]
    true = [*inputs.true, *(weight.symbol(weight.value) for weight in weights)]
    scenarios = engine.scenarios(true, engine.open_inputs(inputs), [variants])
    if scenarios is None:
        return None
    space = scenarios.space
    own = next(number for number, dimension in enumerate(scenarios.dimensions) if dimension.varied)
    settled: dict[str, int] = {}
    for (verdict,), found in scenarios.values("verdict").items():
        mask = found
        for number in range(len(scenarios.dimensions)):
            if number != own:
                mask = space.always(mask, number)
        settled[verdict] = mask
    return [
        Move(weight, value, next(_in(settled, space.where(own, number)), ""))
        for number, (weight, value) in enumerate(tried, start=1)
    ]


def _in(settled: dict[str, int], where: int) -> Iterator[str]:
    return (verdict for verdict, mask in settled.items() if mask & where == where)
