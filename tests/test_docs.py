"""Every snippet of the documentation runs: Python blocks, cases, and commands with what they are said to print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from legit.cli import main
from legit.judge import Judge
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
    page: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    for text in blocks(page, "console"):
        printed = ""
        for line in text.splitlines():
            if line.startswith("$ legit "):
                status = main(shlex.split(line)[2:])
                printed = capsys.readouterr().out
                assert status == 0, line
            elif line.strip() not in ("", "..."):
                assert line.strip() in printed, f"{page.name}: `{line}` is not printed"
