"""Logs of agents: ATIF trajectories, transcripts of Claude Code, samples of Inspect."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from legit.conversations.building import build
from legit.conversations.conversation import Conversation, Turn
from legit.conversations.messages import call_of, tools_of, turns_of_message, turns_of_messages
from legit.conversations.names import filled, moment_of

_SPEAKERS = {"user": "user", "agent": "assistant", "system": "system", "environment": "tool"}
"""The sources of a step in ATIF, as roles."""


def is_atif(record: Mapping[str, Any]) -> bool:
    """Whether a record is a trajectory in the Agent Trajectory Interchange Format."""
    return isinstance(record.get("steps"), list) and (
        str(record.get("schema_version", "")).upper().startswith("ATIF") or "agent" in record
    )


def read_atif(record: Mapping[str, Any]) -> Conversation:
    """The conversation of a trajectory."""
    rest = dict(record)
    agent = dict(rest.pop("agent", None) or {})
    turns: list[Turn] = []
    for step in rest.pop("steps"):
        turns += _turns_of_step(dict(step))
    tools = tools_of(agent.pop("tool_definitions", None))
    model = str(agent.pop("model_name", "") or "")
    return build(
        turns, id=str(rest.pop("session_id", "") or ""), tools=tools, model=model, extra={**rest, "agent": agent}
    )


def _turns_of_step(step: dict[str, Any]) -> list[Turn]:
    observation = step.pop("observation", None)
    step_id, moment = step.pop("step_id", None), moment_of(step.get("timestamp"))
    if moment:
        del step["timestamp"]
    said = turns_of_message(
        {"role": _SPEAKERS.get(str(step.get("source")), "assistant"), "content": step.pop("message", "")}
    )
    first = said[0] if said else Turn(role="assistant")
    calls = tuple(call_of(call) for call in step.pop("tool_calls", None) or [])
    filled_in = {
        "id": str(step_id) if step_id is not None else "",
        "time": moment,
        "calls": calls,
        "model": str(step.pop("model_name", "") or ""),
        "reasoning": str(step.pop("reasoning_content", "") or ""),
    }
    step.pop("source", None)
    turns = [first.model_copy(update={**filled_in, "extra": {**first.extra, **filled(step)}})]
    results = observation.get("results") if isinstance(observation, Mapping) else None
    for result in results or []:
        answers = str(result.get("source_call_id") or "")
        content = result.get("content")
        text = content if isinstance(content, str) else ""
        extra = {
            key: value for key, value in result.items() if key not in ("source_call_id", "content" if text else "")
        }
        turns.append(Turn(role="tool", text=text, answers=answers, time=moment, extra=filled(extra)))
    return turns


def is_claude_code(record: Mapping[str, Any]) -> bool:
    """Whether a record is a line of a transcript of Claude Code."""
    return (
        "sessionId" in record and "type" in record and ("uuid" in record or "leafUuid" in record or "message" in record)
    )


def read_claude_code(records: Iterable[Mapping[str, Any]]) -> Iterator[Conversation]:
    """The conversations of transcripts, one a session; those of sub-agents stand by themselves."""
    sessions: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for record in records:
        side = str(record.get("agentId") or "side") if record.get("isSidechain") else ""
        sessions.setdefault((str(record.get("sessionId", "")), side), []).append(record)
    for (session, side), lines in sessions.items():
        turns: list[Turn] = []
        others = []
        for line in lines:
            message = line.get("message")
            if line.get("type") not in ("user", "assistant") or not isinstance(message, Mapping):
                others.append(dict(line))
                continue
            inner = dict(message)
            number = inner.pop("id", None)
            about = {
                key: value
                for key, value in line.items()
                if key not in ("message", "type", "uuid", "timestamp", "sessionId")
            }
            extra = filled({**about, "message_id": number})
            for turn in turns_of_message({"role": line["type"], **inner}):
                same = turns and number and turns[-1].extra.get("message_id") == number and turn.role == "assistant"
                if same:  # one message of the model is written in several lines, a part in each
                    turns[-1] = _joined_parts(turns[-1], turn)
                else:
                    more = {
                        "id": str(line.get("uuid") or ""),
                        "time": moment_of(line.get("timestamp")),
                        "extra": {**turn.extra, **extra},
                    }
                    turns.append(turn.model_copy(update=more))
        yield build(turns, id=f"{session}/{side}" if side else session, extra={"lines": others})


def _joined_parts(first: Turn, more: Turn) -> Turn:
    text = "\n".join(part for part in (first.text, more.text) if part)
    reasoning = "\n".join(part for part in (first.reasoning, more.reasoning) if part)
    parts = [*first.extra.get("parts", []), *more.extra.get("parts", [])]
    return first.model_copy(
        update={
            "text": text,
            "reasoning": reasoning,
            "calls": (*first.calls, *more.calls),
            "finish_reason": more.finish_reason or first.finish_reason,
            "extra": filled({**first.extra, "parts": parts}),
        }
    )


def is_inspect_sample(record: Mapping[str, Any]) -> bool:
    """Whether a record is a sample of a log of Inspect."""
    return isinstance(record.get("messages"), list) and "epoch" in record and "target" in record


def read_inspect_sample(record: Mapping[str, Any]) -> Conversation:
    """The conversation of a sample. Its events and its store, which repeat the messages, are left out."""
    rest = {
        key: value
        for key, value in record.items()
        if key not in ("events", "store", "attachments", "events_data", "timelines")
    }
    texts = record.get("attachments")
    messages = _with_attachments(rest.pop("messages"), texts) if texts else rest.pop("messages")
    output = rest.get("output")
    model = str(output.get("model") or "") if isinstance(output, Mapping) else ""
    name = f"{rest.get('id', '')}/{rest.get('epoch', 1)}"
    turns = turns_of_messages(messages)
    reason = output["choices"][0].get("stop_reason") if isinstance(output, Mapping) and output.get("choices") else None
    if reason and turns and turns[-1].role == "assistant":
        turns[-1] = turns[-1].model_copy(update={"finish_reason": turns[-1].finish_reason or str(reason)})
    return build(
        turns,
        id=str(rest.pop("uuid", "") or name),
        model=str(rest.pop("model", "") or model),
        time=moment_of(rest.get("started_at")),
        extra=rest,
    )


def _with_attachments(value: Any, texts: Mapping[str, str]) -> Any:
    """Messages in which a long text is a reference, with the texts in their places."""
    written = json.dumps(value)
    if "attachment://" not in written:
        return value
    if isinstance(value, str):
        return texts.get(value.removeprefix("attachment://"), value) if value.startswith("attachment://") else value
    if isinstance(value, Mapping):
        return {key: _with_attachments(item, texts) for key, item in value.items()}
    return [_with_attachments(item, texts) for item in value] if isinstance(value, list) else value
