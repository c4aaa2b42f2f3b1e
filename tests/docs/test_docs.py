"""Every snippet of the documentation runs: Python blocks, cases, and commands with what they are said to print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from legit.assurance.scaffold import new_base
from legit.assurance.verify import Verifier
from legit.cli import main
from legit.engine.ground_rule import Bounds
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.properties import load_properties
from legit.testing.invariants import all_invariants
from tests.conftest import ROOT

PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: Path, kind: str) -> list[str]:
    return [text for found, text in BLOCK.findall(page.read_text(encoding="utf-8")) if found == kind]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_snippets_run(page: Path) -> None:
    namespace: dict[str, object] = {}
    for text in blocks(page, "python"):
        exec(compile(text, str(page), "exec"), namespace)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_cases_are_understood(page: Path, judge: Judge) -> None:
    for text in blocks(page, "legit"):
        assert judge.parse_cases(text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_print_what_the_page_says(
    page: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for item in ROOT.iterdir():  # as in the repository, but what a command writes stays out of it
        (tmp_path / item.name).symlink_to(item)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")  # the pages show what a terminal of this width shows
    for text in blocks(page, "console"):
        for part in re.split(r"(?m)^(?=\$ )", text)[1:]:
            command, shown = part.split("\n", 1)
            assert main(shlex.split(command)[2:]) == 0, command
            # A line of three dots stands for lines left out; everything else is printed as it is shown.
            pattern = re.escape(shown.rstrip("\n")).replace(re.escape("..."), "(?s:.*)")
            printed = capsys.readouterr().out.rstrip("\n")
            assert re.fullmatch(pattern, printed), f"{page.name}: `{command}` prints\n{printed}"


def test_an_author_who_follows_the_page_has_a_tested_criterion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs" / "authors.md").read_text(encoding="utf-8")
    files = re.findall(r"^`(\S+\.(?:lp|toml))`:\n\n```\w+\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(files) == 5
    monkeypatch.chdir(tmp_path)
    assert main(["kb", "new", "automation_kb"]) == 0
    folder = tmp_path / "automation_kb"
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        if path.name not in {"base.toml", "README.md"}:
            path.unlink()
    for name, text in files:
        (folder / name).write_text(text, encoding="utf-8")
    commands = [line.split() for text in blocks(ROOT / "docs" / "authors.md", "sh") for line in text.splitlines()]
    assert [command[:3] for command in commands[:3]] == [["legit", "kb", name] for name in ("check", "test", "verify")]
    capsys.readouterr()
    for command in commands[:3]:
        # The shipped base's own questions have tests of their own, in `test_verify`.
        assert main([word for word in command[1:] if word != "--include-base"]) == 0, capsys.readouterr().out
    said = capsys.readouterr().out
    assert "4 passed, 0 failed" in said
    assert "1 of 1 hold" in said
    base = KnowledgeBase.load(folder)
    assert {law.name for law in all_invariants(base) if base.owns_path(law.defined_at)} == {"undecided default"}


def test_the_criteria_that_kb_new_writes_add_something(tmp_path: Path) -> None:
    new_base("automation_kb", tmp_path / "kb")
    judge = Judge(KnowledgeBase.load(tmp_path / "kb"))
    questions = {item.id: item for item in load_properties(judge.base)}
    for name in ("every_criterion_decides", "no_criterion_implies_another"):
        answer = Verifier(judge, Bounds()).check(questions[name], 300.0)
        assert answer.conclusive
        assert answer.holds, answer.counterexamples
