"""Spans of OpenTelemetry with the semantic conventions for generative AI: as the SDK prints them, and as OTLP in JSON.

Messages stand in the attributes `gen_ai.input.messages` and `gen_ai.output.messages`, in events (`gen_ai.user.message`,
`gen_ai.choice`, `gen_ai.client.inference.operation.details`), or in the indexed attributes of OpenLLMetry
(`gen_ai.prompt.0.content`).

    OpenTelemetry, Semantic conventions for generative AI: gen-ai-spans, gen-ai-events.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from legit.conversations.building import build, joined
from legit.conversations.conversation import Conversation, Tool, Turn
from legit.conversations.messages import tools_of, turns_of_message, turns_of_messages
from legit.conversations.names import filled, moment_of

_EVENT = re.compile(r"\Agen_ai\.(system|user|assistant|tool)\.message\Z")
_INDEXED = re.compile(r"\Agen_ai\.(prompt|completion)\.(\d+)\.(?:tool_calls\.(\d+)\.)?(\w+)\Z")
_USED = {"gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.tool.definitions"}


def is_otlp(record: Mapping[str, Any]) -> bool:
    """Whether a record is a batch of spans in OTLP's JSON."""
    return isinstance(record.get("resourceSpans") or record.get("resource_spans"), list)


def is_span(record: Mapping[str, Any]) -> bool:
    """Whether a record is a span as the SDK prints it."""
    context = record.get("context")
    return isinstance(context, Mapping) and "span_id" in context and "attributes" in record


def read_spans(records: Iterable[Mapping[str, Any]]) -> Iterator[Conversation]:
    """The conversations of spans: by `gen_ai.conversation.id`, or else by trace."""
    threads: dict[str, list[dict[str, Any]]] = {}
    of_trace: dict[str, str] = {}
    spans = [span for record in records for span in (_of_otlp(record) if is_otlp(record) else [_of_sdk(record)])]
    for span in spans:
        told = span["attributes"].get("gen_ai.conversation.id")
        if told:
            of_trace.setdefault(span["trace_id"], str(told))
    for span in spans:
        if any(key.startswith("gen_ai.") for key in span["attributes"]) or any(
            event["name"].startswith("gen_ai.") for event in span["events"]
        ):
            told = span["attributes"].get("gen_ai.conversation.id") or of_trace.get(span["trace_id"])
            threads.setdefault(str(told or span["trace_id"]), []).append(span)
    for thread, found in threads.items():
        found.sort(key=lambda span: span["time"])
        yield _conversation(thread, found)


def _of_sdk(record: Mapping[str, Any]) -> dict[str, Any]:
    context = record["context"]
    attributes = record.get("attributes")
    events = [
        {**event, "attributes": dict(event.get("attributes") or {})}
        for event in record.get("events") or []
        if isinstance(event, Mapping) and isinstance(event.get("name"), str)
    ]
    return {
        "name": record.get("name", ""),
        "trace_id": str(context.get("trace_id", "")),
        "span_id": str(context["span_id"]),
        "attributes": dict(attributes) if isinstance(attributes, Mapping) else {},
        "events": events,
        "time": moment_of(record.get("end_time")) or moment_of(record.get("start_time")),
        "rest": {
            key: record[key]
            for key in ("parent_id", "kind", "status", "links", "resource", "start_time", "end_time")
            if record.get(key)
        },
    }


def _of_otlp(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for resource in record.get("resourceSpans") or record.get("resource_spans") or []:
        about = _attributes((resource.get("resource") or {}).get("attributes"))
        for scope in resource.get("scopeSpans") or resource.get("scope_spans") or []:
            for span in scope.get("spans") or []:
                rest = {
                    key: value
                    for key, value in span.items()
                    if key not in ("attributes", "events", "traceId", "spanId", "name")
                }
                yield {
                    "name": span.get("name", ""),
                    "trace_id": str(span.get("traceId") or span.get("trace_id") or ""),
                    "span_id": str(span.get("spanId") or span.get("span_id") or ""),
                    "attributes": _attributes(span.get("attributes")),
                    "events": [
                        {
                            **event,
                            "name": str(event.get("name", "")),
                            "attributes": _attributes(event.get("attributes")),
                        }
                        for event in span.get("events") or []
                    ],
                    "time": moment_of(span.get("endTimeUnixNano")) or moment_of(span.get("startTimeUnixNano")),
                    "rest": {**rest, "resource": about} if about else rest,
                }


def _attributes(listed: Any) -> dict[str, Any]:
    return {
        str(item["key"]): _value(item.get("value"))
        for item in listed or []
        if isinstance(item, Mapping) and "key" in item
    }


def _value(value: Any) -> Any:
    """A value of OTLP, which names its type."""
    if not isinstance(value, Mapping):
        return value
    if "arrayValue" in value:
        return [_value(item) for item in (value["arrayValue"] or {}).get("values", [])]
    if "kvlistValue" in value:
        return _attributes((value["kvlistValue"] or {}).get("values"))
    if "intValue" in value:
        return int(value["intValue"])
    return next(iter(value.values()), None)


def _conversation(thread: str, spans: list[dict[str, Any]]) -> Conversation:
    turns: list[Turn] = []
    prompt = model = ""
    tools: tuple[Tool, ...] = ()
    kept = []
    for span in spans:
        attributes = span["attributes"]
        details = [
            event["attributes"]
            for event in span["events"]
            if event["name"] == "gen_ai.client.inference.operation.details"
        ]
        told: dict[str, Any] = {**attributes, **{key: value for detail in details for key, value in detail.items()}}
        instructions = _data(told.get("gen_ai.system_instructions"))
        if instructions and not prompt:
            said = turns_of_message({"role": "system", "content": instructions})
            prompt = said[0].text if said else ""
        tools = tools or tools_of(_data(told.get("gen_ai.tool.definitions")))
        model = model or str(told.get("gen_ai.response.model") or told.get("gen_ai.request.model") or "")
        turns = joined(turns, _turns_of_span(span, told))
        rest = {key: value for key, value in attributes.items() if key not in _USED and not _INDEXED.match(key)}
        kept.append(
            filled(
                {
                    "name": span["name"],
                    "trace_id": span["trace_id"],
                    "span_id": span["span_id"],
                    "attributes": rest,
                    **span["rest"],
                }
            )
        )
    time = next((span["time"] for span in spans if span["time"]), "")
    return build(turns, id=thread, operator_prompt=prompt, tools=tools, model=model, time=time, extra={"spans": kept})


def _turns_of_span(span: dict[str, Any], told: Mapping[str, Any]) -> list[Turn]:
    said = turns_of_messages(_list(told.get("gen_ai.input.messages")))
    answered = turns_of_messages(_list(told.get("gen_ai.output.messages")))
    for event in span["events"]:
        fields = {key: _data(value) for key, value in event["attributes"].items()}
        found = _EVENT.match(event["name"])
        if found:
            said += turns_of_message({**fields, "role": fields.get("role") or found.group(1)})
        elif event["name"] == "gen_ai.choice":
            inner = fields.get("message")
            message = (
                inner
                if isinstance(inner, Mapping)
                else {"content": inner if inner is not None else fields.get("content")}
            )
            answered += turns_of_message({"role": "assistant", "finish_reason": fields.get("finish_reason"), **message})
    if not said and not answered:
        said, answered = _indexed(told, "prompt"), _indexed(told, "completion")
    stamp = {"time": span["time"], "model": str(told.get("gen_ai.response.model") or "")}
    reasons = told.get("gen_ai.response.finish_reasons")
    if isinstance(reasons, list | tuple) and reasons:
        stamp["finish_reason"] = str(reasons[0])
    about = {"trace_id": span["trace_id"], "span_id": span["span_id"]}
    stamped = [
        turn.model_copy(
            update={key: getattr(turn, key) or value for key, value in stamp.items()}
            | {"extra": {**turn.extra, **about}}
        )
        for turn in answered
    ]
    return [*said, *stamped]


def _indexed(told: Mapping[str, Any], what: str) -> list[Turn]:
    """The messages of attributes such as `gen_ai.prompt.0.content`."""
    found: dict[int, dict[str, Any]] = {}
    calls: dict[int, dict[int, dict[str, Any]]] = {}
    for key, value in told.items():
        part = _INDEXED.match(key)
        if not part or part.group(1) != what:
            continue
        at = int(part.group(2))
        if part.group(3) is not None:
            calls.setdefault(at, {}).setdefault(int(part.group(3)), {})[part.group(4)] = value
        else:
            found.setdefault(at, {})[part.group(4)] = value
    default = "user" if what == "prompt" else "assistant"
    messages = []
    for at in sorted({*found, *calls}):
        message = {"role": default, **found.get(at, {})}
        if at in calls:
            message["tool_calls"] = [calls[at][number] for number in sorted(calls[at])]
        messages.append(message)
    return turns_of_messages(messages)


def _data(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in "{[":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _list(value: Any) -> list[Any]:
    found = _data(value)
    return found if isinstance(found, list) else [found] if isinstance(found, Mapping) else []
