"""Spans of OpenTelemetry for consultations (extra `otel`): what was decided, and no text of a case.

Without OpenTelemetry, or where nobody records spans, nothing is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from legit._version import __version__

if TYPE_CHECKING:
    from legit.consult.consultant import Consultation

SPAN_NAME = "legit.consult"


class ConsultationSpan:
    """The span of a consultation, or of none."""

    def __init__(self, span: Any = None) -> None:
        self._span = span

    def report(self, consultation: Consultation) -> None:
        """Set the attributes of a consultation, if the span is recorded."""
        if self._span is not None and self._span.is_recording():
            self._span.set_attributes({f"legit.{key}": value for key, value in decision_summary(consultation).items()})


def decision_summary(consultation: Consultation) -> dict[str, str | bool | int | list[str]]:
    """What was decided, as flat data for spans and events: ids and names of the knowledge base, no text of the case.

    `criteria` are the criteria that apply. Where nothing was judged there are only `complete` and the `codes` of the
    problems.
    """
    found = consultation.assessment
    summary: dict[str, str | bool | int | list[str]] = {"complete": consultation.complete}
    if consultation.problems:
        summary["codes"] = sorted({problem.code for problem in consultation.problems})
    if consultation.entry is not None:
        summary["entry"] = consultation.entry
    if found is None:
        return summary
    return {
        **summary,
        "verdict": found.verdict.value,
        "scope": found.scope,
        "consequence": found.consequence,
        "requested_act": found.guidance.stance,
        "action": found.guidance.action,
        "method_harm": found.method_harm.level,
        "criteria": [finding.criterion for finding in found.findings],
        "knowledge_base": found.provenance.base_digest,
        "profile": found.provenance.profile,
    }


@contextmanager
def consultation_span() -> Iterator[ConsultationSpan]:
    """A span around a consultation."""
    tracer = _tracer()
    if tracer is None:
        yield ConsultationSpan()
        return
    with tracer.start_as_current_span(SPAN_NAME) as span:
        yield ConsultationSpan(span)


@lru_cache(maxsize=1)
def _tracer() -> Any:
    try:
        from opentelemetry import trace
    except ImportError:
        return None
    return trace.get_tracer("legit", __version__)
