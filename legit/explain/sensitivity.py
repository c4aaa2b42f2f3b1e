"""Whether a verdict hangs on one weight: each is moved one step to either side, the others kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from legit.engine.case_encoder import EncodedCase
from legit.engine.engine import Engine
from legit.engine.scenarios import Variant
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.profile import Weight


class WeightPerturbation(NamedTuple):
    """A weight moved to another value, and the verdict then, or none where it is open."""

    weight: Weight
    new_weight: int
    verdict: str


def perturb_weights(base: KnowledgeBase, weight_engine: Engine, inputs: EncodedCase) -> list[WeightPerturbation] | None:
    """The verdict under every single move; None where there is too much to go through.

    `engine` is one whose bounds are `moving`.
    """
    weights = base.profile.weights()
    tried = [(weight, value) for weight in weights for value in weight.neighbours]
    variants = [Variant()] + [
        Variant((weight.atom_text(value),), (weight.atom_text(weight.value),)) for weight, value in tried
    ]
    true = [*inputs.true_inputs, *(weight.atom_text(weight.value) for weight in weights)]
    scenarios = weight_engine.scenarios(true, weight_engine.undecided_inputs(inputs), [variants])
    if scenarios is None:
        return None
    space = scenarios.space
    own = next(number for number, dimension in enumerate(scenarios.dimensions) if dimension.is_variation)
    settled: dict[str, int] = {}
    for (verdict,), found in scenarios.result_masks("verdict").items():
        settled[verdict] = space.for_all(found, *(n for n in range(len(scenarios.dimensions)) if n != own))
    return [
        WeightPerturbation(weight, value, next(_verdicts_covering(settled, space.mask_where(own, number)), ""))
        for number, (weight, value) in enumerate(tried, start=1)
    ]


def _verdicts_covering(verdict_masks: dict[str, int], required_mask: int) -> Iterator[str]:
    return (verdict for verdict, mask in verdict_masks.items() if mask & required_mask == required_mask)
