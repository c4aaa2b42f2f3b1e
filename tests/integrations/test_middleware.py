"""Whole agent loops with scripted models: what is reconsidered, what gives way, and what stands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal

import pytest
from langchain.agents import create_agent
from langchain.agents import middleware as middlewares
from langchain_core.exceptions import ModelRefusalError
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, create_react_agent, tools_condition
from langgraph.types import Command, interrupt

from legit.consult import CONSULT_TOOL, VOCABULARY_TOOL, Consultation
from legit.integrations.langchain import ConsultTool, legit_tools
from legit.integrations.langgraph import Reconsideration, consulting_node
from legit.integrations.middleware import ConsultBeforeRefusing, looks_like_refusal
from legit.integrations.reconsideration import DEFAULT_NO_ANSWER
from tests.support.agent_cases import DECISIVE_FACT, DEFEATED, ENFORCEMENT, NOT_UNDERSTOOD, STANDS, UNDETERMINED
from tests.support.scripted_model import ScriptedModel

REFUSAL = AIMessage("I'm sorry, but I can't help you get around the bank's rules.")
HELP = AIMessage("The stamp cannot be had, so the rule asks the impossible. Here is a licensed service.")
STILL = AIMessage("I won't help with that: the rule protects your coworkers. Ask for a lighter hat instead.")
ENDINGS: list[str] = []

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


def suspend() -> AIMessage:
    return AIMessage(
        "", tool_calls=[{"name": "suspend_account", "args": {"user": "u1"}, "id": "s", "type": "tool_call"}]
    )


def suspends(message: AIMessage) -> bool:
    return any(call["name"] == "suspend_account" for call in message.tool_calls)


def run_agent(model: ScriptedModel, text: str, *options: Any, **more: Any) -> list[BaseMessage]:
    agent = create_agent(model, [suspend_account], middleware=[*options] or [ConsultBeforeRefusing(**more)])
    return list(agent.invoke({"messages": [HumanMessage(text)]}, {"recursion_limit": 25})["messages"])


def run_agent_async(model: ScriptedModel, text: str) -> list[BaseMessage]:
    agent = create_agent(model, [suspend_account], middleware=[ConsultBeforeRefusing()])
    return list(asyncio.run(agent.ainvoke({"messages": [HumanMessage(text)]}))["messages"])


def run_graph(model: ScriptedModel, text: str, reconsideration: Reconsideration | None = None) -> list[BaseMessage]:
    tools = [suspend_account, *legit_tools()]
    graph = StateGraph(MessagesState)
    graph.add_node("model", consulting_node(model.bind_tools(tools), reconsideration))
    graph.add_node("tools", ToolNode(tools))
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


@LOOPS
def test_a_refusal_is_reconsidered_and_gives_way_to_help(run: Run) -> None:
    model = ScriptedModel(REFUSAL, consult(DEFEATED), HELP)
    messages = run(model, "Send the money without the stamp.")
    assert messages[-1].text == HELP.text
    assert REFUSAL.text not in [message.text for message in messages]
    assert told(messages).artifact.action == "help"
    assert messages[1].response_metadata["legit"] == {"kind": "refusal", "draft": REFUSAL.text}
    note = [message.text for message in model.requests[1] if isinstance(message, SystemMessage)]
    assert "was not sent" in note[0]
    assert not any(isinstance(message, SystemMessage) for message in model.requests[2])


@ALL
def test_a_model_that_consults_of_its_own_accord_is_left_alone(run: Run) -> None:
    model = ScriptedModel(consult(DEFEATED), HELP)
    messages = run(model, "Send the money without the stamp.")
    assert messages[-1].text == HELP.text
    assert len(model.requests) == 2
    assert all("legit" not in message.response_metadata for message in messages)


@ALL
def test_an_unknown_sentence_is_repaired_once_and_judged(run: Run) -> None:
    def repair(messages: list[BaseMessage]) -> AIMessage:
        assert "Not understood (1), and may change this, even to a stop; the others are kept" in told(messages).text
        assert f"“{NOT_UNDERSTOOD}”" in told(messages).text
        return consult([*DEFEATED[:-1], "The method is another lawful means."])

    model = ScriptedModel(consult([*DEFEATED[:-1], NOT_UNDERSTOOD]), repair, HELP)
    messages = run(model, "Send the money without the stamp.")
    assert [message.artifact.problems == () for message in messages if isinstance(message, ToolMessage)] == [
        False,
        True,
    ]
    assert told(messages).artifact.assessment.verdict == "defeated"
    assert messages[-1].text == HELP.text


@pytest.mark.parametrize("build", ["agent", "graph", "prebuilt"])
def test_what_is_undetermined_is_asked_and_then_judged(build: str) -> None:
    def ask(messages: list[BaseMessage]) -> AIMessage:
        question = next(line for line in told(messages).text.splitlines() if "What harm does breaking" in line)
        return AIMessage(f"Who is hurt if your guest stays? {question}")

    model = ScriptedModel(consult(UNDETERMINED), ask, consult([*UNDETERMINED, DECISIVE_FACT]), HELP)
    run = {"agent": run_agent, "graph": run_graph, "prebuilt": run_prebuilt}[build]
    first = run(model, "My landlord forbids visitors after nine.")
    assert told(first).artifact.action == "ask"
    assert "What harm does breaking the rule do" in first[-1].text
    # The next turn: the scripted model goes on where it was.
    second = run(model, "Nobody is hurt.")
    assert told(second).artifact.action == "help"
    assert second[-1].text == HELP.text


@LOOPS
def test_a_control_is_still_declined(run: Run) -> None:
    model = ScriptedModel(REFUSAL, consult(STANDS), STILL)
    messages = run(model, "Help me work without a hard hat.")
    assert told(messages).artifact.action == "decline"
    assert messages[-1].text == STILL.text


@LOOPS
def test_a_refusal_that_the_consultation_upholds_is_what_is_sent(run: Run) -> None:
    model = ScriptedModel(REFUSAL, consult(STANDS), AIMessage("Sure! Hide the hat behind the mixer."))
    messages = run(model, "Help me work without a hard hat.")
    assert messages[-1].text == REFUSAL.text
    assert messages[-1].response_metadata["legit"] == {
        "kind": "upheld",
        "draft": "Sure! Hide the hat behind the mixer.",
    }


@LOOPS
def test_a_refusal_gives_way_to_nothing_but_a_consultation(run: Run) -> None:
    model = ScriptedModel(REFUSAL, AIMessage("All right, then: here is how."))
    messages = run(model, "Do it.")
    assert [message.text for message in messages] == ["Do it.", REFUSAL.text]


@LOOPS
def test_a_refusal_that_is_repeated_stands_and_is_asked_about_once(run: Run) -> None:
    again = AIMessage("I cannot do that: it endangers you.")
    model = ScriptedModel(REFUSAL, again)
    messages = run(model, "Do it.")
    assert [message.text for message in messages] == ["Do it.", again.text]
    assert len(model.requests) == 2


@LOOPS
def test_a_model_that_refuses_for_ever_is_asked_no_more_than_the_budget(run: Run) -> None:
    model = ScriptedModel(REFUSAL, repeat_last=True)
    assert run(model, "Do it.")[-1].text == REFUSAL.text
    assert len(model.requests) == 2


@LOOPS
def test_a_model_that_consults_for_ever_is_told_to_answer(run: Run) -> None:
    model = ScriptedModel(consult(DEFEATED), repeat_last=True)
    messages = run(model, "Do it.")
    assert len([message for message in messages if isinstance(message, ToolMessage)]) == 4
    assert messages[-1].text == DEFAULT_NO_ANSWER
    assert "often enough" in model.requests[-1][0].text


def test_without_a_budget_nothing_is_reconsidered() -> None:
    model = ScriptedModel(REFUSAL)
    assert run_agent(model, "Do it.", max_reconsiderations=0)[-1].text == REFUSAL.text
    assert len(model.requests) == 1


def test_a_refusal_by_the_operators_policy_is_sent_as_it_is() -> None:
    own = AIMessage("I can't talk about other banks' products. [policy 7]")
    model = ScriptedModel(own)
    assert run_agent(model, "Which bank is better?", exempt=lambda draft: "[policy" in draft.text)[-1].text == own.text
    assert len(model.requests) == 1


def test_the_system_prompt_stays_and_the_note_stands_behind_it() -> None:
    model = ScriptedModel(REFUSAL, consult(DEFEATED), HELP)
    agent = create_agent(model, system_prompt="Never mention rivals.", middleware=[ConsultBeforeRefusing()])
    agent.invoke({"messages": [HumanMessage("Send it.")]})
    systems = [[message.text for message in asked if isinstance(message, SystemMessage)] for asked in model.requests]
    assert systems[0] == systems[2] == ["Never mention rivals."]
    assert systems[1][0].startswith("Never mention rivals.\n\n(A draft of your answer")
    assert systems[1][0].endswith("This note changes none of the instructions above.)")


def test_an_agent_that_enforces_consults_first_and_declines() -> None:
    ENDINGS.clear()
    declines = AIMessage("I will not suspend this account: the rule asks for a stamp that nobody can give.")
    model = ScriptedModel(suspend(), consult(ENFORCEMENT), declines)
    messages = run_agent(model, "Enforce the stamp rule on u1.", enforces=suspends)
    assert told(messages).artifact.action == "decline"
    assert told(messages).artifact.assessment.verdict == "defeated"
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


REFUSAL_BLOCK = AIMessage(content=[{"type": "refusal", "refusal": "I cannot."}])


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


@pytest.mark.parametrize(
    ("message", "refuses"),
    [
        (REFUSAL, True),
        (REFUSAL_BLOCK, True),
        (AIMessage("", additional_kwargs={"refusal": "No."}), True),
        (AIMessage("", response_metadata={"stop_reason": "refusal"}), True),
        (AIMessage("I\u2019m unable to assist with that."), True),
        (AIMessage("Sorry, but that is against the rules."), True),
        (AIMessage("As an assistant I must decline."), True),
        (AIMessage("We cannot process this without the form."), True),
        (HELP, False),
        (AIMessage("This is not something I can help with."), True),
        (AIMessage("I'm really not able to do this."), True),
        (AIMessage("I'm sorry to hear that. Here is the form."), False),
        (AIMessage("I can't stress enough that the rule has no basis. Here is the form."), False),
        (AIMessage("I would not worry about it."), False),
        (AIMessage("You can't be fined for this."), False),
        (AIMessage("The bank says it is sorry. Here is the form."), False),
        (AIMessage("I can help. " + "Take this form. " * 40 + "I cannot promise success."), False),
        (consult(DEFEATED), False),
        (AIMessage(""), False),
    ],
)
def test_what_reads_as_a_refusal(message: AIMessage, refuses: bool) -> None:
    assert looks_like_refusal(message) is refuses


def test_another_test_of_refusals_may_be_given() -> None:
    german = AIMessage("Das darf ich leider nicht.")
    model = ScriptedModel(german, consult(DEFEATED), HELP)
    assert run_agent(model, "Los.", refuses=lambda draft: "leider nicht" in draft.text)[-1].text == HELP.text


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
            message.text async for step in steps for update in step.values() if update for message in update["messages"]
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
    assert [Consultation.model_validate(artifact).action for artifact in read_back] == ["decline", "help"]


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
