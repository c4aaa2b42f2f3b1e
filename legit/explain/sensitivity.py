"""Sensitivity to weights: whether a verdict changes when one weight is moved one step, all others fixed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from legit.engine.case_encoder import EncodedCase
from legit.engine.decided_case import DecidedCase
from legit.engine.engine import Engine
from legit.engine.scenarios import Variant
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.profile import Weight
from legit.messages import message
from legit.model.assessment import Verdict
from legit.model.explanation import Sensitivity, WeightFlip

NOT_TESTED = Sensitivity(flips=(), perturbations=0, summary="")
"""The sensitivity of an undetermined verdict, or of a case with too many scenarios: no weight was changed."""


class WeightPerturbation(NamedTuple):
    """A weight, its new value, and the verdict that follows. `verdict` is empty if the verdict is undetermined."""

    weight: Weight
    new_weight: int
    verdict: str


def sensitivity(decided: DecidedCase, weight_engine: Engine) -> Sensitivity:
    """The weights that change the verdict of a case when one of them is moved one step.

    The bounds of `weight_engine` have `variable_weights`.
    """
    if decided.verdict is Verdict.UNDETERMINED:
        return NOT_TESTED
    perturbations = perturb_weights(decided.base, weight_engine, decided.inputs)
    if perturbations is None:
        return NOT_TESTED
    flips = tuple(_flip(decided.base, item) for item in perturbations if item.verdict != decided.cautious_verdict.value)
    summary = message("explanation.sensitive") if flips else message("explanation.robust")
    return Sensitivity(flips=flips, perturbations=len(perturbations), summary=summary)


def perturb_weights(
    base: KnowledgeBase, weight_engine: Engine, encoded: EncodedCase
) -> list[WeightPerturbation] | None:
    """The verdict of a case under every single step of a weight; None if there are too many scenarios.

    The bounds of `weight_engine` have `variable_weights`.
    """
    weights = base.profile.weights()
    steps = [(weight, value) for weight in weights for value in weight.neighbours]
    variants = [Variant()] + [
        Variant((weight.atom_text(value),), (weight.atom_text(weight.value),)) for weight, value in steps
    ]
    true_inputs = [*encoded.true_inputs, *(weight.atom_text(weight.value) for weight in weights)]
    scenarios = weight_engine.scenarios(true_inputs, weight_engine.undecided_inputs(encoded), [variants])
    if scenarios is None:
        return None
    space = scenarios.space
    varied = next(number for number, dimension in enumerate(scenarios.dimensions) if dimension.is_variation)
    others = [number for number in range(len(scenarios.dimensions)) if number != varied]
    verdict_masks = {
        verdict: space.for_all(mask, *others) for (verdict,), mask in scenarios.result_masks("verdict").items()
    }
    return [
        WeightPerturbation(weight, value, next(_verdicts_covering(verdict_masks, space.mask_where(varied, number)), ""))
        for number, (weight, value) in enumerate(steps, start=1)
    ]


def _verdicts_covering(verdict_masks: dict[str, int], required_mask: int) -> Iterator[str]:
    return (verdict for verdict, mask in verdict_masks.items() if mask & required_mask == required_mask)


def _flip(base: KnowledgeBase, perturbation: WeightPerturbation) -> WeightFlip:
    weight = perturbation.weight
    entry = " ".join(weight.key_path)
    return WeightFlip(
        summary=base.profile.tables[weight.table].gloss.format(entry=entry.replace("_", " ")),
        table=weight.table,
        entry=entry,
        weight=weight.value,
        new_weight=perturbation.new_weight,
        verdict=Verdict(perturbation.verdict or Verdict.UNDETERMINED),
    )
