"""Batches over Ray: whatever dies midway, the output is that of one machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from legit import batch
from legit.batch import ray as batch_ray
from legit.batch.job import BatchOptions, run_batch
from legit.batch.ray import run_on_cluster
from legit.batch.summary import BatchSummary
from legit.cli import main
from legit.errors import BatchError
from legit.judge import Judge
from tests.batch.test_batch_judge import _rows

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed")
KEPT = BatchOptions(keep=("id",))
GROUP = 250


@pytest.fixture
def folder(tmp_path: Path, judge: Judge) -> Path:
    """Two files with several row groups each, and the same rows in one file."""
    rows = _rows(judge, 400)
    table = pa.table({"id": list(range(2000)), "facts": rows * 5})
    (tmp_path / "in" / "later").mkdir(parents=True)
    pq.write_table(table.slice(0, 1250), tmp_path / "in" / "a.parquet", row_group_size=GROUP)
    pq.write_table(table.slice(1250), tmp_path / "in" / "later" / "b.parquet", row_group_size=GROUP)
    pq.write_table(table, tmp_path / "whole.parquet")
    return tmp_path


def _in_order(out: Path, kind: str) -> list[dict[str, Any]]:
    """The rows of the output as the manifest lists their files, which is the order of the rows."""
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    rows = [row for unit in manifest["units"] if kind in unit for row in pq.read_table(out / unit[kind]).to_pylist()]
    assert [row["row"] for row in rows] == sorted({row["row"] for row in rows}), "none lost order, none doubled"
    return rows


def _check_output(folder: Path) -> BatchSummary:
    """Compare the output with that of one machine; returns what that came to."""
    summary = run_batch(
        str(folder / "whole.parquet"), folder / "alone.parquet", KEPT, rejects=folder / "rejects.parquet", workers=1
    )
    assert _in_order(folder / "out", "decisions") == pq.read_table(folder / "alone.parquet").to_pylist()
    assert _in_order(folder / "out", "rejects") == pq.read_table(folder / "rejects.parquet").to_pylist()
    assert summary.rejected, "the rows of this test have some that cannot be judged"
    return summary


@needs_ray
@pytest.mark.slow
def test_a_worker_and_a_node_are_killed_and_no_row_is_lost_or_doubled(folder: Path, judge: Judge) -> None:
    script = Path(__file__).with_name("ray_cluster.py")
    root = Path(__file__).parents[2]
    command = [sys.executable, str(script), str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONWARNINGS": "ignore"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, start_new_session=True
    ) as process:
        try:
            printed, _ = process.communicate(timeout=240)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            raise
    assert process.returncode == 0, printed
    assert "killed a worker" in printed
    assert "killed a node" in printed
    summary = _check_output(folder)
    assert f"decided {summary.verdicts.total()} of {summary.rows}" in printed
    found = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
    expected = batch.decide(pq.read_table(folder / "in" / "a.parquet").slice(0, 500), judge).drop_columns(["row"])
    assert sorted(found, key=lambda row: row["id"]) == expected.to_pylist()


class _OneMachine:
    """Stands in for the cluster: makes the units here, in another order, each of some of them twice."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, most: int | None = None) -> None:
        self.made: list[str] = []

        def make(job: Any, units: Any) -> Any:
            actor = batch_ray._UnitActor(job)
            for unit in [*reversed(units), *units[:2]]:
                if most is not None and len(self.made) == most:
                    raise KeyboardInterrupt
                row = {"unit": [json.dumps(batch_ray.asdict(unit))]}
                (problems,) = actor(row)["problems"]
                if json.loads(problems):
                    raise BatchError(*(batch_ray.Problem(*one[:2], source=one[2]) for one in json.loads(problems)))
                self.made.append(unit.digest)
                yield

        monkeypatch.setattr(batch_ray, "_make", make)
        monkeypatch.setattr(batch_ray, "_connected", lambda *_: pytest.MonkeyPatch.context())
        monkeypatch.setattr(
            batch_ray, "import_optional", lambda name, *_: __import__(name, fromlist=["x"]) if name != "ray" else None
        )


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_the_order_of_the_units_does_not_matter(folder: Path, monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    machine = _OneMachine(monkeypatch)
    seen = []
    summary = run_on_cluster(
        f"{scheme}{folder / 'in'}", f"{scheme}{folder / 'out'}", KEPT, progress=lambda *step: seen.append(step)
    )
    assert len(set(machine.made)) == 8
    assert seen[-1] == (2000, 2000)
    assert summary == _check_output(folder)


def test_a_run_that_was_stopped_makes_only_what_is_missing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        _OneMachine(patched, most=3)
        with pytest.raises(KeyboardInterrupt):
            run_on_cluster(str(folder / "in"), str(folder / "out"), KEPT)
    assert not (folder / "out" / "manifest.json").exists(), "the manifest is written last"
    (folder / "out" / "decisions" / ".half.parquet.1").write_bytes(b"PAR1")
    again = _OneMachine(monkeypatch)
    run_on_cluster(str(folder / "in"), str(folder / "out"), KEPT)
    assert len(set(again.made)) == 5
    _check_output(folder)
    assert not (folder / "out" / "decisions" / ".half.parquet.1").exists()


def test_decisions_of_other_cases_are_not_mixed_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _OneMachine(monkeypatch)
    run_on_cluster(str(folder / "in"), str(folder / "out"), KEPT)
    with pytest.raises(BatchError, match="B108"):
        run_on_cluster(str(folder / "whole.parquet"), str(folder / "out"), KEPT)


def test_a_node_with_another_base_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _OneMachine(monkeypatch)
    monkeypatch.setattr(batch_ray._UnitActor, "__init__", _with_another_base)
    with pytest.raises(BatchError, match="B111"):
        run_on_cluster(str(folder / "in"), str(folder / "out"), KEPT)


def _with_another_base(self: Any, job: Any) -> None:
    job.base_digest = "0" * 64
    self._job = job


@pytest.mark.parametrize(
    ("source", "options", "code"),
    [
        ("nowhere", KEPT, "B104"), ("nothing://x", KEPT, "B104"), ("empty", KEPT, "B104"), ("in", BatchOptions(facts="words"), "B101"),
        ("in", BatchOptions(explain=("verdict",)), "B109"), ("in", BatchOptions(keep=("name",)), "B101"), ("bad.parquet", KEPT, "B104"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch, source: str, options: BatchOptions, code: str
) -> None:
    _OneMachine(monkeypatch)
    (folder / "empty").mkdir()
    (folder / "bad.parquet").write_bytes(b"PAR1")
    place = source if "://" in source else str(folder / source)
    with pytest.raises(BatchError, match=code):
        run_on_cluster(place, str(folder / "out"), options)


@pytest.mark.parametrize("option", [["--log", "x.log"], ["--rejects", "x.jsonl"], ["--workers", "2"]])
def test_the_command_takes_no_option_that_a_cluster_has_not(
    folder: Path, capsys: pytest.CaptureFixture[str], option: list[str]
) -> None:
    assert main(["batch", str(folder / "in"), str(folder / "out"), "--ray", "local", *option]) == 2
    assert f"{option[0]} is not for --ray" in capsys.readouterr().err


def test_the_command_decides_on_a_cluster(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _OneMachine(monkeypatch)
    assert main(["batch", str(folder / "in"), str(folder / "out"), "--ray", "local", "--keep", "id"]) == 0
    printed = capsys.readouterr().err
    assert printed.startswith("2000 rows\n")
    assert str(folder / "out" / "rejects") in printed
    _check_output(folder)
