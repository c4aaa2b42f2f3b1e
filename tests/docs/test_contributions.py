"""The worked contributions of CONTRIBUTING.md, each done on a copy of the repository and checked by its own commands."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTIONS = {text.split("\n", 1)[0]: text for text in re.split(r"(?m)^### ", PAGE)[1:]}
STEP = re.compile(r"(?:^`(\S+)`(?: \(new\))?\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FOLDERS = ("legit", "integrations", "grammar", "rules_kb", "docs", "examples", "tests")


class Step(NamedTuple):
    """A block of a contribution: the file that it is for, if any, its language and its text."""

    path: str
    language: str
    text: str


def steps(section: str) -> list[Step]:
    return [Step(*match) for match in STEP.findall(section)]


def apply_diff(text: str, diff: str, name: str) -> str:
    """The text with a diff without line numbers applied: its old lines must stand in the text exactly once."""
    lines = [line if line else " " for line in diff.splitlines()]
    old = "".join(f"{line[1:]}\n" for line in lines if line[0] in " -")
    new = "".join(f"{line[1:]}\n" for line in lines if line[0] in " +")
    assert text.count(old) == 1, f"these lines, which it shows, stand {text.count(old)} times in {name}:\n{old}"
    return text.replace(old, new)


def run(command: str, folder: Path) -> str:
    """What a command prints in the copy. It must succeed."""
    words = shlex.split(command)
    # The copy hides the installed package, whose files would be used otherwise.
    environment = os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "100", "LEGIT_CACHE": str(folder / "cache")}
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"`{command}` exits with {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of the repository in which `legit` is the package of the copy."""
    for name in FOLDERS:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    git = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", "-C", str(tmp_path)]
    for arguments in (["init", "-q", "-b", "main"], ["add", "rules_kb"], ["commit", "-qm", "as it was"]):
        subprocess.run([*git, *arguments], check=True)
    for name in ("integrations", "grammar", "rules_kb"):
        (tmp_path / "legit" / name).symlink_to(tmp_path / name)
    return tmp_path


def test_the_contributions_are_shown() -> None:
    assert [title[:3] for title in SECTIONS] == ["(a)", "(b)", "(c)", "(d)", "(e)"]


@pytest.mark.slow
@pytest.mark.parametrize("title", SECTIONS)
def test_a_contribution_works_as_shown(title: str, repository: Path) -> None:
    try:
        do_as_shown(steps(SECTIONS[title]), repository)
    except AssertionError as error:
        raise AssertionError(f"CONTRIBUTING.md, section {title}: change it there too\n{error}") from error


def do_as_shown(shown_steps: list[Step], repository: Path) -> None:
    """Write the files of a contribution, and run its commands. Raises AssertionError where one does otherwise."""
    for step in shown_steps:
        path = repository / step.path
        if step.language == "diff":
            path.write_text(apply_diff(path.read_text(encoding="utf-8"), step.text, step.path), encoding="utf-8")
        elif step.path:
            assert not path.exists()
            path.write_text(step.text, encoding="utf-8")
        else:
            for part in re.split(r"(?m)^\$ ", step.text)[1:]:
                command, shown = part.split("\n", 1)
                pattern = re.escape(shown.rstrip("\n")).replace(re.escape("..."), "(?s:.*)")
                printed = run(command, repository).rstrip("\n")
                assert re.fullmatch(pattern, printed), f"`{command}` prints\n{printed}"
