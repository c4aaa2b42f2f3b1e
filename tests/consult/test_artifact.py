"""The artifact of a consultation: small plain data, with the name of the whole."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legit.consult import Consultant
from legit.consult.artifact import MAX_ARTIFACT_BYTES, DecisionCache, artifact, decision_uri
from legit.judge import cached_judge
from legit.testing.strategies import cases
from tests.support.agent_cases import DEFEATED, ENFORCEMENT, NOT_UNDERSTOOD, STANDS, STOP, UNDETERMINED


@pytest.mark.parametrize("facts", [DEFEATED, STANDS, STOP, UNDETERMINED, ENFORCEMENT, [*STANDS, NOT_UNDERSTOOD]])
def test_it_says_what_the_assessment_says(consultant: Consultant, facts: list[str]) -> None:
    told = consultant.consult(facts)
    assert told.assessment is not None
    found = artifact(told, "legit://decisions/1")
    assert found["verdict"] == told.assessment.verdict.value
    assert (found["stance"], found["action"]) == (told.assessment.guidance.stance, told.action)
    assert found["method_harm"] == told.assessment.method_harm.level
    assert found["findings"] == [[item.criterion, item.effect] for item in told.assessment.findings]
    assert found["complete"] == told.complete
    assert [item["code"] for item in found["problems"]] == [item.code for item in told.problems]
    assert found["provenance"]["base_digest"] == consultant.judge.base.digest


def test_the_direction_of_the_request_is_in_it(consultant: Consultant) -> None:
    asked = [artifact(consultant.consult(facts), "")["stance"] for facts in (DEFEATED, ENFORCEMENT)]
    assert asked == ["evade", "enforce"]


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_it_is_small_plain_json_whatever_the_case(data: st.DataObject) -> None:
    judge = cached_judge()
    facts = [judge.writer.fact(fact) for fact in data.draw(cases(judge.base.vocabulary, max_facts=40)).facts]
    told = Consultant().consult([*facts, *["x" * 40] * 200], rule="r" * 30_000)
    if told.assessment is None:
        return
    written = json.dumps(artifact(told, decision_uri("0" * 32)), ensure_ascii=True)
    assert len(written) < MAX_ARTIFACT_BYTES
    assert json.loads(written) == artifact(told, decision_uri("0" * 32))


def test_what_was_not_judged_has_none(consultant: Consultant) -> None:
    with pytest.raises(ValueError, match="no artifact"):
        artifact(consultant.consult(["Xyzzy."]), "")


def test_a_name_finds_the_decision_until_it_is_the_oldest(consultant: Consultant) -> None:
    kept = DecisionCache(max_size=2)
    one, two, three = (consultant.consult(STANDS, rule=name) for name in ("one", "two", "three"))
    first = kept.put(one)
    assert kept.get(first) == kept.get(decision_uri(first)) == one
    assert len({first, kept.put(two), kept.put(three)}) == 3
    assert kept.get(first) is None
    assert copy.deepcopy(kept).get(kept.put(three)) == three


@pytest.mark.parametrize("other", [DEFEATED, [*STANDS, NOT_UNDERSTOOD], [f"{STANDS[0][:-1]} [user]", *STANDS[1:]]])
def test_decisions_that_differ_have_different_names(consultant: Consultant, other: list[str]) -> None:
    kept = DecisionCache()
    assert kept.put(consultant.consult(STANDS)) == kept.put(consultant.consult(STANDS, page=2))
    assert kept.put(consultant.consult(STANDS)) != kept.put(consultant.consult(other))
