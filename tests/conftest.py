"""Fixtures of all tests: one judge, so that loading and grounding happen once, and copies of the shipped base."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from legit.consult import Consultant
from legit.engine.bounded_grounding import limited_process
from legit.judge import Judge, cached_judge
from legit.knowledge.base import shipped_base

ROOT = Path(__file__).parents[1]
Capture = pytest.CaptureFixture[str]

# How long an example takes depends on what else the machine does.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


SLOW = (
    "assurance/test_coverage", "assurance/test_diff", "assurance/test_seeded_defects", "assurance/test_verify",
    "catalogue/test_catalogue", "cli/test_assess", "decision_log/test_log_commands",
    "decision_log/test_log_show", "docs/test_docs", "dossier/test_dossier_commands", "dossier/test_dossier_run",
    "dossier/test_dossier_tampering", "explain/test_against_brute_force", "explain/test_explain",
    "integrations/test_inspect", "knowledge/test_extension",
    "knowledge/test_knowledge", "knowledge/test_loader_errors", "render/test_explanation_html", "site/test_site",
    "testing/test_invariants", "testing/test_mutation", "testing/test_oracle", "testing/test_plugin",
    "testing/test_strategies",
)  # fmt: skip
FUZZ = ("knowledge/test_random_damage", "language/test_hostile_input", "testing/test_fuzz")
"""Files whose tests together take more than some eight seconds of processor time, by the beginnings of their paths."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of the files above, so that `make fast` leaves them out."""
    for item in items:
        path = item.path.as_posix().partition("/tests/")[2]
        for mark, files in (("slow", SLOW), ("fuzz", FUZZ)):
            if path.startswith(files):
                item.add_marker(mark)


@pytest.fixture(scope="session")
def judge() -> Judge:
    return cached_judge()


@pytest.fixture(scope="session")
def consultant(judge: Judge) -> Consultant:
    """A consultant without a log."""
    return Consultant(base=judge.base)


@pytest.fixture(scope="session")
def much_open(judge: Judge) -> str:
    """A case with more open inputs than scenarios are enumerated for: it takes the path of the solver."""
    interests = judge.base.vocabulary.types["interest"].values.values()
    sentence = "It is unknown whether obeying does grave harm to the {} of the user.\n"
    return "".join(sentence.format(interest.phrase) for interest in interests)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the shipped knowledge base, to be changed."""
    target = tmp_path / "base"
    shutil.copytree(shipped_base(), target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


@pytest.fixture
def no_worker() -> Iterator[None]:
    """Bases of the test are grounded in this process: a worker for each would cost more than the test."""
    with limited_process():
        yield


def edit(path: Path, change: Callable[[str], str]) -> None:
    """Change the text of a file; the change must do something."""
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, encoding="utf-8")
