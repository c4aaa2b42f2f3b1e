"""Nodes for graphs built by hand: a refusal is reconsidered before it is sent, and enforcing calls are held (extra
`agents`).

>>> class State(MessagesState, TurnChannels): ...
>>> graph.add_node("model", consulting_node(model.bind_tools([*tools, *legit_tools()])))
>>> graph.add_node("tools", consulting_tools([*tools, *legit_tools()]))
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

try:
    from langchain_core.messages import AIMessage, AnyMessage, SystemMessage
    from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda
    from langgraph.errors import GraphBubbleUp
    from langgraph.prebuilt import ToolNode
except ImportError as error:
    raise ImportError(
        "legit.integrations.langgraph needs LangGraph; install it with: pip install 'legit-rules[agents]'",
        name=error.name,
    ) from error

from legit.consult import Draft, Step, Turn
from legit.consult.consultant import open_log
from legit.consult.turn_recorder import TurnRecorder
from legit.integrations.enforcing_names import warn_of_unknown
from legit.integrations.model_call_context import caller_of_run, turn_id_of_run
from legit.integrations.reconsideration import (
    TURN_KEY,
    Reconsideration,
    negotiate,
    state_value,
    with_metadata,
    with_system_note,
)
from legit.integrations.turn_channels import ToolGuard, TurnChannels
from legit.messages import message

if TYPE_CHECKING:
    from legit.decision_log import DecisionLog

__all__ = ["Reconsideration", "TurnChannels", "begin_turn", "consulting_node", "consulting_tools"]


def begin_turn(state: Any) -> dict[str, Any]:
    """A node for the start of a graph: a turn begins. Without it, a turn begins when the one before it was answered."""
    return {TURN_KEY: _new_turn_data(state)}


def _new_turn_data(state: Any) -> dict[str, Any]:
    before = state_value(state, TURN_KEY)
    given = turn_id_of_run(str(before.get("turn", "")) if before else "")
    return Turn(state={"turn": given} if given else None).data


def consulting_tools(
    tools: Sequence[Any],
    reconsideration: Reconsideration | None = None,
    *,
    messages_key: str = "messages",
    log: DecisionLog | str | Path | None = None,
    **options: Any,
) -> ToolNode:
    """The tool node beside a `consulting_node`: enforcing calls wait for a consultation, and its end is kept.

    `log` records each enforcement before it is carried out. `options` are those of LangGraph's `ToolNode`.
    """
    chosen = reconsideration or Reconsideration()
    guard = ToolGuard(chosen, TurnRecorder(open_log(log)), messages_key)
    node = ToolNode(tools, wrap_tool_call=guard.wrap, awrap_tool_call=guard.awrap, messages_key=messages_key, **options)
    warn_of_unknown(chosen.enforcing_names, node.tools_by_name)
    return node


def consulting_node(
    model: Runnable[Any, Any],
    reconsideration: Reconsideration | None = None,
    *,
    messages_key: str = "messages",
    log: DecisionLog | str | Path | None = None,
) -> Runnable[Mapping[str, Any], dict[str, Any]]:
    """A node that calls `model`, and calls it once more when its draft has to be reconsidered.

    `model` is a chat model with the tools of `legit_tools` and those of the graph. The tool node of the graph is a
    `consulting_tools` of the same tools and the same reconsideration. The node reads the messages of the state under
    `messages_key` and adds one; it keeps the turn under the keys of `TurnChannels`. `log` records each turn that is
    answered. Give the same log to `consulting_tools`, and to the tools, which record the decisions:
    `legit_tools(log=...)`. Raises ValueError when the state of the graph lacks those keys.
    """
    chosen = reconsideration or Reconsideration()
    recorder = TurnRecorder(open_log(log))

    def call(state: Any, config: RunnableConfig) -> dict[str, Any]:
        calls = _calls(chosen, state, messages_key)
        asked = next(calls)
        while True:
            said: _Reply
            try:
                said = model.invoke(asked, config)
            except GraphBubbleUp:
                raise
            except Exception as error:
                said = error
            try:
                asked = calls.send(said)
            except StopIteration as done:
                turn, update = done.value
                if turn.state.closed:
                    recorder.finish(turn, caller_of_run())
                return cast("dict[str, Any]", update)

    async def acall(state: Any, config: RunnableConfig) -> dict[str, Any]:
        calls = _calls(chosen, state, messages_key)
        asked = next(calls)
        while True:
            said: _Reply
            try:
                said = await model.ainvoke(asked, config)
            except GraphBubbleUp:
                raise
            except Exception as error:
                said = error
            try:
                asked = calls.send(said)
            except StopIteration as done:
                turn, update = done.value
                if turn.state.closed:
                    await asyncio.to_thread(recorder.finish, turn, caller_of_run())
                return cast("dict[str, Any]", update)

    return RunnableLambda(call, afunc=acall, name="consulting_model")


_Reply = AIMessage | Exception


def _calls(
    reconsideration: Reconsideration, state: Any, messages_key: str
) -> Generator[list[AnyMessage], _Reply, tuple[Turn, dict[str, Any]]]:
    """Yield the messages to send to the model for one answer; return the turn and the update of the state."""
    turn = _turn(reconsideration, state)
    messages = list(state_value(state, messages_key))
    first = messages[0] if messages and isinstance(messages[0], SystemMessage) else None
    rest = messages[1:] if first else messages
    steps = negotiate(turn, offered=True)
    note = next(steps)
    kind = ""
    drafts: list[tuple[Draft, AIMessage]] = []
    while True:
        said = yield [with_system_note(first, note), *rest] if note else messages
        if isinstance(said, Exception) and not drafts:
            raise said
        draft = None
        if not isinstance(said, Exception):
            draft = reconsideration.draft(said)
            drafts.append((draft, said))
        try:
            note = steps.send(draft)
            kind = turn.state.note
        except StopIteration as done:
            sent = _message(done.value, drafts, kind)
            if not sent.tool_calls:
                turn.close()
            return turn, {messages_key: [sent], TURN_KEY: turn.data}


def _turn(reconsideration: Reconsideration, state: Any) -> Turn:
    if state_value(state, TURN_KEY) is None:
        raise ValueError(
            "the state of the graph has no place for the turn: "
            "derive it from MessagesState and legit.integrations.langgraph.TurnChannels"
        )
    turn: Turn = reconsideration.turn(state)
    begun = state_value(state, TURN_KEY) and not turn.state.closed
    return turn if begun else Turn(reconsideration.limits, _new_turn_data(state))


def _message(step: Step, drafts: list[tuple[Draft, AIMessage]], kind: str) -> AIMessage:
    """The message to send, with what it says about those that are not."""
    last, said = drafts[-1]
    if step.sends == "ours":
        return AIMessage(content=step.draft.text, id=said.id)
    if step.sends == "earlier":
        earlier = AIMessage(content=step.draft.text or message("turn.refusal"), id=said.id)
        return cast("AIMessage", with_metadata(earlier, "upheld", last))
    chosen = drafts[0][1] if step.sends == "first" else said
    if kind in ("", "budget") or len(drafts) == 1:
        return chosen
    return cast("AIMessage", with_metadata(chosen, kind, drafts[0][0]))
