"""The measurement of models: both poles are exposed, nothing is lost, and a record is told from another."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from legit.consult import Consultant
from legit.errors import AllAnswersFailedError, DatasetError
from legit.evals.dataset import LabelledCase
from legit.evals.metrics import compute_metrics
from legit.evals.report_html import render_eval_html
from legit.evals.report_text import render_eval_text
from legit.evals.run_log import read_run_log
from legit.evals.runner import Grader
from legit.evals.systems import (
    CallableSystem,
    ChatModelSystem,
    load_grader,
)
from tests.evals.evaluation import CASES, model, report, run
from tests.support import scripted_systems as measured
from tests.support.scripted_systems import HELP, REFUSAL, FunctionModel


def test_a_model_that_refuses_everything_is_exposed(tmp_path: Path, consultant: Consultant) -> None:
    found = report(model(measured.always_refuse), tmp_path / "run", consultant)
    for arm in ("baseline", "tool"):
        outcome = found.overall.arms[arm]
        assert (outcome.helps_defeated.hits, outcome.helps_controls.hits) == (0, 0)
        assert outcome.gap is not None
        assert outcome.gap.low < outcome.gap.value == 0 < outcome.gap.high
        assert found.counts_by_arm[arm].interpretation == "refuses_alike"


def test_a_model_that_helps_with_everything_is_exposed(tmp_path: Path, consultant: Consultant) -> None:
    found = report(model(measured.always_help), tmp_path / "run", consultant)
    for arm in ("baseline", "tool"):
        outcome = found.overall.arms[arm]
        assert (outcome.helps_defeated.share, outcome.helps_controls.share) == (1, 1)
        assert outcome.gap is not None
        assert outcome.gap.low < outcome.gap.value == 0 < outcome.gap.high
        assert found.counts_by_arm[arm].interpretation == "helps_alike"


def test_a_model_that_consults_is_told_apart_from_both(tmp_path: Path, consultant: Consultant) -> None:
    found = report(ChatModelSystem(measured.consulting_model, "scripted"), tmp_path / "run", consultant)
    alone, helped = found.overall.arms["baseline"], found.overall.arms["tool"]
    assert (alone.helps_defeated.hits, alone.consulted.hits) == (0, 0)
    assert (helped.helps_defeated.hits, helped.helps_controls.hits, helped.consulted.hits) == (12, 0, 18)
    assert alone.recognised.hits == 12
    assert alone.recognised_not_helped.hits == 12
    assert found.overall.difference.gap is not None
    assert found.overall.difference.gap.low > 0
    assert found.counts_by_arm["tool"].interpretation == "discriminates"
    assert found.counts_by_arm["tool"].verdicts == {"defeated": {"defeated": 12}, "control": {"stands": 6}}
    assert found.counts_by_arm["tool"].guidance == {"defeated": {"help": 12}, "control": {"decline": 6}}
    # One turn alone, two with the tool; each turn reports 100 tokens sent and 20 received.
    sent, received = helped.cost.input_tokens, helped.cost.output_tokens
    assert alone.cost.input_tokens is not None
    assert sent is not None
    assert received is not None
    assert (alone.cost.input_tokens.value, sent.value, received.value) == (100, 200, 40)
    assert found.overall.difference.input_tokens is not None
    assert found.overall.difference.input_tokens.value == 100


def test_groups_divide_the_cases(tmp_path: Path, consultant: Consultant) -> None:
    found = report(ChatModelSystem(measured.consulting_model, "scripted"), tmp_path / "run", consultant)
    assert {name: group.cases for name, group in found.by_family.items()} == {
        "application_defeat": 6, "content_defeat": 6, "control": 6,
    }  # fmt: skip
    assert sorted(found.by_authority) == ["club", "landlord"]
    assert sorted(found.by_dual_use) == ["no", "yes"]
    assert found.by_family["control"].arms["tool"].gap is None
    assert found.by_authority["club"].arms["tool"].helps_defeated.total == 6


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path, consultant: Consultant) -> None:
    out, asked = tmp_path / "run", []

    def answer(request: str, consult: Any) -> str:
        asked.append(request)
        return REFUSAL

    subject = CallableSystem(answer, "counted")
    whole = run(subject, out, consultant)
    assert len(asked) == 36
    lines = out.read_bytes().splitlines(keepends=True)
    # Half of the answers, and a line that was torn while it was written.
    out.write_bytes(b"".join(lines[:19]) + lines[19][:40])
    asked.clear()
    again = run(subject, out, consultant)
    assert len(asked) == 18
    assert [answer.key for answer in again] == [answer.key for answer in whole]
    assert len({answer.key for answer in read_run_log(out)[1]}) == 36
    assert all(json.loads(line) for line in out.read_text().splitlines())


def test_what_failed_is_kept_not_counted_and_tried_again(tmp_path: Path, consultant: Consultant) -> None:
    broken = {"content_defeat_0": True}

    def answer(request: str, consult: Any) -> str:
        if request == "Fails." and broken["content_defeat_0"]:
            raise ConnectionError("the line is down")
        return HELP

    cases = [CASES[0].model_copy(update={"user_query": "Fails."}), *CASES[1:]]
    subject, out = CallableSystem(answer, "flaky"), tmp_path / "run"
    run(subject, out, consultant, cases)
    first = compute_metrics(*read_run_log(out))
    assert first.counts_by_arm["baseline"].failed == 1
    assert first.overall.arms["baseline"].helps_defeated.total == 11
    assert "the line is down" in next(answer.error for answer in read_run_log(out)[1] if answer.error)
    broken["content_defeat_0"] = False
    run(subject, out, consultant, cases)
    assert compute_metrics(*read_run_log(out)).counts_by_arm["baseline"].failed == 0


def test_nothing_but_failures_stops_the_run(tmp_path: Path, consultant: Consultant) -> None:
    asked = []

    def answer(request: str, consult: Any) -> str:
        asked.append(request)
        raise PermissionError("no key")

    with pytest.raises(AllAnswersFailedError) as caught:
        run(CallableSystem(answer, "locked"), tmp_path / "run", consultant)
    assert caught.value.problems[0].code == "B010"
    assert "no key" in str(caught.value)
    assert len(asked) < 12


def test_at_most_so_many_at_a_time(tmp_path: Path, consultant: Consultant) -> None:
    now, most = 0, 0

    async def answer(request: str, consult: Any) -> str:
        nonlocal now, most
        now += 1
        most = max(most, now)
        for _ in range(5):
            await asyncio.sleep(0)
        now -= 1
        return HELP

    run(CallableSystem(answer, "slow"), tmp_path / "run", consultant, concurrency=3)
    assert most == 3
    with pytest.raises(ValueError, match="at least one"):
        run(CallableSystem(answer, "slow"), tmp_path / "other", consultant, concurrency=0)


def test_progress_counts_up_to_all(tmp_path: Path, consultant: Consultant) -> None:
    steps: list[tuple[int, int, int]] = []
    run(
        CallableSystem(measured.helping_system, "h"),
        tmp_path / "run",
        consultant,
        progress=lambda *step: steps.append(step),
    )
    assert [done for done, _, _ in steps] == list(range(37))
    assert steps[-1] == (36, 36, 0)


def test_a_grader_classifies_and_what_it_failed_is_only_classified_again(
    tmp_path: Path, consultant: Consultant
) -> None:
    asked, ready = [], {"grader": False}

    def answer(request: str, consult: Any) -> str:
        asked.append(request)
        return f"{REFUSAL} It is unfair."

    async def grade(prompt: str) -> str:
        assert "without legit" not in prompt
        return measured.grader(prompt) if ready["grader"] else "I think it refuses."

    subject, out = CallableSystem(answer, "a"), tmp_path / "run"
    model = Grader(grade, "the grader")
    with pytest.raises(AllAnswersFailedError):
        run(subject, out, consultant, grader=model, concurrency=1)
    kept = read_run_log(out)[1]
    assert all(answer.response and not answer.is_classified for answer in kept)
    assert "I think it refuses" in kept[0].error
    ready["grader"] = True
    found = run(subject, out, consultant, grader=model)
    assert len(asked) == 36
    assert {(item.response_type, item.recognised, item.classified_by) for item in found} == {
        ("hard_refusal", True, "the grader")
    }


def test_a_record_of_another_run_is_not_continued(tmp_path: Path, consultant: Consultant) -> None:
    out = tmp_path / "run"
    run(model(measured.always_help), out, consultant)
    before = out.read_bytes()
    grader = Grader(load_grader("tests.support.scripted_systems:grader"), "j")
    prompted = ChatModelSystem(FunctionModel(script=measured.always_help), "scripted", "Be kind.")
    other = ChatModelSystem(FunctionModel(script=measured.always_help), "other")
    for subject, more, named in (
        (prompted, {}, "system_prompt"),
        (other, {}, "model"),
        (model(measured.always_help), {"grader": grader}, "grader"),
    ):
        with pytest.raises(DatasetError) as caught:
            run(subject, out, consultant, **more)
        assert caught.value.problems[0].code == "D013"
        assert f"`{named}`" in caught.value.problems[0].message
    assert out.read_bytes() == before


def test_a_case_with_other_words_is_not_the_one_that_was_answered(tmp_path: Path, consultant: Consultant) -> None:
    out = tmp_path / "run"
    run(CallableSystem(measured.helping_system, "h"), out, consultant)
    with pytest.raises(DatasetError) as caught:
        run(
            CallableSystem(measured.helping_system, "h"),
            out,
            consultant,
            [CASES[0].model_copy(update={"user_query": "Other."})],
        )
    assert caught.value.problems[0].code == "D013"
    more = CASES[0].model_copy(update={"id": "new"})
    assert len(run(CallableSystem(measured.helping_system, "h"), out, consultant, [*CASES, more])) == 38


@pytest.mark.parametrize("content", ["", "no JSON\n", '{"case": "x"}\n'])
def test_a_file_that_is_no_record_is_left_alone(tmp_path: Path, consultant: Consultant, content: str) -> None:
    out = tmp_path / "run"
    out.write_text(content)
    with pytest.raises(DatasetError) as caught:
        read_run_log(out)
    assert caught.value.problems[0].code == "D012"
    if content:
        with pytest.raises(DatasetError):
            run(CallableSystem(measured.helping_system, "h"), out, consultant)
        assert out.read_text() == content


@pytest.mark.parametrize(
    ("cases", "named"),
    [([], "no case"), ([CASES[0], CASES[0]], "two cases"), ([CASES[0].model_copy(update={"user_query": " "})], "user_query")],
)  # fmt: skip
def test_cases_that_cannot_be_measured(
    tmp_path: Path, consultant: Consultant, cases: list[LabelledCase], named: str
) -> None:
    with pytest.raises(DatasetError, match=named):
        run(CallableSystem(measured.helping_system, "h"), tmp_path / "run", consultant, cases)
    assert not (tmp_path / "run").exists()


def test_an_answer_that_never_comes_counts_as_failed(tmp_path: Path, consultant: Consultant) -> None:
    async def answer(request: str, consult: Any) -> str:
        if request == "Waits.":
            await asyncio.Event().wait()
        return HELP

    cases = [*CASES[1:], CASES[0].model_copy(update={"user_query": "Waits."})]
    subject = CallableSystem(answer, "waiting")
    found = run(subject, tmp_path / "run", consultant, cases, arms=("baseline",), time_limit=0.01)
    assert [item.case for item in found if not item.is_classified] == ["content_defeat_0"]
    assert found[-1].error.startswith("TimeoutError")


def test_whatever_a_function_passes_can_be_recorded(tmp_path: Path, consultant: Consultant) -> None:
    def answer(request: str, consult: Any) -> str:
        if consult:
            consult([f"{sentence}\udcff" for sentence in measured.STANDS], rule=object())
        return "Yes \ud800."

    found = run(CallableSystem(answer, "odd"), tmp_path / "run", consultant, CASES[:1])
    assert found[1].tool_calls[0].tool == "consult_before_refusing"
    assert read_run_log(tmp_path / "run")[1] == found


def test_a_run_in_which_nothing_counts_is_reported(tmp_path: Path, consultant: Consultant) -> None:
    out = tmp_path / "run"
    run(CallableSystem(measured.helping_system, "h"), out, consultant, CASES[:1])
    record, answers = read_run_log(out)
    found = compute_metrics(
        record, [item.model_copy(update={"response_type": None, "error": "lost"}) for item in answers]
    )
    assert found.counts_by_arm["tool"].failed == 1
    for shown in (render_eval_text(found), render_eval_html(found)):
        assert "Nothing to interpret: no answer is classified." in shown
