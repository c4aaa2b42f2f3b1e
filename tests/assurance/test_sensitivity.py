"""`legit kb sensitivity`: what one step and one evaluative sentence turn, told from the cases themselves."""

from __future__ import annotations

import json
from pathlib import Path

from legit.assurance.sensitivity import evaluative_facts, sensitivity_group
from legit.cli import main
from legit.judge import Judge
from legit.model.assessment import Verdict
from tests.conftest import Capture

EVEN = """Case "a warden's fee"
The authority is a city.
The rule limits the right to free expression.
Obeying does serious harm to the free speech of the user.
Breaking the rule does serious harm to the privacy of the public.
The user tried no official channel.
"""
"""Cost and protection substantial: it stands, and an asserted fault leaves it contested (docs/balance.md)."""


def test_every_evaluative_sentence_of_the_base_is_understood(judge: Judge) -> None:
    assert len(evaluative_facts(judge)) == len(judge.base.manifest.evaluative_sentences)
    assert len(set(judge.base.manifest.evaluative_sentences)) == len(judge.base.manifest.evaluative_sentences)


def test_an_even_balance_is_opened_by_an_assertion_and_defeated_by_none(judge: Judge) -> None:
    group = sensitivity_group(judge, "one", judge.parse_cases(EVEN))
    assert group.verdicts == {Verdict.STANDS: 1}
    assert group.turned(Verdict.STANDS, "sentence") == 0
    assert group.turned(Verdict.STANDS, "sentence", opposite=False) == 1
    assert any(item.change.startswith("The rule ignores a milder means") for item in group.changes)
    assert {item.after for item in group.changes if item.by == "sentence"} == {Verdict.CONTESTED}


def test_every_turn_by_a_step_is_told_beforehand(judge: Judge) -> None:
    (case,) = judge.parse_cases(EVEN)
    group = sensitivity_group(judge, "one", [case])
    told = {(turn.shifts[0].becomes.rstrip("."), turn.verdict) for turn in judge.assess(case).decisive_steps}
    assert {
        (item.change.partition(" (in place of")[0], item.after) for item in group.changes if item.by == "degree"
    } == told


def test_the_command_prints_counts_with_intervals_and_every_change(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "even.legit"
    file.write_text(EVEN, encoding="utf-8")
    assert main(["kb", "sensitivity", str(file), "--list"]) == 0
    told = capsys.readouterr().out
    assert "precedents (" in told
    assert "even (1)" in told
    assert "a warden's fee: stands becomes contested: The rule ignores a milder means" in told


def test_the_command_gives_the_same_as_data(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "even.legit"
    file.write_text(EVEN, encoding="utf-8")
    assert main(["kb", "sensitivity", str(file), "--format", "json"]) == 0
    groups = json.loads(capsys.readouterr().out)
    assert groups[-1]["name"] == "even"
    assert groups[-1]["verdicts"] == {"stands": 1}
