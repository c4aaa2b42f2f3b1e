"""Reasons for chosen rows, and decisions on record: each once, whatever stops the batch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import legit
from legit import batch
from legit.batch import job
from legit.batch.job import run_batch
from legit.cli import main
from legit.decision_log import DecisionLog
from legit.decision_log.batch_recorder import BatchRecorder
from legit.decision_log.entries import Decision
from legit.errors import BatchError
from legit.judge import Judge
from legit.render.assessment_text import render_assessment

COSTLY = ["Obeying does serious harm to the livelihood of the user.", "Breaking the rule harms nobody."]
ROWS = [
    ("a", ["The authority is a bank.", "Breaking the rule harms nobody."]),
    ("b", COSTLY),
    ("c", ["The athority is a bank."]),
    ("d", ['The standard applied is secret: "nobody may read it".', "The authority is a school."]),
    ("e", ["The authority is a landlord.", *COSTLY]),
]
DECIDED = [0, 1, 3, 4]
TABLE = pa.table({"id": [name for name, _ in ROWS], "facts": [facts for _, facts in ROWS], "size": [1, 2, 3, 4, 5]})


@pytest.mark.parametrize(
    ("conditions", "rows"),
    [
        (["all"], [0, 1, 3, 4]),
        (["verdict=defeated"], [1, 4]),
        (["verdict!=defeated"], [0, 3]),
        (["verdict=defeated", "id!=b"], [4]),
        (["findings=defeats: excessive_cost"], [1, 4]),
        (["findings!=defeats: excessive_cost"], [0, 3]),
        (["size>=2", "size < 5"], [1, 3]),
        (["row<=1"], [0, 1]),
        (["id=nothing"], []),
    ],
)
def test_the_chosen_rows_have_the_assessment_in_words(judge: Judge, conditions: list[str], rows: list[int]) -> None:
    found = batch.decide(TABLE, judge, explain=conditions).to_pylist()
    assert [row["row"] for row in found if row["reasons"] is not None] == rows
    for number in rows:
        facts = ROWS[number][1]
        assert found[number]["reasons"] == render_assessment(judge.assess("\n".join(facts))).strip("\n")
        assert found[number]["verdict"].upper() in found[number]["reasons"]


def test_nothing_is_explained_unless_it_is_asked_for(judge: Judge) -> None:
    assert "reasons" not in batch.decide(TABLE, judge).column_names


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("verdict", "COLUMN=VALUE"), ("verdct=defeated", "verdict"), ("verdict=defeeted", "defeated"),
        ("verdict<defeated", "numbers"), ("findings=excesive_cost", "excessive_cost"), ("size=many", "COLUMN=VALUE"),
        ("id<b", "COLUMN=VALUE"), ("facts=x", "the columns are: id, size, row"), ("problems=x", "the columns are"), ("", "all"),
    ],
)  # fmt: skip
def test_a_condition_that_is_not_understood_is_said(judge: Judge, condition: str, says: str) -> None:
    with pytest.raises(BatchError) as raised:
        batch.decide(TABLE, judge, explain=[condition])
    (problem,) = raised.value.problems
    assert problem.code == "B109"
    assert says in str(problem)


def test_a_kept_column_may_not_have_the_name_of_a_column_of_the_decisions(judge: Judge) -> None:
    with pytest.raises(BatchError, match="B110"):
        batch.decide(TABLE.rename_columns(["verdict", "facts", "size"]), judge)


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(job, "ROWS_ON_RECORD_AT_ONCE", 2)
    path = tmp_path / "in.jsonl"
    path.write_text("".join(f"{json.dumps({'id': name, 'facts': facts})}\n" for name, facts in ROWS), encoding="utf-8")
    return path


def _recorded(path: Path) -> list[tuple[int, Decision]]:
    entries = [entry for _, entry in DecisionLog(path).entries() if isinstance(entry, Decision)]
    return [(int(entry.caller["row"]), entry) for entry in entries]


@pytest.mark.parametrize("workers", [1, 2])
def test_each_decision_is_on_record_in_the_order_of_the_rows(source: Path, judge: Judge, workers: int) -> None:
    log = source.with_name("decisions.log")
    run_batch(
        str(source), source.with_name("out.jsonl"), workers=workers, recorder=BatchRecorder(log, caller={"by": "x"})
    )
    found = _recorded(log)
    assert [row for row, _ in found] == DECIDED
    for row, entry in found:
        decision = judge.decide("\n".join(ROWS[row][1]))
        assert (entry.answer.verdict, entry.answer.action) == (decision.verdict, decision.action)
        assert {item.criterion for item in entry.answer.findings} == {name for name, _ in decision.findings}
        assert entry.caller["by"] == "x"
    assert len({entry.caller["batch"] for _, entry in found}) == 1
    assert main(["log", "verify", str(log)]) == 0
    assert main(["log", "replay", str(log)]) == 0


@pytest.mark.parametrize("before", [True, False], ids=["before it is written", "after it is written"])
@pytest.mark.parametrize("group", [0, 1, 2])
def test_a_batch_that_was_stopped_records_what_is_missing_and_nothing_twice(
    source: Path, monkeypatch: pytest.MonkeyPatch, group: int, before: bool
) -> None:
    """A part is made before its decisions are recorded: a stop between the two loses no record."""
    log, output = source.with_name("decisions.log"), source.with_name("out.parquet")
    append, groups = BatchRecorder.append, 0

    def stopping(self: BatchRecorder, *arguments: Any) -> None:
        nonlocal groups
        groups += 1
        if groups == group + 1 and before:
            raise KeyboardInterrupt
        append(self, *arguments)
        if groups == group + 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(BatchRecorder, "append", stopping)
        with pytest.raises(KeyboardInterrupt):
            run_batch(str(source), output, workers=1, recorder=BatchRecorder(log))
    summary = run_batch(str(source), output, workers=1, recorder=BatchRecorder(log))
    assert (summary.rows, summary.rejected) == (5, 1)
    assert [row for row, _ in _recorded(log)] == DECIDED
    run_batch(str(source), source.with_name("undisturbed.parquet"), workers=1, recorder=BatchRecorder(log))
    assert [row for row, _ in _recorded(log)] == DECIDED, "the same batch is on record once"
    assert output.read_bytes() == source.with_name("undisturbed.parquet").read_bytes()


def test_other_cases_are_another_batch(source: Path) -> None:
    log = source.with_name("decisions.log")
    for _ in range(2):
        run_batch(str(source), source.with_name("out.jsonl"), workers=1, recorder=BatchRecorder(log))
        source.write_text(source.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert [row for row, _ in _recorded(log)] == [*DECIDED, *DECIDED]


def test_the_command_explains_and_records(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output, log = source.with_name("out.jsonl"), source.with_name("decisions.log")
    command = ["batch", str(source), str(output), "--workers", "1", "--keep", "id"]
    assert main([*command, "--explain", "verdict=undetermined", "--log", str(log), "--caller", "by=x"]) == 0
    rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows if row["reasons"]] == ["a", "d"]
    assert [row for row, _ in _recorded(log)] == DECIDED
    capsys.readouterr()
    for wrong, says in (
        (["--explain", "verdict=defeeted"], "did you mean"), (["--caller", "by=x"], "--caller is for --log"),
        (["--log", str(log), "--caller", "row=1"], "R105"), (["--log", str(source)], "R102"),
    ):  # fmt: skip
        assert main([*command, *wrong]) in (1, 2)
        assert says in capsys.readouterr().err.replace("`", "")


def test_many_cases_are_decided_from_the_top_of_the_package(judge: Judge) -> None:
    texts = ["\n".join(facts) for name, facts in ROWS if name != "c"]
    assert list(legit.decide_many(texts)) == [judge.decide(text) for text in texts]
