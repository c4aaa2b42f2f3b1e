"""A span processor for OpenTelemetry that records refusals and enforcements of a running agent (extra `otel`).

>>> from legit.integrations.live_otel import RefusalSpanProcessor
>>> provider.add_span_processor(RefusalSpanProcessor("acts.jsonl"))

It reads spans with the semantic conventions for generative AI when they end, and needs their content
(`gen_ai.output.messages`). `add_evaluation` puts an event `gen_ai.evaluation.result` on a span that is still recorded,
or on the current one, so that every backend shows it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

try:
    from opentelemetry import trace
except ImportError as error:
    raise ImportError(
        "legit.integrations.live_otel needs OpenTelemetry; install it with: pip install 'legit-rules[otel]'",
        name=error.name,
    ) from error

from legit.conversations import read_records
from legit.integrations.live_events import EVALUATION_EVENT, LiveEvent, LiveRecorder

if TYPE_CHECKING:
    from legit.review import ReviewedTurn

__all__ = ["RefusalSpanProcessor", "add_evaluation", "evaluation_sink"]

_LOGGER = logging.getLogger(__name__)


class RefusalSpanProcessor:
    """Records the refusals and enforcements in spans that end. It has the interface of a `SpanProcessor` of the SDK,
    and changes no span. The `turn` of an event is `trace id/span id`."""

    def __init__(self, recorder: LiveRecorder | str | Path | None = None) -> None:
        self.recorder = recorder if isinstance(recorder, LiveRecorder) else LiveRecorder(recorder)

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        """Nothing is done when a span begins."""

    def _on_ending(self, span: Any) -> None:
        """Nothing is done while a span ends."""

    def on_end(self, span: Any) -> None:
        """Read the last message of the assistant in a span."""
        attributes: Mapping[str, Any] = span.attributes or {}
        if not any(key.startswith("gen_ai.") for key in attributes):
            return
        try:
            self._read(span, attributes)
        except Exception:
            _LOGGER.exception("a span could not be read")

    def _read(self, span: Any, attributes: Mapping[str, Any]) -> None:
        context = span.context
        record = {
            "name": span.name,
            "context": {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"},
            "attributes": dict(attributes),
            "events": [{"name": event.name, "attributes": dict(event.attributes or {})} for event in span.events],
        }
        turn = f"{context.trace_id:032x}/{context.span_id:016x}"
        for conversation in read_records([record], format="otel", on_problem=lambda problem: None):
            answers = [item for item in conversation.turns if item.role == "assistant" and item.extra.get("span_id")]
            for item in answers[-1:]:
                message = {
                    "role": "assistant",
                    "content": item.text,
                    "refusal": item.refusal or None,
                    "finish_reason": item.finish_reason,
                }
                self.recorder.read(
                    message,
                    turn=turn,
                    conversation=str(attributes.get("gen_ai.conversation.id") or ""),
                    model=item.model,
                    source="otel",
                    tools=[call.name for call in item.calls],
                )

    def shutdown(self) -> None:
        """Nothing is held back."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing is held back."""
        return True


def add_evaluation(judged: ReviewedTurn | LiveEvent, span: Any = None) -> None:
    """Put an event `gen_ai.evaluation.result` on a span: what a turn did, or how a review judged it. Without `span`, on
    the current one. Nothing is done where the span is not recorded. No text of the conversation is in it but the words
    that name the rule."""
    target = trace.get_current_span() if span is None else span
    if not target.is_recording():
        return
    target.add_event(EVALUATION_EVENT, evaluation_attributes(judged))


def evaluation_attributes(judged: ReviewedTurn | LiveEvent) -> dict[str, Any]:
    """The attributes of the event."""
    if isinstance(judged, LiveEvent):
        told: dict[str, Any] = judged.attributes()
        return told
    found: dict[str, Any] = {
        "gen_ai.evaluation.name": f"legit.{judged.act}",
        "gen_ai.evaluation.score.label": judged.outcome,
        "legit.turn": judged.id,
        "legit.kind": judged.kind,
        "legit.looked": judged.looked,
        "legit.invokes_rule": judged.invokes_rule,
    }
    if judged.verdict:
        found |= {"legit.verdict": judged.verdict, "legit.action": judged.action}
        found |= {"gen_ai.evaluation.explanation": judged.should} if judged.should else {}
    if judged.criteria:
        found["legit.criteria"] = [item.id for item in judged.criteria]
    if judged.rule_words:
        found["legit.rule_words"] = list(judged.rule_words)
    return found


def evaluation_sink(event: LiveEvent) -> None:
    """A sink of a `LiveRecorder` that puts each event on the current span."""
    add_evaluation(event)
