"""The middleware beside others, with streaming, with checkpoints and with the tools that an agent has."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import pytest
from langchain.agents import create_agent
from langchain.agents import middleware as middlewares
from langchain_core.exceptions import ModelRefusalError
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.types import Command

from legit.consult import CONSULT_TOOL, VOCABULARY_TOOL
from legit.integrations.langchain import ConsultTool, legit_tools
from legit.integrations.middleware import ConsultBeforeRefusing
from tests.support.agent_cases import DEFEATED, STANDS
from tests.support.agent_loops import HELP, REFUSAL, REFUSAL_BLOCK, consult, pause, run_agent, stop_here, told
from tests.support.scripted_model import ScriptedModel


@pytest.mark.skipif(not hasattr(middlewares, "ModelRefusalMiddleware"), reason="came with LangChain 1.5")
@pytest.mark.parametrize("order", ["before", "behind"])
@pytest.mark.parametrize("way", ["sync", "async"])
def test_beside_the_middleware_that_raises_on_refusals(
    order: Literal["before", "behind"], way: Literal["sync", "async"]
) -> None:
    def run(model: ScriptedModel) -> list[BaseMessage]:
        both = [middlewares.ModelRefusalMiddleware(), ConsultBeforeRefusing()]
        agent = create_agent(model, middleware=both if order == "before" else both[::-1])
        given = {"messages": [HumanMessage("Send it.")]}
        return list((agent.invoke(given) if way == "sync" else asyncio.run(agent.ainvoke(given)))["messages"])

    assert run(ScriptedModel(REFUSAL_BLOCK, consult(DEFEATED), HELP))[-1].text == HELP.text
    for second in (REFUSAL_BLOCK, AIMessage("Here is how, then.")):
        with pytest.raises(ModelRefusalError):
            run(ScriptedModel(REFUSAL_BLOCK, second))


def streamed(agent: Any) -> list[str]:
    parts: dict[str, str] = {}
    for chunk, _ in agent.stream({"messages": [HumanMessage("Send it.")]}, stream_mode="messages"):
        if isinstance(chunk, AIMessage):
            parts[str(chunk.id)] = parts.get(str(chunk.id), "") + chunk.text
    return [text for text in parts.values() if text]


def test_streaming_gives_the_answer_and_with_drafts_held_back_nothing_else() -> None:
    seen = streamed(create_agent(ScriptedModel(REFUSAL, consult(DEFEATED), HELP), middleware=[ConsultBeforeRefusing()]))
    assert seen == [REFUSAL.text, HELP.text]
    held = ConsultBeforeRefusing(stream_drafts=False)
    assert streamed(create_agent(ScriptedModel(REFUSAL, consult(DEFEATED), HELP), middleware=[held])) == [HELP.text]


def test_streaming_asynchronously() -> None:
    async def run() -> list[str]:
        agent = create_agent(ScriptedModel(REFUSAL, consult(DEFEATED), HELP), middleware=[ConsultBeforeRefusing()])
        steps = agent.astream({"messages": [HumanMessage("Send it.")]}, stream_mode="updates")
        return [
            message.text
            async for step in steps
            for update in step.values()
            for message in (update or {}).get("messages", [])
        ]

    assert asyncio.run(run())[-1] == HELP.text


@pytest.mark.parametrize("allowed", [True, None])
def test_with_a_checkpoint_each_turn_has_its_own_budget_and_verdicts_survive(allowed: Literal[True] | None) -> None:
    saver = InMemorySaver(serde=JsonPlusSerializer(allowed_msgpack_modules=allowed))
    model = ScriptedModel(REFUSAL, consult(STANDS), AIMessage("Sure!"), REFUSAL, consult(DEFEATED), HELP)
    agent = create_agent(model, [pause], middleware=[ConsultBeforeRefusing()], checkpointer=saver)
    config: Any = {"configurable": {"thread_id": "1"}}
    first = agent.invoke({"messages": [HumanMessage("No hat.")]}, config)["messages"]
    assert first[-1].text == REFUSAL.text
    second = agent.invoke({"messages": [HumanMessage("Send the money.")]}, config)["messages"]
    assert second[-1].text == HELP.text
    read_back = [m.artifact for m in agent.get_state(config).values["messages"] if isinstance(m, ToolMessage)]
    assert [artifact["action"] for artifact in read_back] == ["decline", "help"]


def test_a_refusal_is_upheld_when_the_run_goes_on_from_a_checkpoint() -> None:
    model = ScriptedModel(REFUSAL, consult(STANDS), stop_here(), AIMessage("Sure!"))
    agent = create_agent(model, [pause], middleware=[ConsultBeforeRefusing()], checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    agent.invoke({"messages": [HumanMessage("No hat.")]}, config)
    resumed = agent.invoke(Command(resume="go on"), config)["messages"]
    assert resumed[-1].text == REFUSAL.text


def test_the_look_up_form_brings_both_tools() -> None:
    model = ScriptedModel(
        AIMessage(
            "", tool_calls=[{"name": VOCABULARY_TOOL, "args": {"topics": ["request"]}, "id": "v", "type": "tool_call"}]
        ),
        consult(DEFEATED),
        HELP,
    )
    messages = run_agent(model, "Send it.", vocabulary_mode="lookup")
    assert set(model.bound_tools[0]) == {"suspend_account", CONSULT_TOOL, VOCABULARY_TOOL}
    assert "The method is <method_kind>." in next(item.text for item in messages if isinstance(item, ToolMessage))
    assert messages[-1].text == HELP.text


def test_a_tool_that_is_given_twice_is_offered_once() -> None:
    model = ScriptedModel(consult(DEFEATED), HELP)
    agent = create_agent(model, legit_tools(), middleware=[ConsultBeforeRefusing()])
    assert agent.invoke({"messages": [HumanMessage("Send it.")]})["messages"][-1].text == HELP.text
    assert model.bound_tools[0] == [CONSULT_TOOL]


def test_where_the_tool_is_not_offered_nothing_is_reconsidered() -> None:
    class WithoutTools(ConsultBeforeRefusing):
        def __init__(self) -> None:
            super().__init__()
            self.tools = []

    model = ScriptedModel(REFUSAL)
    assert run_agent(model, "Do it.", WithoutTools())[-1].text == REFUSAL.text


def test_an_error_of_the_tool_does_not_end_the_run() -> None:
    model = ScriptedModel(REFUSAL, consult(["Help me, please."]), AIMessage("I can't judge this rule, so I decline."))
    messages = run_agent(model, "Do it.")
    assert told(messages).status == "error"
    assert messages[-1].text.startswith("I can't judge")


def test_one_consultant_may_serve_several_tools() -> None:
    first = ConsultTool()
    assert ConsultTool(first.consultant).consultant is first.consultant
