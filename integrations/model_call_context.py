"""The context of a call of a chat model inside a graph: tags, what the model was shown, and who sees its tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler, BaseCallbackManager, CallbackManager
from langchain_core.messages import BaseMessage, SystemMessage
from langchain_core.runnables.config import RunnableConfig, ensure_config, var_child_runnable_config

from legit._util.turn_ids import part_of_turn, whole_turn

RECONSIDERATION_TAG = "legit:reconsideration"
"""The tag of the runs of models that were asked again with a note."""


_BETWEEN_GRAPHS = "|"
"""What stands between the names of a graph and of one inside it, in the `checkpoint_ns` of LangGraph."""

MAX_ID_CHARACTERS = 200
"""The most characters of an id of a run that are recorded."""


def caller_of_run() -> dict[str, str]:
    """The metadata of the caller that is recorded: the thread of the run, if it has one."""
    thread = _configurable().get("thread_id")
    return {"thread_id": str(thread)[:MAX_ID_CHARACTERS]} if thread else {}


def turn_id_of_run(before: str = "") -> str:
    """The id of the turn that begins: the one that the caller gives as `turn_id` of the `configurable` of a run; empty
    without one.

    An agent that runs in a tool or a node of another inherits the id of the caller, and has turns of its own, each with
    the id of a part of the caller's turn. So has a turn that follows the turn `before` of the same id.
    """
    configurable = _configurable()
    given = str(configurable.get("turn_id") or "")[:MAX_ID_CHARACTERS]
    place = str(configurable.get("checkpoint_ns") or "")
    if given and _BETWEEN_GRAPHS in place:
        return part_of_turn(given, place)
    return part_of_turn(given, before) if given and given == whole_turn(before) else given


def _configurable() -> dict[str, Any]:
    return dict(ensure_config(var_child_runnable_config.get()).get("configurable") or {})


class PromptWatch(BaseCallbackHandler):
    """Sees what the models are shown that are called for one response, and whether one of them answers.

    Middleware may call a model of its own there, before or after the agent's: what any of them was shown counts.
    """

    run_inline = True

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget what was seen: another response is asked for."""
        self._systems: list[str] = []
        self._texts: list[str] = []
        self._answered = False

    def on_chat_model_start(self, serialized: dict[str, Any], messages: list[list[BaseMessage]], **_: Any) -> None:
        """Keep the text of the messages."""
        self._systems.append("\n\n".join(item.text for item in _system_messages(messages)))
        self._texts.append("\n\n".join(item.text for batch in messages for item in batch))

    def on_llm_end(self, response: Any, **_: Any) -> None:
        """Keep that a model has answered."""
        self._answered = True

    @property
    def unanswered(self) -> bool:
        """Whether models were called, and every call failed: what came is not the words of a model."""
        return bool(self._texts) and not self._answered

    def lacks(self, note: str) -> bool:
        """Whether a note reached no model."""
        return bool(self._texts) and not any(note in text for text in self._texts)

    def saw_other_than(self, expected: str) -> bool:
        """Whether somebody has replaced the system prompt on the way to the model."""
        return bool(self._systems) and expected not in self._systems


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
