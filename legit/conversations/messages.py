"""Messages of providers and frameworks as turns: OpenAI, Anthropic, Gemini, LangChain, Inspect, ShareGPT.

One reader takes them all: they differ in the names of the fields (`names.toml`), not in what there is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from legit.conversations.conversation import Tool, ToolCall, Turn
from legit.conversations.names import filled, names, part_kind, role_named, take, take_text, take_time

_TYPE_ONLY = {"message", "constructor", "messages"}


class NoMessageError(ValueError):
    """What stands where a message is expected is none; the text says what it is."""


def turns_of_messages(messages: Iterable[Any]) -> list[Turn]:
    """The turns of messages. Raises NoMessageError for something that is no message."""
    turns: list[Turn] = []
    for message in messages:
        turns += turns_of_message(message)
    return turns


def turns_of_message(message: Any) -> list[Turn]:
    """The turns of one message: one, and one more for each answer of a tool that it carries.

    Raises NoMessageError when it is no message.
    """
    if isinstance(message, Sequence) and not isinstance(message, str | bytes) and len(message) == 2:
        message = {"role": message[0], "content": message[1]}  # LangChain's short form
    if not isinstance(message, Mapping):
        raise NoMessageError(f"a message is an object, not `{type(message).__name__}`")
    record = _unwrapped(message)
    lone = _lone_part(record)
    if lone is not None:
        return lone
    role = None
    for name in names("message")["role"]:
        role = role_named(record.get(name))
        if role:
            record.pop(name)
            break
    if role is None:
        raise NoMessageError("a message without a known role")
    if record.get("type") in _TYPE_ONLY or role_named(record.get("type")) == role:
        record.pop("type", None)
    parts = _Parts()
    content = take(record, "message", "content")
    if content is not None:
        parts.add(content)
    parts.calls += [call_of(item) for item in _listed(take(record, "message", "calls"))]
    for key in ("additional_kwargs", "response_metadata"):
        _lift(record, key)
    if record.get("reasoning") is not None and isinstance(record["reasoning"], Mapping):
        record["reasoning_settings"] = record.pop("reasoning")
    turn = Turn(
        role=role,
        text="\n".join(parts.texts),
        refusal=take_text(record, "message", "refusal") or "\n".join(parts.refusals),
        reasoning=take_text(record, "message", "reasoning") or "\n".join(parts.reasoning),
        calls=tuple(_distinct(parts.calls)),
        id=take_text(record, "message", "id"),
        time=take_time(record),
        finish_reason=take_text(record, "message", "finish_reason"),
        model=take_text(record, "message", "model"),
        name=take_text(record, "message", "name"),
        answers=take_text(record, "message", "answers") if role == "tool" else "",
        failed=role == "tool" and (record.get("status") == "error" or bool(record.get("error"))),
        kind=take_text(record, "record", "kind"),
        descriptions=descriptions_of(record),
        extra=filled({**record, "parts": parts.others}),
    )
    said = turn.text or turn.calls or turn.refusal or turn.extra or turn.reasoning or not parts.results
    return [*parts.results, *([turn] if said else [])]


def descriptions_of(record: dict[str, Any]) -> tuple[tuple[str, ...], ...]:
    """The descriptions in sentences that a record carries: `facts` is one, `descriptions` several."""
    several = take(record, "record", "descriptions")
    one = take(record, "record", "facts")
    found = list(several) if isinstance(several, list | tuple) else []
    return tuple(sentences_in(item) for item in [*found, *([one] if one is not None else [])])


def sentences_in(value: object) -> tuple[str, ...]:
    """The sentences of a description: a list, a list as JSON text, or one sentence a line."""
    if isinstance(value, str):
        if value.lstrip().startswith("["):
            with suppress(ValueError):
                value = json.loads(value)
        if isinstance(value, str):
            value = value.splitlines()
    if not isinstance(value, Iterable) or isinstance(value, Mapping):
        return (str(value),)
    return tuple(str(item).strip() for item in value if str(item).strip())


def _unwrapped(message: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a message without the envelope of a serialisation (LangChain's `lc` and `data`, `message`)."""
    if isinstance(message.get("kwargs"), Mapping) and isinstance(message.get("id"), list) and message["id"]:
        return {"role": str(message["id"][-1]), **message["kwargs"]}
    if isinstance(message.get("data"), Mapping) and role_named(message.get("type")):
        return {"role": message["type"], **message["data"]}
    inner = message.get("message")
    if isinstance(inner, Mapping) and role_named(inner.get("role")):
        outer = {key: value for key, value in message.items() if key not in ("message", "type")}
        return {**outer, **inner}
    return dict(message)


def _lone_part(record: dict[str, Any]) -> list[Turn] | None:
    """The turn of an item of OpenAI's Responses that is a call, an answer of a tool or reasoning, without a role."""
    if "role" in record or part_kind(str(record.get("type", ""))) in ("", "text", "refusal"):
        return None
    parts = _Parts()
    parts.add([record])
    if parts.results:
        return parts.results
    return [
        Turn(
            role="assistant",
            calls=tuple(parts.calls),
            reasoning="\n".join(parts.reasoning),
            extra=filled({"parts": parts.others}),
        )
    ]


class _Parts:
    """The parts of a message, by what they are."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.refusals: list[str] = []
        self.reasoning: list[str] = []
        self.calls: list[ToolCall] = []
        self.results: list[Turn] = []
        self.others: list[Any] = []

    def add(self, content: Any) -> None:
        """Add the content of a message: a text, or a list of parts."""
        if isinstance(content, str):
            self.texts.append(content)
        elif isinstance(content, Mapping):
            self._add_part(dict(content))
        elif isinstance(content, list | tuple):
            for part in content:
                self.add(part)
        elif content is not None:
            self.others.append(content)

    def _add_part(self, part: dict[str, Any]) -> None:
        kind = part_kind(str(part.get("type", "")))
        inner = part.get("function_call") or part.get("functionCall")
        answer = part.get("function_response") or part.get("functionResponse")
        words = next((part[key] for key in ("text", "content") if isinstance(part.get(key), str)), None)
        if isinstance(inner, Mapping):
            self.calls.append(call_of(inner))
        elif isinstance(answer, Mapping):
            self.results.append(_result_of(dict(answer)))
        elif kind == "call":
            self.calls.append(call_of(part))
        elif kind == "result":
            self.results.append(_result_of(part))
        elif kind == "refusal":
            self.refusals.append(str(part.get("refusal") or words or ""))
        elif kind == "reasoning":
            self.reasoning += _reasoning_texts(part)
            rest = {key: part[key] for key in ("signature", "encrypted_content", "data", "id") if part.get(key)}
            if rest:
                self.others.append({"type": part.get("type"), **rest})
        elif (kind == "text" or "type" not in part) and words is not None:
            self.texts.append(words)
            rest = filled({key: value for key, value in part.items() if key not in ("type", "text", "content")})
            if rest:
                self.others.append({"type": "text", **rest})
        else:
            self.others.append(part)


def _reasoning_texts(part: Mapping[str, Any]) -> list[str]:
    found = [part[key] for key in ("thinking", "reasoning", "text", "content") if isinstance(part.get(key), str)]
    for key in ("summary", "content"):
        if isinstance(part.get(key), list):
            found += [str(item["text"]) for item in part[key] if isinstance(item, Mapping) and item.get("text")]
    return found


def call_of(record: Any) -> ToolCall:
    """A call of a tool, from the form of any provider."""
    if not isinstance(record, Mapping):
        return ToolCall(name=str(record))
    inner = record.get("function")
    source = {**record, **inner} if isinstance(inner, Mapping) else record
    name = source.get("name") or source.get("function_name") or (inner if isinstance(inner, str) else "") or ""
    arguments = next((source[key] for key in ("arguments", "args", "input") if source.get(key) is not None), None)
    # OpenAI's Responses name a call by `call_id`; its `id` is that of the item.
    call_id = record.get("call_id") or record.get("tool_call_id") or record.get("id") or ""
    return ToolCall(id=str(call_id), name=str(name), arguments=_data_in(arguments))


def _data_in(arguments: Any) -> Any:
    if isinstance(arguments, str):
        try:
            return json.loads(arguments)
        except ValueError:
            return arguments
    return arguments


def _result_of(part: dict[str, Any]) -> Turn:
    """The turn of a tool that answers a call."""
    inner = _Parts()
    for key in ("content", "output", "response", "result"):
        value = part.get(key)
        if value is not None:
            whole = json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, Mapping) else value
            inner.add(whole)
            break
    answers = part.get("tool_use_id") or part.get("call_id") or part.get("tool_call_id") or part.get("id") or ""
    return Turn(
        role="tool",
        text="\n".join(inner.texts),
        answers=str(answers),
        failed=bool(part.get("is_error")),
        name=str(part.get("name") or ""),
        extra=filled({"parts": inner.others}),
    )


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _lift(record: dict[str, Any], key: str) -> None:
    """Lift the fields that are known out of LangChain's nested metadata; the others stay in it."""
    nested = record.get(key)
    if not isinstance(nested, Mapping):
        return
    rest = dict(nested)
    for name in ("refusal", "finish_reason", "stop_reason", "model_name", "model"):
        if isinstance(rest.get(name), str) and name not in record:
            record[name] = rest.pop(name)
    rest.pop("tool_calls", None)  # the same calls as in the message, before they were parsed
    record[key] = rest


def _distinct(calls: Iterable[ToolCall]) -> list[ToolCall]:
    """The calls, each once: LangChain writes those of Anthropic into the content and beside it."""
    found: list[ToolCall] = []
    for call in calls:
        if not call.id or all(call.id != other.id for other in found):
            found.append(call)
    return found


def tools_of(value: Any) -> tuple[Tool, ...]:
    """The tools of a request, from the form of any provider."""
    found = []
    for item in _listed(value):
        if not isinstance(item, Mapping):
            found.append(Tool(name=str(item)))
            continue
        declared = item.get("functionDeclarations") or item.get("function_declarations")
        if isinstance(declared, list):
            found += tools_of(declared)
            continue
        inner = item.get("function")
        source = inner if isinstance(inner, Mapping) else item
        schema = next(
            (source[key] for key in ("parameters", "input_schema", "schema", "args_schema") if source.get(key)), None
        )
        found.append(
            Tool(
                name=str(source.get("name") or item.get("type") or ""),
                description=str(source.get("description") or ""),
                parameters=schema,
            )
        )
    return tuple(found)
