"""Which refusals are reconsidered, what gives way to a consultation, and what stands."""

from __future__ import annotations

from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import ModelRequest, dynamic_prompt
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from legit.integrations.middleware import ConsultBeforeRefusing
from legit.messages import message
from tests.support.agent_cases import DECISIVE_FACT, DEFEATED, NOT_UNDERSTOOD, STANDS, UNDETERMINED
from tests.support.agent_loops import (
    ALL,
    HELP,
    LOOPS,
    REFUSAL,
    STILL,
    Run,
    consult,
    run_agent,
    run_graph,
    run_prebuilt,
    told,
)
from tests.support.scripted_model import ScriptedModel


@LOOPS
def test_a_refusal_is_reconsidered_and_gives_way_to_help(run: Run) -> None:
    model = ScriptedModel(REFUSAL, consult(DEFEATED), HELP)
    messages = run(model, "Send the money without the stamp.")
    assert messages[-1].text == HELP.text
    assert REFUSAL.text not in [message.text for message in messages]
    assert told(messages).artifact["action"] == "help"
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
    assert [message.artifact["problems"] == [] for message in messages if isinstance(message, ToolMessage)] == [
        False,
        True,
    ]
    assert told(messages).artifact["verdict"] == "defeated"
    assert messages[-1].text == HELP.text


@pytest.mark.parametrize("build", ["agent", "graph", "prebuilt"])
def test_what_is_undetermined_is_asked_and_then_judged(build: str) -> None:
    def ask(messages: list[BaseMessage]) -> AIMessage:
        question = next(line for line in told(messages).text.splitlines() if "What harm does breaking" in line)
        return AIMessage(f"Who is hurt if your guest stays? {question}")

    model = ScriptedModel(consult(UNDETERMINED), ask, consult([*UNDETERMINED, DECISIVE_FACT]), HELP)
    run = {"agent": run_agent, "graph": run_graph, "prebuilt": run_prebuilt}[build]
    first = run(model, "My landlord forbids visitors after nine.")
    assert told(first).artifact["action"] == "ask"
    assert "What harm does breaking the rule do" in first[-1].text
    # The next turn: the scripted model goes on where it was.
    second = run(model, "Nobody is hurt.")
    assert told(second).artifact["action"] == "help"
    assert second[-1].text == HELP.text


@LOOPS
def test_a_control_is_still_declined(run: Run) -> None:
    model = ScriptedModel(REFUSAL, consult(STANDS), STILL)
    messages = run(model, "Help me work without a hard hat.")
    assert told(messages).artifact["action"] == "decline"
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
    assert messages[-1].text == message("turn.no_answer")
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


@pytest.mark.parametrize("added", ["", "\nToday is Monday."])
def test_the_note_reaches_the_model_whoever_writes_the_prompt_behind(added: str) -> None:
    """A prompt that is made anew for each call, and that is or begins as the one of the agent, has no place for it."""
    base = "Never mention rivals."

    @dynamic_prompt
    def anew(request: ModelRequest[Any]) -> str:
        return base + added

    lost = [] if added else [REFUSAL]  # a call that the note did not reach is repeated
    model = ScriptedModel(REFUSAL, *lost, consult(DEFEATED), HELP)
    agent = create_agent(model, system_prompt=base, middleware=[ConsultBeforeRefusing(), anew])
    messages = agent.invoke({"messages": [HumanMessage("Send it.")]})["messages"]
    asked = model.requests[1 + len(lost)]
    assert asked[0].text == base + added
    assert asked[-1].text.startswith("(A draft of your answer")
    assert messages[-1].text == HELP.text
