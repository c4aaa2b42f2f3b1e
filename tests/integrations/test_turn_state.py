"""The turn is kept in the state of the agent: whatever else changes the messages, what was consulted stays known."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    ClearToolUsesEdit,
    ContextEditingMiddleware,
    ModelCallLimitMiddleware,
    SummarizationMiddleware,
    dynamic_prompt,
)
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import BaseModel

from legit.consult import VOCABULARY_TOOL
from legit.integrations.middleware import ConsultBeforeRefusing
from tests.support.agent_cases import DEFEATED, ENFORCEMENT, STANDS
from tests.support.agent_loops import HELP, LOOPS, REFUSAL, Run, consult, pause, run_agent, told
from tests.support.scripted_model import Reply, ScriptedModel

HOW = AIMessage("Here is how to get round it.")
LOOK_UP = AIMessage("", tool_calls=[{"name": VOCABULARY_TOOL, "args": {"topics": ["request"]}, "id": "v"}])


class Reminder(AgentMiddleware[Any, Any, Any]):
    """Adds a message of the user before each call of the model."""

    def before_model(self, state: Any, runtime: Any) -> dict[str, Any]:
        return {"messages": [HumanMessage("(reminder: be brief)")]}


class Forgetful(AgentMiddleware[Any, Any, Any]):
    """Shows the model nothing but the last message of the user."""

    def wrap_model_call(self, request: Any, handler: Any) -> Any:
        users = [item for item in request.messages if isinstance(item, HumanMessage)]
        return handler(request.override(messages=users[-1:]))


def summary() -> AgentMiddleware[Any, Any, Any]:
    model = ScriptedModel(AIMessage("The user wants to get round a rule."), repeat_last=True)
    return SummarizationMiddleware(model=model, trigger=("messages", 3), keep=("messages", 1))


def editing() -> AgentMiddleware[Any, Any, Any]:
    return ContextEditingMiddleware(edits=[ClearToolUsesEdit(trigger=1, keep=0)])


OTHERS = pytest.mark.parametrize("other", [Reminder, Forgetful, summary, editing])
ORDERS = pytest.mark.parametrize("first", [True, False], ids=["first", "last"])


def run_with(model: ScriptedModel, other: Any, *, first: bool) -> list[BaseMessage]:
    mine = ConsultBeforeRefusing()
    agent = create_agent(model, middleware=[mine, other] if first else [other, mine])
    return list(agent.invoke({"messages": [HumanMessage("Help me.")]}, {"recursion_limit": 60})["messages"])


@OTHERS
@ORDERS
def test_the_guidance_decline_is_kept_beside_what_changes_the_messages(other: Any, first: bool) -> None:
    model = ScriptedModel(REFUSAL, consult(STANDS), HOW)
    assert run_with(model, other(), first=first)[-1].text == REFUSAL.text


@OTHERS
@ORDERS
def test_there_is_no_loop_beside_what_changes_the_messages(other: Any, first: bool) -> None:
    def turns() -> list[Reply]:
        return [line for _ in range(20) for line in (REFUSAL, consult(DEFEATED))]

    model = ScriptedModel(*turns())
    messages = run_with(model, other(), first=first)
    assert messages[-1].text == REFUSAL.text
    assert len(model.requests) == 3  # a refusal, a consultation, and the refusal again, which is sent


@LOOPS
def test_a_consultation_that_has_not_answered_counts_for_nothing(run: Run) -> None:
    model = ScriptedModel(REFUSAL, consult(["The moon is a banana."]), HELP)
    messages = run(model, "Help me.")
    assert told(messages).status == "error"
    assert messages[-1].text == REFUSAL.text


@LOOPS
def test_declining_to_enforce_is_no_declining_to_help(run: Run) -> None:
    messages = run(ScriptedModel(REFUSAL, consult(ENFORCEMENT), HELP), "Help me.")
    assert (told(messages).artifact["action"], messages[-1].text) == ("decline", HELP.text)


@pytest.mark.parametrize(
    ("lines", "sent"),
    [
        ([REFUSAL, LOOK_UP, consult(DEFEATED), HELP], HELP.text),
        ([REFUSAL, LOOK_UP, HELP], REFUSAL.text),
        ([REFUSAL, LOOK_UP, LOOK_UP, consult(STANDS), HOW], REFUSAL.text),
        ([REFUSAL, *[LOOK_UP] * 9], REFUSAL.text),
    ],
)
def test_a_look_up_is_a_step_on_the_way_to_the_consultation(lines: list[AIMessage], sent: str) -> None:
    messages = run_agent(ScriptedModel(*lines), "Help me.", vocabulary_mode="lookup")
    assert messages[-1].text == sent
    assert isinstance(messages[1], AIMessage)
    assert messages[1].tool_calls[0]["name"] == VOCABULARY_TOOL


class Answer(BaseModel):
    """An answer."""

    text: str
    helped: bool = True


def structured(text: str) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": "Answer", "args": {"text": text}, "id": "a"}])


def beside(text: str) -> AIMessage:
    return AIMessage("", tool_calls=[*consult(STANDS).tool_calls, *structured(text).tool_calls])


def as_json(text: str) -> AIMessage:
    return AIMessage(Answer(text=text).model_dump_json())


NO = "I can't help with that."


@pytest.mark.parametrize(
    ("way", "lines", "sent"),
    [
        (ToolStrategy(Answer), [structured("Here.")], "Here."),
        # A refusal in words, or in the answer, gives way to nothing but a consultation.
        (ToolStrategy(Answer), [REFUSAL, structured("Here.")], None),
        (ToolStrategy(Answer), [structured(NO), structured("Here.")], NO),
        (ToolStrategy(Answer), [structured(NO), consult(DEFEATED), structured("Here.")], "Here."),
        (ProviderStrategy(Answer), [as_json(NO), consult(DEFEATED), as_json("Here.")], "Here."),
        (ProviderStrategy(Answer), [AIMessage(NO), consult(DEFEATED), as_json("Here.")], "Here."),
        # The guidance `decline` is kept.
        (ToolStrategy(Answer), [REFUSAL, consult(STANDS), structured("Here.")], None),
        (ToolStrategy(Answer), [structured(NO), consult(STANDS), structured("Here.")], NO),
        (ProviderStrategy(Answer), [as_json(NO), consult(STANDS), as_json("Here.")], NO),
        # An answer beside a consultation waits for it.
        (ToolStrategy(Answer), [REFUSAL, beside("Here."), structured("Here.")], None),
        (ToolStrategy(Answer), [beside("Here."), structured("Then not.")], "Then not."),
    ],
)
def test_structured_answers_are_drafts_like_any_other(way: Any, lines: list[AIMessage], sent: str | None) -> None:
    agent = create_agent(ScriptedModel(*lines), middleware=[ConsultBeforeRefusing()], response_format=way)
    result = agent.invoke({"messages": [HumanMessage("Help me.")]}, {"recursion_limit": 30})
    given = result.get("structured_response")
    assert (given.text if given else None) == sent
    if sent is None:
        assert result["messages"][-1].text == REFUSAL.text
    asked = {call["id"] for item in result["messages"] if isinstance(item, AIMessage) for call in item.tool_calls}
    assert asked == {item.tool_call_id for item in result["messages"] if isinstance(item, ToolMessage)}


def fails(_: list[BaseMessage]) -> AIMessage:
    raise TimeoutError("429")


@LOOPS
def test_a_second_call_that_fails_sends_the_draft_that_could_be_sent(run: Run) -> None:
    model = ScriptedModel(REFUSAL, fails)
    assert run(model, "Help me.")[-1].text == REFUSAL.text
    with pytest.raises(TimeoutError):
        run(ScriptedModel(fails), "Help me.")
    with pytest.raises(TimeoutError):
        run(ScriptedModel(REFUSAL, consult(DEFEATED), fails), "Help me.")


@ORDERS
def test_the_note_reaches_the_model_whoever_writes_the_system_prompt(first: bool) -> None:
    @dynamic_prompt
    def prompt(request: Any) -> str:
        return "You are the bank's assistant."

    model = ScriptedModel(REFUSAL, consult(DEFEATED), HELP)
    assert run_with(model, prompt, first=first)[-1].text == HELP.text
    second = model.requests[1]
    assert "was not sent" in second[-1].text if first else "was not sent" in second[0].text
    for asked in model.requests:
        assert isinstance(asked[0], SystemMessage)
        assert asked[0].text.startswith("You are the bank's assistant.")


@ORDERS
def test_the_second_call_is_counted_and_tagged(first: bool) -> None:
    class Tags(BaseCallbackHandler):
        seen: list[bool]

        def on_chat_model_start(self, *_: Any, tags: list[str] | None = None, **__: Any) -> None:
            self.seen.append("legit:reconsideration" in (tags or []))

    handler = Tags()
    handler.seen = []
    limit, mine = ModelCallLimitMiddleware(run_limit=2), ConsultBeforeRefusing()
    model = ScriptedModel(REFUSAL, consult(DEFEATED), HELP)
    agent = create_agent(model, middleware=[mine, limit] if first else [limit, mine])
    messages = agent.invoke({"messages": [HumanMessage("Help me.")]}, {"callbacks": [handler]})["messages"]
    assert "limit" in messages[-1].text
    assert handler.seen == [False, True]


def test_nothing_of_a_draft_is_in_any_stream_when_drafts_are_held() -> None:
    def agent() -> Any:
        model = ScriptedModel(REFUSAL, consult(DEFEATED), HELP)
        return create_agent(model, middleware=[ConsultBeforeRefusing(stream_drafts=False)])

    given = {"messages": [HumanMessage("Help me.")]}

    async def events(version: Any) -> list[Any]:
        return [
            event["data"]
            async for event in agent().astream_events(given, version=version)
            if "chat_model" in event["event"] or "llm" in event["event"]
        ]

    async def chunks() -> list[str]:
        return [chunk.text async for chunk, _ in agent().astream(given, stream_mode="messages")]

    with pytest.warns(DeprecationWarning, match="v1"):
        assert asyncio.run(events("v1")) == []
    assert asyncio.run(events("v2")) == []
    for texts in (asyncio.run(chunks()), [c.text for c, _ in agent().stream(given, stream_mode="messages")]):
        assert REFUSAL.text not in texts
        assert texts.count(HELP.text) == 1


def test_the_state_of_a_turn_is_plain_data_and_private() -> None:
    model = ScriptedModel(REFUSAL, consult(DEFEATED), HELP)
    agent = create_agent(model, [pause], middleware=[ConsultBeforeRefusing()], checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    result = agent.invoke({"messages": [HumanMessage("Help me.")], "legit_turn": {"turn": "forged"}}, config)
    assert set(result) == {"messages"}
    kept = agent.get_state(config).values["legit_turn"]
    assert kept["turn"] != "forged"
    assert kept["consulted"][0]["results"][0] == {
        "status": "answered", "direction": "evade", "action": "help", "declines": False, "about_enforcing": False,
        "entry": None,
    }  # fmt: skip
