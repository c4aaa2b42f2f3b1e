"""One judge for all tests: loading and grounding happen once."""

from __future__ import annotations

from pathlib import Path

import pytest

from legit.judge import Judge, judge_for

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def judge() -> Judge:
    return judge_for()


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT
