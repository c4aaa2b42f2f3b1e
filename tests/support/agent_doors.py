"""Agents of LangChain and LangGraph for random conversations: each run has other objects than the one before it, over
checkpoints as bytes."""

from __future__ import annotations

import contextlib
from functools import cache
from typing import Any

from langchain.agents import create_agent
from langchain.agents import middleware as middlewares
from langchain.agents.structured_output import ToolStrategy
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool, StructuredTool, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import tools_condition
from langgraph.types import Command
from pydantic import BaseModel

from legit.consult import CONSULT_TOOL, TurnLimits
from legit.integrations.langchain import legit_tools
from legit.integrations.langgraph import (
    Reconsideration,
    TurnChannels,
    begin_turn,
    consulting_node,
    consulting_tools,
)
from legit.integrations.middleware import ConsultBeforeRefusing
from tests.support.agent_truth import ANSWER, Options, Outcome, Truth, Watched
from tests.support.scripted_model import ScriptedModel

CONFIG: Any = {"configurable": {"thread_id": "1"}, "recursion_limit": 1000}
SUMMARY = "(summary)"


class Answer(BaseModel):
    """An answer."""

    text: str


class User(BaseModel):
    """A user."""

    user: str


class Nothing(BaseModel):
    """No arguments."""


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


class Counting(middlewares.AgentMiddleware[Any, Any, Any]):
    """Counts the messages of the model, also those that a summary takes away."""

    def __init__(self, door: LangChainDoor) -> None:
        super().__init__()
        self._door = door

    def after_model(self, state: Any, runtime: Any) -> None:
        self._door.made += 1


def others(model: Any) -> dict[str, Any]:
    """Other middleware, by name. `model` is the model of the conversation, to which calls fall back."""
    summarizes = ScriptedModel(AIMessage(SUMMARY), repeat_last=True)
    edits = [middlewares.ClearToolUsesEdit(trigger=1, keep=0)]
    return {
        "reminder": Reminder,
        "forgetful": Forgetful,
        "prompt": Prompt,
        "twice": Twice,
        "calls": lambda: middlewares.ModelCallLimitMiddleware(run_limit=60),
        "editing": lambda: middlewares.ContextEditingMiddleware(edits=edits),
        "fallback": lambda: middlewares.ModelFallbackMiddleware(model),
        "retry": lambda: middlewares.ModelRetryMiddleware(max_retries=1, initial_delay=0, on_failure="error"),
        "summary": lambda: middlewares.SummarizationMiddleware(
            summarizes, trigger=("messages", 6), keep=("messages", 2)
        ),
        "tool retry": lambda: middlewares.ToolRetryMiddleware(max_retries=1, initial_delay=0),
        "to do": middlewares.TodoListMiddleware,
    }


OTHERS = tuple(others(None))
ASKS_AGAIN = {"twice", "fallback", "retry"}
"""Middleware that makes two calls of one that failed."""


@cache
def inner_agent() -> Any:
    """An agent with a turn of its own, whose model enforces without having consulted. It keeps nothing, so that all
    conversations share it."""

    @tool
    def suspend_account(user: str) -> str:
        """Suspend an account."""
        raise AssertionError("the inner agent has not consulted")

    call = {"name": "suspend_account", "args": {"user": "u1"}, "id": "1"}

    def reply(messages: list[BaseMessage]) -> AIMessage:
        first = len(messages) == 1 or isinstance(messages[-1], HumanMessage)
        return AIMessage("", tool_calls=[call]) if first else AIMessage("Left.")

    return create_agent(
        ScriptedModel(reply, repeat_last=True),
        [suspend_account],
        middleware=[ConsultBeforeRefusing(enforces={"suspend_account"})],
    )


def delegate(truth: Truth) -> BaseTool:
    """A tool that asks the inner agent."""

    def search() -> str:
        truth.note("search")
        found: str = inner_agent().invoke({"messages": [HumanMessage("Search.")]})["messages"][-1].text
        return found

    return StructuredTool.from_function(search, description="Search.", args_schema=Nothing)


class LangChainDoor:
    """An agent of `create_agent` with the middleware among others."""

    def __init__(self, options: Options) -> None:
        self.truth = Truth(options)
        self.options = options
        self.saver = InMemorySaver()
        self.made = 0
        self._processes: list[Any] = []

    @property
    def retries(self) -> int:
        return 2 ** len(ASKS_AGAIN & set(self.options.others))

    def tools(self) -> list[BaseTool]:
        truth = self.truth

        def suspend_account(user: str) -> str:
            truth.note("suspend", user)
            return "done"

        suspend = StructuredTool.from_function(suspend_account, description="Suspend an account.", args_schema=User)
        return [suspend, delegate(truth)]

    def next_process(self) -> Any:
        """The agent of the next run. Two of them take turns, which share nothing but the checkpoints."""
        if len(self._processes) < 2:
            self._processes.append(self.agent())
        else:
            self._processes.reverse()
        return self._processes[-1]

    def agent(self) -> Any:
        options = self.options
        model = ScriptedModel(self.reply, repeat_last=True)
        made = others(model)
        chain: list[Any] = [made[name]() for name in options.others]
        mine = ConsultBeforeRefusing(
            Watched(self.truth),
            enforces={"suspend_account"},
            vocabulary_mode="lookup" if options.lookup else "inline",
            allow_override=options.override,
        )
        chain.insert(min(options.place, len(chain)), mine)
        if options.human:
            gate = {"suspend_account": True, CONSULT_TOOL: True}
            chain.insert(0, middlewares.HumanInTheLoopMiddleware(interrupt_on=gate))  # type: ignore[arg-type]
        chain.append(Counting(self))
        form = ToolStrategy(Answer) if options.structured else None
        return create_agent(model, self.tools(), middleware=chain, response_format=form, checkpointer=self.saver)

    def reply(self, _: list[BaseMessage]) -> AIMessage:
        said = self.truth.say()
        calls = [{"name": call.name, "args": call.args, "id": call.id} for call in said.calls]
        if said.answer is not None:
            calls.append({"name": ANSWER, "args": {"text": said.answer}, "id": f"{self.truth.drafts}-answer"})
        return AIMessage(said.text, tool_calls=calls)

    def say(self, text: str) -> Outcome:
        """The user says something."""
        return self.run({"messages": [HumanMessage(text)]})

    def resume(self, decisions: list[str]) -> Outcome:
        """A person has decided on the calls that wait."""
        return self.run(Command(resume={"decisions": [{"type": item} for item in decisions]}))

    def run(self, given: Any) -> Outcome:
        agent, before = self.next_process(), self.made
        result: dict[str, Any] = {}
        with contextlib.suppress(TimeoutError):
            result = agent.invoke(given, CONFIG)
        state = agent.get_state(CONFIG)
        messages: list[BaseMessage] = state.values.get("messages", [])
        return self.outcome(result, messages, self.made - before)

    def outcome(self, result: dict[str, Any], messages: list[BaseMessage], new: int) -> Outcome:
        interrupts = result.get("__interrupt__") or ()
        waiting = len(interrupts[0].value["action_requests"]) if interrupts else 0
        given = result.get("structured_response")
        last = messages[-1] if messages else HumanMessage("")
        sent = given.text if given else "" if getattr(last, "tool_calls", None) else last.text
        said = [item for item in messages if isinstance(item, AIMessage)]
        return Outcome(
            sent if result and not waiting else None,
            [item.text for item in messages if isinstance(item, HumanMessage) and item.text.startswith("question")],
            [str(call["id"]) for item in said for call in item.tool_calls],
            [item.tool_call_id for item in messages if isinstance(item, ToolMessage)],
            new,
            [str(item.id) for item in messages],
            waiting,
            not result,
        )


class State(MessagesState, TurnChannels):
    """The messages, and the state of the turn."""


class LangGraphDoor(LangChainDoor):
    """A graph built by hand. With `human` it stops before its tools run, and goes on when it is told to."""

    retries = 1  # type: ignore[assignment]

    def agent(self) -> Any:
        options = self.options
        limits = TurnLimits(allow_override=options.override)
        reconsideration = Reconsideration(enforces={"suspend_account"}, limits=limits)
        mode: Any = "lookup" if options.lookup else "inline"
        tools = [*self.tools(), *legit_tools(Watched(self.truth), mode)]
        graph = StateGraph(State)
        graph.add_node("begin", begin_turn)
        graph.add_node("model", consulting_node(ScriptedModel(self.reply, repeat_last=True), reconsideration))
        graph.add_node("tools", consulting_tools(tools, reconsideration))
        graph.add_edge(START, "begin")
        graph.add_edge("begin", "model")
        graph.add_conditional_edges("model", tools_condition)
        graph.add_edge("tools", "model")
        return graph.compile(checkpointer=self.saver, interrupt_before=["tools"] if options.human else None)

    def resume(self, decisions: list[str]) -> Outcome:
        """The graph goes on."""
        return self.run(None)

    def outcome(self, result: dict[str, Any], messages: list[BaseMessage], new: int) -> Outcome:
        said = sum(isinstance(item, AIMessage) for item in messages)
        found = super().outcome(result, messages, said - self.made)
        self.made = said
        if result and getattr(messages[-1], "tool_calls", None):
            found.sent, found.waiting = None, 1
        return found
