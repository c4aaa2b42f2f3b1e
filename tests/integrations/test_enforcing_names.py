"""Arguments of the integrations that would hold nothing: they are told, or mean what their writer means."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage
from langchain_core.tools import tool

from legit.consult import CONSULT_TOOL, Consultant, Turn, TurnLimits
from legit.integrations.enforcing_names import enforcing_names
from legit.integrations.langgraph import Reconsideration, consulting_tools
from legit.integrations.middleware import ConsultBeforeRefusing
from legit.integrations.turn_keeper import TurnKeeper
from tests.support.agent_cases import STANDS
from tests.support.agent_loops import suspend_account
from tests.support.scripted_model import ScriptedModel

REFUSAL = "I'm sorry, but I can't help with that."
SUSPEND = AIMessage("", tool_calls=[{"name": "suspend_account", "args": {"user": "u1"}, "id": "s"}])
MAY_ENFORCE = [*STANDS[:-2], "The assistant is asked to enforce the rule."]


def suspend(user: str) -> str:
    """Suspend an account."""
    return user


@tool
def account(user: str) -> str:
    """Look an account up."""
    return user


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (None, set()),
        ((), set()),
        ("suspend_account", {"suspend_account"}),
        ({"a", "b"}, {"a", "b"}),
        ((name for name in ("a", "b")), {"a", "b"}),
        (suspend_account, {"suspend_account"}),
        ([suspend_account, "b", suspend], {"suspend_account", "b", "suspend"}),
        (suspend, {"suspend"}),
    ],
)
def test_tools_and_their_names_are_read(given: Any, names: set[str]) -> None:
    assert enforcing_names(given) == names


@pytest.mark.parametrize("given", [True, 3, "", [""], [None], [{"name": "suspend_account"}], b"suspend"])
def test_what_names_no_tool_is_an_error(given: Any) -> None:
    with pytest.raises(ValueError, match="`enforces` has the names of tools, or the tools themselves, not "):
        enforcing_names(given)


@pytest.mark.parametrize(
    "enforces", ["suspend_account", suspend_account, [suspend_account]], ids=["name", "tool", "list"]
)
def test_a_tool_that_is_named_in_any_way_is_held(enforces: Any) -> None:
    model = ScriptedModel(SUSPEND, AIMessage("I leave it."))
    agent = create_agent(model, [suspend_account], middleware=[ConsultBeforeRefusing(enforces=enforces)])
    said = agent.invoke({"messages": [("user", "Suspend u1.")]})["messages"]
    assert not [item for item in said if item.type == "tool"]


def test_a_name_holds_no_tool_whose_name_is_a_part_of_it() -> None:
    call = {"name": "account", "args": {"user": "u1"}, "id": "s", "type": "tool_call"}
    assert not Reconsideration(enforces="suspend_account").call(call).enforces
    keeper = TurnKeeper(enforces="suspend_account")
    held = {name for name in ("account", "suspend", "suspend_account") if keeper.call("1", name, {}).enforces}
    assert held == {"suspend_account"}


def of_langchain(name: str) -> None:
    middleware = ConsultBeforeRefusing(enforces={name})
    create_agent(ScriptedModel(AIMessage("Yes.")), [suspend_account], middleware=[middleware]).invoke(
        {"messages": [("user", "Hello.")]}
    )


def of_langgraph(name: str) -> None:
    consulting_tools([suspend_account], Reconsideration(enforces={name}))


def of_pydantic_ai(name: str) -> None:
    package = pytest.importorskip("pydantic_ai", reason="pydantic-ai is not installed")
    from pydantic_ai.models.test import TestModel

    from legit.integrations import pydantic_ai

    capability = pydantic_ai.ConsultBeforeRefusing(enforces={name})
    agent = package.Agent(TestModel(call_tools=[]), capabilities=[capability])
    agent.tool_plain(name="suspend_account")(suspend)
    asyncio.run(agent.run("Hello."))


@pytest.mark.parametrize("run", [of_langchain, of_langgraph, of_pydantic_ai])
def test_a_name_that_no_tool_has_is_told_with_the_nearest_and_once(
    run: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    name = f"suspend_acount_{run.__name__[-1]}"
    with caplog.at_level(logging.WARNING):
        run("suspend_account")
        assert not caplog.records
        run(name)
        run(name)
    assert [record.getMessage() for record in caplog.records] == [
        f"`enforces` names `{name}`, and no tool that the model is offered has this name: calls under another name "
        "are not held; did you mean `suspend_account`?"
    ]


def test_the_name_of_no_function_tool_is_refused_with_the_nearest() -> None:
    agents = pytest.importorskip("agents", reason="openai-agents is not installed")
    from legit.integrations.openai_agents import consulting

    held = agents.function_tool(suspend)
    agent = agents.Agent(name="agent", tools=[held])
    with pytest.raises(ValueError, match="is named `suspnd`: it could not be held; did you mean `suspend`"):
        consulting(agent, enforces="suspnd")
    assert [item.name for item in consulting(agent, enforces=[held]).tools] == ["suspend", CONSULT_TOOL]


@pytest.mark.parametrize("stream", [False, True], ids=["run", "stream"])
@pytest.mark.parametrize("answer", ["Done.", REFUSAL])
def test_the_agent_of_one_turn_does_not_run_again(answer: str, stream: bool) -> None:
    """A consultation of the first run would count as one of the second: its refusal would not be asked about again, and
    the call that it covers would run once more."""
    agents = pytest.importorskip("agents", reason="openai-agents is not installed")
    from agents.testing import ScriptedModel as Scripted
    from agents.testing import assistant_message, function_call

    from legit.integrations.openai_agents import consulting

    ran: list[str] = []

    @agents.function_tool
    def suspend_account(user: str) -> str:
        """Suspend an account."""
        ran.append(user)
        return user

    script = [
        [function_call(CONSULT_TOOL, {"facts": MAY_ENFORCE}, call_id="1")],
        [function_call("suspend_account", {"user": "u1"}, call_id="2")],
        [assistant_message(answer)],
    ]
    agent = agents.Agent(name="agent", model=Scripted([*script, *script[1:]]), tools=[suspend_account])
    turn = Turn()
    guarded = consulting(agent, turn=turn, enforces={"suspend_account"})
    config = agents.RunConfig(tracing_disabled=True)

    async def run() -> Any:
        if not stream:
            return await agents.Runner.run(guarded, "Do it.", run_config=config)
        streamed = agents.Runner.run_streamed(guarded, "Do it.", run_config=config)
        async for _ in streamed.stream_events():
            pass
        return streamed

    assert asyncio.run(run()).final_output == answer
    assert (ran, turn.state.closed) == (["u1"], True)
    with pytest.raises(agents.UserError, match="has begun another run"):
        asyncio.run(run())
    guarded = consulting(agent, turn=turn, enforces={"suspend_account"})
    with pytest.raises(agents.UserError, match="the turn that `consulting` was given has ended"):
        asyncio.run(run())
    assert ran == ["u1"]


@pytest.mark.parametrize("given", [-1, "4", 1.5, True, None])
@pytest.mark.parametrize("name", ["max_reconsiderations", "max_consultations", "max_lookups", "max_holds"])
def test_a_limit_that_is_no_number_of_times_is_named(name: str, given: Any) -> None:
    with pytest.raises(ValueError, match=f"`{name}` is how often in a turn"):
        TurnLimits(**{name: given})


def test_another_thing_than_a_consultant_is_named() -> None:
    with pytest.raises(TypeError, match=r"`consultant` is a `Consultant`, not \{'suspend_account'\}"):
        ConsultBeforeRefusing({"suspend_account"})  # type: ignore[arg-type]
    assert ConsultBeforeRefusing(Consultant()).tools
