"""The API reference shows every public module, and nothing else."""

from __future__ import annotations

import re

from legit.cli.parser import RENAMED_COMMANDS
from tests.conftest import ROOT
from tests.test_public_api import PUBLIC


def test_every_public_module_is_in_the_reference() -> None:
    pages = sorted((ROOT / "docs" / "reference").glob("*.md"))
    shown = [
        name for page in pages for name in re.findall(r"^::: (\S+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert sorted(re.sub(r"^integrations\b", "legit.integrations", name) for name in shown) == sorted(PUBLIC)


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert (
        sorted(page for page in pages if not page.startswith("decisions/0") and f": {page}\n" not in navigation) == []
    )


def test_the_changelog_names_old_commands_only_in_its_tables_of_new_names() -> None:
    text = re.sub(r"(?m)^\|.*\n", "", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    today = re.findall(r"`((?:legit|kb) [^`]*)`", text.replace("\n  ", " "))
    assert today
    for shown in today:
        command = shown if shown.startswith("legit ") else f"legit {shown}"
        assert not [old for old in RENAMED_COMMANDS if re.match(rf"{old}(?![\w-])", command)], command
