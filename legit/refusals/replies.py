"""A reply in the form in which it is read, taken from the messages of providers and frameworks."""

from __future__ import annotations

import importlib.resources
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

_MAX_DEPTH = 8
_MAX_NODES = 2_000
_JSON_FENCE = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n?```\s*\Z", re.DOTALL)
_MAX_JSON = 200_000


@dataclass(frozen=True, slots=True)
class Reply:
    """What an assistant, a clerk or a system says in one turn.

    `text` is its words. `refusal` is what the provider marks as the words of a refusal; `finish_reason` why the
    provider ended it. `data` is a structured answer, or the answer of a tool, as plain JSON data.
    """

    text: str = ""
    refusal: str = ""
    finish_reason: str = ""
    data: Mapping[str, Any] | None = field(default=None, hash=False)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Provider(_Section):
    reason_fields: frozenset[str]
    refusing_reasons: frozenset[str]
    refusal_fields: frozenset[str]
    refusal_blocks: frozenset[str]
    inside: frozenset[str]


class _Structured(_Section):
    outcome_fields: frozenset[str]
    refusing_values: frozenset[str]
    enforcing_values: frozenset[str]
    refusing_if_true: frozenset[str]
    refusing_if_false: frozenset[str]
    text_fields: frozenset[str]
    rule_fields: frozenset[str]
    inside: frozenset[str]


class Signals(_Section):
    """The fields and values of `signals.toml`."""

    provider: _Provider
    structured: _Structured


@cache
def signals() -> Signals:
    """The signs of a refusal that are no sentences."""
    text = importlib.resources.files("legit.refusals").joinpath("signals.toml").read_text(encoding="utf-8")
    return Signals.model_validate(tomllib.loads(text))


def folded(value: object) -> str:
    """A name or a value in the form in which they are compared."""
    return re.sub(r"[\s.\-]+", "_", str(value).strip()).casefold()


def _reason(value: object) -> str:
    """A reason in the form in which reasons are compared; of a member of an enumeration, its value."""
    plain = getattr(value, "value", value)
    return folded(plain) if isinstance(plain, str) else ""


def reply_of(message: object) -> Reply:
    """The reply of a message.

    Taken are a text; a `Reply`; a message, completion or response of OpenAI, Anthropic, Gemini, Bedrock or LangChain,
    as an object or as JSON data; a structured answer as JSON data, also one that is written as the text.
    """
    if isinstance(message, Reply):
        return message
    if isinstance(message, str):
        return Reply(text=message, data=_written_data(message))
    data = _plain(message, 0)
    if isinstance(data, Mapping):
        return _reply_of_data(data)
    return Reply(text=str(message))


def _reply_of_data(data: Mapping[str, Any]) -> Reply:
    known = signals().provider
    texts: list[str] = []
    refusal = reason = ""
    for _, node in _nodes(data, known.inside):
        for key, value in node.items():
            name = folded(key)
            if name in known.refusal_fields and isinstance(value, str):
                refusal = refusal or value
            elif name in known.reason_fields and _reason(value) in known.refusing_reasons:
                reason = reason or _reason(value)
            elif name in ("text", "content") and isinstance(value, str):
                texts.append(value)
        if folded(node.get("type", "")) in known.refusal_blocks:
            refusal = refusal or str(node.get("refusal") or node.get("text") or node["type"])
    is_message = bool({"role", "content", "choices", "candidates", "stop_reason", "response_metadata"} & set(data))
    text = "\n".join(dict.fromkeys(texts))
    structured = _written_data(text) if is_message else data
    return Reply(text if is_message else "", refusal, reason, structured)


def _written_data(text: str) -> Mapping[str, Any] | None:
    """The JSON object that a text is, also between fences; None if it is none."""
    fenced = _JSON_FENCE.match(text) if "```" in text[:20] else None
    inner = fenced.group(1) if fenced else text
    inner = inner.strip()
    if not inner.startswith("{") or len(inner) > _MAX_JSON:
        return None
    try:
        data = json.loads(inner)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, Mapping) else None


def _plain(value: object, depth: int) -> object:
    """A message as plain data: mappings stay, objects give their fields."""
    if isinstance(value, Mapping) or value is None:
        return value
    dump = getattr(value, "model_dump", None)
    if callable(dump) and depth == 0:
        try:
            return dump()
        except Exception:
            return {key: item for key, item in vars(value).items() if not key.startswith("_")}
    return vars(value) if hasattr(value, "__dict__") else value


def _nodes(data: Mapping[str, Any], inside: frozenset[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects of a message, itself first, each with the field that it stands in."""
    waiting: list[tuple[str, object, int]] = [("", data, 0)]
    seen = 0
    while waiting and seen < _MAX_NODES:
        name, node, depth = waiting.pop(0)
        seen += 1
        if isinstance(node, Mapping):
            yield name, node
            if depth < _MAX_DEPTH:
                waiting += [
                    (str(key), _plain(value, depth), depth + 1) for key, value in node.items() if folded(key) in inside
                ]
        elif isinstance(node, Sequence) and not isinstance(node, str | bytes):
            waiting += [(name, _plain(item, depth), depth + 1) for item in node[:_MAX_NODES]]


@dataclass(frozen=True, slots=True)
class FieldSign:
    """What a field of a structured answer shows: `refuses`, `enforces`, `rule` or `text` (its words are to be read)."""

    kind: Literal["refuses", "enforces", "rule", "text"]
    field: str
    value: str


def structured_signs(data: Mapping[str, Any]) -> Iterator[FieldSign]:
    """What the fields of a structured answer show."""
    known = signals().structured
    for _, node in _objects(data, known.inside):
        for key, value in node.items():
            name, words = folded(key), folded(value) if isinstance(value, str | int | bool) else ""
            if value is True and name in known.refusing_if_true:
                yield FieldSign("refuses", str(key), "true")
            elif value is False and name in known.refusing_if_false:
                yield FieldSign("refuses", str(key), "false")
            elif name in known.outcome_fields and words in known.refusing_values:
                yield FieldSign("refuses", str(key), str(value))
            elif name in known.outcome_fields and words in known.enforcing_values:
                yield FieldSign("enforces", str(key), str(value))
            elif name in known.rule_fields and value and not isinstance(value, bool):
                yield FieldSign("rule", str(key), value if isinstance(value, str) else json.dumps(value, default=str))
            elif name in known.text_fields and isinstance(value, str):
                yield FieldSign("text", str(key), value)


def _objects(data: Mapping[str, Any], inside: frozenset[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects of a structured answer that tell its outcome. Lists are records, and are not entered."""
    waiting: list[tuple[str, Mapping[str, Any], int]] = [("", data, 0)]
    while waiting:
        name, node, depth = waiting.pop(0)
        yield name, node
        if depth < _MAX_DEPTH:
            waiting += [
                (str(key), value, depth + 1)
                for key, value in node.items()
                if folded(key) in inside and isinstance(value, Mapping)
            ]
