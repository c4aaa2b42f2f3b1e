"""One run of an agent of the OpenAI Agents SDK: no second run counts what was consulted in the first, whatever ended
it; and what is told to the model ends no run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from legit.consult import CONSULT_TOOL, Turn
from tests.support.agent_cases import DEFEATED, STANDS

agents = pytest.importorskip("agents", reason="openai-agents is not installed")

from agents.testing import ScriptedModel, assistant_message, function_call  # noqa: E402

from legit.integrations.openai_agents import consulting  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:(agents|openai).*")

MAY_ENFORCE = [*STANDS[:-2], "The assistant is asked to enforce the rule."]
REFUSAL, HELP = "I'm sorry, but I can't help with that.", "Here is how."
CONFIG = agents.RunConfig(tracing_disabled=True)
OTHER_RUN = "has begun another run"


def consult(facts: list[str]) -> Any:
    return function_call(CONSULT_TOOL, {"facts": facts}, call_id="consult")


def suspend(user: str) -> Any:
    return function_call("suspend_account", {"user": user}, call_id=f"suspend {user}")


class Case:
    """An agent whose model says these things, and what its enforcing tool did."""

    def __init__(self, *steps: Any, approval: bool = False, **options: Any) -> None:
        self.done: list[str] = []
        self.turn = Turn()

        def suspend_account(user: str) -> str:
            """Suspend an account."""
            self.done.append(user)
            return "suspended"

        def look_up(user: str) -> str:
            """Look an account up."""
            return "an account"

        def fail() -> str:
            """Fail."""
            raise RuntimeError("out of order")

        self.agent = agents.Agent(
            name="agent",
            model=ScriptedModel([step if isinstance(step, list) else [step] for step in steps]),
            tools=[
                agents.function_tool(suspend_account, needs_approval=approval),
                agents.function_tool(look_up),
                agents.function_tool(fail, failure_error_function=None),
            ],
            **options,
        )
        self.guarded = self.made(self.turn)

    def made(self, turn: Turn) -> Any:
        return consulting(self.agent, turn=turn, enforces={"suspend_account"})

    def run(self, given: Any = "Do it.", agent: Any = None, **options: Any) -> Any:
        options.setdefault("run_config", CONFIG)
        return asyncio.run(agents.Runner.run(agent or self.guarded, given, **options))


LOOK_UP = function_call("look_up", {"user": "u1"}, call_id="look up")
STOP_AT_LOOK_UP = {"tool_use_behavior": {"stop_at_tool_names": ["look_up"]}}


@pytest.mark.parametrize(
    ("second_step", "options", "run_options", "ends"),
    [
        (assistant_message("All right."), {}, {}, None),
        (LOOK_UP, STOP_AT_LOOK_UP, {}, None),
        (LOOK_UP, {}, {"max_turns": 1}, agents.MaxTurnsExceeded),
        (function_call("fail", {}, call_id="fail"), {}, {}, agents.UserError),
    ],
    ids=["a text", "a tool", "too many turns", "an error"],
)
def test_a_second_run_is_refused_whatever_ended_the_first(
    second_step: Any, options: dict[str, Any], run_options: dict[str, Any], ends: type[Exception] | None
) -> None:
    case = Case(consult(MAY_ENFORCE), second_step, suspend("u2"), assistant_message("Done."), **options)
    if ends is None:
        case.run(**run_options)
    else:
        with pytest.raises(ends):
            case.run(**run_options)
    with pytest.raises(agents.UserError, match=OTHER_RUN):
        case.run("Another person's case.")
    with pytest.raises(agents.UserError, match=OTHER_RUN):
        case.run("Another person's case.", case.guarded.clone(instructions="Be brief."))
    assert case.done == []


def test_a_second_run_with_another_model_is_refused() -> None:
    case = Case(consult(MAY_ENFORCE), LOOK_UP, **STOP_AT_LOOK_UP)
    case.run()
    other = agents.RunConfig(tracing_disabled=True, model=ScriptedModel([[suspend("u2")]]))
    with pytest.raises(agents.UserError, match=OTHER_RUN):
        case.run(run_config=other)
    assert case.done == []


def test_a_second_run_that_is_streamed_is_refused() -> None:
    case = Case(consult(MAY_ENFORCE), LOOK_UP, suspend("u2"), **STOP_AT_LOOK_UP)
    case.run()

    async def streamed() -> None:
        result = agents.Runner.run_streamed(case.guarded, "Another person's case.", run_config=CONFIG)
        async for _ in result.stream_events():
            pass

    with pytest.raises(agents.UserError, match=OTHER_RUN):
        asyncio.run(streamed())
    assert case.done == []


def test_two_runs_at_once_share_no_consultation() -> None:
    consulted = asyncio.Event()

    class Model(ScriptedModel):
        async def get_response(self, *given: Any, **options: Any) -> Any:
            consulted.set()  # the second run begins while the model of the first is at work
            await asyncio.sleep(0)
            return await super().get_response(*given, **options)

    case = Case()
    case.agent.model = Model([[consult(MAY_ENFORCE)], [suspend("u1")], [assistant_message("Done.")]])
    guarded = case.made(case.turn)

    async def second() -> Any:
        await consulted.wait()
        return await agents.Runner.run(guarded, "Another person's case.", run_config=CONFIG)

    async def both() -> Any:
        first = agents.Runner.run(guarded, "Do it.", run_config=CONFIG)
        return await asyncio.gather(first, second(), return_exceptions=True)

    ended, refused = asyncio.run(both())
    assert ended.final_output == "Done."
    assert isinstance(refused, agents.UserError)
    assert OTHER_RUN in str(refused)
    assert case.done == ["u1"]


@pytest.mark.parametrize("as_json", [False, True], ids=["in the process", "from JSON"])
def test_a_run_that_goes_on_after_an_approval_keeps_its_consultation(as_json: bool) -> None:
    case = Case(consult(MAY_ENFORCE), suspend("u1"), assistant_message("Done."), approval=True)
    state, agent = case.run().to_state(), case.guarded
    if as_json:
        agent = case.made(Turn(state=json.loads(json.dumps(case.turn.data))))
        state = asyncio.run(agents.RunState.from_json(agent, json.loads(json.dumps(state.to_json()))))
    (waiting,) = state.get_interruptions()
    state.approve(waiting)
    assert case.run(state, agent).final_output == "Done."
    assert case.done == ["u1"]


def first_of(context: Any, results: Sequence[Any]) -> Any:
    return agents.ToolsToFinalOutputResult(is_final_output=True, final_output=results[0].output)


async def first_of_later(context: Any, results: Sequence[Any]) -> Any:
    return first_of(context, results)


BEHAVIORS: list[str | dict[str, list[str]] | Callable[..., Any]] = [
    "stop_on_first_tool",
    {"stop_at_tool_names": [CONSULT_TOOL, "suspend_account"]},
    first_of,
    first_of_later,
]


@pytest.mark.parametrize("behavior", BEHAVIORS, ids=["first", "names", "function", "coroutine"])
def test_what_is_told_to_the_model_is_no_answer(behavior: Any) -> None:
    failed = Case(
        assistant_message(REFUSAL), consult(["blah blah"]), assistant_message(HELP), tool_use_behavior=behavior
    )
    assert failed.run().final_output == REFUSAL
    answered = Case(assistant_message(REFUSAL), consult(DEFEATED), assistant_message(HELP), tool_use_behavior=behavior)
    assert answered.run().final_output == HELP
    held = Case(suspend("u1"), suspend("u1"), assistant_message(HELP), tool_use_behavior=behavior)
    assert held.run().final_output == HELP
    assert held.done == []


@pytest.mark.parametrize("behavior", BEHAVIORS, ids=["first", "names", "function", "coroutine"])
def test_the_output_of_a_tool_that_ran_is_the_answer(behavior: Any) -> None:
    case = Case(suspend("u1"), consult(MAY_ENFORCE), suspend("u1"), tool_use_behavior=behavior)
    assert case.run().final_output == "suspended"
    assert case.done == ["u1"]
