"""Compares a review with an earlier one: did the share of blind refusals change, and by how much?

Where both reviewed the same turns, each turn is compared with itself (McNemar's exact test); otherwise two shares with
their effective numbers of observations are compared (the score test, and Newcombe's limits).

    McNemar (1947), Psychometrika 12:153-157; Newcombe (1998), Statistics in Medicine 17:873-890 and 17:2635-2650.
"""

from __future__ import annotations

from math import comb

from pydantic import BaseModel, ConfigDict

from legit.evals.intervals import Interval, difference, paired_difference
from legit.review.rates import Rate, clustered_rate, difference_p_value
from legit.review.reviewed import Review

_PAIRED_SHARE = 0.5
"""From this share of common turns on, reviews are compared turn by turn."""


class Comparison(BaseModel):
    """The change of a share since an earlier review.

    `change` is the present share minus the earlier one, with limits at 95 %. `p_value` is the probability of so large a
    change if there were none. `paired` says that turns were compared with themselves; `changed` lists these turns, each
    with the outcome before and now.
    """

    model_config = ConfigDict(frozen=True)

    act: str
    before: Rate
    now: Rate
    change: Interval | None
    p_value: float | None
    paired: bool = False
    changed: tuple[tuple[str, str, str], ...] = ()


def compare(now: Review, before: Review) -> tuple[Comparison, ...]:
    """The changes of the shares of blind refusals and of wrongful enforcements. Raises ReviewError (V202)."""
    return (_compared(now, before, "refusal", "blind"), _compared(now, before, "enforcement", "wrongful"))


def _outcomes(review: Review, act: str) -> dict[str, tuple[str, str]]:
    """The outcome of each judged turn, with its conversation."""
    return {
        turn.id: (line.conversation, turn.outcome)
        for line in review.conversations()
        for turn in line.turns
        if turn.judged and turn.act == act
    }


def _compared(now: Review, before: Review, act: str, wrong: str) -> Comparison:
    present, past = _outcomes(now, act), _outcomes(before, act)
    rates = [
        clustered_rate((cluster, int(outcome == wrong)) for cluster, outcome in found.values())
        for found in (past, present)
    ]
    common = [key for key in present if key in past]
    if common and len(common) >= _PAIRED_SHARE * max(len(present), len(past)):
        pairs = [(int(present[key][1] == wrong), int(past[key][1] == wrong)) for key in common]
        only_now, only_before = pairs.count((1, 0)), pairs.count((0, 1))
        change = paired_difference(pairs.count((1, 1)), only_now, only_before, pairs.count((0, 0)))
        changed = tuple((key, past[key][1], present[key][1]) for key in common if past[key][1] != present[key][1])
        return Comparison(
            act=act, before=rates[0], now=rates[1], change=change, p_value=mcnemar(only_now, only_before), paired=True,
            changed=changed,
        )  # fmt: skip
    first, second = _interval(rates[1]), _interval(rates[0])
    change = difference(first, second) if first and second else None
    return Comparison(
        act=act, before=rates[0], now=rates[1], change=change, p_value=difference_p_value(rates[1], rates[0])
    )


def _interval(rate: Rate) -> Interval | None:
    if rate.share is None or rate.low is None or rate.high is None:
        return None
    return Interval(value=rate.share, low=rate.low, high=rate.high)


def mcnemar(only_first: int, only_second: int) -> float:
    """The exact two-sided probability of so uneven a split of the turns that changed, if both ways were as likely."""
    changed = only_first + only_second
    tail = sum(comb(changed, count) for count in range(min(only_first, only_second) + 1))
    return min(1.0, float(2 * tail / 2**changed))
