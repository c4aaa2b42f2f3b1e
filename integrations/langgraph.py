"""A model node for graphs built by hand; a refusal is reconsidered before it is sent (extra `agents`).

>>> node = consulting_node(model.bind_tools([*tools, *legit_tools()]))
>>> graph.add_node("model", node)
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

try:
    from langchain_core.messages import AIMessage, AnyMessage, SystemMessage
    from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda
except ImportError as error:
    raise ImportError(
        "legit.integrations.langgraph needs LangChain's core; install it with: pip install 'legit-rules[langchain]'",
        name=error.name,
    ) from error

from legit.integrations.reconsideration import FinalMessage, Reconsideration, with_system_note

__all__ = ["Reconsideration", "consulting_node"]


def consulting_node(
    model: Runnable[Any, Any], reconsideration: Reconsideration | None = None, *, messages_key: str = "messages"
) -> Runnable[Mapping[str, Any], dict[str, Any]]:
    """A node that calls `model`, and calls it once more when its draft has to be reconsidered.

    `model` is a chat model with the tools of `legit_tools` and those of the graph. The tool node of the graph must have
    the same tools. The node reads the messages of the state under `messages_key` and adds one. To record decisions,
    give the log to the tools: `legit_tools(log=...)`.
    """
    chosen = reconsideration or Reconsideration()

    def call(state: Mapping[str, Any], config: RunnableConfig) -> dict[str, Any]:
        calls = _calls(chosen, state[messages_key])
        asked = next(calls)
        while True:
            try:
                asked = calls.send(model.invoke(asked, config))
            except StopIteration as done:
                return {messages_key: [done.value.message]}

    async def acall(state: Mapping[str, Any], config: RunnableConfig) -> dict[str, Any]:
        calls = _calls(chosen, state[messages_key])
        asked = next(calls)
        while True:
            try:
                asked = calls.send(await model.ainvoke(asked, config))
            except StopIteration as done:
                return {messages_key: [done.value.message]}

    return RunnableLambda(call, afunc=acall, name="consulting_model")


def _calls(
    reconsideration: Reconsideration, messages: list[AnyMessage]
) -> Generator[list[AnyMessage], AIMessage, FinalMessage]:
    """Yield the messages to send to the model for one answer; return the final message."""
    first = messages[0] if messages and isinstance(messages[0], SystemMessage) else None
    rest = messages[1:] if first else messages
    steps = reconsideration.plan(messages)
    note = next(steps)
    while True:
        said = yield [with_system_note(first, note), *rest] if note else list(messages)
        try:
            note = steps.send(said)
        except StopIteration as done:
            settled: FinalMessage = done.value
            return settled
