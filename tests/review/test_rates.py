"""Intervals cover the truth as often as they promise; agreement and tests equal published values."""

from __future__ import annotations

import os
import random

import pytest

from legit.review.agreement import krippendorff_alpha
from legit.review.comparison import mcnemar
from legit.review.rates import (
    Checked,
    Rate,
    by_prediction,
    by_sensitivity,
    clustered_rate,
    corrected_rate,
    difference_p_value,
)

LONG = bool(os.environ.get("LEGIT_LONG"))
SEEDS = range(1_000 if LONG else 120)


def drawn(
    seed: int, *, rate: float, sensitivity: float, specificity: float, turns: int, sample: int, most: int
) -> tuple[list[tuple[str, int]], list[Checked]]:
    """Turns of conversations with up to `most` turns each, which resemble each other, and a random sample told by people."""
    dice = random.Random(seed)
    values: list[tuple[str, int]] = []
    truths: list[int] = []
    while len(values) < turns:
        cluster = f"c{len(values)}"
        own = dice.betavariate(rate * 6, (1 - rate) * 6) if most > 1 else rate
        for _ in range(dice.randint(1, most)):
            truth = int(dice.random() < own)
            machine = int(dice.random() < (sensitivity if truth else 1 - specificity))
            values.append((cluster, machine))
            truths.append(truth)
    chosen = dice.sample(range(len(values)), sample)
    return values, [Checked(values[at][0], values[at][1], truths[at]) for at in chosen]


@pytest.mark.parametrize(
    ("rate", "sensitivity", "specificity", "turns", "sample", "most"),
    [(0.3, 0.9, 0.9, 600, 60, 1), (0.15, 0.9, 0.95, 1_000, 100, 3), (0.3, 0.75, 0.8, 600, 100, 3)],
)
def test_the_corrected_limits_cover_the_truth_and_the_raw_ones_do_not(
    rate: float, sensitivity: float, specificity: float, turns: int, sample: int, most: int
) -> None:
    covered = raw_covered = 0
    for seed in SEEDS:
        values, checked = drawn(
            seed, rate=rate, sensitivity=sensitivity, specificity=specificity, turns=turns, sample=sample, most=most
        )
        raw, corrected = clustered_rate(values), corrected_rate(values, checked)
        assert corrected is not None
        assert corrected.low is not None
        assert corrected.high is not None
        assert raw.low is not None
        assert raw.high is not None
        covered += corrected.low <= rate <= corrected.high
        raw_covered += raw.low <= rate <= raw.high
    low, high = (0.93, 0.975) if LONG else (0.91, 0.995)
    assert low <= covered / len(SEEDS) <= high
    assert raw_covered / len(SEEDS) < 0.8


def test_limits_of_clusters_are_wider_than_those_of_single_turns_and_cover() -> None:
    covered = naive = 0
    for seed in SEEDS:
        dice = random.Random(seed)
        values = []
        for cluster in range(80):
            own = dice.betavariate(1.2, 2.8)
            values += [(f"c{cluster}", int(dice.random() < own)) for _ in range(6)]
        rate = clustered_rate(values)
        single = clustered_rate((str(at), value) for at, (_, value) in enumerate(values))
        assert rate.low is not None
        assert rate.high is not None
        assert single.low is not None
        assert single.high is not None
        covered += rate.low <= 0.3 <= rate.high
        naive += single.low <= 0.3 <= single.high
    assert covered / len(SEEDS) >= 0.9
    assert naive / len(SEEDS) < 0.85


def test_a_perfect_machine_needs_no_correction_and_a_blind_one_gets_none() -> None:
    values = [(str(at), int(at % 4 == 0)) for at in range(400)]
    perfect = [Checked(str(at), int(at % 4 == 0), int(at % 4 == 0)) for at in range(0, 400, 4)] + [
        Checked(str(at), 0, 0) for at in range(1, 400, 4)
    ]
    by_both = [by_sensitivity(values, perfect), by_prediction(values, perfect)]
    for rate in by_both:
        assert rate is not None
        assert rate.share == pytest.approx(0.25, abs=0.02)
    assert corrected_rate(values, perfect[:9]) is None
    chance = [Checked(str(at), at % 2, at // 2 % 2) for at in range(80)]
    assert by_sensitivity(values, chance) is None
    assert by_sensitivity(values, [Checked("a", 1, 1)] * 20) is None


def test_rogan_and_gladens_estimate() -> None:
    """60 % read as wrong, sensitivity 0.9, specificity 0.8: (0.6 + 0.8 - 1) / (0.9 + 0.8 - 1) = 0.571."""
    values = [(str(at), int(at < 6_000)) for at in range(10_000)]
    checked = [Checked(str(at), int(at < 900), 1) for at in range(1_000)] + [
        Checked(str(at), int(at >= 800), 0) for at in range(1_000)
    ]
    rate = by_sensitivity(values, checked)
    assert rate is not None
    assert rate.share == pytest.approx(0.4 / 0.7, abs=0.003)


def test_nothing_to_count() -> None:
    assert clustered_rate([]) == Rate(hits=0, total=0)
    assert corrected_rate([], []) is None
    assert difference_p_value(Rate(hits=0, total=0), clustered_rate([("a", 1)])) is None
    one = clustered_rate([("a", 1)])
    assert one.share == 1
    assert one.high == 1
    assert one.low is not None
    assert one.low < 0.3


def test_alpha_equals_the_published_value() -> None:
    """Krippendorff (2011), section C: four observers, twelve units, missing values; alpha = 0.743."""
    rows = ["123321412...", "1233224125.3", ".33323422 51.".replace(" ", ""), "12332441251."]
    units = [[row[at] for row in rows if row[at] != "."] for at in range(12)]
    assert krippendorff_alpha(units) == pytest.approx(0.743, abs=0.0005)
    assert krippendorff_alpha([["a", "a"], ["b", "b"]]) == 1
    assert krippendorff_alpha([["a", "a"], ["a", "a"]]) is None
    assert krippendorff_alpha([["a"], []]) is None


@pytest.mark.parametrize(
    ("first", "second", "expected"), [(0, 0, 1.0), (5, 5, 1.0), (1, 9, 0.021484), (0, 6, 0.03125), (10, 2, 0.038574)]
)
def test_mcnemars_exact_test(first: int, second: int, expected: float) -> None:
    assert mcnemar(first, second) == mcnemar(second, first) == pytest.approx(expected, abs=1e-5)


def test_the_score_test_of_two_shares() -> None:
    """z = (0.3 - 0.5) / sqrt(0.4 x 0.6 x 2/100) = -2.887; two-sided p = 0.00389."""
    first = clustered_rate((str(at), int(at < 30)) for at in range(100))
    second = clustered_rate((str(at), int(at < 50)) for at in range(100))
    assert difference_p_value(first, second) == pytest.approx(0.00389, abs=0.0001)
