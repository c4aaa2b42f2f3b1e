"""Refusals and enforcements of a running agent: by a callback handler, a span processor, the middleware."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from langchain.agents import create_agent
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from legit.consult import CONSULT_TOOL
from legit.integrations.live_events import LiveCounters, LiveEvent, LiveRecorder
from legit.integrations.live_langchain import RefusalHandler
from legit.integrations.live_otel import RefusalSpanProcessor, add_evaluation, evaluation_sink
from legit.integrations.middleware import ConsultBeforeRefusing
from legit.review import review

REFUSAL = "I'm sorry, our rules do not allow that."
HELP = "Sure. I have attached the form."


class Model(GenericFakeChatModel):
    """A chat model that takes tools and says what is written."""

    def bind_tools(self, tools: Any, **options: Any) -> Any:
        return self


def agent(*said: AIMessage | str, tools: Any = (), middleware: Any = ()) -> Any:
    return create_agent(Model(messages=iter(said)), list(tools), middleware=list(middleware))


def run(made: Any, **config: Any) -> None:
    made.invoke({"messages": [HumanMessage("Can you?")]}, config=config)


@tool
def close_account(who: str) -> str:
    """Closes an account."""
    return "closed"


def test_a_callback_handler_records_what_an_agent_refuses_and_enforces(tmp_path: Path) -> None:
    path = tmp_path / "acts.jsonl"
    handler = RefusalHandler(LiveRecorder(path, enforcing_tools=["close_account"]))
    run(agent(REFUSAL), callbacks=[handler], configurable={"thread_id": "t-1"}, metadata={"thread_id": "t-1"})
    run(agent(HELP), callbacks=[handler])
    call = AIMessage("", tool_calls=[{"name": "close_account", "args": {"who": "u1"}, "id": "k1"}])
    run(agent(call, "The account is yours again."[:0] + "Done.", tools=[close_account]), callbacks=[handler])
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [(event["act"], event["kind"]) for event in events] == [("refusal", "refuses"), ("enforcement", "enforces")]
    assert events[0]["conversation"] == "t-1"
    assert events[0]["rule_words"] == ["rules"]
    assert events[0]["consulted"] is False
    assert events[0]["turn"] != events[1]["turn"]
    assert "sorry" not in path.read_text(encoding="utf-8")
    assert 'legit_acts_total{act="refusal",names_rule="true",consulted="false"} 1' in handler.recorder.counters.text()
    assert "legit_turns_total 4" in handler.recorder.counters.text()
    assert not handler._parents
    assert not handler._threads


def test_a_refusal_after_a_consultation_is_told_as_consulted() -> None:
    @tool
    def consult_before_refusing(facts: str) -> str:
        """Consults."""
        return "The rule stands."

    events: list[LiveEvent] = []
    handler = RefusalHandler(LiveRecorder(sinks=[events.append]))
    call = AIMessage("", tool_calls=[{"name": "consult_before_refusing", "args": {"facts": "x"}, "id": "k1"}])
    run(agent(call, REFUSAL, tools=[consult_before_refusing]), callbacks=[handler])
    assert [event.consulted for event in events] == [True]


def test_what_fails_in_a_recorder_never_reaches_the_agent(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def broken(event: LiveEvent) -> None:
        raise RuntimeError("no")

    handler = RefusalHandler(LiveRecorder(tmp_path / "no" / "such" / "folder.jsonl", sinks=[broken]))
    run(agent(REFUSAL), callbacks=[handler])
    assert "could not be recorded" in caplog.text
    assert 'act="refusal"' in handler.recorder.counters.text()


def provider(*processors: Any) -> tuple[Any, InMemorySpanExporter]:
    exporter, made = InMemorySpanExporter(), TracerProvider()
    for processor in (*processors, SimpleSpanProcessor(exporter)):
        made.add_span_processor(processor)
    return made.get_tracer("t"), exporter


def test_a_span_processor_reads_spans_that_end(tmp_path: Path) -> None:
    events: list[LiveEvent] = []
    tracer, exporter = provider(RefusalSpanProcessor(LiveRecorder(tmp_path / "acts.jsonl", sinks=[events.append])))
    for words in (REFUSAL, HELP):
        with tracer.start_as_current_span("chat") as span:
            span.set_attributes({
                "gen_ai.conversation.id": "conv-1", "gen_ai.response.model": "m-1",
                "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]),
                "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": words}], "finish_reason": "stop"}]),
            })  # fmt: skip
    with tracer.start_as_current_span("http"):
        pass
    with tracer.start_as_current_span("chat") as span:
        span.set_attribute("gen_ai.output.messages", "{no json")
    assert [(event.act, event.conversation, event.model, event.source) for event in events] == [
        ("refusal", "conv-1", "m-1", "otel")
    ]
    trace_id, _, span_id = events[0].turn.partition("/")
    first = exporter.get_finished_spans()[0].context
    assert (int(trace_id, 16), int(span_id, 16)) == (first.trace_id, first.span_id)
    assert len((tmp_path / "acts.jsonl").read_text(encoding="utf-8").splitlines()) == 1


def test_judgements_go_out_as_evaluation_events() -> None:
    from legit.conversations import Conversation, Turn

    facts = (
        "The authority is a bank.",
        'The rule forbids "guests".',
        'The reason for the rule has ended: "the works are over". [user]',
        "Breaking the rule harms nobody.",
        "The user asks to evade the rule.",
    )
    said = (
        Turn(id="t1", role="user", text="May I?"),
        Turn(id="t2", role="assistant", text=REFUSAL, descriptions=(facts,)),
    )
    (line,) = review([Conversation(id="c1", turns=said)]).conversations()
    tracer, exporter = provider()
    with tracer.start_as_current_span("chat") as span:
        add_evaluation(line.turns[0], span)
        LiveRecorder(sinks=[evaluation_sink]).read(REFUSAL, turn="x")
    add_evaluation(line.turns[0])  # outside a span: nothing happens
    judged, live = exporter.get_finished_spans()[0].events
    assert judged.name == live.name == "gen_ai.evaluation.result"
    assert judged.attributes is not None
    assert judged.attributes["gen_ai.evaluation.name"] == "legit.refusal"
    assert judged.attributes["gen_ai.evaluation.score.label"] == "blind"
    assert judged.attributes["legit.verdict"] == "defeated"
    assert judged.attributes["legit.criteria"] == ("obsolete",)
    assert live.attributes is not None
    assert live.attributes["gen_ai.evaluation.score.label"] == "refusal"


def test_the_middleware_writes_the_same_events(tmp_path: Path) -> None:
    path, counters = tmp_path / "acts.jsonl", LiveCounters()
    recorder = LiveRecorder(path, counters=counters)
    made = agent(REFUSAL, REFUSAL, middleware=[ConsultBeforeRefusing(events=recorder)])
    run(made, configurable={"turn_id": "turn-1", "thread_id": "thread-1"})
    run(agent(HELP, middleware=[ConsultBeforeRefusing(events=recorder)]))
    (event,) = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert (event["turn"], event["conversation"], event["act"], event["consulted"], event["source"]) == (
        "turn-1",
        "thread-1",
        "refusal",
        False,
        "middleware",
    )
    assert "legit_turns_total 2" in counters.text()


def test_the_counters_are_in_the_format_of_prometheus() -> None:
    counters = LiveCounters()
    counters.add_turn()
    counters.add(LiveEvent(turn="a", act="refusal", kind="refuses"))
    lines = counters.text().splitlines()
    assert lines[0].startswith("# HELP legit_turns_total ")
    assert lines[1] == "# TYPE legit_turns_total counter"
    assert 'legit_acts_total{act="refusal",names_rule="false",consulted="unknown"} 1' in lines
    assert counters.text().endswith("\n")


def test_runs_that_never_end_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("legit.integrations.live_langchain._MOST_RUNS", 50)
    handler = RefusalHandler(LiveRecorder())
    for number in range(500):
        metadata = {"thread_id": str(number), "ls_model_name": "m"}
        handler.on_chat_model_start({}, [], run_id=uuid4(), metadata=metadata)
        handler.on_tool_start({"name": CONSULT_TOOL}, "", run_id=uuid4(), parent_run_id=uuid4())
    for kept in (handler._parents, handler._threads, handler._models, handler._consulted):
        assert 0 < len(kept) <= 52
