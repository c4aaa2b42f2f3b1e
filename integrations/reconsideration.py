"""What a draft of a model says: whether it refuses, enforces, consults. Needs only LangChain's messages."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

try:
    from langchain_core.messages import AIMessage, SystemMessage
except ImportError as error:
    raise ImportError(
        "legit.integrations.reconsideration needs LangChain's core; install it with: "
        "pip install 'legit-rules[langchain]'",
        name=error.name,
    ) from error

from legit.consult import CONSULT_TOOL, VOCABULARY_TOOL, Draft, Step, ToolCall, Turn, TurnLimits
from legit.integrations.enforcing_names import enforcing_names
from legit.refusals import read_reply

DraftPredicate = Callable[[AIMessage], bool]
"""A question about a draft."""

TURN_KEY, EVENTS_KEY = "legit_turn", "legit_events"
"""The keys of the state of a graph under which a turn is kept: its state, and what tools have reported."""

METADATA_KEY = "legit"
"""The key of the metadata of a message about a draft that was not sent."""

_STEPS = (CONSULT_TOOL, VOCABULARY_TOOL)


def looks_like_refusal(message: AIMessage) -> bool:
    """Whether a message declines, or announces that something is done to the person because of a rule: by a sign of its
    provider, its structure or its words, in every language of the refusal test (`legit.refusals`). One hint suffices: a
    false positive costs one more call of the model and changes no answer."""
    if message.tool_calls:
        return False
    reading = read_reply(message, strictness="sensitive")
    return reading.declines or reading.enforces


@dataclass(frozen=True)
class Reconsideration:
    """What a draft is, and how often drafts are reconsidered. It is shared by the middleware and the graph node.

    `refuses` says whether a draft is a refusal. `enforces` says whether a draft (its text, or its tool calls) enforces
    a rule on somebody; it is also asked about each call alone. The names of the enforcing tools, or
    the tools, do as well. `exempt`
    says whether a refusal is the operator's own policy, which is never reconsidered. `limits` are those of a turn.
    """

    refuses: DraftPredicate = looks_like_refusal
    enforces: DraftPredicate | Collection[Any] | str | None = None
    exempt: DraftPredicate | None = None
    limits: TurnLimits = field(default_factory=TurnLimits)

    def __post_init__(self) -> None:
        if not callable(self.enforces):
            object.__setattr__(self, "enforces", enforcing_names(self.enforces))

    @property
    def enforcing_names(self) -> frozenset[str]:
        """The names of the enforcing tools. Empty where a function says what enforces."""
        return self.enforces if isinstance(self.enforces, frozenset) else frozenset()

    def turn(self, state: Any) -> Turn:
        """The turn of the state of a graph, with what its tools have reported."""
        turn = Turn(self.limits, state_value(state, TURN_KEY))
        turn.take_in(state_value(state, EVENTS_KEY) or ())
        return turn

    def draft(
        self, message: AIMessage, answer: Mapping[str, Any] | None = None, answer_ids: Collection[str] = ()
    ) -> Draft:
        """What a message says.

        `answer` is its structured answer: its `args`, and the name of its `tool`, which is empty if the text of the
        message is the answer. `answer_ids` are the ids of its calls, which no tool answers.
        """
        calls = [self.call(call) for call in message.tool_calls if call["id"] not in answer_ids]
        words = message.model_copy(update={"tool_calls": [], "invalid_tool_calls": []})
        texts: list[str] = []
        if answer is not None:
            if not answer_ids:
                words = words.model_copy(update={"content": ""})
            texts = [json.dumps(answer["args"], ensure_ascii=False, default=str), *_own_texts(answer["args"])]
        said = [words, *(AIMessage(content=text) for text in texts)]
        by_words = any(self._enforces(part) for part in said)
        calls = [_as_enforcing(call) if by_words else self._beside(words, call) for call in calls]
        if not by_words and not any(call.enforces for call in calls) and self._enforces(message):
            # Only all of it together enforces: then each of its calls may be what does.
            by_words = not calls
            calls = [_as_enforcing(call) for call in calls]
        return Draft(
            text="\n".join([words.text, *texts[1:]]).strip(),
            calls=tuple(calls),
            answer=dict(answer) if answer is not None else None,
            refuses=(answer is not None or not calls) and any(self.refuses(part) for part in said),
            enforces=by_words,
            exempt=self.exempt is not None and any(self.exempt(part) for part in (message, *said)),
        )

    def call(self, call: Mapping[str, Any]) -> ToolCall:
        """A tool call, as LangChain has it."""
        alone = AIMessage(content="", tool_calls=[{"name": call["name"], "args": call["args"], "id": call["id"] or ""}])
        enforces = call["name"] not in _STEPS and self._enforces(alone)
        return ToolCall(id=call["id"] or "", name=call["name"], args=dict(call["args"]), enforces=enforces)

    def _beside(self, words: AIMessage, call: ToolCall) -> ToolCall:
        """A call beside the words of its draft, which may say that it enforces."""
        asked = {"name": call.name, "args": call.args, "id": call.id}
        if call.enforces or not callable(self.enforces) or call.name in _STEPS:
            return call
        return _as_enforcing(call) if self._enforces(words.model_copy(update={"tool_calls": [asked]})) else call

    def _enforces(self, message: AIMessage) -> bool:
        if callable(self.enforces):
            return bool(self.enforces(message))
        return any(call["name"] in self.enforcing_names for call in message.tool_calls)


def negotiate(turn: Turn, *, offered: bool) -> Generator[str, Draft | None, Step]:
    """Yield the note for each call of the model (the first is empty), receive the draft, or None if the call failed.
    Returns what to do."""
    note = ""
    while True:
        draft = yield note
        step = turn.failed() if draft is None else turn.next(draft, offered=offered)
        if step.action == "send":
            return step
        note = step.note


def with_system_note(system: SystemMessage | None, note: str) -> SystemMessage:
    """The system message with a note after it. The operator's text stays first and unchanged."""
    if system is None:
        return SystemMessage(content=note)
    if isinstance(system.content, str):
        return system.model_copy(update={"content": f"{system.content}\n\n{note}"})
    return system.model_copy(update={"content": [*system.content, {"type": "text", "text": note}]})


def with_metadata(message: AIMessage, kind: str, draft: Draft) -> AIMessage:
    """The message with metadata about a draft that was not sent. The metadata is not sent to the model provider."""
    told = {"kind": kind, "draft": draft.text} | ({"answer": draft.answer["args"]} if draft.answer else {})
    metadata = {**message.response_metadata, METADATA_KEY: told}
    return message.model_copy(update={"response_metadata": metadata})


def _as_enforcing(call: ToolCall) -> ToolCall:
    return call if call.name in _STEPS else call.model_copy(update={"enforces": True})


def _own_texts(args: Any) -> list[str]:
    """The texts of a structured answer itself. What stands deeper may be quoted."""
    values = args.values() if isinstance(args, Mapping) else [args]
    return [value for value in values if isinstance(value, str) and value.strip()]


def state_value(state: Any, key: str) -> Any:
    """A value of the state of a graph, which may be a mapping or an object; None if it has none."""
    return state.get(key) if isinstance(state, Mapping) else getattr(state, key, None)
