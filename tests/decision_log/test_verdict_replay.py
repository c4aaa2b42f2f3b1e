"""Verdicts replayed in columns are those of decisions replayed one at a time."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from legit.decision_log import DecisionLog, LogReader
from legit.decision_log.base_probe import BaseProbe
from legit.decision_log.entries import Decision, LogEntry, from_bytes, to_bytes
from legit.decision_log.filters import DecisionFilter, selected_entries
from legit.decision_log.replay import replay
from legit.decision_log.verdict_replay import ReplayedVerdict, replay_verdicts
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.model.assessment import Verdict
from legit.testing.seeded_cases import SeededCases
from tests.decision_log.conftest import rewrite

CASES = 60


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory, judge: Judge) -> Path:
    path = tmp_path_factory.mktemp("many") / "log"
    source = SeededCases(judge)
    with DecisionLog(path) as writer:
        writer.assess_many([source.case(4000 + number) for number in range(CASES)], judge=judge)
        writer.assess_many([source.case(4000 + number) for number in range(CASES // 2)], judge=judge)
        writer.override(3, action="help", by="the desk", why="it was lifted")
    return path


@pytest.fixture
def copied(log: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(log, tmp_path / "log"))


def replayed(path: Path, **options: int) -> list[ReplayedVerdict]:
    reader = LogReader(path)
    return list(replay_verdicts(reader, reader.raw_entries(), **options))


def one_at_a_time(path: Path, judge: Judge | None = None) -> list[ReplayedVerdict]:
    reader = LogReader(path)
    numbers = [number for number, entry in reader.entries() if isinstance(entry, Decision)]
    return [ReplayedVerdict.of(result) for result in replay(reader, numbers, judge)]


def changed_entry(entry: LogEntry, number: int) -> LogEntry:
    """The entry with something else recorded, for some numbers."""
    if not isinstance(entry, Decision):
        return entry
    answer = entry.answer
    changes: list[dict[str, object]] = [
        {"verdict": Verdict.DEFEATED if answer.verdict is not Verdict.DEFEATED else Verdict.STANDS},
        {"action": f"{answer.action}x"},
        {"method_harm": "other"},
        {"stance": "other"},
        {"findings": answer.findings[1:]},
        {"findings": tuple(item.model_copy(update={"effect": "possible"}) for item in answer.findings)},
    ]
    update = changes[number % len(changes)]
    return entry.model_copy(update={"answer": answer.model_copy(update=update)})


def test_untouched_decisions_come_out_the_same(log: Path) -> None:
    found = replayed(log)
    assert found == one_at_a_time(log)
    assert len(found) == CASES + CASES // 2
    assert all(item.same and item.byte_exact for item in found)


def test_decisions_that_were_tampered_with_are_found_as_one_at_a_time(copied: Path) -> None:
    at = iter(range(1000))
    rewrite(copied, lambda body: to_bytes(changed_entry(from_bytes(body), next(at))))
    found = replayed(copied)
    assert found == one_at_a_time(copied)
    changed = [item for item in found if not item.same]
    assert len(changed) > CASES, "of a case without findings, two of the six changes change nothing"
    said = " ".join(change for item in changed for change in item.changes)
    for words in ("the verdict", "the guidance", "the method harm", "requested act", "applies now", "becomes"):
        assert words in said


def test_what_a_finding_rests_on_is_compared_with_whole_answers_alone(copied: Path) -> None:
    rewrite(copied, lambda body: body.replace(b'"sole_source":"user"', b'"sole_source":"operator"'))
    assert all(item.same for item in replayed(copied))
    assert any(not item.same for item in one_at_a_time(copied))


def test_a_case_that_is_no_case_any_more(copied: Path) -> None:
    rewrite(copied, lambda body: body.replace(b"The authority is ", b"The athority is "))
    found = replayed(copied)
    assert found == one_at_a_time(copied)
    assert any("L108" in item.problem and item.verdict_after == "" for item in found)


def test_a_filter_selects_the_entries(log: Path) -> None:
    reader = LogReader(log)
    chosen = DecisionFilter(verdicts=frozenset({"defeated"}))
    numbers = [number for number, _ in selected_entries(reader, chosen)]
    expected = [number for number, entry in reader.entries()
                if isinstance(entry, Decision) and entry.answer.verdict is Verdict.DEFEATED]  # fmt: skip
    assert numbers == expected
    assert numbers


def test_a_base_of_one_s_own_is_tried_within_limits_first(
    tmp_path: Path, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "kb"
    shutil.copytree(judge.base.root, folder)
    with (folder / "base.toml").open("a", encoding="utf-8") as file:
        file.write("\n# Of one's own.\n")
    own = Judge(KnowledgeBase.load(folder))
    source = SeededCases(judge)
    with DecisionLog(tmp_path / "log") as writer:
        writer.assess_many([source.case(number) for number in range(6)], judge=own)
    tried: list[tuple[str, bool]] = []
    monkeypatch.setattr(BaseProbe, "try_case", lambda self, text, *, whole=True: tried.append((text, whole)))
    found = replayed(tmp_path / "log")
    assert all(item.same and item.byte_exact for item in found)
    assert len(found) == 6
    assert {text for text, _ in tried} == {
        entry.case for _, entry in LogReader(tmp_path / "log").entries() if isinstance(entry, Decision)
    }
    assert not any(whole for _, whole in tried), "no whole answer was made"


@pytest.mark.slow
def test_several_processes_give_the_same(copied: Path) -> None:
    at = iter(range(1000))
    rewrite(copied, lambda body: to_bytes(changed_entry(from_bytes(body), next(at))))
    assert replayed(copied, workers=2) == replayed(copied, workers=1)
