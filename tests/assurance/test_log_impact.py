"""The impact on a log is the impact on each of its decisions, decided alone under both bases."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from legit.assurance.impact import Impact, impact
from legit.assurance.log_impact import log_impact
from legit.decision_log import DecisionLog, LogReader
from legit.decision_log.entries import Decision
from legit.errors import DecisionLogError
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.testing.seeded_cases import SeededCases
from tests.decision_log.conftest import rewrite

CASES = 80


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory, judge: Judge) -> Judge:
    """A judge under a base that gives more weight to voting, lacks a rule and has another word for a purpose."""
    copy = tmp_path_factory.mktemp("other") / "base"
    shutil.copytree(judge.base.root, copy)
    for name, old, new in (
        ("profiles/default.toml", "voting = 2", "voting = 3"),
        ("vocabulary/types.toml", 'phrase = "fraud prevention"', 'phrase = "ending swindles"'),
    ):
        text = (copy / name).read_text(encoding="utf-8")
        assert old in text
        (copy / name).write_text(text.replace(old, new), encoding="utf-8")
    lines = (copy / "criteria/exception/conscientious_objection.lp").read_text(encoding="utf-8").splitlines(True)
    start = next(at for at, line in enumerate(lines) if line.startswith("meets("))
    end = next(at for at in range(start, len(lines)) if lines[at].rstrip().endswith("."))
    kept = lines[:start] + lines[end + 1 :]
    while kept[start - 1].startswith("%"):
        start -= 1
        del kept[start]
    (copy / "criteria/exception/conscientious_objection.lp").write_text("".join(kept), encoding="utf-8")
    return Judge(KnowledgeBase.load(copy))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory, judge: Judge, other: Judge) -> Path:
    path = tmp_path_factory.mktemp("log") / "log"
    source = SeededCases(judge)
    with DecisionLog(path) as writer:
        writer.assess_many([source.case(2 * number + 1) for number in range(CASES)], judge=judge)
        writer.assess("The purpose of the rule is fraud prevention.", judge=judge)
        writer.assess_many(["The authority is a bank.", "The authority is a club."], judge=other)
    return path


def one_at_a_time(judge: Judge, other: Judge, path: Path) -> Impact:
    parts = [
        impact(judge, other, [(str(number), record.case)])
        for number, record in LogReader(path).entries()
        if isinstance(record, Decision)
    ]
    verdicts: dict[str, int] = {}
    for part in parts:
        for name, count in part.verdict_transitions.items():
            verdicts[name] = verdicts.get(name, 0) + count
    return Impact(
        total=sum(part.total for part in parts),
        deltas=tuple(delta for part in parts for delta in part.deltas),
        unreadable=tuple(name for part in parts for name in part.unreadable),
        verdict_transitions=dict(sorted(verdicts.items())),
    )


def test_the_impact_on_a_log(judge: Judge, other: Judge, log: Path) -> None:
    found = log_impact(judge, other, LogReader(log))
    assert found.impact == one_at_a_time(judge, other, log)
    assert found.impact.deltas
    assert found.impact.unreadable
    assert list(found.by_another_base) == [len(LogReader(log)) - 2, len(LogReader(log)) - 1]


@pytest.mark.slow
def test_several_processes_find_the_same(judge: Judge, other: Judge, log: Path) -> None:
    one, two = (log_impact(judge, other, LogReader(log), workers=workers) for workers in (1, 2))
    assert one.impact == two.impact
    assert list(one.by_another_base) == list(two.by_another_base)


def test_an_entry_that_cannot_be_read_stops_it(judge: Judge, other: Judge, log: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(log, tmp_path / "log"))
    rewrite(copy, lambda body: body.replace(b'"verdict":"defeated"', b'"verdict":"beaten"'))
    with pytest.raises(DecisionLogError, match="R201"):
        log_impact(judge, other, LogReader(copy))
