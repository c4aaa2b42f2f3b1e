"""Every decision can be replayed as it was, and under another knowledge base or profile the replay says what changes."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legit.decision_log import Checkpoint, DecisionLog, LogReader, TextPolicy
from legit.decision_log.entries import Decision, from_bytes, to_bytes
from legit.decision_log.entry_builder import build_decision
from legit.decision_log.redaction import make_commitments, pseudonymise, restore_model
from legit.decision_log.replay import describe_differences, replay, replay_case, replay_one
from legit.errors import DecisionLogError
from legit.judge import Judge, cached_judge
from legit.knowledge.base import KnowledgeBase
from legit.model.facts import Case
from legit.testing.strategies import cases
from tests.conftest import ROOT

Log = tuple[Path, Checkpoint]


def decision_numbers(log: LogReader) -> list[int]:
    return [number for number, record in log.entries() if isinstance(record, Decision)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases(cached_judge().base.vocabulary, max_facts=8), st.sampled_from(list(TextPolicy)))
def test_what_is_recorded_is_enough_to_decide_again(case: Case, policy: TextPolicy) -> None:
    judge = cached_judge()
    hidden, stand_ins = pseudonymise(case, judge.base.vocabulary)
    said, _ = make_commitments(stand_ins, policy)
    record = build_decision(judge, hidden, judge.assess(hidden), said, policy, {}, "2026-01-01T00:00:00Z")
    found = from_bytes(to_bytes(record))
    assert isinstance(found, Decision)
    result = replay_one(1, found, judge)
    assert result.same, result
    assert result.changes == ()


def test_decisions_are_made_again_from_what_the_log_keeps(
    pristine: Log, examples: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("legit.knowledge.base.shipped_base", lambda: Path("/nowhere"))  # the shipped base is not used
    log = LogReader(pristine[0])
    results = list(replay(log, decision_numbers(log)))
    assert len(results) == len(examples)
    assert all(result.same and not result.changes and result.after == result.before for result in results)


def test_the_whole_answer_is_made_again(pristine: Log, judge: Judge, examples: list[Case]) -> None:
    log = LogReader(pristine[0])
    for number, case in zip(decision_numbers(log), examples, strict=True):
        made = replay_case(number, log.decision(number), judge)
        assert made.result.same
        answer = restore_model(made.assessment, log.stored_texts(number))
        if number == 3:  # redacted
            assert "text⟩" in answer.model_dump_json()
            assert answer.verdict is judge.assess(case).verdict
        else:
            assert answer.model_dump_json() == judge.assess(case).model_dump_json()


@pytest.fixture
def doubting(tmp_path: Path) -> Judge:
    """A judge under a profile that gives no weight to what agents infer."""
    folder = tmp_path / "kb"
    shutil.copytree(ROOT / "rules_kb", folder)
    text = (folder / "profiles" / "default.toml").read_text(encoding="utf-8")
    head, _, tail = text.partition("[trust.values]")
    assert "inferred = 1" in tail
    doubting = f"{head}[trust.values]{tail.replace('inferred = 1', 'inferred = 0', 1)}"
    (folder / "profiles" / "doubting.toml").write_text(doubting, encoding="utf-8")
    return Judge(KnowledgeBase.load(folder, "doubting"))


def test_what_would_change_under_another_profile(pristine: Log, doubting: Judge, examples: list[Case]) -> None:
    log = LogReader(pristine[0])
    results = list(replay(log, decision_numbers(log), doubting, time_limit=600))
    assert len(results) == len(examples)
    for result in results:
        assert result.after is not None
        now = doubting.assess(examples[result.number - 2], time_limit=600)
        assert result.after.verdict is now.verdict
        assert result.after.action == now.guidance.action
        changed = result.before.verdict is not result.after.verdict
        assert changed == any(item.startswith("the verdict") for item in result.changes)
    moved = [result for result in results if result.changes]
    assert "the verdict defeated becomes undetermined" in [item for result in moved for item in result.changes]
    assert all(not result.same for result in moved)


def test_another_name_or_digest_is_no_other_answer(pristine: Log, tmp_path: Path, examples: list[Case]) -> None:
    folder = tmp_path / "kb"
    shutil.copytree(ROOT / "rules_kb", folder)
    with (folder / "base.toml").open("a", encoding="utf-8") as file:
        file.write("\n# Nothing else.\n")
    profile = folder / "profiles" / "default.toml"
    profile.with_name("named.toml").write_bytes(profile.read_bytes())
    other = Judge(KnowledgeBase.load(folder, "named"))
    log = LogReader(pristine[0])
    assert other.base.digest != log.decision(2).provenance.base_digest
    results = list(replay(log, decision_numbers(log), other))
    assert [result.changes for result in results] == [()] * len(examples)
    assert all(result.same for result in results)
    assert any(result.after and result.after.assessment_digest != result.before.assessment_digest for result in results)


def test_a_finding_that_rests_on_other_facts_is_another_answer(pristine: Log) -> None:
    before = LogReader(pristine[0]).decision(2).answer
    first, *others = before.findings
    after = before.model_copy(update={"findings": (first.model_copy(update={"evidence": ()}), *others)})
    assert describe_differences(before, after) == (f"`{first.criterion}` is based on other evidence",)
    assert describe_differences(before, before.model_copy(update={"stance": "assess"})) == (
        "the requested act changed",
    )
    assert describe_differences(before, before.model_copy(update={"assessment_digest": "0" * 64})) == ()


def test_a_case_that_the_other_base_does_not_understand(pristine: Log, tmp_path: Path) -> None:
    folder = tmp_path / "kb"
    shutil.copytree(ROOT / "rules_kb", folder)
    types = folder / "vocabulary" / "types.toml"
    text = types.read_text(encoding="utf-8")
    assert text.count('phrase = "fraud prevention"') == 1
    types.write_text(text.replace('phrase = "fraud prevention"', 'phrase = "ending swindles"'), encoding="utf-8")
    (result,) = replay(LogReader(pristine[0]), [2], Judge(KnowledgeBase.load(folder)))
    assert result.after is None
    assert result.changes == ("the case is no longer understood",)
    assert "L105" in result.problem


def test_a_decision_that_ran_out_of_time(tmp_path: Path, judge: Judge, much_open: str) -> None:
    with DecisionLog(tmp_path / "log") as log:
        assert log.assess(much_open, judge=judge, time_limit=1e-9).undetermined_reason == "time"
        (result,) = replay(log, [2])
        assert not result.same
        assert "why it is undetermined: the time limit before, nothing but the facts now" in result.changes


def test_a_log_without_the_knowledge_base(copied: Log) -> None:
    path, _ = copied
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM bases")
    connection.commit()
    connection.close()
    log = LogReader(path)
    with pytest.raises(DecisionLogError, match="R107"):
        list(replay(log, [2]))
    (result,) = replay(log, [2], cached_judge())
    assert result.same


def test_a_knowledge_base_that_changed_on_disk_is_not_kept_as_another(tmp_path: Path) -> None:
    folder = tmp_path / "kb"
    shutil.copytree(ROOT / "rules_kb", folder)
    judge = Judge(KnowledgeBase.load(folder))
    (folder / "base.toml").write_text('name = "other"\nversion = "9"\n', encoding="utf-8")
    with DecisionLog(tmp_path / "log") as log:
        log.assess("The authority is a bank.", judge=judge)
        assert [record.kind for _, record in log.entries()] == ["opened", "decision"]
        assert log.base_archive(judge.base.digest) is None
