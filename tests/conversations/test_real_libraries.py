"""Files written by the real libraries are read back, and nothing in them is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from legit.conversations import Conversation, read_conversations
from tests.conversations.leaves import lost

REFUSAL = "I'm sorry, our policy does not allow that."


def read(path: Path, *records: Any) -> list[Conversation]:
    path.write_text("".join(json.dumps(record, default=str) + "\n" for record in records), encoding="utf-8")
    return list(read_conversations(path))


def test_a_request_and_a_completion_of_openai(tmp_path: Path) -> None:
    from openai.types.chat import ChatCompletion

    request = {
        "model": "gpt-x",
        "messages": [
            {"role": "developer", "content": "You serve Acme."},
            {"role": "user", "content": [{"type": "text", "text": "Refund me."}, {"type": "image_url", "image_url": {"url": "https://a.example/x.png"}}]},
            {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": '{"order": 7}'}}]},
            {"role": "tool", "tool_call_id": "c1", "content": "order 7: delivered"},
        ],
        "tools": [{"type": "function", "function": {"name": "look_up", "description": "Finds an order.", "parameters": {"type": "object", "properties": {"order": {"type": "integer"}}}}}],
    }  # fmt: skip
    completion = ChatCompletion.model_validate({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1764000000, "model": "gpt-x-2026",
        "choices": [{"index": 0, "finish_reason": "stop", "logprobs": None, "message": {"role": "assistant", "content": REFUSAL, "refusal": None}}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30},
    })  # fmt: skip
    record = {
        "request": request,
        "response": {"status_code": 200, "body": completion.model_dump(mode="json")},
        "custom_id": "r-1",
    }
    (conversation,) = read(tmp_path / "batch.jsonl", record)
    assert [turn.role for turn in conversation.turns] == ["user", "assistant", "tool", "assistant"]
    assert conversation.operator_prompt == "You serve Acme."
    assert conversation.turns[1].calls[0].arguments == {"order": 7}
    assert conversation.turns[-1].text == REFUSAL
    assert conversation.turns[-1].finish_reason == "stop"
    assert conversation.time == "2025-11-24T16:00:00+00:00"
    assert conversation.model == "gpt-x"
    assert conversation.tools[0].name == "look_up"
    assert lost(record, conversation, but=("1764000000", "chat.completion")) == set()


def test_a_completion_that_the_provider_marks_as_refused(tmp_path: Path) -> None:
    from openai.types.chat import ChatCompletionMessage

    message = ChatCompletionMessage(role="assistant", content=None, refusal="I can't help with that.")
    record = {"id": "x", "messages": [{"role": "user", "content": "Hi"}, message.model_dump()]}
    (conversation,) = read(tmp_path / "a.jsonl", record)
    assert conversation.turns[-1].refusal == "I can't help with that."
    assert lost(record, conversation) == set()


def test_a_response_of_openai(tmp_path: Path) -> None:
    from openai.types.responses import Response

    response = Response.model_validate({
        "id": "resp_1", "object": "response", "created_at": 1764000000, "model": "gpt-x", "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
        "instructions": "You serve Acme.", "error": None, "incomplete_details": None, "metadata": {}, "temperature": 1.0, "top_p": 1.0,
        "output": [
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "They want a refund."}]},
            {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "look_up", "arguments": '{"order": 7}', "status": "completed"},
            {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": REFUSAL, "annotations": []}]},
        ],
    })  # fmt: skip
    record = response.model_dump(mode="json", exclude_none=True)
    (conversation,) = read(tmp_path / "a.jsonl", {**record, "input": "Refund me."})
    assert conversation.turns[0].text == "Refund me."
    assert [turn.role for turn in conversation.turns] == ["user", "assistant", "assistant", "assistant"]
    assert conversation.operator_prompt == "You serve Acme."
    assert conversation.turns[-1].text == REFUSAL
    assert (
        lost(
            record,
            conversation,
            but=(
                "1764000000.0",
                "response",
                "function_call",
                "fc_1",
                "rs_1",
                "reasoning",
                "completed",
                "summary_text",
                "output_text",
            ),
        )
        == set()
    )


def test_a_conversation_and_a_message_of_anthropic(tmp_path: Path) -> None:
    from anthropic.types import Message

    message = Message.model_validate({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x", "stop_reason": "refusal", "stop_sequence": None,
        "content": [{"type": "text", "text": REFUSAL, "citations": None}, {"type": "tool_use", "id": "tu_2", "name": "close_account", "input": {"who": "u1"}}],
        "usage": {"input_tokens": 12, "output_tokens": 7},
    })  # fmt: skip
    record = {
        "system": [{"type": "text", "text": "You serve Acme."}],
        "messages": [
            {"role": "user", "content": "Refund me."},
            {"role": "assistant", "content": [{"type": "thinking", "thinking": "Look first.", "signature": "c2ln"}, {"type": "tool_use", "id": "tu_1", "name": "look_up", "input": {"order": 7}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "tu_1", "content": [{"type": "text", "text": "no order 7"}], "is_error": True}]},
        ],
        "tools": [{"name": "look_up", "description": "Finds an order.", "input_schema": {"type": "object"}}],
        "response": message.model_dump(mode="json"),
    }  # fmt: skip
    (conversation,) = read(tmp_path / "a.jsonl", record)
    assert [turn.role for turn in conversation.turns] == ["user", "assistant", "tool", "assistant"]
    assert conversation.turns[1].reasoning == "Look first."
    assert conversation.turns[2].failed
    assert conversation.turns[2].answers == "tu_1"
    assert conversation.turns[3].finish_reason == "refusal"
    assert conversation.turns[3].calls[0].name == "close_account"
    assert conversation.operator_prompt == "You serve Acme."
    assert lost(record, conversation, but=("thinking", "tool_use", "tool_result")) == set()


def langsmith_runs() -> list[dict[str, Any]]:
    from langchain_core.load import dumpd
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
    from langsmith.run_trees import RunTree

    def trace(said: list[Any], answer: Any, before: Any = None) -> list[dict[str, Any]]:
        root = RunTree(
            name="agent",
            run_type="chain",
            inputs={"messages": [dumpd(said[-1])]},
            extra={"metadata": {"thread_id": "thread-1"}},
        )
        calls = []
        prompt = [SystemMessage("You serve Acme."), *said]
        for reply in [*([before[0]] if before else []), answer]:
            call = root.create_child(
                "ChatX",
                run_type="llm",
                inputs={"messages": [[dumpd(item) for item in prompt]]},
                extra={"metadata": {"ls_model_name": "gpt-x"}, "invocation_params": {"tools": [{"name": "look_up"}]}},
            )
            call.end(outputs={"generations": [[{"text": str(reply.content), "message": dumpd(reply)}]]})
            calls.append(call)
            prompt = [*prompt, reply, *([before[1]] if before and reply is before[0] else [])]
        root.end(outputs={"messages": [dumpd(item) for item in prompt[1:]]})
        return [run._get_dicts_safe() for run in (root, *calls)]

    ask = HumanMessage("Refund me.", id="h1")
    look = AIMessage("", tool_calls=[{"name": "look_up", "args": {"order": 7}, "id": "c1"}], id="a1")
    found = ToolMessage("order 7: delivered", tool_call_id="c1")
    refused = AIMessage(REFUSAL, id="a2", response_metadata={"finish_reason": "stop"})
    again, yielded = HumanMessage("But it is broken.", id="h2"), AIMessage("Then I refund it.", id="a3")
    first = trace([ask], refused, (look, found))
    return [*first, *trace([ask, look, found, refused, again], yielded)]


def test_runs_of_langsmith(tmp_path: Path) -> None:
    runs = langsmith_runs()
    (conversation,) = read(tmp_path / "runs.jsonl", *runs)
    assert conversation.id == "thread-1"
    assert [turn.role for turn in conversation.turns] == ["user", "assistant", "tool", "assistant", "user", "assistant"]
    assert [turn.text for turn in conversation.turns if turn.text][-1] == "Then I refund it."
    assert conversation.operator_prompt == "You serve Acme."
    assert conversation.model == "gpt-x"
    assert conversation.tools[0].name == "look_up"
    assert conversation.turns[3].finish_reason == "stop"
    assert conversation.turns[3].time.startswith("20")
    but = (
        "constructor",
        "langchain",
        "schema",
        "messages",
        "SystemMessage",
        "HumanMessage",
        "AIMessage",
        "ToolMessage",
        "1",
    )
    assert lost(runs, conversation, but=but) == set()


def test_runs_of_langsmith_whose_fields_are_texts_in_any_order(tmp_path: Path) -> None:
    runs = [
        {**run, "inputs": json.dumps(run["inputs"]), "outputs": json.dumps(run["outputs"])}
        for run in reversed(langsmith_runs())
    ]
    (conversation,) = read(tmp_path / "runs.jsonl", *runs)
    assert len(conversation.turns) == 6


def test_spans_of_the_sdk_and_of_otlp(tmp_path: Path) -> None:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("t")
    said = [
        {"role": "user", "parts": [{"type": "text", "content": "Refund me."}]},
        {
            "role": "assistant",
            "parts": [{"type": "tool_call", "id": "c1", "name": "look_up", "arguments": {"order": 7}}],
        },
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "delivered"}]},
    ]
    answer = [{"role": "assistant", "parts": [{"type": "text", "content": REFUSAL}], "finish_reason": "stop"}]
    with tracer.start_as_current_span("invoke_agent"), tracer.start_as_current_span("chat gpt-x") as span:
        span.set_attributes({
            "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-x", "gen_ai.response.model": "gpt-x-1", "gen_ai.conversation.id": "conv-1",
            "gen_ai.system_instructions": json.dumps([{"type": "text", "content": "You serve Acme."}]), "gen_ai.response.finish_reasons": ["stop"],
            "gen_ai.input.messages": json.dumps(said), "gen_ai.output.messages": json.dumps(answer), "gen_ai.usage.input_tokens": 12,
            "gen_ai.tool.definitions": json.dumps([{"type": "function", "name": "look_up", "description": "Finds an order."}]),
        })  # fmt: skip
    spans = exporter.get_finished_spans()
    printed = tmp_path / "console.json"
    printed.write_text("\n".join(span.to_json() for span in spans), encoding="utf-8")
    (conversation,) = read_conversations(printed)
    assert conversation.id == "conv-1"
    assert [turn.role for turn in conversation.turns] == ["user", "assistant", "tool", "assistant"]
    assert conversation.operator_prompt == "You serve Acme."
    assert conversation.turns[-1].model == "gpt-x-1"
    assert conversation.tools[0].name == "look_up"
    chat = json.loads(spans[0].to_json())
    assert lost(chat, conversation, but=("tool_call_response", "gpt-x chat", "SpanKind.INTERNAL", "[]", "")) == set()

    def otlp(value: Any) -> dict[str, Any]:
        if isinstance(value, list | tuple):
            return {"arrayValue": {"values": [otlp(item) for item in value]}}
        return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}

    batch = {"resourceSpans": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}, "scopeSpans": [{"spans": [
        {"traceId": "0a", "spanId": "0b", "name": "chat", "startTimeUnixNano": "1764000000000000000", "endTimeUnixNano": "1764000001000000000",
         "attributes": [{"key": key, "value": otlp(value)} for key, value in (spans[0].attributes or {}).items()]}]}]}]}  # fmt: skip
    (same,) = read(tmp_path / "otlp.jsonl", batch)
    assert [(turn.role, turn.text, turn.calls) for turn in same.turns] == [
        (turn.role, turn.text, turn.calls) for turn in conversation.turns
    ]
    assert same.time == "2025-11-24T16:00:01+00:00"
    assert "shop" in json.dumps(same.extra)


def test_spans_with_messages_as_events_and_as_indexed_attributes(tmp_path: Path) -> None:
    base = {"context": {"trace_id": "0x1", "span_id": "0x2"}, "name": "chat", "start_time": "2026-01-01T00:00:00Z"}
    events = [
        {"name": "gen_ai.system.message", "attributes": {"content": "You serve Acme."}},
        {"name": "gen_ai.user.message", "attributes": {"content": "Refund me."}},
        {
            "name": "gen_ai.choice",
            "attributes": {
                "index": 0,
                "finish_reason": "stop",
                "message": json.dumps({"role": "assistant", "content": REFUSAL}),
            },
        },
    ]
    (by_event,) = read(
        tmp_path / "a.jsonl", {**base, "attributes": {"gen_ai.request.model": "gpt-x"}, "events": events}
    )
    indexed = {"gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "You serve Acme.", "gen_ai.prompt.1.role": "user",
               "gen_ai.prompt.1.content": "Refund me.", "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": REFUSAL,
               "gen_ai.completion.0.tool_calls.0.name": "log", "gen_ai.completion.0.tool_calls.0.arguments": '{"a": 1}'}  # fmt: skip
    (by_index,) = read(tmp_path / "b.jsonl", {**base, "attributes": indexed, "events": []})
    for conversation in (by_event, by_index):
        assert conversation.operator_prompt == "You serve Acme."
        assert [turn.text for turn in conversation.turns] == ["Refund me.", REFUSAL]
    assert by_index.turns[1].calls[0].arguments == {"a": 1}


@pytest.mark.parametrize("suffix", ["eval", "json"])
def test_a_log_of_inspect(tmp_path: Path, suffix: str) -> None:
    from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalSample, EvalSpec, write_eval_log
    from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageTool, ChatMessageUser, ModelOutput
    from inspect_ai.tool import ToolCall

    messages = [
        ChatMessageSystem(content="You serve Acme."), ChatMessageUser(content="Refund me."),
        ChatMessageAssistant(content="", tool_calls=[ToolCall(id="c1", function="look_up", arguments={"order": 7})]),
        ChatMessageTool(content="delivered", tool_call_id="c1", function="look_up"),
        ChatMessageAssistant(content=REFUSAL, model="mock/x"),
    ]  # fmt: skip
    sample = EvalSample(
        id="s1",
        epoch=1,
        input="Refund me.",
        target="refund",
        messages=messages,
        uuid="u-1",
        output=ModelOutput.from_content("mock/x", REFUSAL, stop_reason="content_filter"),
        metadata={"shop": "Acme"},
    )
    spec = EvalSpec(
        created="2026-01-01T00:00:00+00:00", task="shop", dataset=EvalDataset(), model="mock/x", config=EvalConfig()
    )
    path = tmp_path / f"log.{suffix}"
    write_eval_log(EvalLog(eval=spec, samples=[sample]), str(path))
    (conversation,) = read_conversations(path)
    assert conversation.id == "u-1"
    assert conversation.operator_prompt == "You serve Acme."
    assert [turn.role for turn in conversation.turns] == ["user", "assistant", "tool", "assistant"]
    assert conversation.turns[1].calls[0].name == "look_up"
    assert conversation.turns[-1].finish_reason == "content_filter"
    assert conversation.model == "mock/x"
    record = sample.model_dump(mode="json", exclude={"events", "store", "attachments"})
    assert lost(record, conversation, but=("generate",)) == set()
