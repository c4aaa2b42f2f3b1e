"""A batch from a file to a file: every format, rows that are broken, a run that was stopped."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from legit.batch import job, sources
from legit.batch.job import BatchOptions, run_batch
from legit.cli import main
from legit.errors import BatchError
from legit.judge import Judge

ROWS = [
    {"id": "a", "facts": ["The authority is a bank.", "Breaking the rule harms nobody."]},
    {"id": "b", "facts": ['The standard applied is secret: "x, y".', "The authority is a school."]},
    {"id": "c", "facts": ["The authority is a shop nobody knows."]},
    {"id": "d", "facts": ["The user was or is being penalised.", "The user was not penalised."]},
    {
        "id": "e",
        "facts": ["Obeying does serious harm to the livelihood of the user.", "Breaking the rule harms nobody."],
    },
]
DECIDED, REJECTED = ["a", "b", "e"], {"c": "L1", "d": "C201"}
KEPT = BatchOptions(keep=("id",))


@pytest.fixture(autouse=True)
def _small_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "ROWS_IN_UNIT", 2)


def _json_lines(path: Path) -> None:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in ROWS), encoding="utf-8")


def _csv(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["facts", "id"])
        writer.writerows(["\n".join(row["facts"]), row["id"]] for row in ROWS)


def _table() -> pa.Table:
    return pa.Table.from_pylist(ROWS)


def _arrow_file(path: Path) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, _table().schema) as writer:
        writer.write_table(_table())


def _arrow_stream(path: Path) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, _table().schema) as writer:
        writer.write_table(_table())


INPUTS: dict[str, Callable[[Path], None]] = {
    "in.jsonl": _json_lines,
    "in.csv": _csv,
    "in.parquet": lambda path: pq.write_table(_table(), path),
    "in.arrow": _arrow_file,
    "in.ipc": _arrow_stream,
}


def _read_csv(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


OUTPUTS: dict[str, Callable[[Path], list[dict[str, Any]]]] = {
    "out.jsonl": lambda path: [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()],
    "out.csv": _read_csv,
    "out.parquet": lambda path: pq.read_table(path).to_pylist(),
    "out.arrow": lambda path: pa.ipc.open_file(str(path)).read_all().to_pylist(),
    "out.duckdb": lambda path: duckdb.connect(str(path)).sql("from decisions").to_arrow_table().to_pylist(),
}


@pytest.mark.parametrize("name", INPUTS)
def test_every_input_gives_the_same_decisions(tmp_path: Path, judge: Judge, name: str) -> None:
    INPUTS[name](tmp_path / name)
    summary = run_batch(str(tmp_path / name), tmp_path / "out.jsonl", KEPT, workers=1)
    rows = OUTPUTS["out.jsonl"](tmp_path / "out.jsonl")
    assert [(row["row"], row["id"]) for row in rows] == [(0, "a"), (1, "b"), (4, "e")]
    for row in rows:
        decision = judge.decide("\n".join(ROWS[row["row"]]["facts"]))
        assert (row["verdict"], row["action"]) == (decision.verdict.value, decision.action)
        assert [(item["criterion"], item["effect"]) for item in row["findings"]] == list(decision.findings)
    rejects = OUTPUTS["out.jsonl"](tmp_path / "out.jsonl.rejects.jsonl")
    assert [row["id"] for row in rejects] == list(REJECTED)
    assert all(row["problems"][0]["code"].startswith(REJECTED[row["id"]]) for row in rejects)
    assert all(row["problems"][0]["line"] and row["problems"][0]["help"] for row in rejects)
    assert (summary.rows, summary.rejected, summary.verdicts.total()) == (5, 2, 3)
    assert summary.problems.total() == 2
    assert not (tmp_path / "out.jsonl.parts").exists()


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_output_holds_the_decisions(tmp_path: Path, name: str) -> None:
    _json_lines(tmp_path / "in.jsonl")
    run_batch(str(tmp_path / "in.jsonl"), tmp_path / name, KEPT, workers=1)
    run_batch(str(tmp_path / "in.jsonl"), tmp_path / "plain.jsonl", KEPT, workers=1)
    rows, plain = OUTPUTS[name](tmp_path / name), OUTPUTS["out.jsonl"](tmp_path / "plain.jsonl")
    assert [(row["id"], row["verdict"], row["action"]) for row in rows] == [
        (row["id"], row["verdict"], row["action"]) for row in plain
    ]


def test_a_file_of_a_folder_without_a_case_is_told(tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "empty.legit").write_text("# nothing yet\n", encoding="utf-8")
    summary = run_batch(str(tmp_path / "cases"), tmp_path / "out.jsonl", workers=1)
    assert (summary.rows, summary.rejected) == (1, 1)
    (line,) = (tmp_path / "out.jsonl.rejects.jsonl").read_text(encoding="utf-8").splitlines()
    assert (json.loads(line)["file"], json.loads(line)["problems"][0]["code"]) == ("empty.legit", "L005")


def test_a_folder_of_sentences_is_read_case_by_case(tmp_path: Path) -> None:
    folder = tmp_path / "cases" / "deep"
    folder.mkdir(parents=True)
    (folder / "two.legit").write_text(
        'Case "first".\nThe authority is a bank.\n\nCase "second".\nThe athority is a bank.\n', encoding="utf-8"
    )
    (tmp_path / "cases" / "bad.legit").write_bytes(b"\xff\xfe")
    run_batch(str(tmp_path / "cases"), tmp_path / "out.jsonl", workers=1)
    (row,) = OUTPUTS["out.jsonl"](tmp_path / "out.jsonl")
    assert (row["file"], row["case"]) == ("deep/two.legit", "first")
    rejects = OUTPUTS["out.jsonl"](tmp_path / "out.jsonl.rejects.jsonl")
    assert [(row["file"], row["problems"][0]["code"]) for row in rejects] == [
        ("bad.legit", "B104"), ("deep/two.legit", "L108"),
    ]  # fmt: skip


BROKEN = [
    (b"{\n", "B106"), (b'"text"\n', "B107"), (b"[1]\n", "B107"), (b'{"id": "x"}\n', "B107"), (b'{"facts": [1]}\n', "B107"),
    (b"\xff\xfe\n", "B106"), (b"[" * 100_000 + b"\n", "B106"), (b'{"facts": []}\n', "L005"), (b'{"facts": "\\ud800"}\n', "B107"),
]  # fmt: skip


def test_a_kept_value_with_half_a_character_is_kept_as_json_writes_it(tmp_path: Path) -> None:
    facts = json.dumps(ROWS[0]["facts"])
    (tmp_path / "in.jsonl").write_text(
        f'{{"id": "\\ud800", "facts": {facts}}}\n{{"id": {{"b": 1, "a": "é"}}, "facts": {facts}}}\n', encoding="utf-8"
    )
    run_batch(str(tmp_path / "in.jsonl"), tmp_path / "out.jsonl", KEPT, workers=1)
    rows = OUTPUTS["out.jsonl"](tmp_path / "out.jsonl")
    assert [row["id"] for row in rows] == ['"\\ud800"', '{"a": "é", "b": 1}']


def test_the_line_of_a_broken_row_counts_blank_lines(tmp_path: Path) -> None:
    good = json.dumps(ROWS[0])
    (tmp_path / "in.jsonl").write_text(f"\n{good}\n \n{good}\n\n{good}\n\n\n{{\n{good}\n", encoding="utf-8")
    run_batch(str(tmp_path / "in.jsonl"), tmp_path / "out.jsonl", workers=1)
    (row,) = OUTPUTS["out.jsonl"](tmp_path / "out.jsonl.rejects.jsonl")
    assert (row["row"], row["problems"][0]["line"]) == (3, 9)
    assert [one["row"] for one in OUTPUTS["out.jsonl"](tmp_path / "out.jsonl")] == [0, 1, 2, 4]


def test_broken_rows_stop_nothing_and_are_all_told(tmp_path: Path) -> None:
    chance = random.Random(5)
    good = f"{json.dumps(ROWS[0])}\n".encode()
    rows = [good if chance.random() < 0.5 else chance.choice(BROKEN) for _ in range(60)]
    (tmp_path / "in.jsonl").write_bytes(b"".join(row if isinstance(row, bytes) else row[0] for row in rows))
    run_batch(str(tmp_path / "in.jsonl"), tmp_path / "out.jsonl", workers=1)
    decided = OUTPUTS["out.jsonl"](tmp_path / "out.jsonl")
    rejects = OUTPUTS["out.jsonl"](tmp_path / "out.jsonl.rejects.jsonl")
    assert [row["row"] for row in decided] == [number for number, row in enumerate(rows) if row is good]
    assert [(row["row"], row["problems"][0]["code"]) for row in rejects] == [
        (number, row[1]) for number, row in enumerate(rows) if isinstance(row, tuple)
    ]


def _stop_after(monkeypatch: pytest.MonkeyPatch, most: int, source: Path, output: Path) -> None:
    """Run a batch that is stopped when it has made some parts."""
    make, made = job._make_part, list[Path]()

    def stop(*arguments: Any) -> Any:
        if len(made) == most:
            raise KeyboardInterrupt
        made.append(arguments[1])
        return make(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(job, "_make_part", stop)
        with pytest.raises(KeyboardInterrupt):
            run_batch(str(source), output, KEPT, workers=1)


@pytest.mark.parametrize("name", ["out.jsonl", "out.parquet"])
@pytest.mark.parametrize("stopped_after", range(3))
def test_a_run_that_was_stopped_goes_on_and_ends_with_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, stopped_after: int
) -> None:
    _json_lines(tmp_path / "in.jsonl")
    run_batch(str(tmp_path / "in.jsonl"), tmp_path / f"whole-{name}", KEPT, workers=1)
    _stop_after(monkeypatch, stopped_after, tmp_path / "in.jsonl", tmp_path / name)
    resumed = run_batch(str(tmp_path / "in.jsonl"), tmp_path / name, KEPT, workers=1)
    assert (tmp_path / name).read_bytes() == (tmp_path / f"whole-{name}").read_bytes()
    assert resumed.rows == 5


def test_parts_of_another_run_are_not_taken_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _json_lines(tmp_path / "in.jsonl")
    _stop_after(monkeypatch, 1, tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    with pytest.raises(BatchError, match="B108"):
        run_batch(str(tmp_path / "in.jsonl"), tmp_path / "out.jsonl", BatchOptions(), workers=1)


def test_another_process_with_the_same_output_is_told(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    _json_lines(tmp_path / "in.jsonl")
    folder = tmp_path / "out.jsonl.parts"
    folder.mkdir()
    with (folder / ".lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(BatchError, match="another process is writing this output"):
            run_batch(str(tmp_path / "in.jsonl"), tmp_path / "out.jsonl", KEPT, workers=1)
    assert run_batch(str(tmp_path / "in.jsonl"), tmp_path / "out.jsonl", KEPT, workers=1).rows == 5


@pytest.mark.parametrize(("output", "rejects"), [("in.jsonl", None), ("./in.jsonl", None), ("out.jsonl", "in.jsonl")])
def test_no_output_takes_the_place_of_the_input(tmp_path: Path, output: str, rejects: str | None) -> None:
    _json_lines(tmp_path / "in.jsonl")
    before = (tmp_path / "in.jsonl").read_bytes()
    with pytest.raises(BatchError, match="this is the input, which would be lost"):
        run_batch(
            str(tmp_path / "in.jsonl"),
            tmp_path / output,
            KEPT,
            workers=1,
            rejects=tmp_path / rejects if rejects else None,
        )
    assert (tmp_path / "in.jsonl").read_bytes() == before


def test_a_row_that_is_not_understood_has_the_nearest_sentence_in_its_help(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"facts": ["The athority is a landlord."]}\n', encoding="utf-8")
    run_batch(str(tmp_path / "in.jsonl"), tmp_path / "out.jsonl", workers=1)
    (line,) = (tmp_path / "out.jsonl.rejects.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["problems"][0]["help"] == "did you mean: The authority is a landlord."


def test_a_run_that_could_not_begin_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _json_lines(tmp_path / "in.jsonl")
    _stop_after(monkeypatch, 0, tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert not list(tmp_path.glob("*.parts"))


def test_several_processes_give_the_same_bytes(tmp_path: Path) -> None:
    _json_lines(tmp_path / "in.jsonl")
    for workers in (1, 2):
        run_batch(str(tmp_path / "in.jsonl"), tmp_path / f"out{workers}.parquet", KEPT, workers=workers)
    assert (tmp_path / "out1.parquet").read_bytes() == (tmp_path / "out2.parquet").read_bytes()


@pytest.mark.parametrize(
    ("source", "output", "code"),
    [
        ("in.txt", "out.jsonl", "B103"), ("in.jsonl", "out.xlsx", "B103"), ("missing.parquet", "out.jsonl", "B104"),
        ("in.parquet", "out.jsonl", "B104"), ("in.csv", "out.jsonl", "B101"), ("in.jsonl", "nowhere/out.jsonl", "B105"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_or_written_is_said(tmp_path: Path, source: str, output: str, code: str) -> None:
    for name in ("in.txt", "in.jsonl", "in.parquet", "in.csv"):
        (tmp_path / name).write_text("a,b\n", encoding="utf-8")
    with pytest.raises(BatchError, match=code):
        run_batch(str(tmp_path / source), tmp_path / output, workers=1)


def test_the_command_writes_the_decisions_and_tells_what_it_came_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _json_lines(tmp_path / "in.jsonl")
    arguments = ["batch", str(tmp_path / "in.jsonl"), str(tmp_path / "out.csv"), "--keep", "id", "--workers", "1"]
    assert main(arguments) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("5 rows\n")
    assert "2 rows could not be judged: " in printed.err
    assert "C201" in printed.err
    assert [row["id"] for row in _read_csv(tmp_path / "out.csv")] == DECIDED
    assert main(["batch", str(tmp_path / "in.jsonl"), str(tmp_path / "out.xlsx")]) == 2
    assert "known are: .arrow, .csv, .duckdb" in capsys.readouterr().err
