"""The turns of a chat model under test, and the systems that can be named."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from legit.consult import Consultant
from legit.errors import SystemLoadError
from legit.evals.systems import (
    ChatModelSystem,
    Reply,
    load_system,
)
from legit.evals.tool_harness import ToolHarness
from tests.evals.evaluation import model
from tests.support import scripted_systems as measured
from tests.support.scripted_systems import HELP, FunctionModel, ai_message, consult_call


def answered(consultant: Consultant, script: Any, *, tool: bool = True) -> tuple[Reply, ToolHarness]:
    desk = ToolHarness(consultant)
    return asyncio.run(model(script).answer("A request.", desk if tool else None)), desk


def test_a_sentence_that_is_not_understood_is_repaired_in_one_more_turn(consultant: Consultant) -> None:
    def script(messages: list[Any], tools: list[Any]) -> AIMessage:
        if len(messages) == 1:
            return consult_call([*measured.DEFEATED[:-1], "The user would like to dodge it somehow."])
        return consult_call(measured.DEFEATED) if len(messages) == 3 else ai_message(HELP)

    reply, desk = answered(consultant, script)
    assert reply.text == HELP
    assert [bool(call.problems) for call in desk.calls] == [True, False]
    assert desk.calls[-1].verdict == "defeated"


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (consult_call([]), "Call it with"),
        (consult_call("", name="other_tool"), "There is no tool"),
        (ai_message("", invalid_tool_calls=[{"name": "x", "args": "{", "id": "1", "error": "e", "type": "invalid_tool_call"}]), "JSON"),
    ],
)  # fmt: skip
def test_a_bad_call_is_told_how_to_be_made(consultant: Consultant, call: AIMessage, says: str) -> None:
    heard: list[str] = []

    def script(messages: list[Any], tools: list[Any]) -> AIMessage:
        if len(messages) == 1:
            return call
        heard.append(messages[-1].text)
        return ai_message(HELP)

    reply, _ = answered(consultant, script)
    assert says in heard[0]
    assert reply.text == HELP


def test_a_model_that_never_stops_calling_is_stopped(consultant: Consultant) -> None:
    def script(messages: list[Any], tools: list[Any]) -> AIMessage:
        return consult_call(measured.STANDS).model_copy(update={"content": "Let me look once more."})

    reply, desk = answered(consultant, script)
    assert reply.text == ""
    assert desk.calls[-1].problems == ("limit",)
    assert "answer now" in desk.calls[-1].content


@pytest.mark.parametrize(
    ("message", "text_"),
    [
        (ai_message("", additional_kwargs={"refusal": "I refuse."}), "I refuse."),
        (ai_message([{"type": "refusal", "refusal": "I refuse."}]), "I refuse."),  # type: ignore[arg-type]
        (ai_message("", response_metadata={"stop_reason": "refusal"}), ""),
        (ai_message("", response_metadata={"finish_reason": "content_filter"}), ""),
    ],
)
def test_a_refusal_that_the_model_signals_is_seen(consultant: Consultant, message: AIMessage, text_: str) -> None:
    reply, _ = answered(consultant, lambda messages, tools: message, tool=False)
    assert (reply.text, reply.refusal_signal) == (text_, True)


# What can be named


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ("tests.support.scripted_systems:nothing", "B001"), ("no_such_module:x", "B001"), ("tests.support.scripted_systems:NOT_CALLABLE", "B002"),
        ("tests.support.scripted_systems:one_parameter_system", "B002"), ("gibberish", "B001"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_said(spec: str, code: str) -> None:
    with pytest.raises(SystemLoadError) as caught:
        load_system(spec)
    assert caught.value.problems[0].code == code
    assert spec in caught.value.problems[0].message


def test_a_system_prompt_reaches_the_model_and_no_function() -> None:
    heard = []

    def script(messages: list[Any], tools: list[Any]) -> AIMessage:
        heard.append([message.text for message in messages])
        return ai_message(HELP)

    asyncio.run(ChatModelSystem(FunctionModel(script=script), "s", "Be kind.").answer("Hello.", None))
    assert heard == [["Be kind.", "Hello."]]
    with pytest.raises(SystemLoadError) as caught:
        load_system("tests.support.scripted_systems:helping_system", "Be kind.")
    assert caught.value.problems[0].code == "B003"
