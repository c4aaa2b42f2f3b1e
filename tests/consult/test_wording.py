"""The first page of an answer, word for word: `answers/` shows what a change of `legit/messages/en/consult.toml` changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from legit.consult import Consultant
from tests.support.agent_cases import DEFEATED, NOT_UNDERSTOOD, STANDS, STOP, UNDETERMINED

ANSWERS = Path(__file__).parent / "answers"
CASES = {
    "defeated": DEFEATED,
    "stands": STANDS,
    "undetermined": UNDETERMINED,
    "stop": STOP,
    "not_understood": [*DEFEATED[:-1], NOT_UNDERSTOOD],
}


@pytest.mark.parametrize("name", CASES)
def test_an_answer_is_worded_as_its_file_shows(name: str) -> None:
    answer = Consultant().consult(CASES[name]).content
    assert answer.splitlines() == (ANSWERS / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def test_every_file_of_answers_has_a_case() -> None:
    assert {path.stem for path in ANSWERS.iterdir()} == set(CASES)
