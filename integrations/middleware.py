"""Middleware for LangChain 1.x agents; a refusal is reconsidered before it is sent (extra `agents`).

>>> from legit.integrations.middleware import ConsultBeforeRefusing
>>> agent = create_agent(model, tools, middleware=[ConsultBeforeRefusing()])
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

try:
    from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
    from langchain_core.exceptions import ModelRefusalError
except ImportError as error:
    raise ImportError(
        "legit.integrations.middleware needs LangChain's agents; install them with: pip install 'legit-rules[agents]'",
        name=error.name,
    ) from error

from langchain_core.messages import AIMessage
from langgraph.constants import TAG_NOSTREAM

from legit.consult import CONSULT_TOOL, Consultant
from legit.consult.tools import VocabularyMode
from legit.integrations.langchain import legit_tools
from legit.integrations.reconsideration import (
    DraftPredicate,
    FinalMessage,
    Reconsideration,
    looks_like_refusal,
    with_system_note,
)

if TYPE_CHECKING:
    from legit.decision_log import DecisionLog

__all__ = ["ConsultBeforeRefusing", "looks_like_refusal"]


class ConsultBeforeRefusing(AgentMiddleware[Any, Any, Any]):
    """Adds the tools of a consultation, and lets the model consult when it is about to refuse without having done so.

    `refuses` says whether a draft is a refusal. `enforces` is for agents that act on people: it says whether a draft
    enforces a rule on somebody, by its text or its tool calls. `exempt` says whether a refusal is the operator's own
    policy; such a refusal is sent as it is. `max_reconsiderations` is the number of drafts of a turn that are
    reconsidered, `max_consultations` the number of consultations in a turn. `log` is a decision log, or its file: every
    decision is recorded before the model sees it.

    The system prompt stays as it is. In the second call a note follows it. With `stream_drafts=False` no token is
    streamed before the answer is final. Otherwise the tokens of a draft that is not sent may have been streamed.

    `ModelRefusalMiddleware` may stand before or after this middleware. In either order, a refusal that is sent raises
    ModelRefusalError.
    """

    def __init__(
        self,
        consultant: Consultant | None = None,
        *,
        vocabulary_mode: VocabularyMode = "inline",
        refuses: DraftPredicate = looks_like_refusal,
        enforces: DraftPredicate | None = None,
        exempt: DraftPredicate | None = None,
        max_reconsiderations: int = 1,
        max_consultations: int = 4,
        stream_drafts: bool = True,
        log: DecisionLog | str | Path | None = None,
    ) -> None:
        super().__init__()
        self.tools = legit_tools(consultant, vocabulary_mode, log=log)
        self.reconsideration = Reconsideration(refuses, enforces, exempt, max_reconsiderations, max_consultations)
        self._stream_drafts = stream_drafts

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        """Call the model, and call it once more when its draft has to be reconsidered."""
        calls = self._calls(request)
        asked = next(calls)
        while True:
            came: _Outcome
            try:
                came = handler(asked)
            except ModelRefusalError as refusal:
                came = refusal
            try:
                asked = calls.send(came)
            except StopIteration as settled:
                return _response(settled.value)

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
    ) -> ModelResponse[Any]:
        """As `wrap_model_call`."""
        calls = self._calls(request)
        asked = next(calls)
        while True:
            came: _Outcome
            try:
                came = await handler(asked)
            except ModelRefusalError as refusal:
                came = refusal
            try:
                asked = calls.send(came)
            except StopIteration as settled:
                return _response(settled.value)

    def _calls(self, request: ModelRequest[Any]) -> Generator[ModelRequest[Any], _Outcome, _Outcome]:
        """Yield the requests for one answer; return the result."""
        if not any(_tool_name(tool) == CONSULT_TOOL for tool in request.tools):
            return (yield request)
        # If the builder gives the tool as well, the model gets only one of the two.
        offered = {_tool_name(tool) or id(tool): tool for tool in request.tools}
        request = self._without_streaming(request.override(tools=list(offered.values())))
        steps = self.reconsideration.plan(request.messages)
        note = next(steps)
        said: list[tuple[AIMessage, _Outcome]] = []
        while True:
            system = with_system_note(request.system_message, note) if note else request.system_message
            came = yield request.override(system_message=system)
            message = _message_of(came)
            if message is None:
                return came
            said.append((message, came))
            try:
                note = steps.send(message)
            except StopIteration as done:
                return _with_message(done.value, said)

    def _without_streaming(self, request: ModelRequest[Any]) -> ModelRequest[Any]:
        """The request. If drafts are not to be streamed, its model does not stream tokens."""
        if self._stream_drafts:
            return request
        tags = [*(request.model.tags or []), TAG_NOSTREAM]
        return request.override(model=request.model.model_copy(update={"tags": tags}))


_Outcome = ModelResponse[Any] | ModelRefusalError
"""The result of a call: a response, or the error that another middleware raised for a refusal."""


def _tool_name(tool: Any) -> str:
    return str(getattr(tool, "name", ""))


def _message_of(outcome: _Outcome) -> AIMessage | None:
    """The message of the model; None if it is a structured answer or cannot be reconsidered."""
    if isinstance(outcome, ModelRefusalError):
        return outcome.raw_message if isinstance(outcome.raw_message, AIMessage) else None
    if outcome.structured_response is not None:
        return None
    return next((item for item in reversed(outcome.result) if isinstance(item, AIMessage)), None)


def _with_message(final: FinalMessage, outcomes: list[tuple[AIMessage, _Outcome]]) -> _Outcome:
    """The result of the call whose message is sent, with that message in it."""
    for message, came in outcomes:
        if message is final.origin:
            if isinstance(came, ModelRefusalError):
                return came
            return ModelResponse(result=[final.message if item is message else item for item in came.result])
    return ModelResponse(result=[final.message])


def _response(outcome: _Outcome) -> ModelResponse[Any]:
    if isinstance(outcome, ModelRefusalError):
        raise outcome
    return outcome
