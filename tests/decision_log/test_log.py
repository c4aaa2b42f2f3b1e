"""The log as programs use it: what is acknowledged is there, from several threads and processes, and can be proven."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import sqlite3
import stat
import struct
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from legit.decision_log import Checkpoint, DecisionLog, LogReader, merkle
from legit.decision_log.database import open_for_read
from legit.decision_log.entries import Decision, Override, Recovery, Redaction, canonical_json, from_bytes, to_bytes
from legit.decision_log.file_schema import NON_DECISION_SQL
from legit.decision_log.store import PendingEntry
from legit.decision_log.verify import verify
from legit.errors import CaseError, DecisionLogError, LanguageError
from legit.judge import Judge, cached_judge
from legit.knowledge.base import KnowledgeBase
from legit.model.facts import Case
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

BANK = 'Case "One".\nThe authority is a bank.\n\nThe rule requires "a stamp". [document "terms"]'


def test_a_decision_on_record(tmp_path: Path, judge: Judge) -> None:
    with DecisionLog(tmp_path / "log") as log:
        answer = log.assess(BANK, judge=judge, caller={"session": "s-1", "agent": "desk"})
        record = log.decision(2)
        assert record.caller == {"session": "s-1", "agent": "desk"}
        assert record.case == (
            'Case "⟨2text⟩".\nThe authority is a bank.\nThe rule requires "⟨1text⟩". [document "⟨3text⟩"]\n'
        )
        assert record.line_numbers == (2, 4)
        assert [(fact.predicate, fact.args, fact.speaker) for fact in record.facts] == [
            ("authority", ("creditor_insurer",), "user"),
            ("rule_requires", ("⟨1text⟩",), 'document "⟨3text⟩"'),
        ]
        assert record.answer.verdict is answer.verdict
        assert record.provenance.base_digest == judge.base.digest
        assert log.case_text(2) == judge.writer.case(judge.parse_case(BANK), as_written=True)
        assert [item.kind for _, item in log.entries()] == ["opened", "base", "decision"]


def test_records_rest_on_the_facts_that_the_answer_names(pristine: tuple[Path, Checkpoint], judge: Judge) -> None:
    log = LogReader(pristine[0])
    record = log.decision(2)
    answer = judge.assess(log.case_text(2))
    assert [item.criterion for item in record.answer.findings] == [item.criterion for item in answer.findings]
    sentences = judge.parse_case(record.case).facts
    for found, expected in zip(record.answer.findings, judge.assess(record.case).findings, strict=True):
        assert {judge.writer.sentence(sentences[at]) for at in found.evidence} == {
            item.sentence for item in expected.evidence
        }
        assert found.evidence


def test_bytes_of_a_record_are_canonical(pristine: tuple[Path, Checkpoint]) -> None:
    log = LogReader(pristine[0])
    for number, record in log.entries():
        body = log.raw_entry(number)
        assert to_bytes(record) == body
        assert from_bytes(body) == record
        assert canonical_json(record.model_dump(mode="json")).encode() == body


def test_proofs_hold_for_whoever_has_only_a_head(pristine: tuple[Path, Checkpoint]) -> None:
    path, head = pristine
    log = LogReader(path)
    for number in range(len(log)):
        leaf = merkle.leaf_hash(log.raw_entry(number))
        assert merkle.verify_inclusion(leaf, number, head.size, log.inclusion_proof(number), head.root)
        old = log.checkpoint(number + 1)
        assert merkle.verify_consistency(old.size, head.size, log.consistency_proof(old.size), old.root, head.root)
    for wrong in (
        lambda: log.inclusion_proof(99),
        lambda: log.consistency_proof(0),
        lambda: log.checkpoint(99),
        lambda: log.raw_entry(99),
    ):
        with pytest.raises(DecisionLogError, match="R108"):
            wrong()


def test_overrides_and_redactions_are_records(pristine: tuple[Path, Checkpoint], tmp_path: Path) -> None:
    records = dict(LogReader(pristine[0]).entries())
    assert isinstance(records[15], Override)
    assert (records[15].decision_number, records[15].action, records[15].by) == (5, "help", "the desk")
    assert isinstance(records[16], Redaction)
    decision = records[3]
    assert isinstance(decision, Decision)
    assert (records[16].decision_number, set(records[16].placeholders)) == (3, set(decision.commitments))
    log = DecisionLog(tmp_path / "log")
    log.assess("The authority is a bank.")
    for wrong in (
        lambda: log.redact(0, by="x", why="y"),
        lambda: log.redact(2, by="x", why="y"),
        lambda: log.redact(2, by="x", why="y", placeholders=["⟨9text⟩"]),
        lambda: log.override(7, action="help", by="x", why="y"),
        lambda: log.override(1, action="help", by="x", why="y"),
    ):
        with pytest.raises(DecisionLogError, match="R108"):
            wrong()
    assert len(log) == 3


def test_what_cannot_be_judged_or_written_is_not_recorded(tmp_path: Path, judge: Judge) -> None:
    log = DecisionLog(tmp_path / "log")
    with pytest.raises(LanguageError):
        log.assess_many([BANK, "The authority is a banana."], judge=judge)
    with pytest.raises(CaseError):
        log.assess("The authority is a bank.\nThe authority is not a bank.", judge=judge)
    with pytest.raises(TypeError):
        log.assess(Case, judge=judge)  # type: ignore[arg-type]
    for caller in ({"x": "y" * 5000}, {"x": 1}):
        with pytest.raises(DecisionLogError, match="R105"):
            log.assess(BANK, judge=judge, caller=caller)  # type: ignore[arg-type]
    with pytest.raises(DecisionLogError, match="R104"):
        log.assess(BANK, judge=judge, caller={"x": "\ud800"})
    with pytest.raises(CaseError, match="C102"):  # no case has such a name, with a log or without
        log.assess(Case(name="\ud800"), judge=judge)
    assert not (tmp_path / "log").exists()


def test_a_new_log_is_for_its_owner_alone(tmp_path: Path, judge: Judge) -> None:
    with DecisionLog(tmp_path / "log") as log:
        log.assess(BANK, judge=judge)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}, modes


def test_threads_lose_nothing(tmp_path: Path, judge: Judge) -> None:
    log = DecisionLog(tmp_path / "log")

    def work(name: str) -> None:
        for at in range(8):
            log.assess(BANK, judge=judge, caller={"id": f"{name}-{at}"})

    threads = [threading.Thread(target=work, args=(str(number),)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [record.caller["id"] for _, record in log.entries() if isinstance(record, Decision)]
    assert sorted(found) == sorted(f"{name}-{at}" for name in range(6) for at in range(8))
    for name in range(6):  # each thread's in its order
        assert [item for item in found if item.startswith(f"{name}-")] == [f"{name}-{at}" for at in range(8)]
    assert verify(log.path, [log.checkpoint()]).valid


def append_and_report(path: Path, name: str, acknowledgements: Any, count: int) -> None:
    """In a process of its own: append, and tell of each entry once it is acknowledged."""
    log = DecisionLog(path)
    judge = Judge()
    for at in range(count):
        log.assess("The authority is a bank.", judge=judge, caller={"id": f"{name}-{at}"})
        os.write(acknowledgements, f"{name}-{at}\n".encode())
    log.close()


def append_from_processes(path: Path, count: int, kill_after: int | None = None) -> list[str]:
    """Append from four processes at once; what they were told is safe. Kills them all after so many, if asked."""
    context = multiprocessing.get_context("fork")
    reading, writing = os.pipe()
    workers = [
        context.Process(target=append_and_report, args=(path, str(number), writing, count)) for number in range(4)
    ]
    for worker in workers:
        worker.start()
    os.close(writing)
    told = b""
    while piece := os.read(reading, 4096):
        told += piece
        if kill_after is not None and told.count(b"\n") >= kill_after:
            for worker in workers:
                worker.kill()
    os.close(reading)
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0 or kill_after is not None
    return told.decode().split()


def caller_ids(path: Path) -> list[str]:
    return [record.caller["id"] for _, record in LogReader(path).entries() if isinstance(record, Decision)]


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, DecisionLogError])
def test_nobody_is_told_that_a_broken_write_was_done(
    tmp_path: Path, judge: Judge, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    """Two threads append together; the one that writes for both is interrupted."""
    log = DecisionLog(tmp_path / "log")
    log.assess(BANK, judge=judge)
    told: list[BaseException] = []
    written: list[int] = []

    def broken(entries: Sequence[PendingEntry]) -> list[int]:
        written.append(len(entries))
        raise error

    def work() -> None:
        try:
            log.assess(BANK, judge=judge)
        except BaseException as problem:
            told.append(problem)

    with monkeypatch.context() as patched, log._lock:
        patched.setattr(log._open_writer(), "append", broken)
        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        while len(log._group_commit._queue) < 2:
            os.sched_yield()
        log._lock.release()
        for thread in threads:
            thread.join()
        log._lock.acquire()
    assert written == [2]
    assert {type(problem) for problem in told} == {error, DecisionLogError}
    assert len(told) == 2
    assert len(log) == 3


def test_processes_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log"
    told = append_from_processes(path, 10)
    assert len(told) == 40
    assert sorted(caller_ids(path)) == sorted(told)
    assert verify(path, [LogReader(path).checkpoint()]).valid


@pytest.mark.parametrize("after", [1, 9, 30])
def test_killed_writers_lose_nothing_that_was_acknowledged(tmp_path: Path, after: int, judge: Judge) -> None:
    path = tmp_path / "log"
    told = append_from_processes(path, 1000, kill_after=after)
    assert after <= len(told) < 4000
    found = caller_ids(path)
    assert set(told) <= set(found)
    assert len(found) == len(set(found))
    with DecisionLog(path) as log:  # and it goes on
        log.assess(BANK, judge=judge)
        assert verify(path, [log.checkpoint()]).valid


def test_a_log_used_after_a_fork(tmp_path: Path, judge: Judge) -> None:
    log = DecisionLog(tmp_path / "log")
    log.assess("The authority is a bank.", judge=judge, caller={"id": "before"})
    worker = multiprocessing.get_context("fork").Process(
        target=lambda: log.assess("The authority is a bank.", judge=judge, caller={"id": "child"})
    )
    worker.start()
    log.assess("The authority is a bank.", judge=judge, caller={"id": "parent"})
    worker.join()
    assert worker.exitcode == 0
    log.assess("The authority is a bank.", judge=judge, caller={"id": "after"})
    found = caller_ids(log.path)
    assert found[0] == "before"
    assert sorted(found) == ["after", "before", "child", "parent"]


def copy_with_wal(path: Path, to: Path) -> None:
    """A log as a stopped writer leaves it: the database and its write-ahead log."""
    for suffix in ("", "-wal"):
        Path(f"{to}{suffix}").write_bytes(Path(f"{path}{suffix}").read_bytes())


@pytest.mark.parametrize("kind", ["half a frame", "a few bytes", "a whole frame that was not committed", "bad sums"])
def test_a_torn_write_is_dropped_and_told(tmp_path: Path, judge: Judge, kind: str) -> None:
    with DecisionLog(tmp_path / "log") as log:
        log.assess_many([BANK] * 3, judge=judge)
        head = log.checkpoint()
        torn = tmp_path / "torn"
        copy_with_wal(log.path, torn)
    wal = Path(f"{torn}-wal")
    data = wal.read_bytes()
    page = struct.unpack(">I", data[8:12])[0]
    salts = data[16:24]
    frame = struct.pack(">II", 2, 0) + salts + bytes(8) + bytes(page)
    committed = struct.pack(">II", 2, 9) + salts + bytes(8) + bytes(page)
    tail = {"half a frame": frame[:1000], "a few bytes": frame[:9], "bad sums": committed}.get(kind, frame)
    wal.write_bytes(data + tail)
    with DecisionLog(torn) as log:
        log.assess(BANK, judge=judge)
        found = [(number, item) for number, item in log.entries() if isinstance(item, Recovery)]
        assert [(number, item.dropped_bytes) for number, item in found] == [(5, len(tail))]
        checked = verify(torn, [head, log.checkpoint()])
        assert checked.valid, checked.problems
        assert any("stopped before it finished a write" in remark for remark in checked.notes)
    with DecisionLog(torn) as log:  # told once
        log.assess(BANK, judge=judge)
        assert sum(isinstance(item, Recovery) for _, item in log.entries()) == 1


def test_every_end_of_the_write_ahead_log_reads_as_a_beginning(tmp_path: Path, judge: Judge) -> None:
    """Wherever a write was cut off, the log is what it was after some whole write."""
    with DecisionLog(tmp_path / "log") as log:
        log.assess(BANK, judge=judge)
        heads = [log.checkpoint(size) for size in range(4)]
        written = []
        for at in range(3):
            log.assess(BANK, judge=judge, caller={"id": str(at)})
            written.append(log.checkpoint())
        copy_with_wal(log.path, tmp_path / "cut")
    data = Path(f"{tmp_path / 'cut'}-wal").read_bytes()
    base = (tmp_path / "cut").read_bytes()
    seen = set()
    for end in range(0, len(data), 1500):
        for old in tmp_path.glob("cut*"):
            old.unlink()
        (tmp_path / "cut").write_bytes(base)
        Path(f"{tmp_path / 'cut'}-wal").write_bytes(data[:end])
        found = verify(tmp_path / "cut")
        if found.valid:
            assert found.checkpoint is not None
            seen.add(found.checkpoint.size)
            assert found.checkpoint in [*heads, *written]
        else:
            assert {problem.code for problem in found.problems} <= {"R101", "R102"}  # before there was a log
    assert {3, 4, 5} <= seen


def test_others_who_never_give_it_back_are_named(tmp_path: Path, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("legit.decision_log.database.BUSY_TIMEOUT_SECONDS", 0.05)
    with DecisionLog(tmp_path / "log") as log:
        log.assess(BANK, judge=judge)
        other = sqlite3.connect(log.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DecisionLogError, match="R103"):
            log.assess(BANK, judge=judge)
        other.execute("ROLLBACK")
        other.close()
        log.assess(BANK, judge=judge)
        assert len(log) == 4


def test_notes_are_found_by_an_index(pristine: tuple[Path, Checkpoint]) -> None:
    log = LogReader(pristine[0])
    assert list(log.non_decision_entries()) == [
        (number, item) for number, item in log.entries() if not isinstance(item, Decision)
    ]
    with open_for_read(pristine[0]) as connection:
        query = f"EXPLAIN QUERY PLAN SELECT number, data FROM entries WHERE {NON_DECISION_SQL} ORDER BY number"
        assert "non_decisions" in str(connection.execute(query).fetchall())


def test_a_text_that_a_reader_holds_is_said_to_be_there(
    tmp_path: Path, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("legit.decision_log.database.BUSY_TIMEOUT_SECONDS", 0.05)
    with DecisionLog(tmp_path / "log") as log:
        log.assess(BANK, judge=judge)
        with open_for_read(log.path) as connection:
            connection.execute("SELECT * FROM texts").fetchone()
            with pytest.raises(DecisionLogError, match="still holds them"):
                log.redact(2, by="the desk", why="asked")
        log.redact(2, by="the desk", why="asked")
        assert all(b"a stamp" not in path.read_bytes() for path in tmp_path.iterdir())


def test_a_full_disk_is_an_error_and_loses_nothing(tmp_path: Path, judge: Judge) -> None:
    with DecisionLog(tmp_path / "log") as log:
        log.assess(BANK, judge=judge)
        writer = log._open_writer()
        pages = writer._connection.execute("PRAGMA page_count").fetchone()[0]
        writer._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(DecisionLogError, match=r"R101.*full"):
            log.assess(Case(name="x" * 3_000_000), judge=judge)
        writer._connection.execute("PRAGMA max_page_count = 1000000")
        log.assess(BANK, judge=judge)
        assert len(log) == 4
        assert verify(log.path, [log.checkpoint()]).valid


def test_an_override_is_held_against_the_base_that_decided(tmp_path: Path) -> None:
    folder = tmp_path / "kb"
    shutil.copytree(ROOT / "rules_kb", folder)
    for path in (*folder.rglob("*.lp"), folder / "base.toml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"\bhelp_otherwise\b", "help_elsewise", text), encoding="utf-8")
    with DecisionLog(tmp_path / "log") as log:
        log.assess(BANK, judge=Judge(KnowledgeBase.load(folder)))
        assert log.override(2, action="help_elsewise", by="x", why="y") == 3
        with pytest.raises(DecisionLogError, match="R114: there is no guidance `help_otherwise`") as caught:
            log.override(2, action="help_otherwise", by="x", why="y")
        assert caught.value.problems[0].nearest[0] == "help_elsewise"
        assert log.override(2, action="help_otherwise", by="x", why="y", judge=cached_judge()) == 4
