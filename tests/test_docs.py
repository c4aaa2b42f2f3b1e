"""Every snippet of the documentation runs: Python blocks, cases, and commands with what they are said to print."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from legit.audit.examples import criterion_outcomes
from legit.audit.properties import load_properties
from legit.audit.verify import Verifier
from legit.cli import main
from legit.engine.program import Bounds
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
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
        assert judge.read(text)


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


def test_the_criterion_for_authors_can_be_used_as_it_stands(tmp_path: Path) -> None:
    page = ROOT / "docs" / "authors.md"
    copy = tmp_path / "my_kb"
    shutil.copytree(ROOT / "rules_kb", copy)
    criterion, _ = blocks(page, "asp")
    (predicate,) = blocks(page, "toml")
    (copy / "criteria" / "application" / "undisclosed_fee.lp").write_text(criterion, encoding="utf-8")
    with (copy / "vocabulary" / "2_content.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + predicate)
    judge = Judge(KnowledgeBase.load(copy))
    found = list(criterion_outcomes(judge, judge.base.criteria["undisclosed_fee"]))
    assert [item.passed for item in found] == [True] * 4, found
    assert judge.read_one("Neighbours inspected the work.").facts[0].predicate == "inspected_by"


def test_the_question_for_authors_can_be_used_as_it_stands(tmp_path: Path) -> None:
    copy = tmp_path / "my_kb"
    shutil.copytree(ROOT / "rules_kb", copy)
    _, question = blocks(ROOT / "docs" / "authors.md", "asp")
    (copy / "properties" / "notice_never_hurts.lp").write_text(question, encoding="utf-8")
    judge = Judge(KnowledgeBase.load(copy))
    (item,) = (item for item in load_properties(judge.base) if item.id == "notice_never_hurts")
    answer = Verifier(judge, Bounds()).answer(item, 300.0)
    assert answer.settled
    assert answer.holds, answer.against
