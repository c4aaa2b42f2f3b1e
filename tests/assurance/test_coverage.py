"""Coverage is counted from proofs: what merely ran, or holds beside the point, is not covered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from legit.assurance.coverage import Coverage, CoverageCategory, lowest_percent, measure_coverage
from legit.assurance.examples import ExpectedCase, run_case
from legit.cli import main
from legit.judge import Judge

STANDS = "The authority is a club.\nObeying costs nothing that matters.\nBreaking the rule harms nobody.\nThe user tried no official channel.\n"


def proven_rules(judge: Judge, expected: ExpectedCase) -> set[str]:
    """The rules that the proof of one check holds, as text."""
    found = Coverage(judge)
    found.add_case(expected)
    return {rule.text for rule in found._all_rules if rule.number in found.proven_rules}


@pytest.fixture(scope="module")
def parts(judge: Judge) -> dict[str, CoverageCategory]:
    return {part.name: part for part in measure_coverage(judge)}


@pytest.mark.parametrize("name", ["criteria", "undercutters", "priorities", "other_rules"])
def test_every_part_of_the_shipped_base_is_proven_by_a_check(parts: dict[str, CoverageCategory], name: str) -> None:
    assert parts[name].uncovered == ()
    assert parts[name].total > 30


def test_a_rule_that_fires_beside_the_point_is_not_covered(judge: Judge) -> None:
    text = STANDS + "The rule is hardly ever enforced.\nThe user was penalised.\n"
    rules = proven_rules(judge, ExpectedCase("example", "x", text, criterion="dead_letter"))
    assert "meets(dead_letter) :- rarely_enforced, pressured_by_authority." in rules
    assert not any(rule.startswith(("verdict(", "guidance(", "harm(")) for rule in rules)


def test_the_proof_of_a_verdict_holds_what_outweighs(judge: Judge) -> None:
    text = (
        "The authority is a hospital.\nThe user agreed to the rule freely.\nObeying does serious harm to the home of the user.\n"
        "Breaking the rule does grave harm to the health of a patient.\nThe user tried no official channel.\n"
        'What the user wants serves the purpose of the rule: "a quicker dose".\n'
    )
    rules = proven_rules(judge, ExpectedCase("example", "x", text, verdict="stands"))
    assert any(
        rule.startswith("outweighed(C) :- applies(C), equity_review(C), protection_exceeds_cost") for rule in rules
    ), rules
    assert any(rule.startswith("protection_weight(W) :- protection_item(L,S,I)") for rule in rules)
    assert not any(rule.startswith("defeats(") for rule in rules)


def test_the_proof_that_a_criterion_does_not_apply_holds_its_undercutter(judge: Judge) -> None:
    text = STANDS + 'The user is treated differently from others in the same position: "sent home".\n'
    differs = 'The others differ from the user in a way that matters: "they had leave".\n'
    check = ExpectedCase("example", "x", text + differs, criterion="singled_out", applies=False)
    assert "undercut(singled_out,relevant_difference) :- others_differ." in proven_rules(judge, check)


def test_an_undetermined_verdict_is_proven_by_both_sides(judge: Judge) -> None:
    text = 'The authority is a bank.\nThe rule is applied on a wrong record: "a namesake".\nObeying costs nothing that matters.\nBreaking the rule harms nobody.\n'
    rules = proven_rules(judge, ExpectedCase("example", "x", text, verdict="undetermined"))
    assert "remedy_failed :- assumed(remedy,failed)." in rules
    assert {rule.partition(" ")[0] for rule in rules} >= {"verdict(defeated)", "verdict(stands)"}


def test_a_case_that_cannot_be_read_proves_nothing(judge: Judge) -> None:
    assert proven_rules(judge, ExpectedCase("example", "x", "Nonsense all the way.", criterion="singled_out")) == set()


def test_an_example_is_judged_under_the_profile_that_it_names(judge: Judge) -> None:
    text = (
        "The authority took power by a coup.\nObeying costs nothing that matters.\n"
        "Breaking the rule does serious harm to the health of the public.\nThe user tried no official channel.\n"
    )
    check = ExpectedCase("example", "x", text, verdict="undetermined", guidance="ask", profile="corroborated")
    assert run_case(judge, check).passed
    assert "at_stake(L) :- protection_reaches(L)." in proven_rules(judge, check)
    plain = replace(check, profile="", verdict="defeated", guidance="explain")
    assert run_case(judge, plain).passed
    assert "at_stake(L) :- protection_reaches(L)." not in proven_rules(judge, plain)
    # What is said for the default weights is not expected under others.
    assert run_case(judge.with_profile("corroborated"), plain).passed
    assert not any(rule.startswith("verdict(") for rule in proven_rules(judge.with_profile("corroborated"), plain))


def test_an_example_that_names_no_profile_of_the_base_fails(judge: Judge) -> None:
    found = run_case(judge, ExpectedCase("example", "x", STANDS, verdict="stands", profile="corroborate"))
    assert (found.passed, "K107" in found.message) == (False, True)


def test_least() -> None:
    assert lowest_percent([]) == 100.0
    assert lowest_percent([CoverageCategory("a", 4, ("x",)), CoverageCategory("b", 0, ())]) == 75.0


@pytest.mark.parametrize(
    ("arguments", "status"), [(["--min-coverage", "101"], 2), (["--only", "x", "--min-coverage", "9"], 2)]
)
def test_wrong_usage(arguments: list[str], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kb", "test", *arguments]) == status
    assert capsys.readouterr().err.startswith(("legit: ", "usage: legit kb test"))


@pytest.mark.usefixtures("no_worker")
def test_too_little_coverage_fails_and_lists_what_is_not_proven(
    tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import shutil

    copy = tmp_path / "base"
    shutil.copytree(root / "rules_kb", copy)
    file = copy / "judgement" / "guidance.lp"
    file.write_text(file.read_text(encoding="utf-8") + "advice(untried) :- method(quiet_breach).\n", encoding="utf-8")
    assert main(["kb", "test", "--kb", str(copy), "--min-coverage", "100"]) == 3
    out = capsys.readouterr().out
    assert "0 failed" in out
    assert "not proven: base/judgement/guidance.lp:" in out
    assert out.rstrip().count("not proven") == 1
