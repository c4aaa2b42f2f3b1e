"""An answer names the stated facts that nothing in it rests on."""

from __future__ import annotations

import os

import pytest

from legit.consult import Consultant
from legit.explain import facts_without_effect as module
from legit.judge import Judge
from legit.model.assessment import Assessment
from legit.model.facts import Truth
from legit.render.assessment_text import render_assessment
from legit.testing.seeded_cases import SeededCases

CASES = int(os.environ.get("LEGIT_WITHOUT_EFFECT_CASES", "150"))

IDLE = """\
The authority is a bank.
The rule forbids "paying in coins".
The rule is 60 years old.
The user asks to assess the rule.
"""


def _results(assessment: Assessment) -> tuple[object, ...]:
    """What must be the same without a fact that has no effect: everything but the texts about the facts themselves."""
    return (
        assessment.verdict,
        assessment.scope,
        assessment.consequence,
        assessment.guidance,
        [(item.criterion, item.effect) for item in assessment.findings],
        [item.criterion for item in assessment.justifications],
        [item.right for item in assessment.rights_touched],
        [(item.criterion, item.level, item.certain) for item in assessment.method_harm.reasons],
        assessment.routes,
        [(part.part, part.value) for part in assessment.balance],
    )


def test_without_a_fact_that_has_no_effect_the_answer_is_the_same(judge: Judge) -> None:
    source, named = SeededCases(judge), 0
    for number in range(CASES):
        case = source.case(40_000 + number)
        answer = judge.assess(case)
        idle = {evidence.sentence for evidence in answer.without_effect}
        for sentence in idle:
            rest = tuple(fact for fact in case.facts if judge.writer.sentence(fact) != sentence)
            if rest:
                assert _results(judge.assess(case.model_copy(update={"facts": rest}))) == _results(answer), sentence
                named += 1
    assert named > CASES // 10, "too few to show anything"


def test_a_fact_whose_loss_changes_a_finding_is_not_named(judge: Judge) -> None:
    source = SeededCases(judge)
    for number in range(CASES // 3):
        case = source.case(60_000 + number)
        answer = judge.assess(case)
        for evidence in answer.without_effect:
            assert not any(evidence in item.evidence for item in answer.findings)
            assert evidence.truth is not Truth.UNKNOWN


def test_what_has_no_effect_is_said_in_every_answer(judge: Judge) -> None:
    answer = judge.assess(IDLE)
    assert [evidence.line for evidence in answer.without_effect] == [3]
    assert "Without effect here       The rule is 60 years old (line 3)." in render_assessment(answer)
    pages = Consultant().consult(IDLE)
    assert "Without effect here: The rule is 60 years old." in pages.content


def test_what_two_speakers_state_is_left_out_as_a_whole(judge: Judge) -> None:
    both = IDLE.replace("old.", "old. [user]\nThe rule is 60 years old. [operator]")
    assert [evidence.sentence for evidence in judge.assess(both).without_effect] == ["The rule is 60 years old."]


def test_nothing_is_named_where_there_are_too_many_scenarios(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_SCENARIOS", 1)
    assert judge.assess(IDLE).without_effect == ()
