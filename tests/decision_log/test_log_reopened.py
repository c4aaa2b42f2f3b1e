"""A log that is opened again: by the program, after `close`, or by the log itself, after a fork."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from legit.decision_log import DecisionLog, LogReader
from legit.decision_log.log import _after_fork_in_parent, _before_fork
from legit.decision_log.replay import replay
from legit.decision_log.verify import verify
from legit.errors import DecisionLogError
from legit.judge import Judge

BANK = "The authority is a bank."


def fork(_: DecisionLog) -> None:
    """What a fork does to the logs of the process that forks."""
    _before_fork()
    _after_fork_in_parent()


def inherit(log: DecisionLog) -> None:
    """What a log is in a forked process that got a writer of another one."""
    log._open_writer().process_id = os.getpid() + 1


def refused(log: DecisionLog, judge: Judge) -> str:
    with pytest.raises(DecisionLogError) as error:
        log.assess(BANK, judge=judge)
    (problem,) = error.value.problems
    assert problem.code == "R101"
    return problem.message


def move(path: Path) -> None:
    path.rename(path.with_name("moved"))


def replace(path: Path) -> None:
    path.rename(path.with_name("moved"))
    shutil.copy(path.with_name("other"), path)


def overwrite(path: Path) -> None:
    shutil.copyfile(path.with_name("other"), path)


def empty(path: Path) -> None:
    os.truncate(path, 0)


@pytest.mark.parametrize("reopen", [fork, inherit])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (move, "was deleted or moved"),
        (replace, "was replaced by another file"),
        (overwrite, ""),
        (empty, "was made shorter"),
    ],
)
def test_a_fork_does_not_make_another_file_the_log(
    tmp_path: Path, judge: Judge, reopen: Callable[[DecisionLog], None], change: Callable[[Path], None], said: str
) -> None:
    with DecisionLog(tmp_path / "other") as other:
        other.assess_many([BANK] * 9, judge=judge)
    log = DecisionLog(tmp_path / "log")
    log.assess_many([BANK] * 2, judge=judge)
    if change in (overwrite, empty):
        log._open_writer().truncate_wal()
    reopen(log)
    change(log.path)
    for _ in range(2):
        assert said in refused(log, judge)
        if reopen is fork:
            fork(log)
    if change is move:
        assert not log.path.exists()


@pytest.mark.parametrize("reopen", [fork, inherit])
def test_after_a_fork_a_log_goes_on_where_it_was(
    tmp_path: Path, judge: Judge, reopen: Callable[[DecisionLog], None]
) -> None:
    log = DecisionLog(tmp_path / "log")
    assert log.assess_and_record(BANK, judge=judge)[1] == 2
    reopen(log)
    with DecisionLog(log.path) as second:  # others may have written meanwhile
        second.assess(BANK, judge=judge)
    assert log.assess_and_record(BANK, judge=judge)[1] == 4
    log.path.rename(tmp_path / "away")
    if reopen is fork:
        fork(log)
    refused(log, judge)
    (tmp_path / "away").rename(log.path)
    assert log.assess_and_record(BANK, judge=judge)[1] == 5
    assert verify(log.path).valid


@pytest.mark.parametrize("kept", [True, False])
def test_each_file_that_a_program_opens_holds_the_base(tmp_path: Path, judge: Judge, kept: bool) -> None:
    """The program closes its log, and the file is moved away, or another log is put in its place."""
    with DecisionLog(tmp_path / "other") as other:
        other.open()
    log = DecisionLog(tmp_path / "log")
    assert log.assess_and_record(BANK, judge=judge)[1] == 2
    log.close()
    log.path.rename(tmp_path / "first")
    if kept:
        shutil.copy(tmp_path / "other", log.path)
    assert log.assess_and_record(BANK, judge=judge)[1] == 2
    log.close()
    for path in (log.path, tmp_path / "first"):
        reader = LogReader(path)
        assert [entry.kind for _, entry in reader.entries()] == ["opened", "base", "decision"]
        assert [result.same for result in replay(reader, [2])] == [True]
        assert all("knowledge base" not in note for note in verify(path).notes)


def test_a_log_that_is_closed_between_making_and_writing_an_entry_holds_the_base(tmp_path: Path, judge: Judge) -> None:
    log = DecisionLog(tmp_path / "log")
    entries = [log.prepare(judge.parse_case(BANK), judge=judge)]
    log.append(entries, judge=judge)
    log.close()
    log.path.unlink()
    assert log.append(entries, judge=judge) == [2]
    log.close()
    assert [entry.kind for _, entry in LogReader(log.path).entries()] == ["opened", "base", "decision"]
