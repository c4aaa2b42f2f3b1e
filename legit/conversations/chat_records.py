"""Records of one conversation each: requests and responses of OpenAI and Anthropic, `messages`, ShareGPT, a question
and its answer; and rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from legit.conversations.building import build
from legit.conversations.conversation import Conversation, Turn
from legit.conversations.messages import descriptions_of, tools_of, turns_of_message, turns_of_messages
from legit.conversations.names import names, role_named, take, take_text, take_time


def is_chat(record: Mapping[str, Any]) -> bool:
    """Whether a record holds a list of messages, or is the response of a provider."""
    return _turns_field(record) is not None or _is_response(record) or _enveloped(record) is not None


def _turns_field(record: Mapping[str, Any]) -> str | None:
    for name in names("record")["turns"]:
        value = record.get(name)
        if isinstance(value, list) and value and all(isinstance(item, Mapping | list | tuple) for item in value):
            return name
    return None


def _is_response(record: Mapping[str, Any]) -> bool:
    """Whether it is a completion, a message or a response of a provider, or a single message."""
    choices, output, content = record.get("choices"), record.get("output"), record.get("content")
    if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) and "message" in choices[0]:
        return True
    if isinstance(output, list) and output and record.get("object") == "response":
        return True
    if isinstance(record.get("candidates"), list):
        return True
    return record.get("type") == "message" and role_named(record.get("role")) is not None and content is not None


def _enveloped(record: Mapping[str, Any]) -> str | None:
    """The field in which the request, or the body of a batch's response, stands."""
    for name in ("request", "body", "response", "params"):
        inner = record.get(name)
        if isinstance(inner, Mapping) and (is_chat(inner) or isinstance(inner.get("body"), Mapping)):
            return name
    return None


def read_chat(record: Mapping[str, Any]) -> Conversation:
    """The conversation of a record. Raises NoMessageError when it holds something else than messages."""
    rest = dict(record)
    turns: list[Turn] = []
    tools: tuple[Any, ...] = ()
    details: dict[str, str] = {}
    prompt = ""
    for layer in _layers(rest):
        name = _turns_field(layer)
        if name is not None and not (name == "output" and turns):
            turns += turns_of_messages(layer.pop(name))
        elif isinstance(layer.get("input"), str) and "output" in layer:
            turns.append(Turn(role="user", text=str(layer.pop("input"))))
        prompt = prompt or take_prompt(layer)
        tools = tools or tools_of(take(layer, "record", "tools"))
        details["id"] = details.get("id") or take_text(layer, "record", "id")
        details["time"] = details.get("time") or take_time(layer, "record")
        details["language"] = details.get("language") or take_text(layer, "record", "language")
        details["model"] = details.get("model") or take_text(layer, "record", "model")
        turns += _turns_of_response(layer)
    turns = labelled(turns, take_text(rest, "record", "kind"), descriptions_of(rest))
    return build(turns, operator_prompt=prompt, tools=tools, extra=rest, **details)


def take_prompt(record: dict[str, Any]) -> str:
    """The operator's prompt that stands beside the messages: a text, or parts."""
    for name in names("record")["operator_prompt"]:
        value = record.get(name)
        if isinstance(value, str) and value:
            return str(record.pop(name))
        if isinstance(value, Mapping | list) and value:
            said = turns_of_message(
                {"role": "system", "content": value.get("parts", value) if isinstance(value, Mapping) else value}
            )
            if said and said[0].text:
                record.pop(name)
                return said[0].text
    return ""


def _layers(rest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The record, with its request before and its response behind it, each taken out of it."""
    for name in ("request", "params", "body"):
        inner = rest.get(name)
        if isinstance(inner, Mapping) and (is_chat(inner) or isinstance(inner.get("input"), str)):
            rest[name] = dict(inner)
            yield rest[name]
    yield rest
    for name in ("response", "completion", "output", "outputs"):
        inner = rest.get(name)
        if isinstance(inner, Mapping) and isinstance(inner.get("body"), Mapping):
            rest[name] = dict(inner)
            rest[name]["body"] = dict(inner["body"])
            yield rest[name]["body"]
        elif isinstance(inner, Mapping) and (_is_response(inner) or role_named(inner.get("role"))):
            rest[name] = dict(inner)
            yield rest[name]


def _turns_of_response(layer: dict[str, Any]) -> list[Turn]:
    """The turns of a completion (OpenAI), a candidate (Gemini), the output of a response, or a message (Anthropic)."""
    for name in ("choices", "candidates"):
        choices = layer.get(name)
        if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
            first = dict(choices[0])
            message = first.pop("message", None) or first.pop("content", None)
            if isinstance(message, Mapping):
                reason = first.pop("finish_reason", None) or first.pop("finishReason", None)
                layer[name] = [first, *choices[1:]] if any(first.values()) or choices[1:] else None
                return turns_of_message({"role": "assistant", **message, "finish_reason": reason})
    output = layer.get("output")
    if isinstance(output, list) and output and all(isinstance(item, Mapping) for item in output):
        return turns_of_messages(layer.pop("output"))
    if role_named(layer.get("role")) and "content" in layer:
        taken = {
            key: layer.pop(key)
            for key in ("role", "content", "type", "stop_reason", "refusal", "tool_calls")
            if key in layer
        }
        return turns_of_message(taken)
    return []


def labelled(turns: list[Turn], kind: str, descriptions: tuple[tuple[str, ...], ...]) -> list[Turn]:
    """The turns, where what a record says of its last answer is said of it."""
    if not kind and not descriptions:
        return turns
    for at in range(len(turns) - 1, -1, -1):
        if turns[at].role == "assistant":
            given = {"kind": kind or turns[at].kind, "descriptions": descriptions or turns[at].descriptions}
            return [*turns[:at], turns[at].model_copy(update=given), *turns[at + 1 :]]
    return turns


def is_pair(record: Mapping[str, Any]) -> bool:
    """Whether a record is a question and its answer, as texts."""
    return any(isinstance(record.get(name), str) and record.get(name) for name in names("record")["answer"]) and any(
        isinstance(record.get(name), str) and record.get(name) for name in names("record")["question"]
    )


def read_pair(record: Mapping[str, Any]) -> Conversation:
    """The conversation of a question and its answer."""
    rest = dict(record)
    question = take_text(rest, "record", "question")
    answer = take_text(rest, "record", "answer")
    turns = [Turn(role="user", text=question), Turn(role="assistant", text=answer)]
    return build(
        labelled(turns, take_text(rest, "record", "kind"), descriptions_of(rest)),
        operator_prompt=take_prompt(rest),
        id=take_text(rest, "record", "id"),
        time=take_time(rest, "record"),
        language=take_text(rest, "record", "language"),
        model=take_text(rest, "record", "model"),
        tools=tools_of(take(rest, "record", "tools")),
        extra=rest,
    )


def is_message_row(record: Mapping[str, Any]) -> bool:
    """Whether a record is one message of a conversation that it names."""
    has_role = any(role_named(record.get(name)) for name in names("message")["role"] if name != "type")
    has_text = any(isinstance(record.get(name), str) for name in names("message")["content"])
    return has_role and has_text and bool(_thread(record))


def _thread(record: Mapping[str, Any]) -> str:
    found = (record.get(name) for name in names("record")["id"] if name not in ("id", "_id", "uuid", "request_id"))
    return next((str(value) for value in found if value not in (None, "")), "")


def read_message_rows(records: Iterable[Mapping[str, Any]]) -> Iterator[Conversation]:
    """The conversations of messages, one a row, in the order of the file."""
    threads: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        threads.setdefault(_thread(record), []).append(dict(record))
    for thread, rows in threads.items():
        turns: list[Turn] = []
        language = ""
        prompt = ""
        for row in rows:
            for name in names("record")["id"]:
                if str(row.get(name, "")) == thread:
                    del row[name]
                    break
            language = language or take_text(row, "record", "language")
            prompt = prompt or take_prompt(row)
            turns += turns_of_message(row)
        yield build(turns, id=thread, language=language, operator_prompt=prompt)
