"""The blind descriptions: the floor under which verdicts and families must not fall. Labels are read off the case ids."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from legit.evals.dataset import split_cases
from legit.judge import Judge
from legit.model.assessment import Assessment
from tests.conftest import ROOT

FAMILY = re.compile(r"seed_(control|illegitimate_authority|content_defeat|application_defeat|exception_justified)_")


@dataclass(frozen=True)
class Described:
    id: str
    family: str
    assessment: Assessment | None


@pytest.fixture(scope="module")
def described(judge: Judge) -> list[Described]:
    found = []
    for path in sorted((ROOT / "tests/data").glob("*.legit")):
        for name, text in split_cases(path.read_text(encoding="utf-8")):
            match = FAMILY.match(name)
            assert match, name
            cases, problems = judge.reader.parse(text, strict=False)
            found.append(Described(name, match.group(1), None if problems else judge.assess(cases[0])))
    return found


def test_nearly_all_are_understood(described: list[Described]) -> None:
    assert [item.id for item in described if item.assessment is None] == []


def test_controls_stand_and_get_no_help(described: list[Described]) -> None:
    controls = [item for item in described if item.family == "control"]
    standing = [item for item in controls if item.assessment and item.assessment.verdict == "stands"]
    # The aims of docs/results.md, as floors.
    assert (len(controls), len(described)) == (64, 388)
    assert len(standing) / len(controls) >= 0.98
    assert [item.id for item in controls if item.assessment and item.assessment.guidance.action == "help"] == []


def test_defeated_rules_fall_for_a_reason_of_their_family(described: list[Described]) -> None:
    defeated = [item for item in described if item.family != "control"]
    falling = [item for item in defeated if item.assessment and item.assessment.verdict == "defeated"]
    # Below the aim of 97 %: a balance that is close leaves the rule contested (docs/results.md).
    assert len(falling) / len(defeated) >= 0.95
    by_family = [
        item
        for item in falling
        if item.assessment and item.family in {f.family for f in item.assessment.findings if f.effect == "defeats"}
    ]
    assert len(by_family) / len(defeated) >= 0.90


def test_a_stop_is_never_helped(described: list[Described]) -> None:
    stopped = [item for item in described if item.assessment and item.assessment.method_harm.level == "stop"]
    assert stopped
    assert all(item.assessment and item.assessment.guidance.action not in {"help", "weigh", "ask"} for item in stopped)
    assert all(item.assessment and item.assessment.method_harm.reasons for item in stopped)
