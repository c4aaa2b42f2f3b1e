"""A conversation as the review reads it: who said what, in which order, with which tools, under whose instructions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Role = Literal["user", "assistant", "tool", "system"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ToolCall(_Frozen):
    """A call of a tool. `arguments` are JSON data, or the text as the model wrote it where that is no JSON."""

    id: str = ""
    name: str
    arguments: Any = None


class Tool(_Frozen):
    """A tool that the assistant was given. `parameters` is the JSON schema of its arguments, as far as
    it was recorded."""

    name: str
    description: str = ""
    parameters: Any = None


class Turn(_Frozen):
    """What one party says at once.

    `id` is unique in the conversation. `text` is what is said in words, `reasoning` what a model noted for itself.
    `calls` are calls of tools; `answers` is, in a turn of the role `tool`, the id of the call that is answered, and
    `failed` says that the tool reported an error. `refusal` and `finish_reason` are the provider's. `time` is ISO 8601.
    `kind` is what a labelled file says the turn does (a value of `legit.refusals.ReplyKind`); `descriptions` are
    descriptions of the case in sentences, where a file has them. `extra` keeps the other fields as they are.
    """

    id: str = ""
    role: Role
    text: str = ""
    reasoning: str = ""
    name: str = ""
    calls: tuple[ToolCall, ...] = ()
    answers: str = ""
    failed: bool = False
    refusal: str = ""
    finish_reason: str = ""
    model: str = ""
    time: str = ""
    kind: str = ""
    descriptions: tuple[tuple[str, ...], ...] = ()
    extra: dict[str, Any] = {}


class Conversation(_Frozen):
    """A conversation. `turns` are in the order in which they were said.

    `operator_prompt` is what the operator told the assistant before the first turn. `language` is a BCP 47 tag, or
    empty. `source` and `line` say where it was read. `format` is the name of the reader.
    """

    id: str
    turns: tuple[Turn, ...]
    tools: tuple[Tool, ...] = ()
    operator_prompt: str = ""
    language: str = ""
    time: str = ""
    model: str = ""
    format: str = ""
    source: str = ""
    line: int = 0
    extra: dict[str, Any] = {}

    def assistant_turns(self) -> Iterator[tuple[int, Turn]]:
        """The turns of the assistant, each with its position from 0."""
        return ((at, turn) for at, turn in enumerate(self.turns) if turn.role == "assistant")
