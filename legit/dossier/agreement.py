"""The agreement of judges: Krippendorff's alpha for nominal data, with percentile bootstrap limits over the units.

    Krippendorff (2004), Content Analysis, chapter 11; Efron and Tibshirani (1993), An Introduction to the Bootstrap,
    chapter 13.

Alpha is computed here for all resamples at once: the package `krippendorff`, against which the tests hold it, takes
seconds for a thousand resamples of ten thousand answers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from legit._util.optional import import_optional
from legit.evals.intervals import Interval


def alpha_with_limits(units: Sequence[Sequence[str]], resamples: int, seed: int) -> tuple[Interval, int] | None:
    """Alpha over the units of which two judges or more say something, its 95 % limits, and the number of such units.

    When all judges always say the same one value, alpha is not defined; it is then told as 1, since nobody differs.
    None when there is no such unit. The same seed gives the same limits. Raises MissingExtraError (X001).
    """
    counted = Counter(tuple(sorted(unit)) for unit in units if len(unit) > 1)
    if not counted:
        return None
    numpy = import_optional("numpy", "dossier", "the agreement of judges")
    kinds = sorted(counted)
    values = sorted({value for kind in kinds for value in kind})
    table = numpy.array([[kind.count(value) for value in values] for kind in kinds], dtype=float)
    weights = numpy.array([counted[kind] for kind in kinds], dtype=float)
    total = counted.total()
    # Of the generators of numpy, this one alone promises the same numbers in every version.
    drawn = numpy.random.RandomState(seed).multinomial(total, weights / total, size=resamples).astype(float)
    found = sorted(_alphas(table, drawn).tolist())
    value = float(_alphas(table, weights[None, :])[0])
    low = found[math.floor(0.025 * (resamples - 1))]
    high = found[math.ceil(0.975 * (resamples - 1))]
    return Interval(value=value, low=min(low, value), high=max(high, value)), total


def _alphas(table: Any, weights: Any) -> Any:
    """Alpha of each row of `weights`: how often each kind of unit occurs. `table` has how often each value is in it.

    Observed disagreement over expected disagreement, by the coincidences of values within units.
    """
    numpy = import_optional("numpy", "dossier", "the agreement of judges")
    judges = table.sum(axis=1)
    disagreeing = (judges**2 - (table**2).sum(axis=1)) / (judges - 1)
    of_value = weights @ table
    pairable = of_value.sum(axis=1)
    observed = weights @ disagreeing
    expected = (pairable**2 - (of_value**2).sum(axis=1)) / (pairable - 1)
    with numpy.errstate(invalid="ignore", divide="ignore"):
        return numpy.where(expected > 0, 1 - observed / expected, 1.0)
