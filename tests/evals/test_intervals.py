"""Confidence intervals: against published examples, and what must hold of every one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legit.evals.intervals import Interval, difference, paired_difference, wilson

counts = st.integers(0, 300)


def limits(found: Interval | None) -> tuple[float, float]:
    assert found is not None
    return round(found.low, 4), round(found.high, 4)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17:857-872, Table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_published(hits: int, of: int, low: float, high: float) -> None:
    assert limits(wilson(hits, of).interval()) == (low, high)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    # Newcombe (1998a), Table II, method 10.
    [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((10, 10), (0, 10), 0.6075, 1.0)],
)
def test_the_difference_of_independent_shares_as_published(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    one, other = wilson(*first).interval(), wilson(*second).interval()
    assert one is not None
    assert other is not None
    assert limits(difference(one, other)) == (low, high)


def test_the_difference_of_paired_shares_as_published() -> None:
    """Newcombe (1998b), method 10, for 36, 12, 2, 0."""
    assert limits(paired_difference(36, 12, 2, 0)) == (0.0569, 0.3404)


@given(st.integers(1, 400), st.data())
def test_an_interval_holds_its_share_and_stays_in_bounds(of: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, of))
    found = wilson(hits, of)
    assert found.share is not None
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.share <= found.high <= 1
    assert found.high > found.low, "an interval of no width claims a certainty that no sample gives"


@given(counts, counts, counts, counts)
def test_exchanging_the_pair_turns_the_difference_round(both: int, first: int, second: int, neither: int) -> None:
    one, other = paired_difference(both, first, second, neither), paired_difference(both, second, first, neither)
    if one is None or other is None:
        assert both + first + second + neither == 0
        return
    assert one.value == pytest.approx(-other.value)
    assert one.low == pytest.approx(-other.high)
    assert one.low <= one.value + 1e-12
    assert one.value <= one.high + 1e-12


def test_nothing_counted_is_no_share() -> None:
    assert wilson(0, 0).interval() is None
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)
