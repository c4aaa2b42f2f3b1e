"""Traces: LangSmith's runs and Langfuse's observations. The calls of a model in a trace, and the traces of a thread,
are joined into one conversation: each call repeats what was said before."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from legit.conversations.building import build, joined
from legit.conversations.chat_records import labelled
from legit.conversations.conversation import Conversation, Tool, Turn
from legit.conversations.messages import descriptions_of, tools_of, turns_of_message, turns_of_messages
from legit.conversations.names import filled, moment_of, names, role_named

_THREAD = ("thread_id", "conversation_id", "session_id")
_MODEL = ("ls_model_name", "model", "model_name")


def is_langsmith(record: Mapping[str, Any]) -> bool:
    """Whether a record is a run of LangSmith."""
    return "run_type" in record and ("trace_id" in record or "dotted_order" in record or "inputs" in record)


def is_langfuse(record: Mapping[str, Any]) -> bool:
    """Whether a record is a trace or an observation of Langfuse."""
    if isinstance(record.get("observations"), list) and ("sessionId" in record or "input" in record):
        return True
    return record.get("type") in ("GENERATION", "SPAN", "EVENT", "AGENT", "TOOL", "CHAIN") and (
        "traceId" in record or "trace_id" in record
    )


def read_langsmith(records: Iterable[Mapping[str, Any]]) -> Iterator[Conversation]:
    """The conversations of runs."""
    traces: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        run = dict(record)
        for name in ("inputs", "outputs", "extra", "metadata", "tags", "events"):
            run[name] = _data(run.get(name))
        traces.setdefault(str(run.get("trace_id") or run.get("id")), []).append(run)
    threads: dict[str, list[list[dict[str, Any]]]] = {}
    for trace, runs in traces.items():
        runs.sort(key=lambda run: (str(run.get("dotted_order") or ""), str(run.get("start_time") or "")))
        threads.setdefault(_thread_of(runs) or trace, []).append(runs)
    for thread, found in threads.items():
        found.sort(key=lambda runs: str(runs[0].get("start_time") or ""))
        yield _conversation(thread, found)


def _thread_of(runs: Sequence[Mapping[str, Any]]) -> str:
    for run in runs:
        for metadata in (_metadata(run), run):
            found = next((metadata[name] for name in _THREAD if metadata.get(name)), None)
            if found and not (metadata is run and found == run.get("session_id")):  # a run's session is its project
                return str(found)
    return ""


def _metadata(run: Mapping[str, Any]) -> Mapping[str, Any]:
    extra = run.get("extra")
    inner = extra.get("metadata") if isinstance(extra, Mapping) else None
    own = run.get("metadata")
    return {**(own if isinstance(own, Mapping) else {}), **(inner if isinstance(inner, Mapping) else {})}


def _conversation(thread: str, traces: Sequence[Sequence[Mapping[str, Any]]]) -> Conversation:
    turns: list[Turn] = []
    tools: tuple[Tool, ...] = ()
    model = time = ""
    kept = []
    for runs in traces:
        spoken: list[Turn] = []
        for run in _speaking(runs):
            metadata, extra = _metadata(run), run.get("extra")
            spoken = joined(spoken, labelled(_turns_of_run(run), "", descriptions_of({**metadata, **run})))
            model = model or str(next((metadata[name] for name in _MODEL if metadata.get(name)), ""))
            settings = extra.get("invocation_params") if isinstance(extra, Mapping) else None
            if isinstance(settings, Mapping):
                tools = tools or tools_of(settings.get("tools"))
                model = model or str(settings.get("model") or settings.get("model_name") or "")
        turns = joined(turns, spoken)
        time = time or moment_of(runs[0].get("start_time"))
        kept += [filled({key: value for key, value in run.items() if key not in ("inputs", "outputs")}) for run in runs]
    return build(turns, id=thread, tools=tools, model=model, time=time, extra={"runs": kept})


def _speaking(runs: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The runs that say what was said: the calls of a model and the tools among them; without a call, the first run."""
    speaking = [run for run in runs if run.get("run_type") in ("llm", "chat_model") and _has_words(run)]
    if speaking:
        root = runs[0]
        yield from speaking
        if root not in speaking and _has_words(root):
            yield root  # what is said after the last call of a model: the answer of a tool, of a guard
    else:
        yield from (run for run in runs[:1] if _has_words(run))


def _has_words(run: Mapping[str, Any]) -> bool:
    return bool(run.get("inputs") or run.get("outputs"))


def _turns_of_run(run: Mapping[str, Any]) -> list[Turn]:
    said = said_in(run.get("inputs"), "user")
    answered = said_in(run.get("outputs"), "assistant")
    at = moment_of(run.get("end_time")) or moment_of(run.get("start_time"))
    stamped = [
        turn.model_copy(update={"time": turn.time or at}) if turn.role == "assistant" else turn for turn in answered
    ]
    return stamped if _repeats(said, answered) else [*said, *stamped]


def _repeats(said: Sequence[Turn], answered: Sequence[Turn]) -> bool:
    """Whether what a run gives back begins with what it got, or holds it: the state of an agent, not an answer."""
    given = {(turn.role, turn.text, turn.answers) for turn in answered}
    return bool(said) and all((turn.role, turn.text, turn.answers) in given for turn in said)


def said_in(value: Any, role: str) -> list[Turn]:
    """The turns in the inputs or outputs of a run, whatever the framework wrote: messages, generations, a completion,
    or a text, which is then said by `role`."""
    value = _data(value)
    if isinstance(value, str):
        return [turns_of_message({"role": role, "content": value})[0]] if value else []
    if isinstance(value, list):
        flat = value[0] if len(value) == 1 and isinstance(value[0], list) else value
        if all(_is_message(item) for item in flat):
            return turns_of_messages(flat)
        return [turn for item in flat for turn in said_in(item, role)]
    if not isinstance(value, Mapping):
        return []
    if _is_message(value):
        return turns_of_message(value)
    for name in (
        "messages",
        "generations",
        "choices",
        "message",
        "output",
        "outputs",
        "input",
        "inputs",
        "answer",
        "response",
        "question",
        "query",
        "prompt",
        "text",
        "content",
    ):
        if value.get(name):
            inner = value[name]
            return said_in(inner[:1] if name in ("generations", "choices") and isinstance(inner, list) else inner, role)
    return []


def _is_message(item: Any) -> bool:
    if not isinstance(item, Mapping):
        return False
    if isinstance(item.get("kwargs"), Mapping):
        return True
    return any(role_named(item.get(name)) for name in names("message")["role"]) and not {
        "generations",
        "message",
    } & set(item)


def _data(value: Any) -> Any:
    """JSON data, also where an export wrote it as a text."""
    if isinstance(value, str) and value[:1] in "{[":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def read_langfuse(records: Iterable[Mapping[str, Any]]) -> Iterator[Conversation]:
    """The conversations of traces with their observations, or of observations that name their trace."""
    traces: dict[str, dict[str, Any]] = {}
    for record in records:
        if isinstance(record.get("observations"), list):
            known = traces.setdefault(str(record.get("id")), {"observations": []})
            more = [item for item in record["observations"] if isinstance(item, Mapping)]
            known.update({**record, "observations": [*known["observations"], *more]})
        else:
            trace = str(record.get("traceId") or record.get("trace_id"))
            traces.setdefault(trace, {"id": trace, "observations": []})["observations"].append(record)
    threads: dict[str, list[dict[str, Any]]] = {}
    for whole in traces.values():
        session = whole.get("sessionId") or next(
            (item["sessionId"] for item in whole["observations"] if item.get("sessionId")), None
        )
        threads.setdefault(str(session or whole.get("id")), []).append(whole)
    for thread, found in threads.items():
        found.sort(key=lambda trace: str(trace.get("timestamp") or ""))
        yield _langfuse_conversation(thread, found)


def _langfuse_conversation(thread: str, traces: Sequence[Mapping[str, Any]]) -> Conversation:
    turns: list[Turn] = []
    tools: tuple[Tool, ...] = ()
    model = time = language = ""
    kept = []
    for trace in traces:
        observations = sorted(
            trace["observations"], key=lambda item: str(item.get("startTime") or item.get("start_time") or "")
        )
        spoken: list[Turn] = []
        for item in observations:
            if item.get("type") != "GENERATION":
                continue
            asked = _data(item.get("input"))
            tools = tools or (tools_of(asked.get("tools")) if isinstance(asked, Mapping) else ())
            run = {
                "inputs": asked,
                "outputs": item.get("output"),
                "start_time": item.get("startTime") or item.get("start_time"),
                "end_time": item.get("endTime") or item.get("end_time"),
            }
            told = _data(item.get("metadata"))
            given = descriptions_of({**(told if isinstance(told, Mapping) else {}), **item})
            spoken = joined(spoken, labelled(_turns_of_run(run), "", given))
            model = model or str(item.get("model") or "")
        if not spoken:
            spoken = _turns_of_run(
                {"inputs": trace.get("input"), "outputs": trace.get("output"), "start_time": trace.get("timestamp")}
            )
        turns = joined(turns, spoken)
        time = (
            time
            or moment_of(trace.get("timestamp"))
            or (moment_of(observations[0].get("startTime")) if observations else "")
        )
        metadata = _data(trace.get("metadata"))
        language = language or (str(metadata.get("language") or "") if isinstance(metadata, Mapping) else "")
        rest = {key: value for key, value in trace.items() if key not in ("input", "output", "observations")}
        parts = [
            filled({key: value for key, value in item.items() if key not in ("input", "output")})
            for item in observations
        ]
        kept.append(filled({**rest, "observations": parts}))
    return build(turns, id=thread, tools=tools, model=model, time=time, language=language, extra={"traces": kept})
