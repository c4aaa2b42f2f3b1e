"""Agents of the OpenAI Agents SDK and of Pydantic AI, on the real packages with scripted models: the same for both."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from legit.consult import CONSULT_TOOL, VOCABULARY_TOOL, Act, Consultant, Turn
from legit.decision_log import LogReader
from tests.support.agent_cases import DEFEATED, ENFORCEMENT, NOT_UNDERSTOOD, STANDS

MAY_ENFORCE = [*STANDS[:-2], "The assistant is asked to enforce the rule."]
REFUSAL, HELP, WITHDRAWAL = "I'm sorry, but I can't help with that.", "Here is how.", "On reflection I leave it."
SUSPEND = ("suspend_account", {"user": "u1"})
LOOK_UP = ("look_up", {"user": "u1"})


def consult(facts: Any) -> tuple[str, dict[str, Any]]:
    return (CONSULT_TOOL, {"facts": facts})


@dataclass
class Ran:
    """What a run did: its last text, the tools that ran, the prompts of the model's calls, what its turn kept."""

    text: str
    tools: list[str]
    prompts: list[str]
    turn: Turn
    answers: list[str] = field(default_factory=list)

    @property
    def acts(self) -> list[tuple[str, bool, str]]:
        return [(act.kind, act.consulted, act.why) for act in self.turn.state.acts]


Step = str | list[tuple[str, dict[str, Any]]]
"""A draft of a scripted model: a text, or calls."""


def openai_agents(steps: list[Step | Exception], stream: bool = False, **options: Any) -> Ran:
    agents = pytest.importorskip("agents", reason="openai-agents is not installed")
    from agents.testing import ScriptedModel, assistant_message, function_call

    from legit.integrations.openai_agents import consulting

    ran: list[str] = []

    @agents.function_tool
    def suspend_account(user: str) -> str:
        """Suspend an account."""
        ran.append("suspend_account")
        return "suspended"

    @agents.function_tool
    def look_up(user: str) -> str:
        """Look an account up."""
        ran.append("look_up")
        return "an account"

    def scripted(number: int, step: Step | Exception) -> Any:
        if isinstance(step, Exception):
            return step
        if isinstance(step, str):
            return [assistant_message(step)]
        return [function_call(name, args, call_id=f"c{number}-{index}") for index, (name, args) in enumerate(step)]

    model = ScriptedModel([scripted(number, step) for number, step in enumerate(steps)])
    agent = agents.Agent(name="agent", instructions="Be brief.", model=model, tools=[suspend_account, look_up])
    turn = Turn()
    guarded = consulting(agent, turn=turn, enforces={"suspend_account"}, **options)
    config = agents.RunConfig(tracing_disabled=True)

    async def run() -> Any:
        if not stream:
            return await agents.Runner.run(guarded, "Do it.", run_config=config)
        streamed = agents.Runner.run_streamed(guarded, "Do it.", run_config=config)
        told = [event async for event in streamed.stream_events() if event.type == "raw_response_event"]
        deltas = [event.data.delta for event in told if event.data.type == "response.output_text.delta"]
        assert REFUSAL not in "".join(deltas) or streamed.final_output == REFUSAL
        return streamed

    result = asyncio.run(run())
    answers = [str(item.output) for item in result.new_items if item.type == "tool_call_output_item"]
    return Ran(result.final_output, ran, [call.system_instructions or "" for call in model.calls], turn, answers)


def pydantic_ai(steps: list[Step | Exception], stream: bool = False, **options: Any) -> Ran:
    package = pytest.importorskip("pydantic_ai", reason="pydantic-ai is not installed")
    from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart, ToolReturnPart
    from pydantic_ai.models.function import FunctionModel

    from legit.integrations.pydantic_ai import ConsultBeforeRefusing

    ran: list[str] = []
    prompts: list[str] = []
    script = iter(enumerate(steps))

    def model(messages: Any, info: Any) -> ModelResponse:
        prompts.append(info.instructions or "")
        number, step = next(script)
        if isinstance(step, Exception):
            raise step
        if isinstance(step, str):
            return ModelResponse(parts=[TextPart(step)])
        return ModelResponse(
            parts=[ToolCallPart(name, args, f"c{number}-{index}") for index, (name, args) in enumerate(step)]
        )

    capability = ConsultBeforeRefusing(enforces={"suspend_account"}, **options)
    agent = package.Agent(FunctionModel(model), instructions="Be brief.", capabilities=[capability])

    @agent.tool_plain
    def suspend_account(user: str) -> str:
        """Suspend an account."""
        ran.append("suspend_account")
        return "suspended"

    @agent.tool_plain
    def look_up(user: str) -> str:
        """Look an account up."""
        ran.append("look_up")
        return "an account"

    async def run() -> Any:
        if not stream:
            return await agent.run("Do it.")
        async with agent.run_stream("Do it.") as streamed:
            told = [text async for text in streamed.stream_text(delta=True)]
            assert REFUSAL not in "".join(told) or await streamed.get_output() == REFUSAL
            output = await streamed.get_output()
            return type("Result", (), {"output": output, "all_messages": streamed.all_messages})

    result = asyncio.run(run())
    answers = [
        str(part.content) for item in result.all_messages() for part in item.parts if isinstance(part, ToolReturnPart)
    ]
    return Ran(result.output, ran, prompts, capability.turn, answers)


SDKS: list[Callable[..., Ran]] = [openai_agents, pydantic_ai]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:(agents|openai|pydantic_ai|genai_prices|logfire).*")


@pytest.fixture(params=SDKS, ids=lambda sdk: sdk.__name__)
def sdk(request: pytest.FixtureRequest) -> Callable[..., Ran]:
    found: Callable[..., Ran] = request.param
    return found


@pytest.mark.parametrize("stream", [False, True], ids=["run", "stream"])
def test_a_refusal_gives_way_to_a_consultation(sdk: Callable[..., Ran], stream: bool) -> None:
    ran = sdk([REFUSAL, [consult(DEFEATED)], HELP], stream)
    assert ran.text == HELP
    assert "Verdict: defeated" in ran.answers[0]
    assert len(ran.prompts) == 3
    assert ran.prompts[0] == ran.prompts[2] == "Be brief."
    assert ran.prompts[1].startswith("Be brief.\n\n(A draft of your answer")
    assert ran.acts == []


@pytest.mark.parametrize("stream", [False, True], ids=["run", "stream"])
@pytest.mark.parametrize("second", [HELP, REFUSAL])
def test_a_refusal_gives_way_to_nothing_else(sdk: Callable[..., Ran], second: str, stream: bool) -> None:
    ran = sdk([REFUSAL, second], stream)
    assert ran.text == REFUSAL
    assert len(ran.prompts) == 2
    assert ran.acts == [("refusal", False, "not_consulted")]


@pytest.mark.parametrize("stream", [False, True], ids=["run", "stream"])
def test_the_guidance_decline_is_kept(sdk: Callable[..., Ran], stream: bool) -> None:
    ran = sdk([REFUSAL, [consult(STANDS)], HELP], stream)
    assert ran.text == REFUSAL
    assert ran.acts == [("refusal", True, "")]


def test_what_the_operator_exempts_is_sent_as_it_is(sdk: Callable[..., Ran]) -> None:
    ran = sdk([REFUSAL], exempt=lambda text: "sorry" in text)
    assert (ran.text, len(ran.prompts), ran.acts) == (REFUSAL, 1, [("refusal", False, "policy")])


def test_a_second_call_that_fails_leaves_the_first_draft(sdk: Callable[..., Ran]) -> None:
    ran = sdk([REFUSAL, RuntimeError("the provider is down")])
    assert (ran.text, ran.acts) == (REFUSAL, [("refusal", False, "failure")])


def test_an_enforcing_call_waits_for_a_consultation_that_answered(sdk: Callable[..., Ran]) -> None:
    ran = sdk([[SUSPEND], [consult(MAY_ENFORCE)], [SUSPEND], "Done."])
    assert (ran.text, ran.tools) == ("Done.", ["suspend_account"])
    assert ran.acts == [("enforcement", True, "")]


@pytest.mark.parametrize(
    "steps",
    [
        [[SUSPEND], WITHDRAWAL],
        [[consult(MAY_ENFORCE), SUSPEND], WITHDRAWAL],
        [[SUSPEND, consult(ENFORCEMENT)], [SUSPEND], WITHDRAWAL],
        [[SUSPEND], [consult([NOT_UNDERSTOOD])], [SUSPEND], WITHDRAWAL, WITHDRAWAL],
        [[SUSPEND], [consult(DEFEATED)], [SUSPEND], WITHDRAWAL, WITHDRAWAL],
        [[SUSPEND, LOOK_UP], [LOOK_UP], WITHDRAWAL, WITHDRAWAL],
    ],
    ids=["withdrawn", "beside the consultation", "declined", "not answered", "about something else", "other calls"],
)
def test_an_enforcing_call_does_not_run(sdk: Callable[..., Ran], steps: list[Step]) -> None:
    ran = sdk(steps)
    assert "suspend_account" not in ran.tools
    assert ran.text
    assert not [act for act in ran.turn.state.acts if act.kind == "enforcement"]


def test_ordinary_calls_run_as_ever(sdk: Callable[..., Ran]) -> None:
    ran = sdk([[LOOK_UP, LOOK_UP], HELP])
    assert (ran.text, ran.tools, len(ran.prompts)) == (HELP, ["look_up", "look_up"], 2)


def test_the_vocabulary_is_looked_up_on_the_way(sdk: Callable[..., Ran]) -> None:
    ran = sdk(
        [REFUSAL, [(VOCABULARY_TOOL, {"topics": ["request"]})], [consult(DEFEATED)], HELP], vocabulary_mode="lookup"
    )
    assert ran.text == HELP
    assert "## request" in ran.answers[0]


def test_decisions_are_recorded_and_named_by_the_acts(sdk: Callable[..., Ran], tmp_path: Path) -> None:
    ran = sdk([[SUSPEND], [consult(MAY_ENFORCE)], [SUSPEND], "Done."], log=tmp_path / "decisions.log")
    (act,) = ran.turn.state.acts
    assert isinstance(act, Act)
    (entry,) = act.entries
    assert LogReader(tmp_path / "decisions.log").decision(entry).answer.verdict.value == "stands"


def test_a_tool_that_could_not_be_held_is_refused_when_the_agent_is_made() -> None:
    agents = pytest.importorskip("agents", reason="openai-agents is not installed")
    from legit.integrations.openai_agents import consulting

    with pytest.raises(ValueError, match="no function tool of the agent is named `ban`: it could not be held"):
        consulting(agents.Agent(name="agent"), enforces={"ban"})


def test_agents_that_are_handed_off_to_keep_the_turn() -> None:
    agents = pytest.importorskip("agents", reason="openai-agents is not installed")
    from agents.testing import ScriptedModel, assistant_message, function_call

    from legit.integrations.openai_agents import consulting

    second = agents.Agent(name="second", model=ScriptedModel([[assistant_message(REFUSAL)], [assistant_message(HELP)]]))
    first = agents.Agent(
        name="first", handoffs=[second], model=ScriptedModel([[function_call("transfer_to_second", {}, call_id="c1")]])
    )
    second.handoffs = [first]
    turn = Turn()
    config = agents.RunConfig(tracing_disabled=True)
    result = asyncio.run(agents.Runner.run(consulting(first, turn=turn), "Do it.", run_config=config))
    assert (result.final_output, turn.state.drafts) == (REFUSAL, 3)  # the second one was asked once more


class Reply(BaseModel):
    """A structured answer."""

    reply: str


@pytest.mark.parametrize(
    ("facts", "sent"),
    [(None, REFUSAL), (STANDS, REFUSAL), (DEFEATED, HELP)],
    ids=["not consulted", "declined", "helped"],
)
def test_structured_answers_of_openai_agents(facts: list[str] | None, sent: str) -> None:
    agents = pytest.importorskip("agents", reason="openai-agents is not installed")
    from agents.testing import ScriptedModel, assistant_message, function_call

    from legit.integrations.openai_agents import consulting

    texts = [[assistant_message(Reply(reply=text).model_dump_json())] for text in (REFUSAL, HELP)]
    between = [[function_call(*consult(facts), call_id="c1")]] if facts else []
    model = ScriptedModel([texts[0], *between, texts[1]])
    agent = consulting(agents.Agent(name="agent", model=model, output_type=Reply))
    config = agents.RunConfig(tracing_disabled=True)
    assert asyncio.run(agents.Runner.run(agent, "Do it.", run_config=config)).final_output == Reply(reply=sent)


@pytest.mark.parametrize(
    ("facts", "sent"),
    [(None, REFUSAL), (STANDS, REFUSAL), (DEFEATED, HELP)],
    ids=["not consulted", "declined", "helped"],
)
def test_structured_answers_of_pydantic_ai(facts: list[str] | None, sent: str) -> None:
    package = pytest.importorskip("pydantic_ai", reason="pydantic-ai is not installed")
    from pydantic_ai.messages import ModelResponse, ToolCallPart
    from pydantic_ai.models.function import FunctionModel

    from legit.integrations.pydantic_ai import ConsultBeforeRefusing

    first, last = ([("final_result", {"reply": text})] for text in (REFUSAL, HELP))
    script = iter([first, *([[consult(facts)]] if facts else []), last])

    def model(messages: Any, info: Any) -> ModelResponse:
        return ModelResponse(parts=[ToolCallPart(name, args) for name, args in next(script)])

    agent = package.Agent(FunctionModel(model), output_type=Reply, capabilities=[ConsultBeforeRefusing()])
    assert asyncio.run(agent.run("Do it.")).output == Reply(reply=sent)


def test_an_answer_beside_a_consultation_waits() -> None:
    package = pytest.importorskip("pydantic_ai", reason="pydantic-ai is not installed")
    from pydantic_ai.messages import ModelResponse, ToolCallPart
    from pydantic_ai.models.function import FunctionModel

    from legit.integrations.pydantic_ai import ConsultBeforeRefusing

    answers = [("final_result", {"reply": text}) for text in (REFUSAL, HELP)]
    script = iter([[answers[0]], [consult(DEFEATED), answers[1]], [answers[1]]])

    def model(messages: Any, info: Any) -> ModelResponse:
        return ModelResponse(parts=[ToolCallPart(name, args) for name, args in next(script)])

    capability = ConsultBeforeRefusing()
    agent = package.Agent(FunctionModel(model), output_type=Reply, capabilities=[capability])
    assert asyncio.run(agent.run("Do it.")).output == Reply(reply=HELP)
    assert capability.turn.consulted


DRAFTS: list[Step] = [
    REFUSAL, HELP, [SUSPEND], [LOOK_UP], [SUSPEND, SUSPEND], [consult(DEFEATED)], [consult(MAY_ENFORCE)],
    [consult(ENFORCEMENT)], [consult([NOT_UNDERSTOOD])], [consult(MAY_ENFORCE), SUSPEND], [consult(3)],
    [SUSPEND, consult(ENFORCEMENT), consult(MAY_ENFORCE)], [LOOK_UP, SUSPEND],
]  # fmt: skip


@pytest.mark.parametrize("run", SDKS, ids=lambda sdk: sdk.__name__)
@settings(max_examples=500 if os.environ.get("LEGIT_LONG") else 15, deadline=None)
@given(steps=st.lists(st.sampled_from(DRAFTS), max_size=7))
def test_random_models_cannot_enforce_without_an_answered_consultation(
    run: Callable[..., Ran], steps: list[Step]
) -> None:
    whole: list[Step] = [*steps, *["The end."] * 8]
    ran = run(whole, consultant=Consultant())
    allowed = [
        number
        for number, step in enumerate(steps)
        if not isinstance(step, str) and consult(MAY_ENFORCE) in step and consult(ENFORCEMENT) not in step
    ]
    suspending = [number for number, step in enumerate(steps) if not isinstance(step, str) and SUSPEND in step]
    if "suspend_account" in ran.tools:
        assert any(before < after for before in allowed for after in suspending)
    carried_out = [act for act in ran.turn.state.acts if act.kind == "enforcement"]
    assert len(carried_out) == ran.tools.count("suspend_account")
    assert all(act.consulted and not act.override for act in carried_out)
    assert len(ran.prompts) == ran.turn.state.drafts
    assert sum("(A draft" in prompt for prompt in ran.prompts) <= 1
    assert ran.text
