"""The command line: results on standard output, errors on standard error, statuses that can be relied on."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from legit.cli import main
from tests.conftest import ROOT

EXAMPLES = sorted((ROOT / "examples").glob("*.legit"))
VERDICTS = {
    "01": ("defeated", "help"), "02": ("defeated", "help"), "03": ("defeated", "explain"), "04": ("defeated", "help"),
    "05": ("stands", "decline"), "06": ("defeated", "decline"), "07": ("stands", "decline"), "08": ("defeated", "help"),
    "09": ("undetermined", "ask"), "10": ("contested", "weigh"), "11": ("defeated", "decline"),
    "12": ("stands", "decline"), "13": ("defeated", "help"),
}  # fmt: skip

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path, capsys: Capture) -> None:
    assert main(["assess", "--format", "json", str(path)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verdict"], answer["guidance"]["action"]) == VERDICTS[path.name[:2]]


@pytest.mark.parametrize(("number", "status"), [("07", 0), ("01", 10), ("10", 11), ("09", 12)])
def test_exit_status_tells_the_verdict_on_request(number: str, status: int, capsys: Capture) -> None:
    (path,) = (ROOT / "examples").glob(f"{number}_*.legit")
    assert main(["assess", "--exit-status", str(path)]) == status
    assert main(["assess", str(path)]) == 0


def test_not_understood(tmp_path: Path, capsys: Capture) -> None:
    bad = tmp_path / "bad.legit"
    bad.write_text("Flub.\nThe authority is a club.\nThe authority is a banana.\n")
    assert main(["assess", str(bad)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"{bad}:1:1: L106" in printed.err
    assert f"{bad}:3:20: L105" in printed.err
    assert "2 problems" in printed.err


def test_wrong_usage(tmp_path: Path, capsys: Capture) -> None:
    assert main(["assess", str(tmp_path / "none")]) == 2
    assert main(["assess"]) == 2
    assert main([]) == 2
    assert main(["kb", "show", "singled_ou"]) == 2
    assert "did you mean singled_out" in capsys.readouterr().err
    assert main(["assess", "--time-limit", "0", str(EXAMPLES[0])]) == 2
    assert main(["vocabulary", "--topic", "nothing"]) == 2


def test_not_decided_in_time(tmp_path: Path, much_open: str, capsys: Capture) -> None:
    file = tmp_path / "open.legit"
    file.write_text(much_open, encoding="utf-8")
    assert main(["assess", "--time-limit", "0.0000001", str(file)]) == 4
    assert "UNDETERMINED: not decided within the time limit" in capsys.readouterr().out


def test_no_such_base_or_profile(tmp_path: Path, capsys: Capture) -> None:
    assert main(["kb", "check", "--kb", str(tmp_path / "none")]) == 2
    assert "K100" in capsys.readouterr().err
    assert main(["assess", "--profile", "none", str(EXAMPLES[0])]) == 2
    assert "profiles: corroborated, default" in capsys.readouterr().err


@pytest.mark.parametrize("data", [b"\xff\xfe\x00x", b"", b"   \n"], ids=["binary", "empty", "blank"])
def test_standard_input_that_is_no_case(data: bytes, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert main(["assess", "-"]) == 1
    assert "standard input" in capsys.readouterr().err


def test_several_cases_in_a_file(tmp_path: Path, capsys: Capture) -> None:
    both = tmp_path / "both.legit"
    both.write_text(EXAMPLES[0].read_text() + "\n" + EXAMPLES[6].read_text())
    assert main(["assess", "--format", "json", str(both)]) == 0
    assert [item["verdict"] for item in json.loads(capsys.readouterr().out)] == ["defeated", "stands"]
    assert main(["assess", str(both)]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_parse_says_the_facts_back(capsys: Capture) -> None:
    assert main(["parse", str(EXAMPLES[2])]) == 0
    written = capsys.readouterr().out
    assert 'Case "The headscarf at the till".' in written
    assert 'The purpose of the rule is appearance. [document "staff handbook, 4.2"]' in written


def test_every_command_has_help(capsys: Capture) -> None:
    for command in (["assess"], ["parse"], ["vocabulary"], ["kb", "check"], ["kb", "test"], ["bench", "dataset"]):
        assert main([*command, "--help"]) == 0
        assert "exit status" in capsys.readouterr().out
