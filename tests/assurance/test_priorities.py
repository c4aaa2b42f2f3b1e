"""Which priorities decide a case."""

from __future__ import annotations

import pytest

from legit.assurance.priorities import PriorityTracer
from legit.judge import Judge

CASE = 'The authority is a city.\nThe rule forbids "dogs in the park".\nThe user asks to evade the rule.\n'


@pytest.fixture(scope="module")
def tracer(judge: Judge) -> PriorityTracer:
    return PriorityTracer(judge)


def _conclusions(tracer: PriorityTracer, judge: Judge, more: str) -> set[str]:
    found = tracer.deciding(judge.parse_case(CASE + more))
    assert set(found) <= set(tracer.names)
    return {name.split(": ", 1)[1].partition(" :-")[0] for name in found}


def test_a_defeated_rule_is_decided_by_the_priorities_of_its_defeat(tracer: PriorityTracer, judge: Judge) -> None:
    found = _conclusions(
        tracer, judge,
        "The rule treats people differently by religion.\nObeying does serious harm to the money of the user.\n"
        "Breaking the rule harms nobody.\nThe user tried no official channel.\n",
    )  # fmt: skip
    assert {"applies(C)", "defeats(C)", "verdict(defeated)", "method_harm_level(none)"} <= found
    assert not found & {"verdict(stands)", "outweighed(C)", "guidance(stands,decline)"}


def test_a_standing_rule_is_decided_by_other_priorities(tracer: PriorityTracer, judge: Judge) -> None:
    found = _conclusions(
        tracer, judge,
        "Obeying costs nothing that matters.\nBreaking the rule does serious harm to the health of the public.\n"
        "The user tried no official channel.\n",
    )  # fmt: skip
    assert {"verdict(stands)", "guidance(stands,decline)"} <= found
    assert not found & {"verdict(defeated)", "defeats(C)"}


def test_the_priorities_are_rules_of_the_judgement(tracer: PriorityTracer, judge: Judge) -> None:
    assert len(tracer.names) > 40
    assert all(name.startswith("rules_kb/judgement/") for name in tracer.names)
