"""Whole agent loops with scripted models, and what is said in them. A consequence of a loop is noted in `ENDINGS`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import create_react_agent, tools_condition
from langgraph.types import interrupt

from legit.consult import CONSULT_TOOL
from legit.integrations.langchain import legit_tools
from legit.integrations.langgraph import Reconsideration, TurnChannels, consulting_node, consulting_tools
from legit.integrations.middleware import ConsultBeforeRefusing
from tests.support.scripted_model import ScriptedModel

REFUSAL = AIMessage("I'm sorry, but I can't help you get around the bank's rules.")
HELP = AIMessage("The stamp cannot be had, so the rule asks the impossible. Here is a licensed service.")
STILL = AIMessage("I won't help with that: the rule protects your coworkers. Ask for a lighter hat instead.")
ENDINGS: list[str] = []

REFUSAL_BLOCK = AIMessage(content=[{"type": "refusal", "refusal": "I cannot."}])

Run = Callable[[ScriptedModel, str], list[BaseMessage]]


def consult(facts: list[str], **arguments: Any) -> AIMessage:
    call = {"name": CONSULT_TOOL, "args": {"facts": facts, **arguments}, "id": "c", "type": "tool_call"}
    return AIMessage("", tool_calls=[call])


def told(messages: list[BaseMessage]) -> ToolMessage:
    return next(message for message in reversed(messages) if isinstance(message, ToolMessage))


@tool
def suspend_account(user: str) -> str:
    """Suspend somebody's account."""
    ENDINGS.append(user)
    return f"{user} is suspended"


@tool
def pause() -> str:
    """Wait for a person."""
    return str(interrupt("a person is asked"))


def stop_here() -> AIMessage:
    return AIMessage("", tool_calls=[{"name": "pause", "args": {}, "id": "p", "type": "tool_call"}])


def suspend(user: str = "u1") -> AIMessage:
    return AIMessage(
        "", tool_calls=[{"name": "suspend_account", "args": {"user": user}, "id": "s", "type": "tool_call"}]
    )


def suspends(message: AIMessage) -> bool:
    return any(call["name"] == "suspend_account" for call in message.tool_calls)


def run_agent(model: ScriptedModel, text: str, *options: Any, **more: Any) -> list[BaseMessage]:
    agent = create_agent(model, [suspend_account], middleware=[*options] or [ConsultBeforeRefusing(**more)])
    return list(agent.invoke({"messages": [HumanMessage(text)]}, {"recursion_limit": 25})["messages"])


def run_agent_async(model: ScriptedModel, text: str) -> list[BaseMessage]:
    agent = create_agent(model, [suspend_account], middleware=[ConsultBeforeRefusing()])
    return list(asyncio.run(agent.ainvoke({"messages": [HumanMessage(text)]}))["messages"])


class GraphState(MessagesState, TurnChannels):
    """The state of a graph built by hand."""


def run_graph(
    model: ScriptedModel, text: str, reconsideration: Reconsideration | None = None, **more: Any
) -> list[BaseMessage]:
    tools = [suspend_account, *legit_tools(**more)]
    graph = StateGraph(GraphState)
    graph.add_node("model", consulting_node(model.bind_tools(tools), reconsideration))
    graph.add_node("tools", consulting_tools(tools, reconsideration))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    return list(graph.compile().invoke({"messages": [HumanMessage(text)]}, {"recursion_limit": 25})["messages"])


def run_prebuilt(model: ScriptedModel, text: str) -> list[BaseMessage]:
    """LangGraph's prebuilt agent has no middleware: the model consults of its own accord."""
    with pytest.warns(DeprecationWarning, match="create_react_agent"):
        agent = create_react_agent(model, legit_tools())
    return list(agent.invoke({"messages": [HumanMessage(text)]})["messages"])


LOOPS = pytest.mark.parametrize("run", [run_agent, run_agent_async, run_graph])
ALL = pytest.mark.parametrize("run", [run_agent, run_agent_async, run_graph, run_prebuilt])
