"""The context of a call of a chat model inside a graph: tags, what the model was shown, and who sees its tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler, BaseCallbackManager, CallbackManager
from langchain_core.messages import BaseMessage, SystemMessage
from langchain_core.runnables.config import RunnableConfig, ensure_config, var_child_runnable_config

RECONSIDERATION_TAG = "legit:reconsideration"
"""The tag of the runs of models that were asked again with a note."""


MAX_ID_CHARACTERS = 200
"""The most characters of an id of a run that are recorded."""


def caller_of_run() -> dict[str, str]:
    """The metadata of the caller that is recorded: the thread of the run, if it has one."""
    thread = _configurable().get("thread_id")
    return {"thread_id": str(thread)[:MAX_ID_CHARACTERS]} if thread else {}


def turn_id_of_run() -> str:
    """The id that the caller gives the turn as `turn_id` of the `configurable` of a run; empty without one."""
    return str(_configurable().get("turn_id") or "")[:MAX_ID_CHARACTERS]


def _configurable() -> dict[str, Any]:
    return dict(ensure_config(var_child_runnable_config.get()).get("configurable") or {})


class PromptWatch(BaseCallbackHandler):
    """Sees what reaches the model: the system prompt (`system`) and the whole (`text`), each None before a call."""

    run_inline = True

    def __init__(self) -> None:
        self.system: str | None = None
        self.text: str | None = None

    def on_chat_model_start(self, serialized: dict[str, Any], messages: list[list[BaseMessage]], **_: Any) -> None:
        """Keep the text of the messages."""
        self.system = "\n\n".join(item.text for item in _system_messages(messages))
        self.text = "\n\n".join(item.text for batch in messages for item in batch)

    def lacks(self, note: str) -> bool:
        """Whether a note did not reach the model."""
        return self.text is not None and note not in self.text

    def saw_other_than(self, expected: str) -> bool:
        """Whether somebody has replaced the system prompt on the way to the model."""
        return self.system is not None and self.system != expected


def _system_messages(messages: list[list[BaseMessage]]) -> Iterator[SystemMessage]:
    return (item for batch in messages for item in batch if isinstance(item, SystemMessage))


@contextmanager
def model_call_context(
    handlers: Sequence[BaseCallbackHandler], *, tag: str = "", streams: bool = True
) -> Iterator[None]:
    """Runs of models inside it are seen by the handlers and bear the tag. Unless `streams`, no stream of the graph sees
    them, of whatever kind: neither tokens nor the message at the end."""
    config = ensure_config(var_child_runnable_config.get())
    inner: RunnableConfig = {**config, "callbacks": _callbacks(config.get("callbacks"), handlers, streams=streams)}
    if tag:
        inner["tags"] = [*(config.get("tags") or []), tag]
    token = var_child_runnable_config.set(inner)
    try:
        yield
    finally:
        var_child_runnable_config.reset(token)


def _callbacks(given: Any, handlers: Sequence[BaseCallbackHandler], *, streams: bool) -> BaseCallbackManager:
    if isinstance(given, BaseCallbackManager):
        manager = given.copy()
    else:
        manager = CallbackManager(handlers=list(given or ()), inheritable_handlers=list(given or ()))
    if not streams:
        manager.handlers = [item for item in manager.handlers if not _is_stream(item)]
        manager.inheritable_handlers = [item for item in manager.inheritable_handlers if not _is_stream(item)]
    for handler in handlers:
        manager.add_handler(handler, inherit=True)
    return manager


def _is_stream(handler: BaseCallbackHandler) -> bool:
    """Whether a handler feeds a stream. What `stream`, `astream_events` and `astream_log` attach taps the runs."""
    return hasattr(handler, "tap_output_iter")
