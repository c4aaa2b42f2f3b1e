"""The small cases that the tests of explanations share."""

from __future__ import annotations

import pytest

from legit.judge import Judge
from legit.model.facts import Case
from tests.conftest import ROOT
from tests.support.brute_force import BruteForce, small_cases

CASES = 500


@pytest.fixture(scope="module")
def brute(judge: Judge) -> BruteForce:
    return BruteForce(judge.base)


@pytest.fixture(scope="module")
def small(judge: Judge) -> list[Case]:
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests/data").glob("*.legit"))]
    return small_cases(judge, texts, CASES, seed=3)
