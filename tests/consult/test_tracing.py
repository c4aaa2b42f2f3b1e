"""What is traced of a consultation: spans of OpenTelemetry, and events of LangChain."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler

from legit.consult import Consultant, tracing
from legit.consult.tracing import decision_summary
from legit.integrations.langchain import ConsultTool
from tests.support.agent_cases import DEFEATED, NOT_UNDERSTOOD, STANDS


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The spans that were ended."""
    export = pytest.importorskip("opentelemetry.sdk.trace.export", reason="opentelemetry-sdk is not installed")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", lambda: provider.get_tracer("legit"))
    return exporter.get_finished_spans


def test_a_span_says_what_was_decided_and_nothing_of_the_case(spans: Any) -> None:
    Consultant().consult([*DEFEATED, NOT_UNDERSTOOD])
    (span,) = spans()
    assert span.name == "legit.consult"
    said = dict(span.attributes)
    assert (said["legit.verdict"], said["legit.action"], said["legit.requested_act"]) == ("defeated", "help", "evade")
    assert (said["legit.scope"], said["legit.complete"]) == ("rule", False)
    assert "impossible_to_comply" in said["legit.criteria"]
    assert said["legit.codes"] == ("L107",) or "L10" in said["legit.codes"][0]
    assert "destroyed" not in str(said)
    assert "courier" not in str(said)


def test_where_nothing_is_judged_the_span_has_the_codes(spans: Any) -> None:
    Consultant().consult([NOT_UNDERSTOOD])
    (span,) = spans()
    assert set(span.attributes) == {"legit.complete", "legit.codes"}


async def test_the_span_of_a_coroutine_is_a_child_of_the_one_around_it(spans: Any) -> None:
    tracer = tracing._tracer()
    with tracer.start_as_current_span("agent") as around:
        await Consultant().aconsult(STANDS)
    inner, outer = spans()
    assert (inner.name, outer.name) == ("legit.consult", "agent")
    assert inner.parent.span_id == around.get_span_context().span_id


class Events(BaseCallbackHandler):
    """Keeps the custom events of a run."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Any]] = []

    def on_custom_event(self, name: str, data: Any, **_: Any) -> None:
        self.seen.append((name, data))


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_the_handlers_of_a_run_are_told(asynchronous: bool) -> None:
    handler, tool = Events(), ConsultTool()
    config: Any = {"callbacks": [handler]}
    if asynchronous:
        await tool.ainvoke({"facts": DEFEATED}, config)
    else:
        tool.invoke({"facts": DEFEATED}, config)
    ((name, data),) = handler.seen
    assert name == "legit_consultation"
    assert data == decision_summary(Consultant().consult(DEFEATED))
    assert (data["verdict"], data["scope"]) == ("defeated", "rule")


def test_a_run_that_nobody_watches_tells_nobody() -> None:
    assert ConsultTool().invoke({"facts": STANDS}).startswith("Verdict: stands")


def test_without_opentelemetry_nothing_is_missing() -> None:
    code = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from legit.consult import Consultant\n"
        "print(Consultant().consult(['The authority is a club.']).assessment.verdict.value)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["undetermined"]
