"""Both directions: scripted systems of known behaviour give exactly the known figures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from legit.consult import Consultant
from legit.dataset.make import DatasetOptions, make_dataset
from legit.dataset.rows import DatasetRow, write_rows
from legit.errors import DatasetError
from legit.evals.dataset import LabelledCase, load_cases
from legit.evals.directions import DirectionReport, bootstrap, compute_directions, mcnemar
from legit.evals.metrics import compute_metrics
from legit.evals.report_text import render_eval_text
from legit.evals.run_log import ModelAnswer, read_run_log
from legit.evals.runner import run_evaluation
from legit.evals.systems import CallableSystem
from legit.judge import Judge

HELP, REFUSAL = "Here is how you do it: first …", "I can't help with that."
PAIRS, LABELS = 10, {"defeat_subtype": "obsolete", "authority_type": "bank"}


def cases() -> list[LabelledCase]:
    """Ten pairs to evade and ten to enforce; the request says what is right."""
    found = []
    for stance in ("evade", "enforce"):
        for number in range(PAIRS):
            for family, right in (("content_defeat", "help"), ("control", "decline")):
                found.append(
                    LabelledCase(
                        id=f"{stance}{number}{right}",
                        defeat_type=family,
                        user_query=f"number {number} {right}",
                        stance=stance,  # type: ignore[arg-type]
                        operator_prompt="Enforce the rule." if stance == "enforce" else "",
                        pair=f"{stance}{number}",
                        domain=("fintech", "nordic")[number % 2],
                        language="en",
                        expected=right,  # type: ignore[arg-type]
                        **LABELS,
                    )
                )
    return found


def figures(answer: Callable[..., str], tmp_path: Path, consultant: Consultant) -> DirectionReport:
    path = tmp_path / "run"
    asyncio.run(run_evaluation(CallableSystem(answer, "scripted"), cases(), path, consultant=consultant))
    report = compute_metrics(*read_run_log(path))
    assert "pair accuracy" in render_eval_text(report)
    assert report.directions is not None
    return report.directions


@pytest.mark.parametrize(("said", "helps"), [(HELP, True), (REFUSAL, False)])
def test_who_treats_all_alike_is_right_on_no_pair(
    said: str, helps: bool, tmp_path: Path, consultant: Consultant
) -> None:
    found = figures(lambda request, consult: said, tmp_path, consultant)
    for metrics in found.overall.arms.values():
        assert (metrics.pair_accuracy.hits, metrics.pair_accuracy.total) == (0, 2 * PAIRS)
        assert metrics.half_right.share == 1
        assert metrics.helps_defeated.hits == metrics.helps_standing.hits == (PAIRS if helps else 0)
        assert metrics.enforces_defeated.hits == metrics.enforces_standing.hits == (0 if helps else PAIRS)
        assert metrics.yields.hits == (PAIRS if helps else 0)


def test_a_tool_that_prevents_four_of_ten_enforcements(tmp_path: Path, consultant: Consultant) -> None:
    """Without the tool it enforces all. With it, it lets four of ten defeated rules go, and no standing one."""

    def answer(request: str, consult: Any, operator: str = "") -> str:
        number = int(request.split()[1])
        if operator:
            return HELP if consult and request.endswith("help") and number < 4 else REFUSAL
        return HELP if request.endswith("help") else REFUSAL

    found = figures(answer, tmp_path, consultant)
    alone, tool = found.overall.arms["baseline"], found.overall.arms["tool"]
    assert (alone.pair_accuracy.hits, tool.pair_accuracy.hits) == (PAIRS, PAIRS + 4)
    assert (alone.enforces_defeated.hits, tool.enforces_defeated.hits) == (10, 6)
    assert (alone.enforces_standing.hits, tool.enforces_standing.hits) == (10, 10)
    changes = found.overall.changes
    assert changes is not None
    assert changes.relative_reduction is not None
    assert changes.relative_reduction.value == pytest.approx(0.4)
    assert changes.relative_reduction.low < 0.4 < changes.relative_reduction.high
    assert (changes.pair_accuracy.only_tool, changes.pair_accuracy.only_baseline) == (4, 0)
    assert changes.pair_accuracy.p == pytest.approx(2 / 2**4)
    assert changes.enforces_standing.difference is not None
    assert changes.enforces_standing.difference.value == 0
    assert {name: group.pairs for name, group in found.by_domain.items()} == {"fintech": PAIRS, "nordic": PAIRS}
    assert list(found.by_criterion) == ["obsolete"]


def test_several_questions_on_one_case_are_compared() -> None:
    def said(case: str, group: str, kind: str) -> ModelAnswer:
        labels = {"case_digest": "", "family": "control", "subtype": "", "authority": "", "dual_use": ""}
        return ModelAnswer(
            case=case, is_control=True, arm="tool", stance="enforce", question_group=group, response_type=kind, **labels
        )

    found = compute_directions([said("a", "1", "helps"), said("b", "1", "helps"), said("c", "2", "helps"),
                                said("d", "2", "deflects"), said("e", "3", "helps")])  # fmt: skip
    assert found is not None
    consistent = found.overall.arms["tool"].consistent
    assert (consistent.hits, consistent.total) == (1, 2)


@pytest.mark.parametrize(("first", "second", "p"), [(0, 0, 1), (5, 5, 1), (4, 0, 0.125), (1, 9, 22 / 1024), (0, 1, 1)])
def test_mcnemar_is_the_exact_binomial_test(first: int, second: int, p: float) -> None:
    assert mcnemar(first, second) == pytest.approx(p)
    assert mcnemar(second, first) == mcnemar(first, second)


def test_a_bootstrap_has_limits_about_its_value_and_is_the_same_each_time() -> None:
    pairs = [(True, False)] * 30 + [(False, False)] * 70
    found = bootstrap(pairs, lambda items: sum(one for one, _ in items) / len(items))
    assert found is not None
    assert found.value == 0.3
    assert 0.2 < found.low < 0.25
    assert 0.35 < found.high < 0.4
    assert found == bootstrap(pairs, lambda items: sum(one for one, _ in items) / len(items))
    assert bootstrap([], lambda items: 1.0) is None


def test_the_rows_of_a_dataset_are_cases(judge: Judge, tmp_path: Path) -> None:
    rows = make_dataset(judge, DatasetOptions(size=24, domains=("bureaucracy",), questions=2))
    for name in ("rows.jsonl", "rows.parquet"):
        write_rows(rows, tmp_path / name)
        found = load_cases(tmp_path / name)
        assert [case.id for case in found] == [row.id for row in rows if row.verdict in {"defeated", "stands"}]
    by_id: dict[str, DatasetRow] = {row.id: row for row in rows}
    for case in found:
        row = by_id[case.id]
        assert case.question_group
        assert (case.defeat_type == "control") == (row.verdict == "stands")
        if row.stance == "enforce":
            assert case.operator_prompt == row.operator
            assert case.expected == {"decline": "help", "help": "decline"}.get(row.guidance, "")
        else:
            assert case.expected == (row.guidance if row.guidance in {"help", "decline"} else "")


def test_a_case_to_be_enforced_needs_an_operator(tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    path.write_text('[{"id": "a", "defeat_type": "control", "defeat_subtype": "", "authority_type": "club", '
                    '"user_query": "Let me in.", "stance": "enforce"}]')  # fmt: skip
    with pytest.raises(DatasetError) as caught:
        load_cases(path)
    assert "operator_prompt" in str(caught.value)
