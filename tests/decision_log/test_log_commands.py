"""`legit log`: results on standard output, problems on standard error, statuses that can be relied on."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from legit.cli import main
from legit.cli.output import print_json, print_json_rows
from legit.decision_log import Checkpoint, LogReader
from legit.decision_log.filters import DecisionFilter, filter_decisions, require_predicates
from legit.decision_log.verify import verify
from legit.judge import Judge
from tests.conftest import ROOT, Capture
from tests.decision_log.conftest import rewrite

Log = tuple[Path, Checkpoint]
STAMP = str(ROOT / "examples" / "01_stamp_that_nobody_can_give.legit")


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables are cut to the terminal: here one of 120 columns."""
    monkeypatch.setenv("COLUMNS", "120")


def run_cli(capsys: Capture, *argv: str, status: int = 0) -> str:
    capsys.readouterr()
    assert main([*map(str, argv)]) == status, capsys.readouterr().err
    return capsys.readouterr().out


def test_assess_on_record_prints_the_same(tmp_path: Path, capsys: Capture) -> None:
    log = str(tmp_path / "log")
    plain = run_cli(capsys, "assess", STAMP)
    assert run_cli(capsys, "assess", STAMP, "--log", log, "--caller", "session=s-1", "--caller", "agent=a=b") == plain
    assert run_cli(capsys, "assess", STAMP, "--log", log, "--format", "json", "--text-policy", "hashed") == run_cli(
        capsys, "assess", STAMP, "--format", "json"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["log"]  # closed, hence in one file
    assert LogReader(log).decision(2).caller == {"session": "s-1", "agent": "a=b"}
    assert LogReader(log).stored_texts(3) == {}
    for wrong in (
        ["--assume", "The user is a tenant.", "--log", log],
        ["--caller", "a=b"],
        ["--log", log, "--caller", "a"],
    ):
        run_cli(capsys, "assess", STAMP, *wrong, status=2)
    assert len(LogReader(log)) == 4


def test_show(pristine: Log, capsys: Capture) -> None:
    log = str(pristine[0])
    page = run_cli(capsys, "log", "show", log, "2")
    assert "The office" not in page
    assert '     7  What the rule depends on does not exist: "the office was destroyed three years ago".' in page
    assert run_cli(capsys, "assess", STAMP) in page
    assert "session        s-1" in page
    assert "overridden     help, by the desk: the rule was lifted that day" in run_cli(capsys, "log", "show", log, "5")
    assert "⟨1text⟩" in run_cli(capsys, "log", "show", log, "3")
    data = json.loads(run_cli(capsys, "log", "show", log, "2", "--format", "json"))
    assert data["assessment"] == json.loads(run_cli(capsys, "assess", STAMP, "--format", "json"))
    assert data["entry"]["answer"]["verdict"] == "defeated"
    for number in ("99", "-1", "9" * 30):
        run_cli(capsys, "log", "show", log, number, status=1)


def test_query_in_every_form(pristine: Log, capsys: Capture) -> None:
    log = str(pristine[0])
    asked = ["--verdict", "defeated", "--sole-source", "user"]
    text = run_cli(capsys, "log", "query", log, *asked).splitlines()
    data = json.loads(run_cli(capsys, "log", "query", log, *asked, "--format", "json"))
    table = list(csv.DictReader(io.StringIO(run_cli(capsys, "log", "query", log, *asked, "--format", "csv"))))
    wanted = DecisionFilter(verdicts=frozenset({"defeated"}), sole_source="user")
    numbers = [found.number for found in filter_decisions(LogReader(log), wanted)]
    assert text[0].split() == ["number", "time", "verdict", "guidance", "decisive_criteria", "needs_source", "case"]
    assert "The stamp that nobody" in text[1]  # a name that is too long for the line is cut
    assert max(map(len, text)) <= 120
    assert all(line[text[0].index("verdict") :].startswith("defeated ") for line in text[1:-1])
    assert [int(line.split()[0]) for line in text[1:-1]] == numbers == [item["number"] for item in data]
    assert [line["number"] for line in table] == [str(number) for number in numbers]
    assert text[-1] == f"{len(numbers)} decisions"
    assert "no decision" in run_cli(capsys, "log", "query", log, "--fact", "The authority is a club.")
    both = [*asked[:2], "--where", "sole_source=user", "--where", "needs_source=user"]
    assert json.loads(run_cli(capsys, "log", "query", log, *both, "--format", "json")) == data
    for wrong in (
        ["--verdict", "defeeted"],
        ["--sole-source", "nobody"],
        ["--needs-source", "nobody"],
        ["--caller", "x"],
        ["--where", "x"],
        ["--where", "familes=content"],
        ["--where", "number=>3"],
        ["--where", "=3"],
    ):
        run_cli(capsys, "log", "query", log, *wrong, status=2)
    run_cli(capsys, "log", "query", log, "--fact", "The authority is a banana.", status=1)
    assert "3 decisions\n" in run_cli(capsys, "log", "query", log, "--where", "number<5")
    run_cli(capsys, "log", "query", log, "--where", "number=x", status=2)
    run_cli(capsys, "log", "query", log, "--where", "x", status=2)


def test_columns_and_options_mean_the_same(pristine: Log, capsys: Capture) -> None:
    log = str(pristine[0])
    rows = json.loads(run_cli(capsys, "log", "query", log, "--format", "json"))
    for speaker in ("user", "inferred", "record", "document"):
        for column, option in (("needs_source", "--needs-source"), ("sole_source", "--sole-source")):
            asked = json.loads(run_cli(capsys, "log", "query", log, option, speaker, "--format", "json"))
            assert asked == [line for line in rows if speaker in line[column].split()]
    assert all(set(line["needs_source"].split()) <= set(line["any_source"].split()) for line in rows)


def test_a_case_without_a_title_that_is_there_shows_its_first_sentences(copied: Log, capsys: Capture) -> None:
    log = copied[0]
    rows = run_cli(capsys, "log", "query", str(log)).splitlines()
    assert rows[2].startswith("3 ")
    assert "  The authority is " in rows[2]  # its texts are erased
    assert "⟨" not in "".join(rows)
    with sqlite3.connect(log) as connection:
        connection.execute("UPDATE texts SET text = 'another title' WHERE entry = 2")
    connection.close()
    row = run_cli(capsys, "log", "query", str(log)).splitlines()[1]
    assert "  The authority is a " in row
    assert "another title" not in row


@pytest.mark.parametrize("name", ["R22", "home", "the right to the home", "Home"])
def test_a_right_is_asked_for_by_its_id_or_name(pristine: Log, capsys: Capture, name: str) -> None:
    log = str(pristine[0])
    wanted = DecisionFilter(rights=frozenset({"R22"}))
    expected = [found.number for found in filter_decisions(LogReader(log), wanted)]
    data = json.loads(run_cli(capsys, "log", "query", log, "--right", name, "--format", "json"))
    assert [line["number"] for line in data] == expected


def test_a_criterion_is_asked_for_by_its_name(pristine: Log, capsys: Capture) -> None:
    log = str(pristine[0])
    by_id, by_name = (
        run_cli(capsys, "log", "query", log, "--criterion", name)
        for name in ("impossible_to_comply", "impossible to comply with")
    )
    assert by_id == by_name
    assert "The stamp that nobody can give" in by_id
    for wrong, hint in (("--right", "did you mean Home?"), ("--criterion", "see `legit kb ")):
        assert main(["log", "query", log, wrong, "hme" if wrong == "--right" else "zzzz"]) == 2
        assert hint in capsys.readouterr().err


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_table_in_json_is_printed_row_by_row_as_a_list_is(number: int, capsys: Capture) -> None:
    rows = [{"number": at, "caller": "\x1b\u2028\x85 ⟨1text⟩", "more": [{"a": "\n"}, []]} for at in range(number)]
    print_json(rows)
    whole = capsys.readouterr().out

    def one_by_one() -> Iterator[dict[str, object]]:
        for at, row in enumerate(rows):
            yield row
            assert capsys.readouterr().out.startswith("[" if not at else ",")

    assert json.loads(whole) == rows
    print_json_rows(rows)
    assert capsys.readouterr().out == whole
    print_json_rows(one_by_one())


def test_count_in_every_form(pristine: Log, capsys: Capture) -> None:
    log = str(pristine[0])
    data = json.loads(run_cli(capsys, "log", "count", log, "--group-by", "authority", "--format", "json"))
    assert data["decisions"] == 13
    table = csv.DictReader(
        io.StringIO(run_cli(capsys, "log", "count", log, "--group-by", "authority", "--format", "csv"))
    )
    counted: dict[str, dict[str, int]] = {}
    for line in table:
        counted.setdefault(line["table"], {})[line["row"]] = int(line["decisions"])
    tables = data["tables"] | {f"predicate:{name}": rows for name, rows in data["by_predicate"].items()}
    assert counted == {name: rows for name, rows in tables.items() if rows}
    assert counted["predicate:authority"]
    text = run_cli(capsys, "log", "count", log, "--verdict", "stands")
    assert text.startswith("3 decisions, 0 overridden, 20")
    assert "       3 100.0%  stands" in text
    assert (
        run_cli(capsys, "log", "count", log, "--verdict", "stands", "--guidance", "help")
        == "0 decisions, 0 overridden\n"
    )
    assert main(["log", "count", log, "--group-by", "autority"]) == 1
    assert "R110: the vocabulary has no predicate `autority`" in (shown := capsys.readouterr().err)
    assert "did you mean: authority" in shown


def test_replay(copied: Log, capsys: Capture, tmp_path: Path) -> None:
    log = str(copied[0])
    verdicts = "13 decisions replayed: 13 with the same verdict, guidance and findings; 0 with another verdict\n"
    assert run_cli(capsys, "log", "replay", log) == verdicts
    assert run_cli(capsys, "log", "replay", log, "--kb", str(ROOT / "rules_kb")) == verdicts
    summary = "13 decisions replayed: 13 the same, byte for byte; 0 with another verdict\n"
    assert run_cli(capsys, "log", "replay", log, "--whole") == summary
    under = "13 decisions replayed: 13 come out the same; 0 with another verdict\n"
    assert run_cli(capsys, "log", "replay", log, "--whole", "--kb", str(ROOT / "rules_kb")) == under
    assert len(run_cli(capsys, "log", "replay", log, "--verdict", "stands", "--include-unchanged").splitlines()) == 4
    assert json.loads(run_cli(capsys, "log", "replay", log, "--format", "json")) == []
    run_cli(capsys, "log", "replay", log, "--profile", "nothing", status=2)
    rewrite(copied[0], lambda body: body.replace(b'"method_harm":"none"', b'"method_harm":"stop"'))
    rows = json.loads(run_cli(capsys, "log", "replay", log, "--format", "json", status=5))
    assert rows
    assert all("the method harm stop becomes none" in line["changes"] for line in rows)
    assert json.loads(run_cli(capsys, "log", "replay", log, "--whole", "--format", "json", status=5)) == rows


def test_verify_head_prove_check(copied: Log, capsys: Capture, tmp_path: Path) -> None:
    log, head, proof, records = str(copied[0]), tmp_path / "head", tmp_path / "proof", tmp_path / "records.jsonl"
    head.write_text(run_cli(capsys, "log", "checkpoint", log))
    assert Checkpoint.parse(head.read_text()) == copied[1]
    assert run_cli(capsys, "log", "verify", log, "--checkpoint", str(head)).startswith("the log is valid: 17 entries")
    assert "note: no checkpoint" in run_cli(capsys, "log", "verify", log)
    data = json.loads(run_cli(capsys, "log", "verify", log, "--format", "json"))
    assert (data["valid"], data["checkpoint"], data["problems"]) == (True, str(copied[1]), [])
    assert run_cli(capsys, "log", "export", log, "--output", str(records)) == ""
    assert run_cli(capsys, "log", "verify", str(records), "--checkpoint", str(head)).startswith(
        "the log is valid: 17 entries"
    )
    proof.write_text(run_cli(capsys, "log", "prove", log, "4"))
    assert "the proof is valid: this is entry 4" in run_cli(
        capsys, "log", "check-proof", str(proof), "--checkpoint", str(head)
    )
    proof.write_text(proof.read_text().replace("defeated", "stands"))
    assert "NOT VALID" in run_cli(capsys, "log", "check-proof", str(proof), "--checkpoint", str(head), status=5)
    proof.write_text(run_cli(capsys, "log", "prove", log, "4", "--size", "9"))
    run_cli(capsys, "log", "check-proof", str(proof), "--checkpoint", str(head), status=2)
    for bad in (
        "",
        "[]",
        "{}",
        '{"entry": 1}',
        '{"entry": "", "path": [], "log_name": "x", "number": Infinity, "size": 1}',
        "[" * 100000,
    ):
        proof.write_text(bad)
        run_cli(capsys, "log", "check-proof", str(proof), "--checkpoint", str(head), status=1)
    with sqlite3.connect(log) as connection:
        connection.execute("DELETE FROM entries WHERE number = 7")
    connection.close()
    assert "R203" in run_cli(capsys, "log", "verify", log, "--checkpoint", str(head), status=5)
    run_cli(capsys, "log", "verify", log, "--checkpoint", str(tmp_path / "none"), status=2)
    run_cli(capsys, "log", "verify", log, "--checkpoint", STAMP, status=1)


@pytest.mark.parametrize("body", ["cast(data AS TEXT)", "x'ff00'"])
def test_a_record_that_is_no_text_is_refused(copied: Log, capsys: Capture, body: str) -> None:
    with sqlite3.connect(copied[0]) as connection:
        connection.execute(f"UPDATE entries SET data = {body} WHERE number = 4")
    connection.close()
    for command in (["prove"], ["show"], ["explain"], ["show", "--case"]):
        assert main(["log", *command[:1], str(copied[0]), "4", *command[1:]]) == 5
        assert "R201: entry 4 cannot be read" in capsys.readouterr().err


def test_exported_records_show_nothing_without_a_head(copied: Log, capsys: Capture, tmp_path: Path) -> None:
    records, kept, early = tmp_path / "records.jsonl", tmp_path / "head", tmp_path / "early"
    kept.write_text(str(copied[1]))
    early.write_text(str(LogReader(copied[0]).checkpoint(9)))
    run_cli(capsys, "log", "export", str(copied[0]), "--output", str(records))
    lines = records.read_text(encoding="utf-8").splitlines(keepends=True)
    falsified = [line.replace('"verdict":"defeated"', '"verdict":"stands"') for line in lines]
    assert falsified != lines
    for content in (lines, falsified, [*lines[:4], *lines[7:]]):
        records.write_text("".join(content), encoding="utf-8")
        last = run_cli(capsys, "log", "verify", str(records), status=2).splitlines()[-1]
        assert last.startswith(f"NOTHING IS VERIFIED: {len(content)} entries")
        assert "--checkpoint FILE" in last
        data = json.loads(run_cli(capsys, "log", "verify", str(records), "--format", "json", status=2))
        assert (data["valid"], data["verified_count"], data["problems"]) == (None, 0, [])
        if content != lines:
            assert "R209" in run_cli(capsys, "log", "verify", str(records), "--checkpoint", str(kept), status=5)
    records.write_text("".join([*lines[:12], *falsified[12:]]), encoding="utf-8")
    last = run_cli(capsys, "log", "verify", str(records), "--checkpoint", str(early)).splitlines()[-1]
    assert last.startswith(
        "the first 9 entries are valid, verified against 1 checkpoint; nothing is known of the others: 17 "
    )
    records.write_text("{}\n")
    assert "R206" in run_cli(capsys, "log", "verify", str(records), status=5)


@pytest.mark.parametrize(
    ("content", "said_of_it"),
    [
        (None, "R101: the log cannot be used: no such file or directory"),
        (b"", "R102: this is no decision log"),
        (b"The authority is a bank.\n" * 100, "R102: this is no decision log"),
    ],
)
def test_what_is_no_log_is_not_verified(
    tmp_path: Path, capsys: Capture, content: bytes | None, said_of_it: str
) -> None:
    path = tmp_path / "nope.log"
    if content is not None:
        path.write_bytes(content)
    for form in ("text", "json"):
        assert main(["log", "verify", str(path), "--format", form]) == 1
        shown = capsys.readouterr()
        assert shown.out == ""
        assert shown.err == f"{path}: {said_of_it}\nlegit: 1 problem\n"


def test_a_damaged_log_does_not_hold(copied: Log, capsys: Capture) -> None:
    data = copied[0].read_bytes()
    copied[0].write_bytes(data[:100] + b"\xff" * 3000 + data[3100:])
    page = run_cli(capsys, "log", "verify", str(copied[0]), status=5)
    assert "R101: the log cannot be used: database disk image is malformed" in page
    assert "log verify" not in page
    assert "THE LOG IS NOT VALID: 0 entries (none could be read)" in page


def test_override_and_redact(copied: Log, capsys: Capture) -> None:
    log = str(copied[0])
    who = ["--by", "the desk", "--why", "asked"]
    assert (
        run_cli(capsys, "log", "override", log, "9", "--action", "decline", *who)
        == "entry 17: decision 9 was overridden\n"
    )
    (stand_in, *_) = LogReader(log).stored_texts(9)
    run_cli(capsys, "log", "redact", log, "9", "--placeholder", stand_in, *who)
    assert stand_in not in LogReader(log).stored_texts(9)
    run_cli(capsys, "log", "redact", log, "9", *who)
    assert LogReader(log).stored_texts(9) == {}
    size = len(LogReader(log))
    again = run_cli(capsys, "log", "redact", log, "9", *who)
    assert again == f"entry {size - 1}: texts of decision 9 were already erased\n"
    assert run_cli(capsys, "log", "redact", log, "9", "--placeholder", stand_in, *who).endswith("were already erased\n")
    assert len(LogReader(log)) == size
    run_cli(capsys, "log", "redact", log, "17", *who, status=1)
    for action, hint in (("declin", "did you mean: decline"), ("foo", "help: give one of ask, decline, ")):
        assert main(["log", "override", log, "9", "--action", action, *who]) == 2
        shown = capsys.readouterr().err
        assert f"R114: there is no guidance `{action}`" in shown
        assert hint in shown
    assert len(LogReader(log)) == size
    assert verify(copied[0], [copied[1]]).valid


def test_export(copied: Log, capsys: Capture, tmp_path: Path) -> None:
    log = str(copied[0])
    table = tmp_path / "d.csv"
    run_cli(capsys, "log", "export", log, "--format", "csv", "--output", str(table), "--verdict", "stands")
    assert table.read_text(encoding="utf-8") == run_cli(
        capsys, "log", "query", log, "--format", "csv", "--verdict", "stands"
    )
    run_cli(capsys, "log", "export", log, "--verdict", "stands", status=2)
    run_cli(capsys, "log", "export", log, "--format", "parquet", status=2)
    run_cli(capsys, "log", "export", log, "--output", str(tmp_path / "no" / "folder"), status=2)


def test_a_hostile_text_cannot_drive_the_terminal(tmp_path: Path, capsys: Capture) -> None:
    case, log = tmp_path / "case.legit", str(tmp_path / "log")
    case.write_text('The rule requires "\x1b[2Jgone \u2028 on".\n', encoding="utf-8")
    run_cli(capsys, "assess", str(case), "--log", log, "--caller", "id=\x1b[2J")
    for form in ("text", "json"):
        assert "\x1b" not in run_cli(capsys, "log", "show", log, "2", "--format", form)
    assert "     1  The rule requires" in run_cli(capsys, "log", "show", log, "2")


def test_what_count_takes_is_printed_by_vocabulary(judge: Judge, capsys: Capture) -> None:
    predicates = sorted(judge.base.vocabulary.predicates)
    assert require_predicates(judge, tuple(predicates)) == tuple(predicates)
    assert set(predicates) <= set(run_cli(capsys, "vocabulary").splitlines())


def test_every_code_of_the_record_is_on_its_page() -> None:
    folders = (ROOT / "legit" / "decision_log", ROOT / "legit" / "cli")
    code = "\n".join(path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.py"))
    page = (ROOT / "docs" / "decision-log.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (R\d{3}) \| [^|]+ \| [^|]+ \|$", page, re.MULTILINE)
    assert rows == sorted(set(re.findall(r'"(R\d{3})"', code)))
