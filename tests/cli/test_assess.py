"""The command line: results on standard output, errors on standard error, statuses that can be relied on."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from legit.cli import main
from tests.conftest import ROOT, Capture

EXAMPLES = sorted((ROOT / "examples").glob("*.legit"))
VERDICTS = {
    "01": ("defeated", "help"), "02": ("defeated", "help"), "03": ("defeated", "explain"), "04": ("defeated", "help"),
    "05": ("stands", "decline"), "06": ("defeated", "decline"), "07": ("stands", "decline"), "08": ("defeated", "help"),
    "09": ("undetermined", "ask"), "10": ("contested", "help"), "11": ("defeated", "decline"),
    "12": ("stands", "decline"), "13": ("defeated", "help"), "14": ("defeated", "help"),
}  # fmt: skip


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
    assert main(["vocabulary", "--topic", "request", "--stats"]) == 2


def test_the_vocabulary_for_agents_by_topic(capsys: Capture) -> None:
    assert main(["vocabulary", "--for-agents", "--topic", "authority"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("## authority (The authority)\n")
    assert "Leaving the authority would be" in printed, "a sentence with `in_prompt = false`"
    assert "## request" not in printed


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


def test_several_files_and_folders(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "folder" / "deeper").mkdir(parents=True)
    (tmp_path / "folder" / "deeper" / "one.legit").write_text(EXAMPLES[6].read_text())
    (tmp_path / "folder" / "notes.txt").write_text("no case")
    assert main(["assess", str(EXAMPLES[0]), str(tmp_path / "folder")]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"{EXAMPLES[0]}\nThe stamp that nobody can give\nDEFEATED")
    assert f"\n\n{tmp_path}/folder/deeper/one.legit\nHard hats on the scaffold\nSTANDS" in shown
    assert main(["assess", "--format", "json", str(tmp_path / "folder"), str(EXAMPLES[0])]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(Path(item["file"]).name, item["verdict"]) for item in found] == [
        ("one.legit", "stands"),
        (EXAMPLES[0].name, "defeated"),
    ]


def test_a_folder_without_cases_and_a_file_that_fails(tmp_path: Path, capsys: Capture) -> None:
    assert main(["assess", str(tmp_path)]) != 0
    assert f"Q301: no case in `{tmp_path}`" in capsys.readouterr().err
    (tmp_path / "bad.legit").write_text("The rule forbids nothing at all of it.\n")
    assert main(["assess", str(EXAMPLES[0]), str(tmp_path)]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""  # all is read before anything is judged
    assert "bad.legit:1:" in shown.err


def test_parse_says_the_facts_back(capsys: Capture) -> None:
    assert main(["parse", str(EXAMPLES[2])]) == 0
    written = capsys.readouterr().out
    assert 'Case "The headscarf at the till".' in written
    assert 'The purpose of the rule is appearance. [document "staff handbook, 4.2"]' in written


def test_every_command_has_help(capsys: Capture) -> None:
    for command in (["assess"], ["parse"], ["vocabulary"], ["kb", "check"], ["kb", "test"], ["eval", "dataset"]):
        assert main([*command, "--help"]) == 0
        assert "exit status" in capsys.readouterr().out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize(
    "argv",
    [["explain", str(EXAMPLES[0])], ["assess", str(EXAMPLES[0]), "--format", "json"], ["vocabulary"], ["--help"], []],
    ids=" ".join,
)
def test_output_that_cannot_be_written_is_one_line(argv: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
        done = subprocess.run(
            [sys.executable, "-m", "legit", *argv],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=buffered,
        )  # fmt: skip
    assert done.stderr == "legit: cannot write the output: no space left on device\n"
    assert done.returncode == 1


def test_a_folder_without_a_base_is_one_problem(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "out").symlink_to(tmp_path.parent)
    (tmp_path / "other.toml").write_text("x = 1\n", encoding="utf-8")
    assert main(["kb", "check", "--kb", str(tmp_path)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == (
        f"K100: `{tmp_path}` is no knowledge base: it has no `base.toml`\n    help: name a folder like `rules_kb`\n"
        "legit: 1 problem\n"
    )


@pytest.mark.parametrize("command", ["parse", "explain", "interview"])
def test_one_file_at_a_time(command: str, capsys: Capture) -> None:
    assert main([command, str(EXAMPLES[0]), str(EXAMPLES[1])]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == f"legit: one file at a time, and `{EXAMPLES[1]}` is one more; a file may hold several cases\n"
    assert main([command, str(EXAMPLES[0]), "--no-such-option"]) == 2
    assert "unrecognized arguments: --no-such-option" in capsys.readouterr().err


def test_a_check_that_no_name_holds(capsys: Capture) -> None:
    assert main(["kb", "test", "--only", "no such check"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "no check has `no such check` in its name" in shown.err


def test_a_dialogue_is_about_one_case(tmp_path: Path, capsys: Capture) -> None:
    two = tmp_path / "two.legit"
    two.write_text('Case "A".\nThe authority is a bank.\nCase "B".\nThe authority is a landlord.\n', encoding="utf-8")
    assert main(["interview", str(two)]) == 1
    assert f"{two}: L005: 2 cases where one case is expected" in capsys.readouterr().err
