"""What if: the difference that facts make."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from legit.cli import main
from legit.errors import CaseError, LanguageError
from legit.explain.assessment_difference import difference
from legit.explain.case_edit import apply_edits
from legit.judge import Judge, cached_judge
from legit.model.assessment import Verdict
from legit.model.facts import Case
from legit.testing.strategies import cases
from tests.conftest import ROOT

SCARF = ROOT / "examples" / "03_headscarf_at_the_till.legit"
STAMP = ROOT / "examples" / "01_stamp_that_nobody_can_give.legit"
VOCABULARY = cached_judge().base.vocabulary
RELAXED = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def test_an_assumption_takes_the_place_of_what_contradicts_it(judge: Judge) -> None:
    text = STAMP.read_text(encoding="utf-8")
    after, found = judge.what_if(text, "Breaking the rule does grave harm to the life of a child.")
    assert found.verdict == (Verdict.DEFEATED, Verdict.STANDS)
    assert found.guidance == ("help", "help")  # the method is lawful by itself, whether the rule stands or not
    method = next(line for line in text.splitlines() if line.startswith("The method is another lawful means"))
    _, quiet = judge.what_if(
        text.replace(method, "The method is quiet breach."), "Breaking the rule does grave harm to the life of a child."
    )
    assert (quiet.verdict, quiet.guidance) == (found.verdict, ("help", "decline"))
    assert after.verdict is Verdict.STANDS
    moved = {item.criterion: (item.before, item.after) for item in found.findings}
    assert moved["impossible_to_comply"] == ("defeats", "outweighed")
    assert moved["absurd_or_arbitrary"] == ("defeats", None)


def test_leaving_out_an_answer_opens_its_question(judge: Judge) -> None:
    _, found = judge.what_if(SCARF.read_text(encoding="utf-8"), without="Breaking the rule harms nobody.")
    assert found.verdict == (Verdict.DEFEATED, Verdict.UNDETERMINED)
    assert [text.split("?")[0] for text in found.questions_opened] == [
        "What harm does breaking the rule do, and to whom"
    ]


def test_what_the_case_does_not_state_cannot_be_left_out(judge: Judge) -> None:
    with pytest.raises(CaseError) as caught:
        judge.what_if("The authority is a club.", without="The user is a tenant.")
    assert [problem.code for problem in caught.value.problems] == ["C301"]
    with pytest.raises(LanguageError):
        judge.what_if("The authority is a club.", "Flub.")


@RELAXED
@given(cases(VOCABULARY))
def test_assuming_what_is_stated_changes_nothing(judge: Judge, case: Case) -> None:
    """Facts of one speaker only: where speakers dispute, an assumption settles the dispute."""
    same = apply_edits(VOCABULARY, case, assume=case.facts[:1])
    if len({fact.atom for fact in case.facts}) == len(case.facts) and len({fact.speaker for fact in case.facts}) == 1:
        assert difference(judge.assess(case), judge.assess(same)).is_empty


@RELAXED
@given(cases(VOCABULARY))
def test_leaving_out_and_assuming_again_comes_back(judge: Judge, case: Case) -> None:
    for fact in case.facts[:1]:
        without = apply_edits(VOCABULARY, case, without=[fact])
        assert fact.atom not in {other.atom for other in without.facts if other.truth is fact.truth}
        if sum(other.atom == fact.atom for other in case.facts) == 1:
            again = without.model_copy(update={"facts": (*without.facts, fact)})
            assert difference(judge.assess(case), judge.assess(again)).is_empty


def test_the_command_line_shows_the_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assess", str(STAMP), "--assume", "The user wants gain, ease or fun, no more."]) == 0
    printed = capsys.readouterr().out
    assert "DEFEATED, as before" in printed
    assert "defeats the rule → does not apply" in printed
    assert main(["assess", str(SCARF), "--format", "json", "--without", "Breaking the rule harms nobody."]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == ["defeated", "undetermined"]
    assert main(["assess", str(STAMP), "--without", "The user is a tenant."]) == 1
    assert "C301" in capsys.readouterr().err


CLUB = 'Case "club".\nThe authority is a club.\nThe user believes that the rule is absurd.\n'


def test_opinions_are_assumed_and_left_out_like_facts(judge: Judge) -> None:
    after, found = judge.what_if(CLUB, assume="The user believes that clubs are silly.")
    assert after.opinions == ("the rule is absurd", "clubs are silly")
    assert found.is_empty
    after, _ = judge.what_if(CLUB, without="The user thinks that the rule is absurd.")
    assert after.opinions == ()
    with pytest.raises(CaseError) as caught:
        judge.what_if(CLUB, without="The user believes that clubs are silly.")
    (problem,) = caught.value.problems
    assert (problem.code, problem.source, problem.line) == ("C301", "without", 1)


@pytest.mark.parametrize("text", ['Case "a".\nThe user is a tenant.\nCase "b".\nThe user is a member.', 'Case "a".'])
@pytest.mark.parametrize("option", ["assume", "without"])
def test_other_cases_are_not_merged_into_the_case(judge: Judge, option: str, text: str) -> None:
    with pytest.raises(LanguageError) as caught:
        judge.what_if(CLUB, **{option: text})
    (problem,) = caught.value.problems
    assert (problem.code, problem.source) == ("L005", option)


@pytest.mark.parametrize("option", ["assume", "without"])
def test_problems_of_what_if_name_their_source(judge: Judge, option: str) -> None:
    with pytest.raises(LanguageError) as caught:
        judge.what_if(CLUB, **{option: "The user is a tenant.\nFlub."})
    (problem,) = caught.value.problems
    assert (problem.code, problem.source, problem.line) == ("L106", option, 2)


def test_what_cannot_be_left_out_is_named_with_case_and_place(judge: Judge) -> None:
    with pytest.raises(CaseError) as caught:
        judge.what_if(CLUB, without="The authority is a club.\nThe user is a tenant. The user is a member.")
    assert [(item.code, item.source, item.line, item.column, item.message) for item in caught.value.problems] == [
        ("C301", "without", 2, 1, "the case `club` does not state `The user is a tenant.`"),
        ("C301", "without", 2, 23, "the case `club` does not state `The user is a member.`"),
    ]


def test_assumptions_of_two_speakers_stay_beside_each_other(judge: Judge) -> None:
    case = judge.parse_case(CLUB)
    added = judge.parse_case("The user is a tenant.\nThe user is not a tenant. [record]").facts
    assert apply_edits(VOCABULARY, case, assume=added).facts == (*case.facts, *added)
