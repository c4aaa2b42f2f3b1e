"""Retired terms stand in the changelog and in the decision that retires them, and nowhere else."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from tests.conftest import ROOT

DECISION = ROOT / "docs" / "decisions" / "0015-house.md"
FOLDERS = ("legit", "integrations", "grammar", "rules_kb", "docs", "tests", "benchmarks")
TOP = ("README.md", "CONTRIBUTING.md", "Makefile", "pyproject.toml", "mkdocs.yml")
TEXT = {".py", ".md", ".toml", ".lp", ".lark", ".html", ".jinja", ".j2", ".yml"}
OTHERS_WORDS = ("tests/data/", "tests/corpus/", "tests/testing/fuzz_corpus/")
"""Cases as people described them, and inputs that once broke something."""


def retired() -> list[str]:
    """The retired terms of the decision's table."""
    table = DECISION.read_text(encoding="utf-8").split("| retired | now |")[1].split("\n\n")[0]
    rows = [line.strip("|").split("|")[0] for line in table.splitlines()[2:]]
    return [term.strip() for row in rows for term in row.split(",")]


def sources() -> list[Path]:
    paths = [ROOT / name for name in TOP]
    for folder in FOLDERS:
        paths += [path for path in sorted((ROOT / folder).rglob("*")) if path.suffix in TEXT]
    return [
        path for path in paths if path != DECISION and not path.relative_to(ROOT).as_posix().startswith(OTHERS_WORDS)
    ]


def occurrences() -> Counter[str]:
    """How often each term stands in each file, as `file: term`."""
    pattern = re.compile(
        r"(?<![\w-])(?:" + "|".join(re.escape(term).replace(r"\ ", r"\s+") for term in retired()) + r")(?![\w-])", re.I
    )
    found: Counter[str] = Counter()
    for path in sources():
        for match in pattern.findall(path.read_text(encoding="utf-8")):
            found[f"{path.relative_to(ROOT).as_posix()}: {' '.join(match.lower().split())}"] += 1
    return found


def test_no_retired_term_is_left() -> None:
    assert sorted(occurrences()) == []
