"""A log of every example, made once and copied for each test that wants to break it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from legit.decision_log import Checkpoint, DecisionLog
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
