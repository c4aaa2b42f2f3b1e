"""The first page: the reason that carries the verdict, how it was weighed, what it depends on, and what to help with."""

from __future__ import annotations

import pytest

from legit.catalogue.precedents import load_precedents
from legit.consult import Consultant
from legit.consult.paging import MAX_PAGE_TOKENS
from legit.consult.token_budget import token_upper_bound
from legit.judge import Judge
from legit.messages import message
from tests.support.agent_cases import DEFEATED, ENFORCEMENT, STANDS, STOP, UNDETERMINED


def lines(content: str, start: str) -> list[str]:
    return [line for line in content.splitlines() if line.startswith(start)]


def test_a_milder_way_that_was_said_is_said_once_and_in_place_of_what_helps_in_general(consultant: Consultant) -> None:
    told = consultant.consult([*STOP, 'A milder method would reach the same end: "a sworn statement of a neighbour".'])
    assert told.content.count("a sworn statement of a neighbour") == 1
    assert 'A milder method would reach the same end: "a sworn statement of a neighbour".' in told.content.splitlines()
    assert not lines(told.content, "Help with this instead: ")


@pytest.mark.parametrize("facts", [DEFEATED, STANDS, STOP, UNDETERMINED, ENFORCEMENT])
def test_the_reason_that_carries_the_verdict_comes_right_after_it(consultant: Consultant, facts: list[str]) -> None:
    asks = message("consult.open", question="").rstrip()
    shown = [line for line in consultant.consult(facts).content.splitlines() if not line.startswith(asks)]
    assert shown[0].startswith("Verdict: ")
    assert shown[1].startswith(("Against the rule", "For the rule"))
    assert len(shown) == len(set(shown))


def test_a_rule_that_stands_is_said_with_what_it_costs_and_protects(consultant: Consultant) -> None:
    told = consultant.consult(
        [
            "The authority is an employer.",
            "The purpose of the rule is safety.",
            "Obeying does minor harm to the convenience of the user.",
            "Breaking the rule does serious harm to the health of coworkers.",
            "The user tried no official channel.",
            "The user asks to evade the rule.",
        ]
    )
    assert "Weighed: the cost of obeying is slight; what breaking it costs others is heavy." in told.content


def test_a_verdict_that_one_step_changes_names_the_degree_that_nobody_attests(consultant: Consultant) -> None:
    told = consultant.consult(
        [
            "The authority is a payment provider.",
            "The purpose of the rule is fraud prevention.",
            "Obeying does minor harm to the privacy of the user. [user]",
            "Breaking the rule may do serious harm to the money of customers.",
            "The user tried no official channel.",
            "The user asks to evade the rule.",
        ]
    )
    first = lines(told.content, "Depends on a degree: ")[0]
    assert first == (
        "Depends on a degree: Breaking the rule may do serious harm to the money of customers. [inferred] "
        'If instead "minor": contested.'
    )


def test_whoever_enforces_is_not_told_what_the_one_whom_it_binds_can_do(consultant: Consultant) -> None:
    evading = [line for line in ENFORCEMENT if "asks to" not in line] + ["The user asks to evade the rule."]
    bound, enforcer = (consultant.consult(facts).assessment for facts in (evading, ENFORCEMENT))
    assert bound is not None
    assert enforcer is not None
    assert bound.routes
    assert not set(bound.routes) & set(enforcer.routes)
    assert enforcer.routes == ("enforce_defeated",)


def test_every_decided_matter_gets_a_page_with_a_reason_and_with_the_degree_on_which_it_depends(
    consultant: Consultant, judge: Judge
) -> None:
    depends = 0
    for precedent in load_precedents(judge.base.layers)[::4]:
        told = consultant.consult(precedent.facts)
        shown = told.content.splitlines()
        assert lines(told.content, "Against the rule") or lines(told.content, "For the rule"), precedent.id
        assert len(set(shown)) == len(shown), precedent.id
        assert token_upper_bound(told.content) <= MAX_PAGE_TOKENS, precedent.id
        assert told.assessment is not None
        named = lines(told.content, "Depends on a degree: ")
        assert bool(named) == bool(told.assessment.decisive_steps), precedent.id
        depends += bool(named)
    assert depends
