"""Random models, random other middleware in a random order, pauses and resumption by new objects: what never happens,
for agents of LangChain, graphs of LangGraph, agents of the OpenAI Agents SDK and of Pydantic AI.

A test run takes the same thirty conversations with each every time. `LEGIT_AGENT_RUNS` is the number of others to draw; the
long run takes 5,000 with each, which are 20,000 together. It may be made in parts: each draws others.
"""

from __future__ import annotations

import os
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.support.agent_doors import OTHERS, LangChainDoor, LangGraphDoor
from tests.support.agent_truth import DRAFTS, ENDLESS, Options, Outcome
from tests.support.sdk_doors import OpenAIAgentsDoor, PydanticAIDoor

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:(agents|openai|pydantic_ai|genai_prices|logfire).*")

OPTIONS = {
    LangChainDoor: st.builds(
        Options,
        st.lists(st.sampled_from(OTHERS), unique=True, max_size=3).map(tuple),
        st.integers(0, 3),
        st.booleans(),
        st.booleans(),
        st.booleans(),
        st.sampled_from([False, False, True]),
    ),
    LangGraphDoor: st.builds(Options, human=st.booleans(), lookup=st.booleans(), override=st.booleans()),
    OpenAIAgentsDoor: st.builds(Options, human=st.booleans(), structured=st.booleans(), lookup=st.booleans()),
    PydanticAIDoor: st.builds(Options, structured=st.booleans(), lookup=st.booleans(), override=st.booleans()),
}
NEEDS = {OpenAIAgentsDoor: "agents", PydanticAIDoor: "pydantic_ai"}


class Conversation(RuleBasedStateMachine):
    """A conversation with an agent. The model says what is drawn, then the last of it for ever."""

    door_type: ClassVar[Any]

    def __init__(self) -> None:
        super().__init__()
        self.waiting = 0
        self.asked: list[str] = []

    @initialize(data=st.data())
    def begin(self, data: Any) -> None:
        self.door = self.door_type(data.draw(OPTIONS[self.door_type]))

    @precondition(lambda self: not self.waiting)
    @rule(script=st.lists(DRAFTS, max_size=6), last=ENDLESS)
    def say_something(self, script: list[tuple[str, ...]], last: tuple[str, ...]) -> None:
        """The user says something."""
        self.door.truth.begin([*script, last])
        self.asked.append(f"question {len(self.asked)}")
        made = self.door.truth.drafts
        self.check(made, self.door.say(self.asked[-1]))

    @precondition(lambda self: self.waiting)
    @rule(decisions=st.lists(st.sampled_from(["approve", "reject"]), min_size=8, max_size=8))
    def decide(self, decisions: list[str]) -> None:
        """A person decides on the calls that wait, and another process goes on."""
        made = self.door.truth.drafts
        self.check(made, self.door.resume(decisions[: self.waiting]))

    def check(self, made: int, outcome: Outcome) -> None:
        self.waiting = outcome.waiting
        drafts = self.door.truth.drafts - made
        promised = 2 * self.door.retries
        assert outcome.failed or drafts <= promised * outcome.messages, (drafts, outcome)
        self.door.truth.check_enforcement()
        self.check_messages(outcome)
        if outcome.sent is not None:
            self.door.truth.check_sent(outcome.sent)

    def check_messages(self, outcome: Outcome) -> None:
        """No message is lost or doubled; each call has one answer, unless a person is asked about it."""
        assert len(set(outcome.ids)) == len(outcome.ids)
        assert len(set(outcome.answers)) == len(outcome.answers)
        assert len(set(outcome.calls)) == len(outcome.calls)
        assert set(outcome.answers) <= set(outcome.calls)
        if isinstance(self.door, LangChainDoor):
            kept = self.asked[-len(outcome.texts) :] if "summary" in self.door.options.others else self.asked
            assert outcome.texts == (kept if outcome.texts else [])
            if not outcome.waiting and not outcome.failed:
                assert set(outcome.answers) == set(outcome.calls)
        elif not outcome.waiting and not outcome.failed:
            assert outcome.texts == self.door.texts
            assert set(outcome.answers) == set(outcome.calls)


@pytest.mark.parametrize("door", OPTIONS, ids=lambda door: door.__name__)
def test_no_conversation_gets_past_the_door(door: Any) -> None:
    if door in NEEDS:
        pytest.importorskip(NEEDS[door], reason=f"{NEEDS[door]} is not installed")
    machine = type(f"{door.__name__}Conversation", (Conversation,), {"door_type": door})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(os.environ.get("LEGIT_AGENT_RUNS", "30")),
            derandomize="LEGIT_AGENT_RUNS" not in os.environ,
            stateful_step_count=5,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
