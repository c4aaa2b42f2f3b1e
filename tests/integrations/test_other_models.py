"""Other middleware calls models of its own, or puts a text in place of an error: neither is taken for the agent's model."""

from __future__ import annotations

from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, ModelRetryMiddleware, dynamic_prompt
from langchain.agents.structured_output import ToolStrategy
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from pydantic import BaseModel

from legit.decision_log import DecisionLog, LogReader
from legit.decision_log.turn_coverage import compute_turn_coverage
from legit.integrations.middleware import ConsultBeforeRefusing
from legit.messages import message
from tests.support.agent_cases import DEFEATED
from tests.support.agent_loops import ENDINGS, HELP, REFUSAL, consult, suspend, suspend_account
from tests.support.scripted_model import ScriptedModel

FAILED = ConnectionError("the line is down")
NOTHING = ["The moon is a banana."]


class Judged(AgentMiddleware[Any, Any, Any]):
    """Asks another model about each response, or about each request."""

    def __init__(self, *, first: bool) -> None:
        super().__init__()
        self._first = first
        self._judge = ScriptedModel(AIMessage("safe"), repeat_last=True)

    def wrap_model_call(self, request: Any, handler: Any) -> Any:
        if self._first:
            self._judge.invoke("Is this safe?")
            return handler(request)
        response = handler(request)
        self._judge.invoke("Is this safe?")
        return response


@dynamic_prompt
def written_anew(_: Any) -> str:
    return "Be brief."


@pytest.mark.parametrize("first", [True, False], ids=["before the call", "after it"])
@pytest.mark.parametrize("behind", [[], [written_anew]], ids=["alone", "beside a prompt"])
def test_what_another_model_is_shown_does_not_hide_the_note(first: bool, behind: list[Any]) -> None:
    model = ScriptedModel(REFUSAL, consult(DEFEATED), HELP)
    middleware = [ConsultBeforeRefusing(), Judged(first=first), *behind]
    agent = create_agent(model, middleware=middleware, system_prompt="Help customers.")
    messages = agent.invoke({"messages": [HumanMessage("Help me.")]})["messages"]
    assert (messages[-1].text, model.replies) == (HELP.text, [])
    shown = [message("turn.refusal_note", tool="consult_before_refusing") in text_of(asked) for asked in model.requests]
    assert shown == [False, True, False]


def text_of(asked: list[BaseMessage]) -> str:
    return "\n".join(item.text for item in asked)


def gives_up_with_a_text() -> Any:
    return ModelRetryMiddleware(max_retries=1, initial_delay=0.0, backoff_factor=0.0, jitter=False)


def fails(_: list[BaseMessage]) -> AIMessage:
    raise FAILED


@pytest.mark.parametrize(
    ("lines", "sent"),
    [
        ([REFUSAL, fails, fails], REFUSAL.text),
        ([REFUSAL, consult(NOTHING), consult(NOTHING), fails, fails], REFUSAL.text),
        ([consult(NOTHING), consult(NOTHING), fails, fails], message("turn.no_answer")),
        ([REFUSAL, consult(DEFEATED), consult(DEFEATED), fails, fails], REFUSAL.text),
        ([suspend(), fails, fails, HELP], HELP.text),
    ],
    ids=["a refusal", "a refusal held", "beyond the limit", "a refusal held, and answered", "an enforcement"],
)
def test_a_text_in_place_of_an_error_is_no_draft(lines: list[Any], sent: str) -> None:
    ENDINGS.clear()
    model = ScriptedModel(*lines)
    ours = ConsultBeforeRefusing(enforces={"suspend_account"}, max_consultations=1)
    agent = create_agent(model, [suspend_account], middleware=[ours, gives_up_with_a_text()])
    messages = agent.invoke({"messages": [HumanMessage("Help me.")]})["messages"]
    assert (messages[-1].text, model.replies, ENDINGS) == (sent, [], [])


class Refuse(BaseModel):
    text: str


class Grant(BaseModel):
    granted: str


def answer(name: str, **args: Any) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": name, "args": args, "id": f"a-{name}"}])


INVALID = answer("Refuse", text=5, reason=REFUSAL.text)
GRANT = answer("Grant", granted="all of it")
REFUSES = answer("Refuse", text=REFUSAL.text)
UNCONSULTED = {"not_consulted": 1}


@pytest.mark.parametrize(
    ("lines", "given", "unconsulted"),
    [
        ([INVALID, GRANT, GRANT], None, UNCONSULTED),
        ([INVALID, INVALID, GRANT], None, UNCONSULTED),
        ([INVALID, fails, GRANT], None, UNCONSULTED),
        ([INVALID, GRANT, REFUSES], Refuse(text=REFUSAL.text), UNCONSULTED),
        ([INVALID, consult(DEFEATED), GRANT], Grant(granted="all of it"), {}),
        ([INVALID, GRANT, consult(DEFEATED), GRANT], Grant(granted="all of it"), {}),
    ],
    ids=["granted", "invalid again", "a failure", "repaired", "consulted", "consulted later"],
)
def test_a_refusal_in_an_answer_that_is_not_valid_is_held(
    tmp_path: Any, lines: list[Any], given: Any, unconsulted: dict[str, int]
) -> None:
    model = ScriptedModel(*lines)
    with DecisionLog(tmp_path / "decisions.log") as log:
        ours = ConsultBeforeRefusing(log=log)
        agent = create_agent(model, middleware=[ours], response_format=ToolStrategy(Refuse | Grant))
        result = agent.invoke({"messages": [HumanMessage("Help me.")]})
        refusals = compute_turn_coverage(LogReader(log.path)).acts["refusal"]
    assert (result.get("structured_response"), model.replies) == (given, [])
    if given is None:
        assert result["messages"][-1].text == REFUSAL.text
    assert dict(refusals.reasons) == unconsulted
    assert refusals.total == sum(unconsulted.values())  # only what was sent counts
