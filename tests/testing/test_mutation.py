"""Mutants of a knowledge base: which there are, who notices them, and which judge no case otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from legit.assurance.examples import expected_cases, outcome_of, outcome_of_decision
from legit.errors import KnowledgeBaseError
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.testing.mutation import Mutant, MutationRunner, distinguishing_case, generate_mutants
from legit.testing.mutation.baseline import load_baseline
from legit.testing.mutation.runner import NON_TERMINATING, NOT_STRATIFIED, UNSAFE
from tests.conftest import edit


@pytest.fixture(scope="module")
def trial(judge: Judge) -> MutationRunner:
    return MutationRunner(judge)


def find_mutant(judge: Judge, file: str, description: str) -> Mutant:
    (found,) = [
        mutant
        for mutant in generate_mutants(judge.base, file)
        if mutant.file == file and mutant.description == description
    ]
    return found


def test_each_rule_and_literal_is_changed_once(judge: Judge) -> None:
    found = [mutant.description for mutant in generate_mutants(judge.base, "dead_letter")]
    rule = "meets(dead_letter) :- rarely_enforced, pressured_by_authority."
    assert found[-7:] == [
        f"without `{rule}`",
        f"without `rarely_enforced` in `{rule}`",
        f"`rarely_enforced` negated in `{rule}`",
        f"without `pressured_by_authority` in `{rule}`",
        f"`pressured_by_authority` negated in `{rule}`",
        "without the undercutter `warned`",
        "standard of review `jurisdictional` and not `ordinary`",
    ]
    assert len(found) == 5 + 7 + 2 * 3 + 2 + 1 + 1


def test_each_bound_is_moved_to_the_next_one_of_its_measure(judge: Judge) -> None:
    moved = {
        mutant.description: mutant.replacements for mutant in generate_mutants(judge.base) if mutant.kind == "bound"
    }
    rule = "meets(dead_letter) :- unenforced_for(Y), more_than(Y,4,years), sanction_threatened."
    (lower, higher) = [instead for change, instead in moved.items() if change.endswith(f"in `{rule}`")]
    written = rule.replace(", ", "; ")
    assert lower == {written: (written.replace("4,years", "1,year"),)}
    assert higher == {written: (written.replace("4,years", "9,years"),)}
    lowest = "enforced_against_user :- times_checked(N), more_than(N,0,times)."
    assert [change for change in moved if change.endswith(f"in `{lowest}`")] == [
        f"`more_than(N,1,time)` and not `more_than(N,0,times)` in `{lowest}`"
    ]
    urgent = "no_lawful_way_in_time :- harm_due_within(T), at_most(T,1,day), cost_reaches(extreme)."
    assert [change for change in moved if change.endswith(f"in `{urgent}`")] == [
        f"`at_most(T,12,hours)` and not `at_most(T,1,day)` in `{urgent}`",
        f"`at_most(T,2,days)` and not `at_most(T,1,day)` in `{urgent}`",
    ]


def test_examples_on_both_sides_kill_every_moved_bound(judge: Judge, trial: MutationRunner) -> None:
    moved = [mutant for mutant in generate_mutants(judge.base) if mutant.kind == "bound"]
    assert [result.mutant.name for result in trial.run(moved) if not result.killed_by] == []


def test_every_weight_is_moved_to_both_sides(judge: Judge) -> None:
    found = [mutant for mutant in generate_mutants(judge.base) if mutant.kind == "weight"]
    assert len(found) == sum(len(weight.neighbours) for weight in judge.base.profile.weights())
    assert found[0].replacements == {"abstract_weight(life,4).": ("abstract_weight(life,3).",)}
    # What weighs nothing would be another rule.
    assert not any(text.endswith(",0).") for mutant in found for (text,) in mutant.replacements.values())


def test_priorities_are_turned_round(judge: Judge) -> None:
    turned = find_mutant(judge, "verdict", "`verdict(contested)` goes before `verdict(defeated)`")
    assert turned.replacements == {
        "verdict(contested) :- tied(_); not verdict(defeated).": ("verdict(contested) :- tied(_).",),
        "verdict(defeated) :- defeats(_).": ("verdict(defeated) :- defeats(_); not verdict(contested).",),
    }
    order = find_mutant(judge, "verdict", "`caution` is a more cautious `method_harm_level` than `stop`")
    assert order.with_caution_order(judge.base).caution_order["method_harm_level"] == ("caution", "stop", "none")
    level = find_mutant(judge, "harm_forgery", "harm level `caution` and not `stop`")
    assert level.replacements == {"harm_level(harm_forgery,stop).": ("harm_level(harm_forgery,caution).",)}


def test_an_undercutter_of_several_rules_is_left_out_as_a_whole(judge: Judge) -> None:
    several = [mutant for mutant in generate_mutants(judge.base) if mutant.kind == "undercutter"]
    assert all(len(mutant.replacements) > 1 and not any(mutant.replacements.values()) for mutant in several)


def test_the_examples_of_a_criterion_kill_its_mutants(judge: Judge, trial: MutationRunner) -> None:
    results = list(trial.run(list(generate_mutants(judge.base, "harm_forgery"))))
    by_change = {result.mutant.description: result.killed_by for result in results}
    assert next(killer for change, killer in by_change.items() if change.startswith("without `meets")).startswith(
        "harm_forgery example "
    )
    assert by_change.keys() > {"harm level `caution` and not `stop`"}


def test_what_is_no_valid_program_is_told_apart(judge: Judge, trial: MutationRunner) -> None:
    unbound = find_mutant(judge, "verdict", "without `meets(C)` in `applies(C) :- meets(C), not undercut(C,_).`")
    endless = find_mutant(judge, "weighing", "without `W > 1` in `cost_at_least((W-1)) :- cost_at_least(W), W > 1.`")
    unsure = Mutant(
        "verdict",
        "literal",
        "by hand",
        {"verdict(defeated) :- defeats(_).": ("verdict(defeated) :- not verdict(defeated).",)},
    )
    fine = find_mutant(judge, "verdict", "without `verdict(defeated) :- defeats(_).`")
    found = list(trial.run([unbound, endless, unsure, fine]))
    assert [result.invalid_reason for result in found] == [UNSAFE, NON_TERMINATING, NOT_STRATIFIED, ""]
    assert [result.mutant for result in found] == [unbound, endless, unsure, fine]
    assert found[-1].killed_by != ""


def test_a_choice_can_be_switched(judge: Judge, trial: MutationRunner) -> None:
    found = [
        mutant
        for mutant in generate_mutants(judge.base, "open_questions")
        if "assumed(cost,none)" in mutant.description
    ]
    (without, *_) = trial.run(found)
    assert without.mutant.kind == "rule"
    assert without.killed_by != ""


def test_a_mutant_that_judges_a_case_otherwise_is_shown_one(judge: Judge) -> None:
    mutant = find_mutant(
        judge,
        "dead_letter",
        "without `pressured_by_authority` in `meets(dead_letter) :- rarely_enforced, pressured_by_authority.`",
    )
    found = distinguishing_case(judge.base, mutant, 60)
    assert found is not None
    assert "rarely_enforced" in found.inputs[0]
    assert "applies(dead_letter)" not in found.results[0]
    assert "applies(dead_letter)" in found.results[1]


def test_a_mutant_that_judges_no_case_otherwise_is_proven_equivalent(judge: Judge) -> None:
    same: dict[str, tuple[str, ...]] = {
        "verdict(defeated) :- defeats(_).": ("verdict(defeated) :- defeats(C); applies(C).",)
    }
    assert distinguishing_case(judge.base, Mutant("verdict", "literal", "by hand", same), 60) is None


def test_in_brief_the_same_is_told_as_in_the_assessment(judge: Judge) -> None:
    for check in expected_cases(judge.base):
        if not check.profile:
            case = judge.parse_case(check.text)
            brief, full = outcome_of_decision(judge._decide_case(case, 5.0)), outcome_of(judge.assess(case))
            # Findings, and the routes that follow them, are ordered for the reader in one of the two.
            assert sorted(brief.findings) == sorted(full.findings), check.name
            assert sorted(brief.routes) == sorted(full.routes), check.name
            assert replace(brief, findings=(), routes=()) == replace(full, findings=(), routes=()), check.name


def test_a_base_whose_own_checks_fail_is_not_tried(copy: Path) -> None:
    edit(
        copy / "criteria" / "application" / "dead_letter.lp",
        lambda text: text.replace("more_than(Y,4,years), sanction_threatened", "more_than(Y,49,years)"),
    )
    with pytest.raises(ValueError, match="dead_letter"):
        MutationRunner(Judge(KnowledgeBase.load(copy)))


def test_argued_survivors_without_a_reason_are_refused(copy: Path) -> None:
    (copy / "mutation_baseline.toml").write_text("[known]\nequivalent = true\nmutants = []\n", encoding="utf-8")
    with pytest.raises(KnowledgeBaseError) as caught:
        load_baseline(KnowledgeBase.load(copy))
    assert [(problem.code, problem.source.rpartition("/")[2]) for problem in caught.value.problems] == [
        ("K201", "mutation_baseline.toml")
    ]


def test_argued_survivors_are_mutants_and_named_once(judge: Judge) -> None:
    named = [name for reason in load_baseline(judge.base).values() for name in reason.mutants]
    known = {mutant.name for mutant in generate_mutants(judge.base)}
    assert set(named) <= known
    assert len(named) == len(set(named))
