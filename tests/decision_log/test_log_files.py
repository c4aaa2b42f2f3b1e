"""The file of a log under its names: linked, moved, replaced, cut, copied; what is acknowledged is there, or refused."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from legit.decision_log import DecisionLog, LogReader, checkpoint_with_file_digest
from legit.decision_log.copying import copy_log
from legit.decision_log.database import committed_frames
from legit.decision_log.file_digest import require_file_digest
from legit.decision_log.log_file import make_file, sha256_of
from legit.decision_log.verify import verify
from legit.decision_log.wal_recovery import torn_bytes
from legit.errors import DecisionLogError
from legit.judge import Judge

BANK = "The authority is a bank."


def record(log: DecisionLog, judge: Judge, count: int = 1) -> list[int]:
    return [log.assess_and_record(BANK, judge=judge)[1] for _ in range(count)]


def code(error: pytest.ExceptionInfo[DecisionLogError]) -> str:
    return error.value.problems[0].code


def empty_wal(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def unlink(path: Path) -> None:
    path.unlink()


def move(path: Path) -> None:
    path.rename(path.with_name("moved.log"))


def replace_by_nothing(path: Path) -> None:
    path.with_name("new").touch()
    path.with_name("new").rename(path)


def replace_by_a_copy(path: Path) -> None:
    shutil.copy(path, path.with_name("new"))
    path.with_name("new").rename(path)


def truncate(path: Path) -> None:
    empty_wal(path)
    os.truncate(path, 4096)


def unlink_wal(path: Path) -> None:
    Path(f"{path}-wal").unlink()


def replace_shm(path: Path) -> None:
    Path(f"{path}-shm").rename(f"{path}-shm.old")
    shutil.copy(f"{path}-shm.old", f"{path}-shm")


def link(path: Path) -> None:
    os.link(path, path.with_name("second.log"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (unlink, "was deleted or moved"),
        (move, "was deleted or moved"),
        (replace_by_nothing, "was replaced by another file"),
        (replace_by_a_copy, "was replaced by another file"),
        (truncate, ""),
        (unlink_wal, "was deleted or moved"),
        (replace_shm, "was replaced by another file"),
        (link, "got a second name"),
    ],
)
def test_nothing_is_acknowledged_after_the_file_was_taken_away(
    tmp_path: Path, judge: Judge, change: Callable[[Path], None], said: str
) -> None:
    log = DecisionLog(tmp_path / "log")
    record(log, judge, 2)
    change(log.path)
    for _ in range(2):
        with pytest.raises(DecisionLogError) as error:
            record(log, judge)
        assert code(error) == "R101"
        assert said in error.value.problems[0].message


@pytest.mark.parametrize("change", [move, replace_by_nothing, link])
def test_what_was_acknowledged_before_is_in_the_file_wherever_it_is(
    tmp_path: Path, judge: Judge, change: Callable[[Path], None]
) -> None:
    """The entries are in a write-ahead log that the new name does not lead to. The writer brings them home."""
    log = DecisionLog(tmp_path / "log")
    numbers = record(log, judge, 3)
    kept = tmp_path / "kept.log"
    if change is replace_by_nothing:
        os.link(log.path, kept)
    change(log.path)
    with pytest.raises(DecisionLogError):
        record(log, judge)
    found = {move: tmp_path / "moved.log", replace_by_nothing: kept, link: log.path}[change]
    assert len(LogReader(found)) == numbers[-1] + 1
    assert verify(found).valid


def test_a_log_that_was_overwritten_in_place_takes_no_entry(tmp_path: Path, judge: Judge) -> None:
    """`cp old.log decisions.log` while a program writes to it: another log under the same inode."""
    other = DecisionLog(tmp_path / "other")
    record(other, judge, 2)
    other.close()
    log = DecisionLog(tmp_path / "log")
    record(log, judge, 2)
    empty_wal(log.path)
    shutil.copyfile(other.path, log.path)
    with pytest.raises(DecisionLogError) as error:
        record(log, judge)
    assert code(error) in {"R101", "R201"}


def test_a_new_log_is_not_begun_beside_the_entries_of_another(tmp_path: Path, judge: Judge) -> None:
    path, moved = tmp_path / "log", tmp_path / "moved"
    with DecisionLog(tmp_path / "first") as log:  # copied as a killed process leaves it
        record(log, judge, 2)
        shutil.copy(log.path, moved)
        shutil.copy(f"{log.path}-wal", f"{path}-wal")
    with pytest.raises(DecisionLogError) as error:
        record(DecisionLog(path), judge)
    assert code(error) == "R101"
    assert "log-wal" in error.value.problems[0].message
    assert not path.exists()
    Path(f"{path}-wal").rename(f"{moved}-wal")  # as the help says
    with DecisionLog(moved) as log:
        assert record(log, judge) == [4]
        assert verify(moved).valid


def test_a_symbolic_link_names_the_log_that_it_leads_to(tmp_path: Path, judge: Judge) -> None:
    (tmp_path / "real").mkdir()
    link, real = tmp_path / "link", tmp_path / "real" / "log"
    with DecisionLog(real) as log, DecisionLog(link) as linked:
        record(log, judge, 2)
        link.symlink_to(real)
        assert record(linked, judge) == [4]
        assert not Path(f"{link}-wal").exists()
        assert len(LogReader(link)) == len(LogReader(real)) == 5
        with_digest = checkpoint_with_file_digest(link)
        record(log, judge)
        with pytest.raises(DecisionLogError):  # both names are in use
            require_file_digest(link)
    digest = checkpoint_with_file_digest(link)
    assert digest == checkpoint_with_file_digest(real)
    assert verify(link, [with_digest, digest]).valid


def test_a_link_that_leads_elsewhere_now_is_another_log(tmp_path: Path, judge: Judge) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "first")
    with DecisionLog(tmp_path / "link") as log:
        record(log, judge)
        shutil.copy(tmp_path / "first", tmp_path / "second")
        (tmp_path / "new").symlink_to(tmp_path / "second")
        (tmp_path / "new").rename(tmp_path / "link")
        with pytest.raises(DecisionLogError) as error:
            record(log, judge)
    assert code(error) == "R101"


def test_a_torn_write_is_told_through_a_link(tmp_path: Path, judge: Judge) -> None:
    with DecisionLog(tmp_path / "log") as log:
        record(log, judge)
        for suffix in ("", "-wal"):
            shutil.copy(f"{log.path}{suffix}", tmp_path / f"torn{suffix}")
    wal = Path(f"{tmp_path / 'torn'}-wal")
    data = wal.read_bytes()
    wal.write_bytes(data + data[32:60])
    (tmp_path / "link").symlink_to(tmp_path / "torn")
    with DecisionLog(tmp_path / "link") as log:
        record(log, judge)
        assert verify(log.path).entry_counts["recovery"] == 1


def test_the_newest_entries_of_a_snapshot_are_not_left_out(
    tmp_path: Path, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of a log in use, on a file system where nobody may write: SQLite cannot open it but as a file at rest."""
    with DecisionLog(tmp_path / "log") as log:
        record(log, judge, 2)
        (tmp_path / "snapshot").mkdir()
        for suffix in ("", "-wal"):
            shutil.copy(f"{log.path}{suffix}", tmp_path / "snapshot" / f"log{suffix}")
    (tmp_path / "link").symlink_to(tmp_path / "snapshot" / "log")
    connect = sqlite3.connect

    def read_only(name: str, **options: Any) -> sqlite3.Connection:
        if "immutable" in name:
            return connect(name, **options)
        error = sqlite3.OperationalError("unable to open database file")
        error.sqlite_errorname = "SQLITE_CANTOPEN"
        raise error

    monkeypatch.setattr("legit.decision_log.database._open_uri", read_only)
    for name in (tmp_path / "snapshot" / "log", tmp_path / "link"):
        assert {problem.code for problem in verify(name).problems} == {"R101"}
    Path(f"{tmp_path / 'snapshot' / 'log'}-wal").unlink()
    Path(f"{tmp_path / 'snapshot' / 'log'}-journal").write_bytes(b"a write that was not finished")
    assert {problem.code for problem in verify(tmp_path / "link").problems} == {"R101"}


@pytest.mark.parametrize("name", [":memory:", "file:x?mode=memory", "file:x", "a\0b"])
def test_a_name_that_keeps_nothing_is_refused(
    tmp_path: Path, judge: Judge, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for use in (lambda: record(DecisionLog(name), judge), lambda: len(LogReader(name))):
        with pytest.raises(DecisionLogError) as error:
            use()
        assert code(error) == "R101"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["folder", "fifo", "device"])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, judge: Judge, kind: str) -> None:
    path = tmp_path / "log"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path = Path(os.devnull)
    with pytest.raises(DecisionLogError) as error:
        record(DecisionLog(path), judge)
    assert code(error) == "R101"


def test_a_writer_killed_as_the_write_ahead_log_begins_anew_drops_nothing(tmp_path: Path, judge: Judge) -> None:
    """SQLite has changed the salt in its index, and not yet written to the file, whose frames are all in the log."""
    with DecisionLog(tmp_path / "log") as log:
        record(log, judge, 20)
        reader = sqlite3.connect(log.path)  # others have the log open, so that the index is not made anew
        reader.execute("SELECT count(*) FROM entries").fetchone()
        reader.execute("PRAGMA wal_checkpoint(PASSIVE)")
        index = Path(f"{log.path}-shm")
        header = bytearray(index.read_bytes()[:48])
        header[16:20] = bytes(4)  # no frame
        header[32:36] = (int.from_bytes(header[32:36], "big") + 1).to_bytes(4, "big")
        with_sums = bytes(header[:40]) + wal_sum(bytes(header[:40]))
        with index.open("r+b") as file:
            file.write(with_sums * 2)
        with DecisionLog(log.path) as next_log:
            record(next_log, judge)
        found = verify(log.path)
        assert found.valid
        assert "recovery" not in found.entry_counts
        reader.close()


def test_a_writer_that_opens_while_another_brings_entries_into_the_file_drops_nothing(
    tmp_path: Path, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite then does not say how many frames belong to finished writes."""
    log = DecisionLog(tmp_path / "log")
    record(log, judge, 30)
    connect, answers = sqlite3.connect, [-1, -1, 99]

    class Busy:
        def __init__(self, *given: Any, **options: Any) -> None:
            self.real = connect(*given, **options)

        def execute(self, statement: str) -> Any:
            found = self.real.execute(statement).fetchone()
            frames = answers.pop(0)
            answer = found if frames == 99 else (1, frames, -1)
            return type("Rows", (), {"fetchone": lambda self: answer})()

        def close(self) -> None:
            self.real.close()

    monkeypatch.setattr(sqlite3, "connect", Busy)
    found = committed_frames(log.path)
    assert found is not None
    assert found > 0
    assert not answers
    monkeypatch.setattr("legit.decision_log.database._FRAMES_WAIT_SECONDS", 0.0)
    answers[:] = [-1, -1]
    assert committed_frames(log.path) is None
    monkeypatch.setattr(sqlite3, "connect", connect)
    monkeypatch.setattr("legit.decision_log.store.committed_frames", lambda path: None)
    with DecisionLog(log.path) as second:
        record(second, judge)
        assert "recovery" not in verify(log.path).entry_counts


OTHER_PROCESS = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
try:
    connection.execute("BEGIN IMMEDIATE")
    print("took the lock")
except sqlite3.OperationalError as error:
    print(error)
connection.close()
"""


def other_process(path: Path) -> str:
    done = subprocess.run([sys.executable, "-c", OTHER_PROCESS, str(path)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_no_lock_is_lost_by_what_else_the_process_does(tmp_path: Path, judge: Judge) -> None:
    """A process loses its POSIX locks on a file when it closes any descriptor of that file."""
    log = DecisionLog(tmp_path / "log")
    record(log, judge)
    connection = log._open_writer()._connection
    wal = Path(f"{log.path}-wal").stat().st_ino
    uses: dict[str, Callable[[], object]] = {
        "nothing": lambda: None,
        "a second log": lambda: make_file(log.path),
        "a digest": lambda: sha256_of(log.path),
        "a torn write": lambda: torn_bytes(log.path, 0),
        "verify": lambda: verify(log.path, [log.checkpoint()]),
        "a reader": lambda: len(LogReader(log.path)),
        "a copy": lambda: copy_log(log.path, tmp_path / "copy"),
    }
    for name, use in uses.items():
        connection.execute("BEGIN IMMEDIATE")
        use()
        assert other_process(log.path) == "database is locked", name
        connection.execute("ROLLBACK")
        # Another process that opens and closes the file may not take itself for the last.
        assert other_process(log.path) == "took the lock", name
        assert Path(f"{log.path}-wal").stat().st_ino == wal, name
    assert record(log, judge) == [3]
    if sys.platform == "linux":  # the test finds a lock that is lost
        connection.execute("BEGIN IMMEDIATE")
        Path(f"{log.path}-shm").read_bytes()
        assert other_process(log.path) == "took the lock"


def wal_sum(data: bytes) -> bytes:
    """The checksum of the header of the index (sqlite.org/walformat.html), in the byte order of this machine."""
    first = second = 0
    for at in range(0, len(data), 8):
        first = (first + int.from_bytes(data[at : at + 4], sys.byteorder) + second) & 0xFFFFFFFF
        second = (second + int.from_bytes(data[at + 4 : at + 8], sys.byteorder) + first) & 0xFFFFFFFF
    return first.to_bytes(4, sys.byteorder) + second.to_bytes(4, sys.byteorder)
