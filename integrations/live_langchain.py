"""A callback handler for LangChain that records refusals and enforcements of a running agent (extra `langchain`).

>>> from legit.integrations.live_langchain import RefusalHandler
>>> agent.invoke(state, config={"callbacks": [RefusalHandler("acts.jsonl")]})
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

try:
    from langchain_core.callbacks import BaseCallbackHandler
except ImportError as error:
    raise ImportError(
        "legit.integrations.live_langchain needs LangChain; install it with: pip install 'legit-rules[langchain]'",
        name=error.name,
    ) from error

from legit.consult import CONSULT_TOOL
from legit.integrations.live_events import LiveRecorder

__all__ = ["RefusalHandler"]

_MOST_RUNS = 10_000
"""The most runs of which something is remembered: runs that never end must not fill the memory."""


class RefusalHandler(BaseCallbackHandler):
    """Records each message of a chat model that refuses or enforces, as a `LiveEvent` whose `turn` is the id of the
    outermost run, and whose conversation is the `thread_id` (or `session_id`, `conversation_id`) of the metadata.

    A message is `consulted` when a tool of `consult_tools` ran before it in the same outermost run. The handler changes
    nothing, and what fails in it never reaches the run.
    """

    raise_error = False
    run_inline = True

    def __init__(
        self, recorder: LiveRecorder | str | Path | None = None, *, consult_tools: tuple[str, ...] = (CONSULT_TOOL,)
    ) -> None:
        super().__init__()
        self.recorder = recorder if isinstance(recorder, LiveRecorder) else LiveRecorder(recorder)
        self._consult_tools = frozenset(consult_tools)
        self._parents: dict[UUID, UUID] = {}
        self._threads: dict[UUID, str] = {}
        self._models: dict[UUID, str] = {}
        self._consulted: set[UUID] = set()

    def on_chain_start(
        self, serialized: Any, inputs: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        """Remember which run this one belongs to."""
        self._begin(run_id, parent_run_id, kwargs)

    def on_chat_model_start(
        self, serialized: Any, messages: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        """Remember which run this call belongs to, and the model."""
        self._begin(run_id, parent_run_id, kwargs)
        self._models[run_id] = str((kwargs.get("metadata") or {}).get("ls_model_name") or "")

    def on_tool_start(
        self, serialized: Any, input_str: str, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        """Remember that the run consulted."""
        self._begin(run_id, parent_run_id, kwargs)
        name = kwargs.get("name") or (serialized or {}).get("name")
        if name in self._consult_tools:
            self._consulted.add(self._outermost(run_id))

    def on_llm_end(self, response: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any) -> None:
        """Read what the model said."""
        outermost = self._outermost(run_id)
        model = self._models.pop(run_id, "")
        for generations in response.generations:
            for generation in generations[:1]:
                message = getattr(generation, "message", None)
                calls = [str(call.get("name")) for call in getattr(message, "tool_calls", None) or []]
                self.recorder.read(
                    message if message is not None else generation.text,
                    turn=str(outermost),
                    conversation=self._threads.get(outermost, ""),
                    model=model,
                    source="langchain",
                    tools=calls,
                    consulted=outermost in self._consulted,
                )
        self._end(run_id)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the call."""
        self._models.pop(run_id, None)
        self._end(run_id)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        self._end(run_id)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        self._end(run_id)

    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the call."""
        self._end(run_id)

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the call."""
        self._end(run_id)

    def _begin(self, run: UUID, parent: UUID | None, details: dict[str, Any]) -> None:
        if max(len(self._parents), len(self._threads), len(self._models), len(self._consulted)) > _MOST_RUNS:
            self._parents.clear()
            self._threads.clear()
            self._models.clear()
            self._consulted.clear()
        if parent is not None:
            self._parents[run] = parent
        metadata = details.get("metadata") or {}
        thread = next(
            (metadata[name] for name in ("thread_id", "session_id", "conversation_id") if metadata.get(name)), ""
        )
        if thread:
            self._threads.setdefault(self._outermost(run), str(thread))

    def _outermost(self, run: UUID) -> UUID:
        seen = {run}
        while (parent := self._parents.get(run)) is not None and parent not in seen:
            seen.add(parent)
            run = parent
        return run

    def _end(self, run: UUID) -> None:
        if self._parents.pop(run, None) is None:  # the outermost run
            self._threads.pop(run, None)
            self._consulted.discard(run)
