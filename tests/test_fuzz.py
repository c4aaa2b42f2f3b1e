"""Fuzz targets: a corpus and a few thousand seeded mutations hold, the targets notice defects, and the command says so.

The corpus in `tests/fuzz/` holds, beside what is good, the inputs that once broke something.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from legit.cli.kb_audit import check  # noqa: F401
from legit.errors import LanguageError, Problem
from legit.facts import Case
from legit.judge import Judge
from legit.record.verify import Verification
from legit.testing.fuzz import BrokenError, broken, corpus, inputs, targets
from legit.testing.fuzz import logs as log_target
from legit.testing.fuzz.__main__ import main
from legit.testing.fuzz.changing import json_changed, letter_changed, pieces_changed
from legit.testing.fuzz.target import Target
from legit.testing.generate import RandomChoices

CORPUS = Path(__file__).parent / "fuzz"
MUTATIONS = {"text": 1500, "base": 12, "case": 1500, "call": 400, "log": 150}


@pytest.fixture(scope="module")
def known(judge: Judge) -> dict[str, Target]:
    return targets(judge)


@pytest.fixture(autouse=True)
def without_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bases that nobody will load again are not kept."""
    monkeypatch.setenv("LEGIT_CACHE", "")


def files() -> Iterator[Path]:
    return (path for path in sorted(CORPUS.rglob("*")) if path.is_file())


@pytest.mark.parametrize("path", files(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_corpus_holds(known: dict[str, Target], path: Path) -> None:
    known[path.parent.name].check(path.read_bytes())


@pytest.mark.parametrize("name", MUTATIONS)
def test_mutations_hold(known: dict[str, Target], name: str) -> None:
    target = known[name]
    # Loading a base that extends the shipped one takes long: of those the seeds alone are tried here.
    good = [path.read_bytes() for path in files() if path.parent.name == name] if name == "base" else corpus(target)
    found = list(broken(target, inputs(target, good, MUTATIONS[name])))
    assert not found, found[0].trace
