"""Files that a holder prepared, and files that somebody spoils while a program writes: they are found, or refused."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

import pytest

from legit.cli.main import main
from legit.decision_log import DecisionLog, LogReader
from legit.decision_log.signing import write_new
from legit.decision_log.verify import verify
from legit.errors import DecisionLogError
from legit.judge import Judge

TEXT = 'What the rule depends on does not exist: "the office was destroyed three years ago".'


@pytest.fixture
def path(tmp_path: Path, judge: Judge) -> Path:
    """A closed log of one decision with a quoted text."""
    path = tmp_path / "log"
    with DecisionLog(path) as log:
        log.assess(TEXT, judge=judge)
    return path


def _changed(path: Path, statement: str, *values: object) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(statement, values)
        connection.commit()


def test_a_text_cannot_lose_its_beginning_to_its_salt(path: Path) -> None:
    kept = LogReader(path).checkpoint()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        salt, text = connection.execute("select salt, cast(text as blob) from texts").fetchone()
    cut = text.index(b"three")
    _changed(path, "update texts set salt = ?, text = ?", salt + text[:cut], text[cut:].decode())
    assert "R207" in {problem.code for problem in verify(path, [kept]).problems}
    assert "three years ago" not in LogReader(path).case_text(2)


def test_a_row_whose_placeholder_is_no_text_is_found_and_erased(path: Path, judge: Judge) -> None:
    kept = LogReader(path).checkpoint()
    _changed(
        path,
        "insert into texts (entry, placeholder, salt, text)"
        " select entry, cast(placeholder as blob), salt, text from texts",
    )
    _changed(path, "update texts set text = 'forged' where typeof(placeholder) = 'text'")
    assert "R207" in {problem.code for problem in verify(path, [kept]).problems}
    with DecisionLog(path) as log:
        log.redact(2, by="x", why="y")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("select count(*) from texts").fetchone() == (0,)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
@pytest.mark.parametrize("suffix", ["-journal", "-wal"])
def test_a_pipe_beside_a_log_is_not_waited_for(path: Path, suffix: str, judge: Judge) -> None:
    Path(f"{path}{suffix}").unlink(missing_ok=True)
    os.mkfifo(f"{path}{suffix}")
    assert {problem.code for problem in verify(path).problems} == {"R101"}
    with pytest.raises(DecisionLogError, match="no regular file"), DecisionLog(path) as log:
        log.assess(TEXT, judge=judge)


def test_nothing_is_acknowledged_after_the_file_was_cut(tmp_path: Path, judge: Judge) -> None:
    """The file is larger than when it was opened, and is cut to more than it was then."""
    path = tmp_path / "log"
    with contextlib.suppress(DecisionLogError), DecisionLog(path) as log:
        for _ in range(3):
            log.assess(TEXT, judge=judge)
        with contextlib.closing(sqlite3.connect(path)) as other:
            other.execute("pragma wal_checkpoint(passive)")  # the file grows, as when another program opens it
        log.assess(TEXT, judge=judge)
        os.truncate(path, 100_000)
        with pytest.raises(DecisionLogError):
            log.assess(TEXT, judge=judge)


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
@pytest.mark.parametrize("command", ["checkpoint", "export", "report"])
def test_an_output_does_not_overwrite_a_log_or_what_belongs_to_it(
    path: Path, command: str, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = path.read_bytes()
    assert main(["log", command, str(path), "-o", f"{path}{suffix}"]) == 1
    assert "R120" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert not Path(f"{path}-journal").exists()


def test_entries_that_are_still_beside_the_log_are_not_overwritten(tmp_path: Path, judge: Judge) -> None:
    """Also by another name of the file, a link."""
    path, link = tmp_path / "log", tmp_path / "report.html"
    with DecisionLog(path) as log:
        log.assess(TEXT, judge=judge)
        newest, beside = Path(f"{path}-wal"), tmp_path / "copy"
        before = newest.read_bytes()
        beside.write_bytes(before)
        link.symlink_to(newest)
        for output in (newest, link, beside):
            assert main(["log", "checkpoint", str(path), "-o", str(output)]) == 1
        assert newest.read_bytes() == before
    assert verify(path).entry_counts == {"opened": 1, "base": 1, "decision": 1}


def test_no_log_is_made_under_the_name_of_what_belongs_to_another(
    path: Path, capsys: pytest.CaptureFixture[str], judge: Judge
) -> None:
    before = path.read_bytes()
    new = Path(f"{path}-journal")
    with pytest.raises(DecisionLogError, match="R120"), DecisionLog(new) as log:
        log.assess(TEXT, judge=judge)
    for command in ("copy", "migrate"):
        assert main(["log", command, str(path), str(new)]) == 1
        assert "R120" in capsys.readouterr().err
    with pytest.raises(DecisionLogError, match="R120"):
        write_new(new, "key", 0o600)
    assert not new.exists()
    assert path.read_bytes() == before


def test_a_name_that_no_file_can_have_is_an_error_with_a_code(judge: Judge) -> None:
    with pytest.raises(DecisionLogError, match="R101"), DecisionLog("a\ud800.log") as log:
        log.assess(TEXT, judge=judge)
    assert [problem.code for problem in verify("a\ud800.log").problems] == ["R101"]
    with pytest.raises(DecisionLogError, match="R105"), DecisionLog("never-made.log") as log:
        log.assess(TEXT, judge=judge, caller=["session"])  # type: ignore[arg-type]
    assert not Path("never-made.log").exists()
