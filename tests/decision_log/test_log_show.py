"""`legit log show` and `log explain`: every entry in words, a decision explained, and what is not as it was recorded."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest

from legit.cli import main
from legit.decision_log import Checkpoint, DecisionLog, LogReader
from legit.judge import Judge
from tests.conftest import ROOT, Capture
from tests.decision_log.test_log_commands import run_cli

Log = tuple[Path, Checkpoint]
STAMP = str(ROOT / "examples" / "01_stamp_that_nobody_can_give.legit")
GONE = "the office was destroyed three years ago"


def execute_sql(path: Path, statement: str) -> str:
    connection = sqlite3.connect(path)
    connection.executescript(statement)
    connection.close()
    return str(path)


def after_the_first_line(text: str) -> str:
    return text.partition("\n\n")[2]


@pytest.mark.parametrize("options", [[], ["--full"], ["--why-not", "stands"], ["--why-not", "excessive_cost"]])
def test_a_decision_is_explained_as_its_case_is(pristine: Log, capsys: Capture, options: list[str]) -> None:
    log = str(pristine[0])
    plain = run_cli(capsys, "explain", STAMP, *options)
    explained = run_cli(capsys, "log", "explain", log, "2", *options)
    assert explained.startswith("Decision 2, 20")
    assert "the answer is as recorded, byte for byte" in explained
    assert after_the_first_line(explained) == plain
    data = json.loads(run_cli(capsys, "log", "explain", log, "2", *options, "--format", "json"))
    answer = data.pop("why_not" if "--why-not" in options else "explanation")
    assert answer == json.loads(run_cli(capsys, "explain", STAMP, *options, "--format", "json"))
    assert data == {"number": 2, "same": True, "changes": [], "warnings": []}


def test_the_proof_of_a_decision_is_drawn(pristine: Log, capsys: Capture) -> None:
    log = str(pristine[0])
    for form in ("mermaid", "dot"):
        assert run_cli(capsys, "log", "explain", log, "2", "--format", form) == run_cli(
            capsys, "explain", STAMP, "--format", form
        )
    page = run_cli(capsys, "log", "explain", log, "2", "--format", "html")
    assert "the answer is as recorded, byte for byte</p>" in page
    assert GONE in page
    run_cli(capsys, "log", "explain", log, "2", "--why-not", "stands", "--format", "dot", status=2)
    run_cli(capsys, "log", "explain", log, "2", "--time-limit", "0", status=2)
    assert "⟨3text⟩" in run_cli(capsys, "log", "explain", log, "3", "--why-not", "stands")  # erased


def test_a_decision_that_does_not_come_out_as_recorded_is_said_to(copied: Log, capsys: Capture) -> None:
    body = """cast(replace(data, '"method_harm":"none"', '"method_harm":"stop"') AS BLOB)"""
    log = execute_sql(copied[0], f"UPDATE entries SET data = {body} WHERE number = 2")
    for form in ("text", "html"):
        explained = run_cli(capsys, "log", "explain", log, "2", "--format", form, status=5)
        assert "THE ANSWER IS NOT AS RECORDED: the method harm stop becomes none" in explained
        assert "! this entry is not the one that was recorded; see `legit log verify`" in explained
    data = json.loads(run_cli(capsys, "log", "explain", log, "2", "--format", "json", status=5))
    assert (data["same"], data["changes"]) == (False, ["the method harm stop becomes none"])
    page = run_cli(capsys, "log", "show", log, "2")
    assert "! this entry is not the one that was recorded" in page
    assert "The replayed answer differs from the recorded one (the method harm stop becomes none)" in page
    assert "not the one" not in run_cli(capsys, "log", "show", log, "4")


def test_a_decision_is_explained_under_another_base(copied: Log, capsys: Capture, tmp_path: Path) -> None:
    log = execute_sql(copied[0], "DELETE FROM bases")
    capsys.readouterr()
    assert main(["log", "explain", log, "2"]) == 1
    shown = capsys.readouterr().err
    assert "R107" in shown
    assert "give --kb" in shown
    assert "R107" in run_cli(capsys, "log", "show", log, "2")
    same = run_cli(capsys, "log", "explain", log, "2", "--kb", str(ROOT / "rules_kb"))
    assert "the answer is as recorded, byte for byte" in same
    case = str(ROOT / "examples" / "14_register_that_was_closed.legit")
    log = str(tmp_path / "other.log")
    run_cli(capsys, "assess", case, "--log", log)
    under = run_cli(capsys, "log", "explain", log, "2", "--profile", "corroborated", "--why-not", "defeated")
    assert "replayed under legit 0.1.0, profile corroborated, which did not decide then" in under
    assert "THE ANSWER CHANGES: the verdict defeated becomes undetermined" in under


def test_the_case_can_be_read_again(pristine: Log, capsys: Capture, judge: Judge) -> None:
    log = str(pristine[0])
    text = run_cli(capsys, "log", "show", log, "2", "--case")
    assert text == judge.writer.case(judge.parse_case(Path(STAMP).read_text(encoding="utf-8")), as_written=True)
    run_cli(capsys, "log", "show", log, "2", "--case", "--format", "json", status=2)
    run_cli(capsys, "log", "show", log, "0", "--case", status=1)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("0", ["Entry 0, 20", "the log was opened", "legit-log/"]),
        ("1", ["Entry 1, 20", "a knowledge base was stored", "default"]),
        ("15", ["Entry 15, 20", "decision 5 was overridden", "help", "the desk", "the rule was lifted that day"]),
        ("16", ["Entry 16, 20", "texts of decision 3 were erased", "⟨1text⟩", "the desk", "the user asked for it"]),
    ],
)
def test_records_of_every_kind_are_shown(pristine: Log, capsys: Capture, number: str, shown: list[str]) -> None:
    log = str(pristine[0])
    page = run_cli(capsys, "log", "show", log, number)
    assert [part for part in shown if part not in page] == []
    data = json.loads(run_cli(capsys, "log", "show", log, number, "--format", "json"))
    assert data["entry"] == LogReader(log).entry(int(number)).model_dump(mode="json")


def test_a_recovery_is_shown(tmp_path: Path, capsys: Capture) -> None:
    from legit.decision_log import log as module

    with DecisionLog(tmp_path / "log") as log:
        log._group_commit.append([module.PendingEntry(module.recovery_entry(4152))])
    assert "4152 bytes" in run_cli(capsys, "log", "show", str(tmp_path / "log"), "1")


def test_the_page_of_a_decision_names_what_was_said_of_it(pristine: Log, capsys: Capture) -> None:
    log = str(pristine[0])
    page = run_cli(capsys, "log", "show", log, "3")
    assert re.search(
        r"^  texts erased   ⟨1text⟩, .*, by the desk: the user asked for it \(20.*, entry 16\)$", page, re.M
    )
    assert "  overridden     help, by the desk: the rule was lifted that day (20" in run_cli(
        capsys, "log", "show", log, "5"
    )
    data = json.loads(run_cli(capsys, "log", "show", log, "3", "--format", "json"))
    assert [(note["number"], note["entry"]["by"]) for note in data["annotations"]] == [(16, "the desk")]


ALTERED = "UPDATE texts SET text = 'it is \x1b[2J\n fine' WHERE entry = 2 AND text LIKE 'the office%'"


def test_an_altered_text_is_not_taken_for_the_one_recorded(copied: Log, capsys: Capture) -> None:
    log = execute_sql(copied[0], ALTERED)
    page = run_cli(capsys, "log", "show", log, "2").splitlines()
    (at,) = (at for at, line in enumerate(page) if line.startswith("     7  "))
    assert page[at] == '     7  What the rule depends on does not exist: "⟨3text⟩".'
    assert page[at + 1] == (
        '        ! the text that is there for ⟨3text⟩ ("it is \\x1b[2J\\n fine") is not the one that was recorded;'
        " see `legit log verify`"
    )
    assert sum("fine" in line for line in page) == 1
    assert LogReader(log).stored_texts(2).keys().isdisjoint({"⟨3text⟩"})
    explained = run_cli(capsys, "log", "explain", log, "2", "--why-not", "stands")
    assert '! the text that is there for ⟨3text⟩ ("it is \\x1b[2J\\n fine") is not the one' in explained
    data = json.loads(run_cli(capsys, "log", "show", log, "2", "--format", "json"))
    assert len(data["warnings"]) == 1
    assert GONE not in json.dumps(data)
    assert main(["log", "show", log, "2", "--case"]) == 0
    shown = capsys.readouterr()
    assert "warning: the text that is there for ⟨3text⟩" in shown.err
    assert "fine" not in shown.out


def test_a_text_that_is_gone_is_said_to_be_unless_it_was_erased(copied: Log, capsys: Capture) -> None:
    log = execute_sql(copied[0], "DELETE FROM texts WHERE entry = 2")
    assert "the text of ⟨3text⟩ is gone, and no entry says that it was erased" in run_cli(
        capsys, "log", "show", log, "2"
    )
    assert "gone" not in run_cli(capsys, "log", "show", log, "3")


@pytest.mark.parametrize("number", ["0", "2", "15", "16"])
def test_a_record_that_is_not_in_the_tree_is_said_to_be_none(copied: Log, capsys: Capture, number: str) -> None:
    log = execute_sql(copied[0], f"UPDATE entries SET data = cast(data || ' ' AS BLOB) WHERE number = {number}")
    assert "  ! this entry is not the one that was recorded; see `legit log verify`" in run_cli(
        capsys, "log", "show", log, number
    )
    log = execute_sql(copied[0], "DELETE FROM nodes")
    assert "  ! this entry is not the one that was recorded" in run_cli(capsys, "log", "show", log, "4")


def test_a_record_whose_lines_do_not_fit_its_case_is_shown(copied: Log, capsys: Capture) -> None:
    body = """cast(replace(data, '"line_numbers":[', '"line_numbers":[1,2,3,4,5,6,7,8,9,') AS BLOB)"""
    log = execute_sql(copied[0], f"UPDATE entries SET data = {body} WHERE number = 2")
    assert "! this entry is not the one" in run_cli(capsys, "log", "show", log, "2")


@pytest.mark.parametrize(
    ("quotes", "says"),
    [("hashed", "not stored, only their hashes"), ("omitted", "not stored: placeholders such as ⟨1text⟩")],
)
def test_texts_that_are_not_stored_are_said_not_to_be(tmp_path: Path, capsys: Capture, quotes: str, says: str) -> None:
    log = str(tmp_path / "log")
    run_cli(capsys, "assess", STAMP, "--log", log, "--text-policy", quotes)
    page = run_cli(capsys, "log", "show", log, "2")
    assert says in page
    assert "!" not in page


@pytest.mark.parametrize(
    "command",
    [["assess"], ["parse"], ["explain"], ["interview"], ["kb", "query", "which cases are defeated?", "--cases"]],
)
def test_a_log_where_sentences_are_expected_is_named(pristine: Log, capsys: Capture, command: list[str]) -> None:
    capsys.readouterr()
    assert main([*command, str(pristine[0])]) in (1, 2)
    shown = capsys.readouterr().err
    assert "not a text but a database, as a decision log is" in shown
    assert ("--log" if "query" in command else "legit log explain LOG NUMBER") in shown
