"""Random models, random other middleware in a random order, pauses and resumption by new objects: what never happens.

`LEGIT_AGENT_RUNS` is the number of conversations; the long run takes 20,000.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from langchain.agents import create_agent
from langchain.agents import middleware as middlewares
from langchain.agents.structured_output import ToolStrategy
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import BaseModel

from legit.consult import CONSULT_TOOL, VOCABULARY_TOOL, Consultant, Consultation
from legit.integrations.middleware import ConsultBeforeRefusing
from tests.support.agent_cases import DEFEATED, ENFORCEMENT, LAWFUL, STANDS
from tests.support.scripted_model import ScriptedModel

FACTS = {
    "defeated": DEFEATED,
    "stands": STANDS,
    "not to enforce": ENFORCEMENT,
    "to enforce": LAWFUL,
    "not understood": ["The moon is a banana."],
}
ENFORCING = {"not to enforce", "to enforce"}
FINAL = "Here is how."
IDLE = 30
"""The most drafts of a turn in which no tool ran but those of a consultation."""
REFUSAL = "I'm sorry, but I can't help with that."
LIMIT = 1000


class Answer(BaseModel):
    """An answer."""

    text: str


@cache
def judged(name: str) -> Consultation:
    return Consultant().consult(FACTS[name])


@dataclass
class Event:
    """Something that happened in a turn, and during which draft of the model."""

    kind: str
    what: str
    draft: int


class Watched(Consultant):
    """A consultant that keeps what it was asked, in `events` of the conversation."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__()
        self._conversation = conversation

    def __deepcopy__(self, memo: dict[int, object]) -> Watched:
        return self

    def consult(self, facts: Any, **_: Any) -> Consultation:
        name = next(key for key, value in FACTS.items() if value == list(facts))
        self._conversation.note("consult", name)
        return judged(name)


class Reminder(middlewares.AgentMiddleware[Any, Any, Any]):
    """Adds a message of the user before each call of the model."""

    def before_model(self, state: Any, runtime: Any) -> dict[str, Any]:
        return {"messages": [HumanMessage("(reminder)")]}


class Forgetful(middlewares.AgentMiddleware[Any, Any, Any]):
    """Shows the model nothing but the last message."""

    def wrap_model_call(self, request: Any, handler: Any) -> Any:
        return handler(request.override(messages=request.messages[-1:]))


class Prompt(middlewares.AgentMiddleware[Any, Any, Any]):
    """Writes the system prompt anew."""

    def wrap_model_call(self, request: Any, handler: Any) -> Any:
        return handler(request.override(system_prompt="You are a clerk."))


class Twice(middlewares.AgentMiddleware[Any, Any, Any]):
    """Asks again for a message when the first attempt failed."""

    def wrap_model_call(self, request: Any, handler: Any) -> Any:
        try:
            return handler(request)
        except TimeoutError:
            return handler(request)


OTHERS: dict[str, Any] = {
    "reminder": Reminder,
    "forgetful": Forgetful,
    "prompt": Prompt,
    "twice": Twice,
    "calls": lambda: middlewares.ModelCallLimitMiddleware(run_limit=60),
    "editing": lambda: middlewares.ContextEditingMiddleware(edits=[middlewares.ClearToolUsesEdit(trigger=1, keep=0)]),
    "tool retry": lambda: middlewares.ToolRetryMiddleware(max_retries=1, initial_delay=0),
    "to do": middlewares.TodoListMiddleware,
}

STEPS = st.sampled_from([f"consult {name}" for name in FACTS] + ["look up"])
CALLS = st.one_of(STEPS, st.sampled_from(["suspend u1", "suspend u2", "search"]))
DRAFTS = st.one_of(
    st.sampled_from(["refuse", "help", "fail", "answer help", "answer refuse"]).map(lambda item: (item,)),
    st.lists(CALLS, min_size=1, max_size=3).map(tuple),
    st.tuples(STEPS, st.just("answer help")),
)
ENDLESS = st.one_of(
    st.sampled_from(["refuse", "help"]).map(lambda item: (item,)),
    st.lists(st.one_of(STEPS, st.sampled_from(["suspend u1", "suspend u2"])), min_size=1, max_size=2).map(tuple),
    st.tuples(STEPS, st.just("answer help")),
)
"""What a model says for ever."""


class Conversation(RuleBasedStateMachine):
    """A conversation with an agent. The model says what is drawn, then the last of it for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.saver = InMemorySaver()
        self.events: list[Event] = []
        self.drafts = 0
        self.script: list[tuple[str, ...]] = []
        self.asked: list[str] = []
        self.paused: Any = None
        self.idle = self.left = 0

    def note(self, kind: str, what: str) -> None:
        if kind in ("suspend", "search"):
            self.idle, self.left = 0, self.left - 1
        self.events.append(Event(kind, what, self.drafts))

    @initialize(
        others=st.lists(st.sampled_from(sorted(OTHERS)), unique=True, max_size=3),
        place=st.integers(0, 3),
        human=st.booleans(),
        structured=st.booleans(),
        lookup=st.booleans(),
        override=st.sampled_from([False, False, True]),
    )
    def begin(self, others: list[str], place: int, human: bool, structured: bool, lookup: bool, override: bool) -> None:
        self.others, self.place, self.human, self.structured = others, place, human, structured
        self.lookup, self.override = lookup, override

    def agent(self) -> Any:
        """The agent, all of it new: only the checkpoints are kept."""

        @tool
        def suspend_account(user: str) -> str:
            """Suspend an account."""
            self.note("suspend", user)
            return "done"

        @tool
        def search() -> str:
            """Search."""
            self.note("search", "")
            return "nothing"

        mine = ConsultBeforeRefusing(
            Watched(self),
            enforces={"suspend_account"},
            vocabulary_mode="lookup" if self.lookup else "inline",
            allow_override=self.override,
        )
        chain: list[Any] = [OTHERS[name]() for name in self.others]
        chain.insert(min(self.place, len(chain)), mine)
        if self.human:
            gate = {"suspend_account": True, CONSULT_TOOL: True}
            chain.insert(0, middlewares.HumanInTheLoopMiddleware(interrupt_on=gate))  # type: ignore[arg-type]
        return create_agent(
            ScriptedModel(self.say, repeat_last=True),
            [suspend_account, search],
            middleware=chain,
            response_format=ToolStrategy(Answer) if self.structured else None,
            checkpointer=self.saver,
        )

    def say(self, _: list[BaseMessage]) -> AIMessage:
        self.drafts += 1
        self.idle += 1
        assert self.idle <= IDLE, "the agent is kept busy with drafts that nothing follows from"
        if self.left < 0:  # a model that calls for ever what it may call is no loop of ours
            return AIMessage(FINAL)
        draft = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if "fail" in draft:
            raise TimeoutError("429")
        if draft == ("refuse",) or (draft == ("answer refuse",) and self.structured):
            self.note("refuse", "")
        text = REFUSAL if "refuse" in draft else FINAL if "help" in draft else ""
        calls = [self.call(item, index) for index, item in enumerate(draft)]
        return AIMessage(text, tool_calls=[call for call in calls if call])

    def call(self, item: str, index: int) -> dict[str, Any] | None:
        kind, _, rest = item.partition(" ")
        args: dict[str, Any]
        if kind == "consult":
            name, args = CONSULT_TOOL, {"facts": FACTS[rest]}
        elif kind == "look" and self.lookup:
            name, args = VOCABULARY_TOOL, {"topics": ["request"]}
        elif kind == "suspend":
            name, args = "suspend_account", {"user": rest}
        elif kind == "answer" and self.structured:
            name, args = "Answer", {"text": REFUSAL if rest == "refuse" else FINAL}
        elif kind in ("search", "look"):
            name, args = "search", {}
        else:
            return None
        return {"name": name, "args": args, "id": f"{self.drafts}-{index}", "type": "tool_call"}

    @precondition(lambda self: self.paused is None)
    @rule(script=st.lists(DRAFTS, max_size=6), last=ENDLESS)
    def say_something(self, script: list[tuple[str, ...]], last: tuple[str, ...]) -> None:
        """The user says something."""
        self.script = [*script, last]
        self.idle, self.left = 0, 6
        self.asked.append(f"question {len(self.asked)}")
        self.events.append(Event("turn", "", self.drafts))
        self.run({"messages": [HumanMessage(self.asked[-1])]})

    @precondition(lambda self: self.paused is not None)
    @rule(decisions=st.lists(st.sampled_from(["approve", "reject"]), min_size=8, max_size=8))
    def decide(self, decisions: list[str]) -> None:
        """A person decides on the calls that wait, and another process goes on."""
        wanted = [{"type": item} for item in decisions[: len(self.paused.value["action_requests"])]]
        self.paused = None
        self.run(Command(resume={"decisions": wanted}))

    def run(self, given: Any) -> None:
        config: Any = {"configurable": {"thread_id": "1"}, "recursion_limit": LIMIT}
        running = self.agent()
        before = self.messages(running)
        made = self.drafts
        try:
            result = running.invoke(given, config)
        except TimeoutError:
            result = {}
        interrupts = result.get("__interrupt__") or ()
        self.paused = interrupts[0] if interrupts else None
        after = self.messages(running)
        said = [item for item in after if isinstance(item, AIMessage)]
        new = len(said) - len([item for item in before if isinstance(item, AIMessage)])
        retried = 2 if "twice" in self.others else 1
        assert self.drafts - made <= 2 * retried * (new + 1)
        if result and self.paused is None:
            assert self.drafts - made <= 2 * retried * new
        self.check_messages(after)
        self.check_enforcement()
        if result and self.paused is None:
            self.check_refusal(result)

    @staticmethod
    def messages(running: Any) -> list[BaseMessage]:
        values = running.get_state({"configurable": {"thread_id": "1"}}).values
        return list(values.get("messages", []))

    def check_messages(self, messages: list[BaseMessage]) -> None:
        """No message is lost or doubled; each call has one answer, unless a person is asked about it."""
        ids = [item.id for item in messages]
        assert len(set(ids)) == len(ids)
        users = [item.text for item in messages if isinstance(item, HumanMessage) and item.text != "(reminder)"]
        assert users == self.asked
        calls = [call["id"] for item in messages if isinstance(item, AIMessage) for call in item.tool_calls]
        answers = [item.tool_call_id for item in messages if isinstance(item, ToolMessage)]
        assert len(set(answers)) == len(answers)
        assert set(answers) <= set(calls)
        if self.paused is None:
            assert set(answers) == set(calls)

    def check_enforcement(self) -> None:
        """No call has enforced without a consultation on enforcing in an earlier draft of its turn: all consultations of
        that draft have answered, and none of them declines."""
        turn: list[Event] = []
        for event in self.events:
            if event.kind == "turn":
                turn = []
            if event.kind == "suspend":
                asked = [self.asked_in(turn, draft) for draft in {item.draft for item in turn} if draft < event.draft]
                good = [names for names in asked if "not understood" not in names and names & ENFORCING]
                assert any(self.override or "not to enforce" not in names for names in good), (event, turn)
            if event.kind == "consult":
                turn.append(event)
                assert len(turn) <= 4

    @staticmethod
    def asked_in(turn: list[Event], draft: int) -> set[str]:
        return {item.what for item in turn if item.draft == draft and item.kind == "consult"}

    def check_refusal(self, result: dict[str, Any]) -> None:
        """Help has replaced a refusal only if a consultation of an earlier draft of the turn has answered."""
        start = max(number for number, event in enumerate(self.events) if event.kind == "turn")
        turn = self.events[start:]
        given = result.get("structured_response")
        last = result["messages"][-1]
        helped = given.text == FINAL if given else last.text == FINAL and not getattr(last, "tool_calls", None)
        if helped and any(event.kind == "refuse" for event in turn):
            asked = [self.asked_in(turn, draft) for draft in {item.draft for item in turn} if draft < self.drafts]
            assert any(names and "not understood" not in names for names in asked), turn


Conversation.TestCase.settings = settings(
    max_examples=int(os.environ.get("LEGIT_AGENT_RUNS", "80")),
    stateful_step_count=5,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestConversation = Conversation.TestCase
