"""Extensions of the shipped base for the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from legit.assurance.examples import expected_cases
from legit.assurance.scaffold import new_base
from legit.errors import KnowledgeBaseError, Problem
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase, shipped_base
from legit.knowledge.properties import load_properties
from legit.testing.invariants import expected_violations

OWN = {"no_way_out", "unread_language"}
STANDS = """The authority is a city.
The rule requires "a permit for a market stall".
Obeying costs nothing that matters.
Breaking the rule harms nobody.
The user tried no official channel.
"""
UNREAD = STANDS + "The rule was announced only in a language that the user does not read.\n"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The base that `kb new` writes."""
    new_base("own", tmp_path / "own")
    return tmp_path / "own"


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    folder = tmp_path_factory.mktemp("extended") / "own"
    new_base("own", folder)
    return Judge(KnowledgeBase.load(folder))


def put(folder: Path, file: str, text: str) -> None:
    """Add to a file of the extension, which may be new."""
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as opened:
        opened.write(f"\n{text}\n")


def load_all(folder: Path, profile: str = "default") -> KnowledgeBase:
    """Load a base, and the files of it that are read when they are needed."""
    base = KnowledgeBase.load(folder, profile)
    for _ in expected_cases(base):
        pass
    load_properties(base)
    expected_violations(base)
    Judge(base).reader  # noqa: B018  (builds the grammar)
    return base


def refused(folder: Path) -> list[Problem]:
    with pytest.raises(KnowledgeBaseError) as caught:
        load_all(folder)
    return list(caught.value.problems)


CRITERION = (shipped_base() / "criteria/application/retroactive.lp").read_text(encoding="utf-8")
SHARED = '%*\nid = "{id}"\ntitle = "x"\nstatement = "x"\nsources = ["FD-18"]\n{keys}\n*%\n{rules}'


def shared(name: str = "mine", keys: str = "", rules: str = "") -> str:
    return SHARED.format(id=name, keys=keys, rules=rules)
