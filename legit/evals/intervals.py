"""Confidence intervals for proportions and their differences, by published methods, at 95 %.

Wilson's score interval for one proportion (Wilson 1927); Newcombe's hybrid score interval for the difference of two
independent ones (Newcombe 1998a, method 10) and of two paired ones (Newcombe 1998b, method 10); the same way of
combining limits for a difference of differences (Zou and Donner 2008). They keep a width when all answers are the same.
A bootstrap or a Wald interval would then have the width 0.

    Wilson (1927), JASA 22:209-212; Newcombe (1998a), Statistics in Medicine 17:873-890; (1998b) 17:2635-2650;
    Zou and Donner (2008), Statistics in Medicine 27:1693-1702.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import fmean, stdev

from pydantic import BaseModel, ConfigDict

Z = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution."""


class Interval(BaseModel):
    """A difference with its limits, each between -1 and 1."""

    model_config = ConfigDict(frozen=True)

    value: float
    low: float
    high: float


class Share(BaseModel):
    """A proportion: `hits` of `total`, with its limits; these are None when there is nothing to count."""

    model_config = ConfigDict(frozen=True)

    hits: int
    total: int
    share: float | None = None
    low: float | None = None
    high: float | None = None

    def interval(self) -> Interval | None:
        """The proportion as a value with limits."""
        if self.share is None or self.low is None or self.high is None:
            return None
        return Interval(value=self.share, low=self.low, high=self.high)


class Mean(BaseModel):
    """The mean of `count` values, with limits by the normal approximation; these are None for a single value."""

    model_config = ConfigDict(frozen=True)

    value: float
    count: int
    low: float | None = None
    high: float | None = None


def mean(values: Sequence[float]) -> Mean | None:
    """The mean with its limits; None when there is nothing to count. Meant for some thirty values and more."""
    if not values:
        return None
    value = fmean(values)
    if len(values) == 1:
        return Mean(value=value, count=1)
    half = Z * stdev(values) / sqrt(len(values))
    return Mean(value=value, count=len(values), low=value - half, high=value + half)


def wilson(hits: int, total: int) -> Share:
    """The proportion with Wilson's score interval. Raises ValueError unless 0 <= hits <= total."""
    if not 0 <= hits <= total:
        raise ValueError(f"{hits} of {total} is no proportion")
    if total == 0:
        return Share(hits=0, total=0)
    share = hits / total
    low, high = wilson_limits(share, total)
    return Share(hits=hits, total=total, share=share, low=low, high=high)


def wilson_limits(share: float, count: float) -> tuple[float, float]:
    """Wilson's limits of a share of so many independent observations, which need not be a whole number."""
    if count <= 0:
        return 0.0, 1.0
    scale = 1 + Z * Z / count
    middle = (share + Z * Z / (2 * count)) / scale
    half = Z * sqrt(max(0.0, share * (1 - share) / count + Z * Z / (4 * count * count))) / scale
    # At the ends the limit is the share itself; rounding must not push it past.
    return min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half))


def difference(first: Interval, second: Interval, correlation: float = 0.0) -> Interval:
    """`first - second` with limits computed from those of both; `correlation` is that of the two estimates."""
    value = first.value - second.value
    down, up = first.value - first.low, first.high - first.value
    other_down, other_up = second.value - second.low, second.high - second.value
    # Rounding may leave a tiny negative number under the root when the two move together.
    below = sqrt(max(0.0, down * down - 2 * correlation * down * other_up + other_up * other_up))
    above = sqrt(max(0.0, up * up - 2 * correlation * up * other_down + other_down * other_down))
    return Interval(value=value, low=max(-1.0, value - below), high=min(1.0, value + above))


def paired_difference(both: int, only_first: int, only_second: int, neither: int) -> Interval | None:
    """The share of the first minus the share of the second. The pairs are counted by which of the two has the property.

    None when there are no pairs.
    """
    pairs = both + only_first + only_second + neither
    first = wilson(both + only_first, pairs).interval()
    second = wilson(both + only_second, pairs).interval()
    if first is None or second is None:
        return None
    return difference(first, second, _phi(both, only_first, only_second, neither))


def _phi(both: int, only_first: int, only_second: int, neither: int) -> float:
    """The correlation of the pairs, with Newcombe's correction for continuity where it is positive."""
    margins = (both + only_first) * (only_second + neither) * (both + only_second) * (only_first + neither)
    if not margins:
        return 0.0
    product = float(both * neither - only_first * only_second)
    if product > 0:
        product = max(0.0, product - (both + only_first + only_second + neither) / 2)
    return product / sqrt(margins)
