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
def much_open(judge: Judge) -> str:
    """A case with more open points than are gone through one by one."""
    interests = judge.base.vocabulary.types["interest"].values.values()
    sentence = "It is unknown whether obeying does grave harm to the {} of the user.\n"
    return "".join(sentence.format(interest.phrase) for interest in interests)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT
