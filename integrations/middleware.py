"""Middleware for LangChain 1.x agents; a refusal is reconsidered before it is sent (extra `agents`).

>>> from legit.integrations.middleware import ConsultBeforeRefusing
>>> agent = create_agent(model, tools, middleware=[ConsultBeforeRefusing()])
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Generator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NotRequired, cast

try:
    from langchain.agents.middleware import AgentMiddleware, AgentState, ModelRequest, ModelResponse
    from langchain.agents.middleware.types import ExtendedModelResponse, PrivateStateAttr
    from langchain.agents.structured_output import StructuredOutputError
    from langchain_core.exceptions import ModelRefusalError
except ImportError as error:
    raise ImportError(
        "legit.integrations.middleware needs LangChain's agents; install them with: pip install 'legit-rules[agents]'",
        name=error.name,
    ) from error

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.errors import GraphBubbleUp
from langgraph.types import Command

from legit.consult import CONSULT_TOOL, Consultant, Draft, Step, TurnLimits
from legit.consult.consultant import resolve_consultant
from legit.consult.tools import VocabularyMode
from legit.consult.turn_recorder import TurnRecorder
from legit.consult.turn_state import TurnState
from legit.integrations.enforcing_names import warn_of_unknown
from legit.integrations.langchain import legit_tools
from legit.integrations.model_call_context import (
    RECONSIDERATION_TAG,
    PromptWatch,
    caller_of_run,
    model_call_context,
    turn_id_of_run,
)
from legit.integrations.reconsideration import (
    TURN_KEY,
    DraftPredicate,
    Reconsideration,
    looks_like_refusal,
    negotiate,
    state_value,
    with_metadata,
    with_system_note,
)
from legit.integrations.structured_answers import answer_of, given_again, held_back
from legit.integrations.turn_channels import ToolGuard, latest_turn, merged_events
from legit.messages import message

if TYPE_CHECKING:
    from legit.decision_log import DecisionLog
    from legit.integrations.live_events import LiveRecorder

__all__ = ["ConsultBeforeRefusing", "looks_like_refusal"]

_LOGGER = logging.getLogger(__name__)


class _State(AgentState[Any]):
    legit_turn: NotRequired[Annotated[dict[str, Any], PrivateStateAttr, latest_turn]]
    legit_events: NotRequired[Annotated[list[dict[str, Any]], PrivateStateAttr, merged_events]]


class ConsultBeforeRefusing(AgentMiddleware[Any, Any, Any]):
    """Adds the tools of a consultation, lets the model consult when it is about to refuse without having done so, and
    holds enforcing calls until a consultation on them has answered.

    `refuses` says whether a draft is a refusal. `enforces` is for agents that act on people: the tools that
    enforce a rule on somebody, or their names, or a function that says whether a draft does, by its text or its calls.
    `exempt` says whether a refusal is the operator's own policy; such a refusal is sent as it is.
    `max_reconsiderations` is the number of drafts of a turn that are reconsidered, `max_consultations` the number of
    consultations in a turn. With `allow_override`, an enforcing call runs although the guidance is `decline`, and is
    recorded as an override. `log` is a decision log, or its file: every decision is recorded before the model sees it,
    every enforcement before it is carried out, and every turn at its end. The id of a turn is `turn_id` of the
    `configurable` of the run, or one that is made up. `events` gets each refusal and enforcement at the end of a turn.

    The system prompt stays as it is. In the second call a note follows it. With `stream_drafts=False` nothing that the
    model writes is streamed before the answer is final. Otherwise the tokens of a draft that is not sent may have been
    streamed.

    Put it last in the list of middleware, so that it sees the calls that run: see `docs/agents.md`.
    """

    state_schema = _State

    def __init__(
        self,
        consultant: Consultant | None = None,
        *,
        vocabulary_mode: VocabularyMode = "inline",
        refuses: DraftPredicate = looks_like_refusal,
        enforces: DraftPredicate | Collection[Any] | str | None = None,
        exempt: DraftPredicate | None = None,
        max_reconsiderations: int = 1,
        max_consultations: int = 4,
        allow_override: bool = False,
        stream_drafts: bool = True,
        log: DecisionLog | str | Path | None = None,
        events: LiveRecorder | None = None,
    ) -> None:
        super().__init__()
        chosen = resolve_consultant(consultant, log)
        self.tools = legit_tools(chosen, vocabulary_mode)
        limits = TurnLimits(
            max_reconsiderations=max_reconsiderations,
            max_consultations=max_consultations,
            allow_override=allow_override,
        )
        self.reconsideration = Reconsideration(refuses, enforces, exempt, limits)
        self._recorder = TurnRecorder(chosen.log)
        self._guard = ToolGuard(self.reconsideration, self._recorder)
        self._stream_drafts = stream_drafts
        self._events = events

    def before_agent(self, state: Any, runtime: Any) -> dict[str, Any]:
        """Begin a turn. A run that is resumed goes on with the turn that it is in."""
        given = turn_id_of_run(self.reconsideration.turn(state).state.turn)
        begun = TurnState(turn=given) if given else TurnState()
        return {TURN_KEY: begun.model_dump(mode="json")}

    def after_agent(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        """End the turn, and record it."""
        turn = self.reconsideration.turn(state)
        if turn.state.closed:
            return None
        turn.close()
        caller = caller_of_run()
        self._recorder.finish(turn, caller)
        if self._events is not None:
            self._events.record_turn(turn, caller)
        return {TURN_KEY: turn.data}

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> Any:
        """Call the model, and call it once more when its draft has to be reconsidered."""
        calls = self._calls(request)
        pending = calls.run()
        asked = next(pending)
        while True:
            came: _Outcome
            try:
                with calls.context():
                    came = handler(asked)
            except GraphBubbleUp:
                raise
            except Exception as error:
                came = error
            try:
                asked = pending.send(came)
            except StopIteration as settled:
                return settled.value

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
    ) -> Any:
        """As `wrap_model_call`."""
        calls = self._calls(request)
        pending = calls.run()
        asked = next(pending)
        while True:
            came: _Outcome
            try:
                with calls.context():
                    came = await handler(asked)
            except GraphBubbleUp:
                raise
            except Exception as error:
                came = error
            try:
                asked = pending.send(came)
            except StopIteration as settled:
                return settled.value

    def _calls(self, request: ModelRequest[Any]) -> _ModelCalls:
        warn_of_unknown(self.reconsideration.enforcing_names, {_tool_name(tool) for tool in request.tools})
        return _ModelCalls(self.reconsideration, request, stream_drafts=self._stream_drafts)

    def wrap_tool_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        """Run a call if the turn admits it, and keep how a consultation ended."""
        return self._guard.wrap(request, handler)

    async def awrap_tool_call(self, request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        """As `wrap_tool_call`."""
        return await self._guard.awrap(request, handler)


_Outcome = ModelResponse[Any] | Exception
"""The result of a call: a response, or the error that it raised."""


class _ModelCalls:
    """The calls of the model for one message of the agent."""

    def __init__(self, reconsideration: Reconsideration, request: ModelRequest[Any], *, stream_drafts: bool) -> None:
        self._reconsideration = reconsideration
        self._turn = reconsideration.turn(request.state)
        self._offered = any(_tool_name(tool) == CONSULT_TOOL for tool in request.tools)
        # If the builder gives the tool as well, the model gets only one of the two.
        tools = {_tool_name(tool) or str(id(tool)): tool for tool in request.tools}
        self._request = request.override(tools=list(tools.values()))
        self._streams = stream_drafts
        self._watch = PromptWatch()
        self._drafts: list[tuple[Draft, _Outcome]] = []
        self._count = 0
        self._notes: list[str] = []

    def context(self) -> AbstractContextManager[None]:
        """The context of the next call of the model."""
        self._watch.begin()
        tag = RECONSIDERATION_TAG if self._notes else ""
        entered: AbstractContextManager[None] = model_call_context([self._watch], tag=tag, streams=self._streams)
        return entered

    def run(self) -> Generator[ModelRequest[Any], _Outcome, Any]:
        """Yield the requests for one message, and receive what comes. Returns the response, with the new state."""
        steps = negotiate(self._turn, offered=self._offered)
        note = next(steps)
        while True:
            came = yield self._request_with(note)
            self._count += 1
            if note and self._watch.lacks(note):
                # What stands behind this one wrote the very prompt that it was given, without the note.
                came = yield self._request_behind(note)
                self._count += 1
            draft = self._draft_of(came)
            if draft is not None:
                self._drafts.append((draft, came))
            elif not self._drafts:
                raise cast("Exception", came)
            else:
                _LOGGER.warning("the model could not be asked to reconsider; the draft is sent: %r", came)
            try:
                note = steps.send(draft)
            except StopIteration as done:
                return self._with_state(self._outcome(done.value), done.value)

    def _request_with(self, note: str) -> ModelRequest[Any]:
        if not note:
            return self._request
        self._notes.append(self._turn.state.note)
        system = self._request.system_message
        if self._watch.saw_other_than(system.text if system else ""):
            # A middleware behind this one writes the system prompt itself: the note would be lost there.
            return self._request_behind(note)
        return self._request.override(system_message=with_system_note(system, note))

    def _request_behind(self, note: str) -> ModelRequest[Any]:
        """The request with the note as its last message."""
        return self._request.override(messages=[*self._request.messages, HumanMessage(content=note)])

    def _draft_of(self, came: _Outcome) -> Draft | None:
        """What the model said. None for an error, except for one that other middleware raises for a refusal."""
        said = _message_of(came)
        if said is None or (self._drafts and self._watch.unanswered):
            return None  # also where other middleware puts a text of its own in place of the error
        if isinstance(came, Exception):
            draft: Draft = self._reconsideration.draft(said)
            return draft if draft.refuses else None
        draft = self._reconsideration.draft(said, *answer_of(came, said))
        return draft.model_copy(update={"rejected": draft.answer is not None and came.structured_response is None})

    def _outcome(self, step: Step) -> _Outcome:
        """What to go on with: the response to the chosen draft, with what it says about the others."""
        last = self._drafts[-1][0]
        if step.sends == "ours":
            return ModelResponse(result=[AIMessage(content=step.draft.text, id=self._last_id())])
        if step.sends == "earlier":
            return self._earlier(step.draft, last)
        _, came = self._drafts[0] if step.sends == "first" else self._drafts[-1]
        said = _message_of(came)
        if isinstance(came, Exception) or said is None:
            return came
        if self._notes and self._notes[0] != "budget" and len(self._drafts) > 1:
            marked = with_metadata(said, self._notes[0], self._drafts[0][0])
            came = ModelResponse([marked if item is said else item for item in came.result], came.structured_response)
        return held_back(came, message("turn.waits", tool=CONSULT_TOOL)) if step.answer_waits else came

    def _earlier(self, refusal: Draft, unsent: Draft) -> ModelResponse[Any]:
        """The refusal of an earlier step, with the draft in whose place it is sent."""
        again = given_again(refusal.answer, self._request.response_format) if refusal.answer is not None else None
        if again is None:
            again = ModelResponse(result=[AIMessage(content=refusal.text or message("turn.refusal"))])
        first, *others = again.result
        marked = with_metadata(cast("AIMessage", first), "upheld", unsent).model_copy(update={"id": self._last_id()})
        return ModelResponse([marked, *others], again.structured_response)

    def _last_id(self) -> str | None:
        said = _message_of(self._drafts[-1][1])
        return said.id if said is not None else None

    def _with_state(self, outcome: _Outcome, step: Step) -> ExtendedModelResponse[Any]:
        if isinstance(outcome, Exception):
            raise outcome
        update: dict[str, Any] = {TURN_KEY: self._turn.data}
        if self._count > 1:  # for ModelCallLimitMiddleware, which counts one call a step
            for key in ("thread_model_call_count", "run_model_call_count"):
                update[key] = (state_value(self._request.state, key) or 0) + self._count - 1
        return ExtendedModelResponse(model_response=outcome, command=Command(update=update))


def _tool_name(tool: Any) -> str:
    if isinstance(tool, Mapping):  # a definition for the API of a provider
        return str(tool.get("name") or (tool.get("function") or {}).get("name") or "")
    return str(getattr(tool, "name", ""))


def _message_of(outcome: _Outcome) -> AIMessage | None:
    """The message of the model, also of one that another middleware made an error of."""
    if isinstance(outcome, ModelRefusalError):
        return outcome.raw_message if isinstance(outcome.raw_message, AIMessage) else None
    if isinstance(outcome, StructuredOutputError):
        return getattr(outcome, "ai_message", None)
    if isinstance(outcome, Exception):
        return None
    return next((item for item in reversed(outcome.result) if isinstance(item, AIMessage)), None)
