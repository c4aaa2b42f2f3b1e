"""Suggestions are the most similar known names, and one module makes them; another is the only one that imports Lark."""

from __future__ import annotations

import re

import pytest

from legit._util.suggest import did_you_mean, suggest
from tests.conftest import ROOT


def test_the_most_similar_names_come_first_each_once() -> None:
    known = ["landlord", "landlady", "bank", "landlord"]
    assert suggest("landlrd", known) == ("landlord", "landlady")
    assert suggest("landlrd", known, limit=1) == ("landlord",)
    assert suggest("landlrd", known, similarity=0.9) == ("landlord",)
    assert suggest("xyz", known) == ()


@pytest.mark.parametrize(
    ("library", "home"), [("difflib", "legit/_util/suggest.py"), ("lark", "legit/language/lark_adapter.py")]
)
def test_one_module_uses_the_library(library: str, home: str) -> None:
    imported = re.compile(rf"(?m)^\s*(?:import|from) {library}\b")
    using = {
        path.relative_to(ROOT).as_posix()
        for folder in ("legit", "integrations")
        for path in (ROOT / folder).rglob("*.py")
        if imported.search(path.read_text(encoding="utf-8"))
    }
    assert using == {home}


def test_a_message_suggests_each_name_once() -> None:
    assert did_you_mean(["bank", "club", "bank"]) == "; did you mean bank, club?"
    assert did_you_mean([]) == ""
