"""Drafts that enforce a rule on somebody: the consultation comes first."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool

from legit.consult import CONSULT_TOOL, VOCABULARY_TOOL
from legit.integrations.langgraph import Reconsideration
from legit.integrations.middleware import ConsultBeforeRefusing
from legit.messages import message
from tests.support.agent_cases import DEFEATED, ENFORCEMENT, LAWFUL
from tests.support.agent_loops import (
    ENDINGS,
    Run,
    consult,
    run_agent,
    run_graph,
    suspend,
    suspend_account,
    suspends,
    told,
)
from tests.support.scripted_model import ScriptedModel

DONE = AIMessage("That is all.")
LOOK_UP = {"name": VOCABULARY_TOOL, "args": {"topics": ["request"]}, "id": "v", "type": "tool_call"}


def consults(*facts: list[str]) -> AIMessage:
    return AIMessage(
        "",
        tool_calls=[{"name": CONSULT_TOOL, "args": {"facts": item}, "id": f"c{n}"} for n, item in enumerate(facts)],
    )


def both() -> AIMessage:
    return AIMessage("", tool_calls=[*suspend().tool_calls, *consult(LAWFUL).tool_calls])


def by_agent(model: ScriptedModel, text: str) -> list[BaseMessage]:
    return run_agent(model, text, enforces=suspends, vocabulary_mode="lookup")


def by_agent_async(model: ScriptedModel, text: str) -> list[BaseMessage]:
    middleware = ConsultBeforeRefusing(enforces={"suspend_account"}, vocabulary_mode="lookup")
    agent = create_agent(model, [suspend_account], middleware=[middleware])
    return list(asyncio.run(agent.ainvoke({"messages": [HumanMessage(text)]}))["messages"])


def by_graph(model: ScriptedModel, text: str) -> list[BaseMessage]:
    return run_graph(model, text, Reconsideration(enforces=suspends), vocabulary_mode="lookup")


ENFORCING = pytest.mark.parametrize("run", [by_agent, by_agent_async, by_graph])


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


def told_texts(messages: list[BaseMessage]) -> list[str]:
    return [item.text for item in messages if isinstance(item, ToolMessage) and item.name != CONSULT_TOOL]


@ENFORCING
@pytest.mark.parametrize(
    ("lines", "ends"),
    [
        # The model withdraws: what it drafted first is never run.
        ([suspend(), AIMessage("On reflection I will not suspend u1.")], "On reflection I will not suspend u1."),
        ([suspend(), AIMessage("It is done.")], "It is done."),
        # The consultation stands beside the call, in whatever draft.
        ([both(), DONE], DONE.text),
        ([suspend(), both(), DONE], DONE.text),
        ([suspend(), consult(LAWFUL), both(), DONE], DONE.text),
        # The model insists without consulting.
        ([suspend(), suspend(), DONE], DONE.text),
        # The consultation does not answer, or not about enforcing.
        ([suspend(), consult(["The moon is a banana."]), suspend(), DONE], DONE.text),
        ([suspend(), consult(DEFEATED), suspend(), DONE], DONE.text),
        # It answers that the rule is not to be enforced.
        ([suspend(), consult(ENFORCEMENT), suspend(), DONE], DONE.text),
        ([suspend(), consult(ENFORCEMENT), consult(ENFORCEMENT), suspend(), DONE], DONE.text),
        # Of two consultations in one draft the strictest counts, wherever it stands.
        ([suspend(), consults(ENFORCEMENT, LAWFUL), suspend(), DONE], DONE.text),
        ([suspend(), consults(LAWFUL, ENFORCEMENT), suspend(), DONE], DONE.text),
        ([suspend(), consults(LAWFUL, ["The moon is a banana."]), suspend(), DONE], DONE.text),
        # One that failed takes back nothing that the other one says, also not for an earlier and milder one.
        ([consult(LAWFUL), consults(ENFORCEMENT, ["The moon is a banana."]), suspend(), DONE], DONE.text),
        # One that was answered on another call does not count.
        ([consult(LAWFUL), suspend("u0"), suspend(), DONE], DONE.text),
    ],
)
def test_no_call_enforces_before_a_consultation_on_it_has_answered(run: Run, lines: list[AIMessage], ends: str) -> None:
    ENDINGS.clear()
    messages = run(ScriptedModel(*lines), "Enforce the stamp rule on u1.")
    assert "u1" not in ENDINGS
    assert messages[-1].text == ends


@ENFORCING
@pytest.mark.parametrize(
    "lines",
    [
        [suspend(), consult(LAWFUL), suspend()],
        [consult(LAWFUL), suspend()],
        [consult(ENFORCEMENT), consult(LAWFUL), suspend()],  # put right by the model: the latest counts
        [suspend(), both(), suspend()],
        [suspend(), AIMessage("", tool_calls=[LOOK_UP]), consult(LAWFUL), suspend()],
    ],
)
def test_a_call_runs_once_a_consultation_on_it_has_answered(run: Run, lines: list[AIMessage]) -> None:
    ENDINGS.clear()
    messages = run(ScriptedModel(*lines, DONE), "Enforce the hat rule on u1.")
    assert ENDINGS == ["u1"]
    assert messages[-1].text == DONE.text
    assert told_texts(messages)[-1] == "u1 is suspended"


@ENFORCING
def test_a_model_that_insists_for_ever_is_stopped(run: Run) -> None:
    ENDINGS.clear()
    model = ScriptedModel(suspend(), repeat_last=True)
    messages = run(model, "Enforce it.")
    assert ENDINGS == []
    assert messages[-1].text == message("turn.not_enforced")
    assert set(told_texts(messages)) == {message("turn.held", tool=CONSULT_TOOL)}
    assert len(model.requests) == 5


def test_an_operator_may_allow_an_enforcement_against_the_guidance() -> None:
    for allowed, endings in ((False, []), (True, ["u1"])):
        ENDINGS.clear()
        model = ScriptedModel(suspend(), consult(ENFORCEMENT), suspend(), DONE)
        messages = run_agent(model, "Enforce it.", enforces={"suspend_account"}, allow_override=allowed)
        assert endings == ENDINGS
        assert told_texts(messages) == ["u1 is suspended" if allowed else message("turn.declined")]


def test_what_enforces_only_together_is_held_as_a_whole() -> None:
    ENDINGS.clear()
    drafted = suspend()
    drafted.content = "Section 4 applies."
    model = ScriptedModel(drafted, drafted, DONE)
    run_agent(model, "Go.", enforces=lambda draft: bool(draft.text and draft.tool_calls))
    assert ENDINGS == []


def test_a_call_is_held_beside_words_that_say_that_it_enforces() -> None:
    """The operator tells an enforcing draft by its text: then the calls beside the text are what it does."""
    drafted = suspend()
    drafted.content = "Suspending the account."
    by_words = [
        lambda draft: "suspending" in draft.text.lower(),
        lambda draft: not draft.tool_calls and "suspending" in draft.text.lower(),
    ]
    for lines in ([drafted, drafted, DONE], [drafted, consult(ENFORCEMENT), drafted, DONE], [suspend(), DONE]):
        for build, enforces in itertools.product((run_agent, run_graph_by_text), by_words):
            ENDINGS.clear()
            build(ScriptedModel(*lines), "Enforce it.", enforces=enforces)
            ran = ["u1"] if lines == [suspend(), DONE] else []  # a call without words is no enforcement here
            assert ran == ENDINGS


def run_graph_by_text(model: ScriptedModel, text: str, *, enforces: Any) -> list[BaseMessage]:
    return run_graph(model, text, Reconsideration(enforces=enforces))


@tool(return_direct=True)
def fine(user: str) -> str:
    """Fine somebody."""
    ENDINGS.append(user)
    return f"{user} is fined"


def test_who_reads_what_a_tool_returns_is_told_that_it_was_not_carried_out() -> None:
    ENDINGS.clear()
    fines = AIMessage("", tool_calls=[{"name": "fine", "args": {"user": "u1"}, "id": "f", "type": "tool_call"}])
    agent = create_agent(ScriptedModel(fines, fines, DONE), [fine], middleware=[ConsultBeforeRefusing(enforces=[fine])])
    messages = agent.invoke({"messages": [HumanMessage("Fine u1.")]})["messages"]
    assert (messages[-1].text, ENDINGS) == (message("turn.not_enforced"), [])
