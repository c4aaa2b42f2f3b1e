"""A chat model that says what it is told to, and keeps what it was asked: for agent loops without any network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable

Reply = AIMessage | Callable[[list[BaseMessage]], AIMessage]


class ScriptedModel(BaseChatModel):
    """Says its lines one after another; the last one again where it is asked more often and `repeat_last` is set."""

    replies: list[Any]
    repeat_last: bool = False
    requests: list[list[BaseMessage]]
    bound_tools: list[list[str]]

    def __init__(self, *replies: Reply, repeat_last: bool = False) -> None:
        super().__init__(replies=list(replies), repeat_last=repeat_last, requests=[], bound_tools=[])

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **_: Any) -> Runnable[Any, Any]:
        self.bound_tools.append([getattr(tool, "name", "") for tool in tools])
        return self

    def _next_reply(self, messages: list[BaseMessage]) -> AIMessage:
        self.requests.append(messages)
        line = self.replies[0] if self.repeat_last and len(self.replies) == 1 else self.replies.pop(0)
        said = line(messages) if callable(line) else line
        return said.model_copy()

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._next_reply(messages))])

    def _stream(self, messages: list[BaseMessage], *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        said = self._next_reply(messages)
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
