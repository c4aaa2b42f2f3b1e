"""How a turn is kept in the state of a graph, and how its tools are guarded: for agents and graphs built by hand."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Annotated, Any

try:
    from langchain_core.messages import ToolMessage
    from langgraph.types import Command
    from typing_extensions import TypedDict
except ImportError as error:
    raise ImportError(
        "legit.integrations.turn_channels needs LangGraph; install it with: pip install 'legit-rules[agents]'",
        name=error.name,
    ) from error

from legit.consult import CONSULT_TOOL, Admission, ConsultationResult, ToolCall, Turn
from legit.consult.turn_recorder import TurnRecorder
from legit.integrations.model_call_context import caller_of_run
from legit.integrations.reconsideration import EVENTS_KEY, Reconsideration
from legit.messages import message


def latest_turn(_: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The reducer of the state of the turn."""
    return new


def merged_events(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The reducer of what tools report. Only the events of the latest turn are kept."""
    if not new:
        return old
    return [*(event for event in old if event["turn"] == new[-1]["turn"]), *new]


class TurnChannels(TypedDict, total=False):
    """The keys that the state of a graph built by hand needs: `class State(MessagesState, TurnChannels)`."""

    legit_turn: Annotated[dict[str, Any], latest_turn]
    legit_events: Annotated[list[dict[str, Any]], merged_events]


ToolOutcome = Any
"""What a tool call gives: a ToolMessage, a Command, or a list of them."""


class ToolGuard:
    """Lets a tool run only if the turn admits the call, and reports to the turn how consultations end.

    `wrap` and `awrap` have the form of LangGraph's `wrap_tool_call`.
    """

    def __init__(
        self, reconsideration: Reconsideration, recorder: TurnRecorder, messages_key: str = "messages"
    ) -> None:
        self._reconsideration = reconsideration
        self._recorder = recorder
        self._messages_key = messages_key

    def wrap(self, request: Any, handler: Callable[[Any], ToolOutcome]) -> ToolOutcome:
        """Run the call, or answer it."""
        turn, call, admission = self._admission(request)
        if admission.runs and self._enforces(turn, call):
            admission = self._recorder.admits(turn, call, admission, caller_of_run())
        if not admission.runs:
            return _answer(request, admission.text)
        return self._reported(turn, call, admission, handler(request))

    async def awrap(self, request: Any, handler: Callable[[Any], Awaitable[ToolOutcome]]) -> ToolOutcome:
        """As `wrap`."""
        turn, call, admission = self._admission(request)
        if admission.runs and self._enforces(turn, call):
            admission = await asyncio.to_thread(self._recorder.admits, turn, call, admission, caller_of_run())
        if not admission.runs:
            return _answer(request, admission.text)
        return self._reported(turn, call, admission, await handler(request))

    def _admission(self, request: Any) -> tuple[Turn, ToolCall, Admission]:
        turn = self._reconsideration.turn(request.state)
        call = self._reconsideration.call(request.tool_call)
        return turn, call, turn.admit(call)

    def _reported(self, turn: Turn, call: ToolCall, admission: Admission, outcome: ToolOutcome) -> ToolOutcome:
        if call.name == CONSULT_TOOL:
            return self._with_event(outcome, turn.consultation_event(_result(outcome, call.id, self._messages_key)))
        if self._enforces(turn, call):
            return self._with_event(outcome, turn.enforcement_event(call, admission))
        return outcome

    @staticmethod
    def _enforces(turn: Turn, call: ToolCall) -> bool:
        return call.enforces or call.id in turn.state.enforcing

    def _with_event(self, outcome: ToolOutcome, event: dict[str, Any]) -> ToolOutcome:
        update: dict[str, Any] = {EVENTS_KEY: [event]}
        if isinstance(outcome, ToolMessage):
            return Command(update={self._messages_key: [outcome], **update})
        if isinstance(outcome, Command) and outcome.graph is None and isinstance(outcome.update, dict):
            return dataclasses.replace(outcome, update={**outcome.update, **update})
        return [*(outcome if isinstance(outcome, list) else [outcome]), Command(update=update)]


def _answer(request: Any, text: str) -> ToolMessage:
    call: Mapping[str, Any] = request.tool_call
    if getattr(request.tool, "return_direct", False):
        text = message("turn.not_enforced")  # it ends the turn: the person reads it, and not the model
    return ToolMessage(content=text, name=call["name"], tool_call_id=call["id"] or "", status="error")


def _result(outcome: ToolOutcome, call_id: str, messages_key: str) -> ConsultationResult:
    """How a consultation ended, by the artifact of its message."""
    for item in _tool_messages(outcome, messages_key):
        if item.tool_call_id == call_id and item.status != "error":
            return ConsultationResult.of(item.artifact)
    return ConsultationResult(status="failed")


def _tool_messages(outcome: ToolOutcome, messages_key: str) -> Iterator[ToolMessage]:
    if isinstance(outcome, ToolMessage):
        yield outcome
    elif isinstance(outcome, Command) and isinstance(outcome.update, dict):
        yield from (item for item in outcome.update.get(messages_key) or () if isinstance(item, ToolMessage))
    elif isinstance(outcome, list):
        for item in outcome:
            yield from _tool_messages(item, messages_key)
