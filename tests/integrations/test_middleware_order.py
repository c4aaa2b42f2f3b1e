"""An order of middleware that cannot work is told when the agent is made, and one that can is taken."""

from __future__ import annotations

from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents import middleware as middlewares
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from legit.consult import CONSULT_TOOL
from legit.integrations.middleware import ConsultBeforeRefusing
from legit.integrations.middleware_order import checked_order
from tests.support.scripted_model import ScriptedModel


def ours() -> ConsultBeforeRefusing:
    return ConsultBeforeRefusing(enforces={"suspend_account"})


def asks_a_person() -> Any:
    return middlewares.HumanInTheLoopMiddleware(interrupt_on={"search": True})


class Changes(middlewares.AgentMiddleware[Any, Any, Any]):
    """Changes calls."""

    def wrap_tool_call(self, request: Any, handler: Any) -> Any:
        return handler(request.override(tool_call={**request.tool_call, "args": {"user": "u2"}}))


def emulator(**options: Any) -> Any:
    return middlewares.LLMToolEmulator(model=ScriptedModel(AIMessage("done")), **options)


def selector(**options: Any) -> Any:
    return middlewares.LLMToolSelectorMiddleware(model=ScriptedModel(AIMessage("done")), **options)


@pytest.mark.parametrize(
    ("chain", "said"),
    [
        (list, "no ConsultBeforeRefusing"),
        (lambda: [ours(), asks_a_person()], "HumanInTheLoopMiddleware"),
        (lambda: [ours(), Changes()], "Changes"),
        (lambda: [emulator(), ours()], "LLMToolEmulator"),
        (lambda: [ours(), emulator(tools=[CONSULT_TOOL])], "LLMToolEmulator"),
        (lambda: [selector(), ours()], "LLMToolSelectorMiddleware"),
    ],
    ids=["none", "a person behind", "changes behind", "all emulated", "the consultation emulated", "selected away"],
)
def test_an_order_that_cannot_work_is_named(chain: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        checked_order(chain())


@pytest.mark.parametrize(
    "chain",
    [
        lambda: [ours()],
        lambda: [asks_a_person(), ours()],
        lambda: [Changes(), ours()],
        lambda: [emulator(tools=["search"]), ours()],
        lambda: [selector(always_include=[CONSULT_TOOL]), ours()],
        lambda: [ours(), middlewares.ToolRetryMiddleware(), middlewares.ModelRetryMiddleware()],
    ],
)
def test_an_order_that_works_is_taken_as_it_is(chain: Any) -> None:
    given = chain()
    assert checked_order(given) == given


@pytest.mark.parametrize("place", [0, 1], ids=["a person before", "a person behind"])
def test_only_before_it_a_person_cannot_make_an_enforcing_call_of_another(place: int) -> None:
    """What the check is for: behind it, a call that a person edits gets past the gate."""
    ran: list[str] = []

    @tool
    def suspend_account(user: str) -> str:
        """Suspend an account."""
        ran.append(user)
        return "done"

    @tool
    def search() -> str:
        """Search."""
        return "nothing"

    chain: list[Any] = [ours()]
    chain.insert(place, asks_a_person())
    call = {"name": "search", "args": {}, "id": "1"}
    model = ScriptedModel(AIMessage("", tool_calls=[call]), AIMessage("Done."), repeat_last=True)
    agent = create_agent(model, [suspend_account, search], middleware=chain, checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    agent.invoke({"messages": [HumanMessage("Search.")]}, config)
    edited = {"type": "edit", "edited_action": {"name": "suspend_account", "args": {"user": "u1"}}}
    agent.invoke(Command(resume={"decisions": [edited]}), config)
    assert ran == ([] if place == 0 else ["u1"])
    if place:
        with pytest.raises(ValueError, match="HumanInTheLoopMiddleware"):
            checked_order(chain)
