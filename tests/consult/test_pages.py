"""Further pages belong to the answer whose first page was given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from legit.consult import Consultant
from legit.decision_log import DecisionLog
from tests.support.agent_cases import DEFEATED, STANDS


@pytest.mark.parametrize("facts", [DEFEATED, STANDS], ids=["defeated", "stands"])
def test_a_further_page_is_that_of_the_answer_and_is_not_judged_again(
    facts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    consultant = Consultant()
    first = consultant.consult(facts)
    fresh = [Consultant().consult(facts, page=number) for number in range(1, first.pages + 2)]

    def judged_again(*_: Any, **__: Any) -> None:
        raise AssertionError("judged again")

    monkeypatch.setattr(type(consultant.judge), "assess", judged_again)
    told = [consultant.consult(facts, page=number, rule="R.") for number in range(2, first.pages + 2)]
    assert first.pages > 1
    assert [item.content for item in told] == [item.content for item in fresh[1:]]
    assert [item.assessment for item in told] == [first.assessment] * first.pages
    assert {item.rule for item in told} == {"R."}
    assert [item.page for item in told] == [*range(2, first.pages + 1), first.pages]


def test_pages_of_other_facts_and_of_another_log_are_their_own(tmp_path: Path) -> None:
    consultant = Consultant()
    one, other = consultant.consult(DEFEATED, page=2), consultant.consult(STANDS, page=2)
    assert one.content != other.content
    with DecisionLog(tmp_path / "decisions.log") as log:
        recording = consultant.with_log(log)
        numbers = [recording.consult(DEFEATED, page=page).entry for page in (1, 2, 1, 2)]
        assert numbers[0] is not None
        assert numbers[0] == numbers[1]
        assert numbers[2] == numbers[3] != numbers[0]


def test_the_same_sentences_are_judged_once_without_a_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    consultant = Consultant()
    recording = consultant.with_log(tmp_path / "decisions.log")
    first = consultant.consult(DEFEATED, rule="R.")
    judge = consultant.judge
    judged: list[object] = []
    assess = type(judge).assess
    monkeypatch.setattr(type(judge), "assess", lambda *given, **options: judged.append(1) or assess(*given, **options))
    again = consultant.consult(DEFEATED)
    assert (again.content, again.assessment, again.rule) == (first.content, first.assessment, "")
    assert not judged
    consultant.consult(STANDS)
    assert len(judged) == 1
    numbers = [recording.consult(DEFEATED).entry for _ in range(3)]
    assert None not in numbers
    assert len(set(numbers)) == 3


def test_what_could_not_be_decided_in_time_is_tried_again(much_open: str) -> None:
    consultant = Consultant(time_limit=1e-9)
    assert consultant.consult(much_open).assessment is not None
    vars(consultant)["_time_limit"] = 5.0
    again = consultant.consult(much_open).assessment
    assert again is not None
    assert again.undetermined_reason != "time"


def test_the_vocabulary_is_written_once_for_all_consultants_of_a_base() -> None:
    one, other = Consultant(), Consultant()
    assert one.vocabulary() is other.vocabulary()
    assert one.with_language("sv").vocabulary() != one.vocabulary()
    assert one.vocabulary(["request"]) != one.vocabulary()
