"""A chat model that says what it is told to, and keeps what it was asked: for agent loops without any network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable

Line = AIMessage | Callable[[list[BaseMessage]], AIMessage]


class ScriptedModel(BaseChatModel):
    """Says its lines one after another; the last one again where it is asked more often and `again` is set."""

    lines: list[Any]
    again: bool = False
    asked: list[list[BaseMessage]]
    offered: list[list[str]]

    def __init__(self, *lines: Line, again: bool = False) -> None:
        super().__init__(lines=list(lines), again=again, asked=[], offered=[])

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **_: Any) -> Runnable[Any, Any]:
        self.offered.append([getattr(tool, "name", "") for tool in tools])
        return self

    def _next(self, messages: list[BaseMessage]) -> AIMessage:
        self.asked.append(messages)
        line = self.lines[0] if self.again and len(self.lines) == 1 else self.lines.pop(0)
        said = line(messages) if callable(line) else line
        return said.model_copy()

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._next(messages))])

    def _stream(self, messages: list[BaseMessage], *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        said = self._next(messages)
        words = str(said.content).split(" ") if isinstance(said.content, str) else [said.content]
        for number, word in enumerate(words):
            content = f" {word}" if number and isinstance(word, str) else word
            yield ChatGenerationChunk(message=AIMessageChunk(content=content))
        yield ChatGenerationChunk(
            message=AIMessageChunk(
                content="",
                additional_kwargs=said.additional_kwargs,
                response_metadata=said.response_metadata,
                tool_call_chunks=[
                    {"name": call["name"], "args": _json(call["args"]), "id": call["id"], "index": index}
                    for index, call in enumerate(said.tool_calls)
                ],
                chunk_position="last",
            )
        )


def _json(value: Any) -> str:
    import json

    return json.dumps(value)
