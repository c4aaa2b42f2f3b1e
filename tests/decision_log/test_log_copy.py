"""A copy of a log: one state of it, in one file, verified; of a log at rest and of one that is written to."""

from __future__ import annotations

import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from legit.cli import main
from legit.decision_log import Checkpoint, DecisionLog, LogReader, checkpoint_with_file_digest
from legit.decision_log.copying import copy_log
from legit.decision_log.migration import migrate
from legit.decision_log.store import PendingEntry
from legit.decision_log.verify import verify
from legit.errors import DecisionLogError
from legit.judge import Judge
from tests.conftest import Capture

Log = tuple[Path, Checkpoint]


def test_a_copy_of_a_log_at_rest(pristine: Log, tmp_path: Path, capsys: Capture) -> None:
    target = tmp_path / "copy"
    assert main(["log", "copy", str(pristine[0]), str(target)]) == 0
    assert capsys.readouterr().out.startswith(f"17 entries copied to {target}, and verified\n")
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert verify(target, [pristine[1]]).valid
    old, new = LogReader(pristine[0]), LogReader(target)
    assert list(old.raw_entries()) == list(new.raw_entries())
    assert old.unverified_texts(2) == new.unverified_texts(2)
    assert verify(target, [checkpoint_with_file_digest(target)]).valid
    assert main(["log", "copy", str(pristine[0]), str(target)]) == 1
    assert "R120" in capsys.readouterr().err


def test_a_copy_has_what_is_in_the_write_ahead_log_and_can_go_on(tmp_path: Path, judge: Judge) -> None:
    with DecisionLog(tmp_path / "log") as log:
        log.assess_many(["The authority is a bank."] * 3, judge=judge)
        assert Path(f"{log.path}-wal").stat().st_size
        checkpoint = copy_log(log.path, tmp_path / "copy")
        assert checkpoint == log.checkpoint()
        log.assess("The authority is a bank.", judge=judge)
    with DecisionLog(tmp_path / "copy") as copy:
        assert copy.assess_and_record("The authority is a club.", judge=judge)[1] == 5
        assert verify(copy.path, [checkpoint]).valid


def test_copies_while_threads_write_are_beginnings_of_the_log(tmp_path: Path, judge: Judge) -> None:
    stop = threading.Event()
    with DecisionLog(tmp_path / "log") as log:
        body = log.raw_entry(log.assess_and_record("The authority is a bank.", judge=judge)[1])

        def write() -> None:
            while not stop.is_set():
                log._group_commit.append([PendingEntry(body)])

        threads = [threading.Thread(target=write) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            checkpoints = [copy_log(log.path, tmp_path / f"copy{number}") for number in range(5)]
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        sizes = [checkpoint.size for checkpoint in checkpoints]
        assert sizes == sorted(sizes)
        whole = {number: log.raw_entry(number) for number in range(sizes[-1])}
        for number, checkpoint in enumerate(checkpoints):
            assert log.checkpoint(checkpoint.size) == checkpoint
            assert LogReader(tmp_path / f"copy{number}").raw_entry(checkpoint.size - 1) == whole[checkpoint.size - 1]


@pytest.mark.parametrize("damage", ["update entries set data = x'00' where number = 3", "create table more(a)"])
def test_a_log_that_is_not_valid_is_not_copied(copied: Log, tmp_path: Path, damage: str) -> None:
    with sqlite3.connect(copied[0]) as connection:
        connection.execute(damage)
    connection.close()
    with pytest.raises(DecisionLogError) as error:
        copy_log(copied[0], tmp_path / "copy")
    assert error.value.problems[0].code.startswith("R2")
    assert not (tmp_path / "copy").exists()


def test_a_copy_that_cannot_be_made_leaves_no_file(pristine: Log, tmp_path: Path) -> None:
    with pytest.raises(DecisionLogError) as error:
        copy_log(pristine[0], tmp_path / "nothing" / "copy")
    assert error.value.problems[0].code == "R120"
    with pytest.raises(DecisionLogError) as error:
        copy_log(tmp_path / "none", tmp_path / "copy")
    assert error.value.problems[0].code == "R101"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", ["-wal", "-journal"])
def test_what_another_file_left_under_the_name_is_not_removed(pristine: Log, tmp_path: Path, suffix: str) -> None:
    """A log that was moved away while a program wrote may have its newest entries there."""
    target, left = tmp_path / "copy", tmp_path / f"copy{suffix}"
    left.write_bytes(b"entries")
    for command in ("copy", "migrate"):
        with pytest.raises(DecisionLogError, match="R120: `copy"):
            (copy_log if command == "copy" else migrate)(pristine[0], target)
        assert [path.name for path in tmp_path.iterdir()] == [left.name]
        assert left.read_bytes() == b"entries"
