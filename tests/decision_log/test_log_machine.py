"""A log under writers, readers, redactions, copies and crashes in any order: it says what was acknowledged, and nothing
else."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from legit.decision_log import Checkpoint, DecisionLog, LogReader
from legit.decision_log.copying import copy_log
from legit.decision_log.entries import Decision, Override, Recovery, Redaction
from legit.decision_log.verify import verify
from legit.errors import DecisionLogError
from legit.judge import cached_judge

pytestmark = pytest.mark.slow

LONG = bool(os.environ.get("LEGIT_LONG"))
SECRET = "a word that is written nowhere else"


class LogMachine(RuleBasedStateMachine):
    """Two programs use one log: each is a `DecisionLog` that is opened and closed. The model is what they were told."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="legit-machine-"))
        self.generation = 0
        self.judge = cached_judge()
        self.programs: list[DecisionLog] = []
        self.kept: list[Checkpoint] = []
        self.decisions: dict[int, str] = {}
        self.overridden: dict[int, int] = {}
        self.redacted: set[int] = set()
        self.marks = 0
        self.tears: list[int] = []
        self.torn: set[int] = set()
        self.open_programs()

    @property
    def path(self) -> Path:
        return self.folder / f"log{self.generation}"

    def open_programs(self) -> None:
        self.programs = [DecisionLog(self.path) for _ in range(2)]

    def close_programs(self) -> None:
        for program in self.programs:
            program.close()

    @rule(which=st.integers(0, 1), count=st.integers(1, 3))
    def write(self, which: int, count: int) -> None:
        for _ in range(count):
            self.marks += 1
            text = f'The rule forbids "{SECRET} {self.marks}".'
            caller = {"mark": str(self.marks)}
            number = self.programs[which].assess_and_record(text, judge=self.judge, caller=caller)[1]
            assert number not in self.decisions
            self.decisions[number] = str(self.marks)

    @precondition(lambda self: self.decisions)
    @rule(which=st.integers(0, 1), at=st.integers(0, 99))
    def override(self, which: int, at: int) -> None:
        decision = sorted(self.decisions)[at % len(self.decisions)]
        number = self.programs[which].override(decision, action="help", by="x", why="y", judge=self.judge)
        self.overridden[number] = decision

    @precondition(lambda self: self.decisions)
    @rule(which=st.integers(0, 1), at=st.integers(0, 99))
    def redact(self, which: int, at: int) -> None:
        decision = sorted(self.decisions)[at % len(self.decisions)]
        self.programs[which].redact(decision, by="x", why="y")
        self.redacted.add(decision)
        word = f"{SECRET} {self.decisions[decision]}".encode()
        for suffix in ("", "-wal"):
            file = Path(f"{self.path}{suffix}")
            assert not file.exists() or word + b"\0" not in file.read_bytes().replace(b'"', b"\0")

    @rule(which=st.integers(0, 1))
    def close(self, which: int) -> None:
        self.programs[which].close()

    @precondition(lambda self: self.decisions)
    @rule(size=st.integers(1, 99))
    def keep_a_checkpoint(self, size: int) -> None:
        log = LogReader(self.path)
        self.kept.append(log.checkpoint(min(size, len(log))))

    @precondition(lambda self: self.decisions)
    @rule()
    def copy(self) -> None:
        target = self.folder / "copy"
        checkpoint = copy_log(self.path, target)
        assert verify(target, [*self.kept, checkpoint]).valid
        target.unlink()
        for suffix in ("-wal", "-shm"):
            Path(f"{target}{suffix}").unlink(missing_ok=True)

    @precondition(lambda self: self.decisions)
    @rule(tail=st.sampled_from([0, 3, 40, 5000]))
    def crash(self, tail: int) -> None:
        """The machine stops, perhaps within a write; then other programs open what is on its disk."""
        before = self.path
        self.generation += 1
        for suffix in ("", "-wal"):
            if Path(f"{before}{suffix}").exists():
                shutil.copy(f"{before}{suffix}", f"{self.path}{suffix}")
        self.close_programs_of(before)
        wal = Path(f"{self.path}-wal")
        if tail and wal.exists() and wal.stat().st_size > 32:
            data = wal.read_bytes()
            wal.write_bytes(data + data[32 : 32 + tail])
            self.tears.append(len(data[32 : 32 + tail]))
            # One recovery may tell of several crashes, where nothing was written in between.
            self.torn.update(itertools.accumulate(reversed(self.tears)))
        self.open_programs()

    def close_programs_of(self, before: Path) -> None:
        self.close_programs()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{before}{suffix}").unlink(missing_ok=True)

    @precondition(lambda self: self.decisions)
    @rule(which=st.integers(0, 1))
    def move_while_open(self, which: int) -> None:
        """The file is taken away and put back; in between nothing is acknowledged."""
        self.programs[which].open()
        size = len(LogReader(self.path))
        away = self.folder / "away"
        self.path.rename(away)
        with pytest.raises(DecisionLogError):
            self.programs[which].assess("The authority is a bank.", judge=self.judge)
        away.rename(self.path)
        assert len(LogReader(self.path)) == size

    @precondition(lambda self: self.decisions)
    @rule(name=st.sampled_from(["t", "sqlitea"]))
    def trigger(self, name: str) -> None:
        """Somebody puts a trigger into the file, and takes it out later; in between nothing is acknowledged."""
        with contextlib.closing(sqlite3.connect(self.path)) as other:
            other.execute(f"create trigger {name} before insert on entries begin select raise(ignore); end")
            other.commit()
            for program in self.programs:
                with pytest.raises(DecisionLogError):
                    program.assess("The authority is a bank.", judge=self.judge)
            with pytest.raises(DecisionLogError):
                len(LogReader(self.path))
            other.execute(f"drop trigger {name}")
            other.commit()

    @invariant()
    def says_what_was_acknowledged(self) -> None:
        if not self.decisions:
            return
        found = verify(self.path, self.kept)
        assert found.valid, found.problems
        with LogReader(self.path).snapshot(self.kept) as log:
            entries = dict(log.entries())
            marks = {at: entry.caller["mark"] for at, entry in entries.items() if isinstance(entry, Decision)}
            assert marks == self.decisions
            overrides = {at: item.decision_number for at, item in entries.items() if isinstance(item, Override)}
            assert overrides == self.overridden
            assert {e.decision_number for e in entries.values() if isinstance(e, Redaction)} == self.redacted
            for entry in entries.values():
                assert not isinstance(entry, Recovery) or entry.dropped_bytes in self.torn
            for number, mark in self.decisions.items():
                assert (f"{SECRET} {mark}" in log.case_text(number)) == (number not in self.redacted)

    def teardown(self) -> None:
        self.close_programs()
        shutil.rmtree(self.folder, ignore_errors=True)


LogMachine.TestCase.settings = settings(
    max_examples=400 if LONG else 6,
    stateful_step_count=40 if LONG else 14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestLogMachine = LogMachine.TestCase
