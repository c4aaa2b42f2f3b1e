"""Drafts that enforce a rule on somebody: the consultation comes first."""

from __future__ import annotations

from langchain_core.messages import AIMessage

from legit.integrations.langgraph import Reconsideration
from tests.support.agent_cases import ENFORCEMENT
from tests.support.agent_loops import ENDINGS, consult, run_agent, run_graph, suspend, suspends, told
from tests.support.scripted_model import ScriptedModel


def test_an_agent_that_enforces_consults_first_and_declines() -> None:
    ENDINGS.clear()
    declines = AIMessage("I will not suspend this account: the rule asks for a stamp that nobody can give.")
    model = ScriptedModel(suspend(), consult(ENFORCEMENT), declines)
    messages = run_agent(model, "Enforce the stamp rule on u1.", enforces=suspends)
    assert told(messages).artifact["action"] == "decline"
    assert told(messages).artifact["verdict"] == "defeated"
    assert (messages[-1].text, ENDINGS) == (declines.text, [])
    assert "enforced a rule on somebody, and was not carried out" in model.requests[1][0].text


def test_nothing_is_enforced_while_the_consultation_is_asked() -> None:
    ENDINGS.clear()
    both = consult(ENFORCEMENT)
    both.tool_calls += suspend().tool_calls
    declines = AIMessage("I will not suspend this account.")
    for run in (
        lambda model: run_agent(model, "Enforce it.", enforces=suspends),
        lambda model: run_graph(model, "Enforce it.", Reconsideration(enforces=suspends)),
    ):
        messages = run(ScriptedModel(suspend(), both, declines))
        assert messages[-1].text == declines.text
    assert ENDINGS == []


def test_an_agent_that_insists_on_enforcing_is_not_overruled() -> None:
    ENDINGS.clear()
    model = ScriptedModel(suspend(), AIMessage("It is done."), AIMessage("Suspended."))
    messages = run_agent(model, "Enforce it.", enforces=suspends)
    assert (ENDINGS, messages[-1].text) == (["u1"], "Suspended.")
    assert len(model.requests) == 3
