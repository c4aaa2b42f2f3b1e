"""When a draft is reconsidered, and which draft may replace it. Needs only LangChain's messages."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

try:
    from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolMessage
except ImportError as error:
    raise ImportError(
        "legit.integrations.reconsideration needs LangChain's core; install it with: "
        "pip install 'legit-rules[langchain]'",
        name=error.name,
    ) from error

from legit.consult import CONSULT_TOOL
from legit.messages import message
from legit.refusals import read_reply

DraftPredicate = Callable[[AIMessage], bool]
"""A question about a draft."""

_METADATA_KEY = "legit"
_DECLINE = "decline"


def looks_like_refusal(message: AIMessage) -> bool:
    """Whether a message declines: by a sign of its provider, its structure or its words, in every language of the
    refusal test (`legit.refusals`). One hint suffices: a false positive costs one more call of the model and changes no
    answer."""
    return not message.tool_calls and read_reply(message, strictness="sensitive").declines


class FinalMessage(NamedTuple):
    """The message to send. `origin` is the reply of the model from which it was made; None if the middleware made
    it."""

    message: AIMessage
    origin: AIMessage | None


@dataclass(frozen=True)
class Reconsideration:
    """Decides which drafts are reconsidered. It keeps no state: it reads from the messages of a turn what happened in
    the turn.

    A turn begins with a message of the user and ends before the next one. `refuses` says whether a draft is a refusal.
    `enforces` says whether a draft (its text, or its tool calls) enforces a rule on somebody. `exempt` says whether a
    refusal is the operator's own policy, which is never reconsidered. `max_reconsiderations` is the number of drafts of
    a turn that may be reconsidered, `max_consultations` the number of consultations in a turn.

    Only a consultation or another refusal replaces a refusal. When the guidance is `decline` and the new answer does
    not refuse, the earlier refusal is sent instead.
    """

    refuses: DraftPredicate = looks_like_refusal
    enforces: DraftPredicate | None = None
    exempt: DraftPredicate | None = None
    max_reconsiderations: int = 1
    max_consultations: int = 4

    def plan(self, messages: Sequence[AnyMessage]) -> Generator[str, AIMessage, FinalMessage]:
        """Plan the calls to the model for one message, as a generator.

        It yields the note for the next call (empty for no note) and receives the reply. It returns the message to send.
        The model is called at most twice.
        """
        draft = yield ""
        turn = _messages_of_turn(messages)
        asked = [item for item in turn if isinstance(item, ToolMessage) and item.name == CONSULT_TOOL]
        if asked:
            if _consults(draft) and len(asked) >= self.max_consultations:
                draft = yield message("integrations.budget_spent_note", tool=CONSULT_TOOL)
            return self._after_consultation(draft, turn, asked)
        kind = self._kind_of_draft(draft)
        if not kind or len(_reconsiderations(turn)) >= self.max_reconsiderations:
            return FinalMessage(draft, draft)
        second = yield message(f"integrations.{kind}_note", tool=CONSULT_TOOL)
        if _consults(second):
            # No rule is enforced while the model consults.
            alone = _without_calls(second, lambda name: name != CONSULT_TOOL) if kind == "enforcement" else second
            return FinalMessage(_with_metadata(alone, kind, draft), second)
        if kind == "refusal" and self.refuses(second):
            return FinalMessage(_with_metadata(second, kind, draft), second)
        return FinalMessage(_with_metadata(draft, kind, draft), draft)

    def _after_consultation(
        self, answer: AIMessage, turn: Sequence[AnyMessage], consultations: list[ToolMessage]
    ) -> FinalMessage:
        """The answer, or the earlier refusal when the guidance is `decline` and the answer does not refuse."""
        sent = answer
        if _consults(answer) and len(consultations) >= self.max_consultations:
            sent = _without_calls(answer, lambda name: name == CONSULT_TOOL)
            if not sent.tool_calls and not sent.text:
                return FinalMessage(AIMessage(content=message("integrations.no_answer"), id=answer.id), None)
        refused = next((mark["draft"] for mark in reversed(_reconsiderations(turn)) if mark["kind"] == "refusal"), None)
        if refused is None or sent.tool_calls or not _declines(consultations[-1]) or self.refuses(sent):
            return FinalMessage(sent, answer)
        upheld = AIMessage(content=refused or message("integrations.refusal"), id=answer.id)
        return FinalMessage(_with_metadata(upheld, "upheld", answer), None)

    def _kind_of_draft(self, draft: AIMessage) -> Literal["refusal", "enforcement", ""]:
        if _consults(draft) or (self.exempt is not None and self.exempt(draft)):
            return ""
        if self.enforces is not None and self.enforces(draft):
            return "enforcement"
        return "refusal" if self.refuses(draft) else ""


def with_system_note(system: SystemMessage | None, note: str) -> SystemMessage:
    """The system message with a note after it. The operator's text stays first and unchanged."""
    if system is None:
        return SystemMessage(content=note)
    if isinstance(system.content, str):
        return system.model_copy(update={"content": f"{system.content}\n\n{note}"})
    return system.model_copy(update={"content": [*system.content, {"type": "text", "text": note}]})


def _messages_of_turn(messages: Sequence[AnyMessage]) -> Sequence[AnyMessage]:
    """The messages after the last message of the user."""
    last = max((index for index, message in enumerate(messages) if isinstance(message, HumanMessage)), default=-1)
    return messages[last + 1 :]


def _consults(message: AIMessage) -> bool:
    return any(call["name"] == CONSULT_TOOL for call in message.tool_calls)


def _declines(consultation: ToolMessage) -> bool:
    """Whether the guidance of the consultation is `decline`."""
    artifact = consultation.artifact
    return isinstance(artifact, dict) and artifact.get("action") == _DECLINE


def _reconsiderations(turn: Sequence[AnyMessage]) -> list[dict[str, Any]]:
    found = [message.response_metadata.get(_METADATA_KEY) for message in turn if isinstance(message, AIMessage)]
    return [mark for mark in found if mark]


def _with_metadata(message: AIMessage, kind: str, draft: AIMessage) -> AIMessage:
    """The message with metadata about the reconsidered draft. The metadata is not sent to the model provider."""
    metadata = {**message.response_metadata, _METADATA_KEY: {"kind": kind, "draft": draft.text}}
    return message.model_copy(update={"response_metadata": metadata})


def _without_calls(message: AIMessage, unwanted: Callable[[str], bool]) -> AIMessage:
    """The message without its calls of some tools, in all the places where a provider may keep them."""
    kept = [call for call in message.tool_calls if not unwanted(call["name"])]
    if len(kept) == len(message.tool_calls):
        return message
    dropped = {call["id"] for call in message.tool_calls if unwanted(call["name"])}
    content = message.content
    if isinstance(content, list):
        content = [block for block in content if not (isinstance(block, dict) and block.get("id") in dropped)]
    extra = {key: value for key, value in message.additional_kwargs.items() if key != "tool_calls"}
    return message.model_copy(update={"tool_calls": kept, "content": content, "additional_kwargs": extra})
