"""`legit describe` by the command line."""

from __future__ import annotations

import contextlib
import io
import json
import sqlite3
from pathlib import Path

import pytest

from legit.cli import main
from legit.decision_log import DecisionLog
from legit.judge import Judge

FACTS = ["The authority is a bank.", "The user asks to evade the rule.", "Breaking the rule harms nobody."]


def describer(request: object) -> list[str]:
    """The describer that the tests name."""
    return [*FACTS, "The rule is silly."]


def test_a_text_is_described_by_the_function_that_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("My bank will not let me."))
    assert main(["describe", "-", "--describer", "tests.cli.test_describe:describer", "--samples", "2"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[0] == "The authority is a creditor or insurer. [inferred]"
    assert len(said.out.splitlines()) == 3
    assert "The rule is silly" in said.err


def test_given_sentences_of_a_transcript_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        json.dumps(
            {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "No.", "facts": FACTS}]}
        ),
        encoding="utf-8",
    )
    assert main(["describe", str(path), "--describer", "given", "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["facts"]) == 3


@pytest.mark.parametrize(
    ("argv", "status", "words"),
    [
        (["describe", "-"], 2, "--describer"),
        (["describe", "nowhere.txt", "--describer", "given"], 2, "nowhere.txt"),
        (["describe", "-", "--describer", "given"], 1, "no description of this turn"),
        (["describe", "-", "--describer", "tests.cli.test_describe:FACTS"], 1, "V101"),
    ],
)
def test_what_goes_wrong_is_said(
    argv: list[str], status: int, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("My bank will not let me."))
    assert main(argv) == status
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("command", ["describe", "review"])
def test_a_cache_is_no_decision_log_and_no_other_database(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], judge: Judge
) -> None:
    path, log, other = tmp_path / "a.jsonl", tmp_path / "decisions.log", tmp_path / "other.db"
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "No.", "facts": FACTS}]
    path.write_text(json.dumps({"messages": turns}), encoding="utf-8")
    with DecisionLog(log) as kept:
        kept.assess(FACTS[0], judge=judge)
    with contextlib.closing(sqlite3.connect(other)) as connection:
        connection.execute("create table descriptions (digest, describer, words)")
    for cache in (log, Path(f"{log}-wal"), other):
        before = log.read_bytes(), other.read_bytes()
        assert main([command, str(path), "--describer", "given", "--cache", str(cache)]) == 1
        assert "R120" in capsys.readouterr().err
        assert (log.read_bytes(), other.read_bytes()) == before
    own = tmp_path / "own.db"
    for _ in range(2):
        assert main([command, str(path), "--describer", "given", "--cache", str(own)]) == 0


def test_a_review_does_not_overwrite_a_log(tmp_path: Path, capsys: pytest.CaptureFixture[str], judge: Judge) -> None:
    path, log = tmp_path / "a.jsonl", tmp_path / "decisions.log"
    path.write_text(json.dumps({"messages": [{"role": "assistant", "content": "No.", "facts": FACTS}]}), "utf-8")
    with DecisionLog(log) as kept:
        kept.assess(FACTS[0], judge=judge)
    before = log.read_bytes()
    for option in ("--out", "--html", "--figures"):
        for output in (str(log), f"{log}-journal"):
            assert main(["review", str(path), "--describer", "given", option, output]) == 1
            assert "R120" in capsys.readouterr().err
    assert log.read_bytes() == before
    assert not Path(f"{log}-journal").exists()
