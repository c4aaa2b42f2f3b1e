"""Rates with honest intervals: clustered by conversation, and corrected for a judge that errs.

- Raw: Wilson's score interval with the effective number of observations, from the variance between clusters.
- Corrected by sensitivity and specificity: Rogan and Gladen's estimator, with the interval of Lang and Reiczigel, which
  holds the uncertainty of the rate, of the sensitivity and of the specificity.
- Corrected by prediction: the estimator of prediction-powered inference with the weight that makes it tightest.

Both corrections need a random sample of which people told the truth. The rate is that of the process that these
conversations are drawn from, not of these alone.

    Wilson (1927), JASA 22:209-212; Korn and Graubard (1998), Survey Methodology 24:193-201 (effective sample size);
    Rogan and Gladen (1978), American Journal of Epidemiology 107:71-76;
    Lang and Reiczigel (2014), Preventive Veterinary Medicine 113:13-22;
    Angelopoulos, Duchi and Zrnic (2023), PPI++, arXiv:2311.01453.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import erfc, sqrt
from typing import Literal

from pydantic import BaseModel, ConfigDict

from legit.evals.intervals import Z, wilson_limits

SMALLEST_SAMPLE = 10
"""The fewest answers of people by which a rate is corrected."""


class Rate(BaseModel):
    """A share with its limits at 95 %, each between 0 and 1; None when there is nothing to count.

    `hits` of `total`, in `clusters` conversations; `effective` is the number of independent observations that say as
    much. `method` names how it was estimated.
    """

    model_config = ConfigDict(frozen=True)

    hits: int
    total: int
    clusters: int = 0
    effective: float = 0.0
    share: float | None = None
    low: float | None = None
    high: float | None = None
    method: Literal["clustered", "sensitivity", "prediction"] = "clustered"


@dataclass(frozen=True, slots=True)
class Checked:
    """A turn whose truth people told: what the machine said and what is so, each as 0 or 1."""

    cluster: str
    machine: int
    truth: int


def clustered_rate(values: Iterable[tuple[str, int]]) -> Rate:
    """The share of ones among (cluster, 0 or 1), with limits that know that turns of one conversation resemble."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for cluster, value in values:
        held = sums[cluster]
        held[0] += value
        held[1] += 1
    hits, total = sum(held[0] for held in sums.values()), sum(held[1] for held in sums.values())
    if not total:
        return Rate(hits=0, total=0)
    share = hits / total
    effective = _effective(share, total, [(held[0] - share * held[1]) for held in sums.values()])
    low, high = wilson_limits(share, effective)
    return Rate(hits=hits, total=total, clusters=len(sums), effective=effective, share=share, low=low, high=high)


def _effective(share: float, total: int, residuals: Sequence[float]) -> float:
    """The number of independent observations with the variance that the sums of clusters show; at most all of them."""
    count = len(residuals)
    spread = share * (1 - share)
    if not spread or count < 2:
        return float(count)
    few = count / (count - 1) if count < total else 1.0
    variance = few * sum(item * item for item in residuals) / total**2
    return float(min(total, max(spread / variance, 1.0))) if variance else float(total)


def corrected_rate(values: Sequence[tuple[str, int]], checked: Sequence[Checked]) -> Rate | None:
    """The share of what is so, from what the machine says of all turns and what people say of a random sample.

    The tighter of the two corrections; None when the sample is smaller than `SMALLEST_SAMPLE`.
    """
    if len(checked) < SMALLEST_SAMPLE or not values:
        return None
    found = [rate for rate in (by_sensitivity(values, checked), by_prediction(values, checked)) if rate is not None]
    return min(found, key=_width, default=None)


def _width(rate: Rate) -> float:
    return (rate.high or 0.0) - (rate.low or 0.0)


def by_sensitivity(values: Sequence[tuple[str, int]], checked: Sequence[Checked]) -> Rate | None:
    """Rogan and Gladen's estimate with the interval of Lang and Reiczigel (2014, formulas 4 and 5).

    None when the sample has no turn of one kind, or the machine is no better than chance.
    """
    positive = [item.machine for item in checked if item.truth]
    negative = [1 - item.machine for item in checked if not item.truth]
    if not positive or not negative:
        return None
    raw = clustered_rate(values)
    count, found = raw.effective, raw.share or 0.0
    adjusted, n = (count * found + Z * Z / 2) / (count + Z * Z), count + Z * Z
    sensitivity, n_positive = (sum(positive) + 1) / (len(positive) + 2), len(positive) + 2
    specificity, n_negative = (sum(negative) + 1) / (len(negative) + 2), len(negative) + 2
    youden = sensitivity + specificity - 1
    if youden <= 0:
        return None
    share = (adjusted + specificity - 1) / youden
    of_sensitivity = sensitivity * (1 - sensitivity) / n_positive
    of_specificity = specificity * (1 - specificity) / n_negative
    shift = 2 * Z * Z * (share * of_sensitivity - (1 - share) * of_specificity)
    variance = adjusted * (1 - adjusted) / n + share**2 * of_sensitivity + (1 - share) ** 2 * of_specificity
    half = Z * sqrt(variance) / youden
    middle = share + shift
    return _rate(raw, share, middle - half, middle + half, "sensitivity")


def by_prediction(values: Sequence[tuple[str, int]], checked: Sequence[Checked]) -> Rate | None:
    """The estimate of prediction-powered inference. Its variance has one error in each direction more than the sample
    shows, so that a sample without an error does not make the machine perfect."""
    raw = clustered_rate(values)
    n, rest = len(checked), max(len(values) - len(checked), 1)
    mean_truth = sum(item.truth for item in checked) / n
    mean_machine = sum(item.machine for item in checked) / n
    machine_variance = sum((item.machine - mean_machine) ** 2 for item in checked) / n
    covariance = sum((item.machine - mean_machine) * (item.truth - mean_truth) for item in checked) / n
    weight = min(1.0, max(0.0, covariance / (machine_variance * (1 + n / rest)))) if machine_variance else 0.0
    share_rest = _rest_mean(values, checked)
    share = mean_truth + weight * (share_rest - mean_machine)
    sums: dict[str, float] = defaultdict(float)
    middle = mean_truth - weight * mean_machine
    for item in checked:
        sums[item.cluster] += item.truth - weight * item.machine - middle
    clusters = len(sums)
    own = sum(item * item for item in sums.values()) * clusters / max(clusters - 1, 1)
    variance = (own + 2) / (n + 2) ** 2
    found = raw.share or 0.0
    variance += weight**2 * found * (1 - found) / max(raw.effective - n, 1)
    share = min(1.0, max(0.0, share))
    spread = max(share * (1 - share), 1 / (4 * (n + 2)))
    low, high = wilson_limits(share, spread / variance)
    return _rate(raw, share, low, high, "prediction")


def _rest_mean(values: Sequence[tuple[str, int]], checked: Sequence[Checked]) -> float:
    """What the machine says of the turns that were not checked."""
    total = sum(value for _, value in values) - sum(item.machine for item in checked)
    return total / max(len(values) - len(checked), 1)


def _rate(raw: Rate, share: float, low: float, high: float, method: Literal["sensitivity", "prediction"]) -> Rate:
    share, low, high = (min(1.0, max(0.0, value)) for value in (share, low, high))
    return raw.model_copy(update={"share": share, "low": min(low, share), "high": max(high, share), "method": method})


def difference_p_value(first: Rate, second: Rate) -> float | None:
    """The probability of so large a difference if there were none: the score test of two proportions with the effective
    numbers of observations. None when one of them has none.

        Agresti (2013), Categorical Data Analysis, 3.2.
    """
    if first.share is None or second.share is None or not first.effective or not second.effective:
        return None
    total = first.effective + second.effective
    pooled = (first.share * first.effective + second.share * second.effective) / total
    variance = pooled * (1 - pooled) * (1 / first.effective + 1 / second.effective)
    if not variance:
        return 1.0
    return erfc(abs(first.share - second.share) / sqrt(2 * variance))
