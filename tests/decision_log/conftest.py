"""A log of every example, made once and copied for each test that wants to break it."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from legit.decision_log import Checkpoint, DecisionLog, LogReader
from legit.decision_log.log import recovery_entry
from legit.decision_log.store import LogWriter, PendingEntry
from legit.judge import Judge
from legit.model.facts import Case
from tests.conftest import ROOT

EXAMPLE_COUNT = 13
"""Tests name records by their number, so that an example more changes nothing."""


@pytest.fixture(scope="session")
def examples(judge: Judge) -> list[Case]:
    paths = sorted((ROOT / "examples").glob("*.legit"))
    return [judge.parse_case(path.read_text(encoding="utf-8")) for path in paths[:EXAMPLE_COUNT]]


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory, judge: Judge, examples: list[Case]) -> tuple[Path, Checkpoint]:
    """The file of a log (closed, hence one file), and its head: 13 examples, an override, a redaction."""
    path = tmp_path_factory.mktemp("log") / "decisions.log"
    with DecisionLog(path) as log:
        log.assess_many(examples, judge=judge, caller={"session": "s-1"})
        log.override(5, action="help", by="the desk", why="the rule was lifted that day")
        log.redact(3, by="the desk", why="the user asked for it")
        return path, log.checkpoint()


@pytest.fixture
def copied(pristine: tuple[Path, Checkpoint], tmp_path: Path) -> tuple[Path, Checkpoint]:
    """A copy of that log, to be broken."""
    path = tmp_path / "decisions.log"
    shutil.copy(pristine[0], path)
    return path, pristine[1]


def rewrite(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Put another log in the place of one: its entries changed, with a tree that fits them, and texts and bases."""
    bodies = [change(body) for _, body in LogReader(path).raw_entries()]
    with contextlib.closing(sqlite3.connect(path)) as old:
        beside = {table: old.execute(f"SELECT * FROM {table}").fetchall() for table in ("texts", "bases")}
    path.unlink()
    writer = LogWriter(path, lambda: bodies[0], recovery_entry)
    writer.append([PendingEntry(body) for body in bodies[1:]])
    writer.close()
    with contextlib.closing(sqlite3.connect(path)) as new, new:
        for table, rows in beside.items():
            if rows:
                new.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
