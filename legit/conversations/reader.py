"""Reads conversations: finds out which format a record has, and hands it to its reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from legit._util.suggest import suggest
from legit.conversations import agent_logs, chat_records, spans, traces
from legit.conversations.conversation import Conversation
from legit.conversations.field_map import FieldMap
from legit.conversations.messages import NoMessageError
from legit.conversations.sources import Record, records_of
from legit.errors import ConversationError, Problem

_SHOWN_FIELDS = 30
_LONE_HALF = re.compile("[\ud800-\udfff]")
_READ_ERRORS = (
    ConversationError, ValidationError, TypeError, KeyError, ValueError, AttributeError, IndexError, RecursionError,
)  # fmt: skip
"""What a record of another content than expected raises."""

OnProblem = Callable[[Problem], None]
"""What is told of a record that cannot be read."""


@dataclass(frozen=True)
class Format:
    """A format: how its records are known, and how they are read: one by one, or together."""

    name: str
    fits: Callable[[Mapping[str, Any]], bool]
    one: Callable[[Mapping[str, Any]], Conversation] | None = None
    together: Callable[[Iterable[Mapping[str, Any]]], Iterator[Conversation]] | None = None


FORMATS = (
    Format("otel", lambda record: spans.is_otlp(record) or spans.is_span(record), together=spans.read_spans),
    Format("langsmith", traces.is_langsmith, together=traces.read_langsmith),
    Format("langfuse", traces.is_langfuse, together=traces.read_langfuse),
    Format("claude-code", agent_logs.is_claude_code, together=agent_logs.read_claude_code),
    Format("atif", agent_logs.is_atif, one=agent_logs.read_atif),
    Format("inspect", agent_logs.is_inspect_sample, one=agent_logs.read_inspect_sample),
    Format("messages", chat_records.is_chat, one=chat_records.read_chat),
    Format("turns", chat_records.is_message_row, together=chat_records.read_message_rows),
    Format("pairs", chat_records.is_pair, one=chat_records.read_pair),
)
"""The formats, the more particular ones first."""


def format_names() -> tuple[str, ...]:
    """The names of the formats that are known."""
    return tuple(item.name for item in FORMATS)


def read_conversations(
    path: str | Path,
    *,
    format: str | None = None,  # noqa: A002 - the name of the option
    field_map: FieldMap | None = None,
    on_problem: OnProblem | None = None,
) -> Iterator[Conversation]:
    """The conversations of a file, of the files of a folder, or of standard input (`-`), one after the other.

    The format of each record is found by its fields; `format` names it instead, and `field_map` reads a format of
    one's own. Records that are read one by one need no memory; traces, spans and rows of turns are collected by file.
    Each record that cannot be read is given to `on_problem`; without it the first one is raised.

    Raises ConversationError (V001 no file; V002 no known format, with the fields found; V003 another content than
    expected; V004 no JSON; V006, V007 a field that `field_map` names is missing, or has another content; V008 no such
    format).
    """
    yield from read_records(records_of(path), format=format, field_map=field_map, on_problem=on_problem)


def read_records(
    records: Iterable[Record | Problem | Mapping[str, Any]],
    *,
    format: str | None = None,  # noqa: A002 - the name of the option
    field_map: FieldMap | None = None,
    on_problem: OnProblem | None = None,
) -> Iterator[Conversation]:
    """As `read_conversations`, of records that are in memory already: objects of JSON."""
    tell = on_problem or _raise
    chosen = _named(format) if format else None
    waiting: dict[str, list[Record]] = {}
    source = ""
    for number, item in enumerate(records, start=1):
        if isinstance(item, Problem):
            tell(item)
            continue
        record = item if isinstance(item, Record) else Record(dict(item), "", number)
        if record.source != source:
            yield from _together(waiting, field_map, tell)
            source = record.source
        if field_map is not None:
            waiting.setdefault("", []).append(record)
            if field_map.conversation.turns or field_map.turn.question:
                yield from _together(waiting, field_map, tell)
            continue
        found = chosen or next((form for form in FORMATS if form.fits(record.data)), None)
        if found is None:
            tell(_unknown(record))
        elif found.together is not None:
            waiting.setdefault(found.name, []).append(record)
        elif found.one is not None:
            one = found.one
            yield from _guarded(found.name, lambda: [one(record.data)], record, tell)  # noqa: B023 - called at once
    yield from _together(waiting, field_map, tell)


def _raise(problem: Problem) -> None:
    raise ConversationError(problem)


def _named(name: str) -> Format:
    for form in FORMATS:
        if form.name == name:
            return form
    raise ConversationError(
        Problem(
            "V008",
            f"no format `{name}`",
            help=f"formats: {', '.join(format_names())}",
            nearest=suggest(name, format_names()),
        )
    )


def _guarded(
    name: str, read: Callable[[], Iterable[Conversation]], record: Record, tell: OnProblem
) -> list[Conversation]:
    """The conversations of a record; none, and its problems told, where it cannot be read."""
    try:
        return [_placed(conversation, record, name) for conversation in read()]
    except ConversationError as error:
        for problem in error.problems:
            tell(_at(problem, record))
    except NoMessageError as error:
        tell(Problem("V003", str(error), record.line, 1, record.source, help=_help(record.data)))
    except _READ_ERRORS as error:
        what = f"a record of the format `{name}` with another content than expected ({type(error).__name__})"
        tell(Problem("V003", what, record.line, 1, record.source, help=_help(record.data)))
    return []


def _together(waiting: dict[str, list[Record]], field_map: FieldMap | None, tell: OnProblem) -> Iterator[Conversation]:
    """The conversations of the records that were collected, without the records that cannot be read."""
    for name, records in waiting.items():
        read = field_map.conversations if field_map is not None else _named(name).together
        if read is None:
            continue
        name = name or "map"
        try:
            yield from _joined(name, read, records)
        except _READ_ERRORS:
            alone = [_guarded(name, partial(read, [record.data]), record, tell) for record in records]
            good = [record for record, found in zip(records, alone, strict=True) if found]
            try:
                yield from _joined(name, read, good)
            except _READ_ERRORS:  # each can be read, and not all together
                yield from (conversation for found in alone for conversation in found)
    waiting.clear()


def _joined(
    name: str, read: Callable[[Iterable[Mapping[str, Any]]], Iterator[Conversation]], records: Sequence[Record]
) -> list[Conversation]:
    return [_placed(conversation, records[0], name) for conversation in read([record.data for record in records])]


def _placed(conversation: Conversation, record: Record, name: str) -> Conversation:
    made = f"{Path(record.source).stem or 'conversation'}:{record.line}"
    told = {"format": name, "source": record.source, "line": record.line, "id": conversation.id or made}
    whole: Conversation = _whole(conversation.model_copy(update=told))
    return whole


def _whole(value: Any) -> Any:
    """A value with U+FFFD for each half of a surrogate pair: exports cut texts in the midst of a pair, and what holds
    one half can be written nowhere."""
    if isinstance(value, str):
        return value if value.isascii() else _LONE_HALF.sub("\ufffd", value)
    if isinstance(value, BaseModel):
        return value.model_copy(update={key: _whole(item) for key, item in value if item})
    if isinstance(value, Mapping):
        return {_whole(key): _whole(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_whole, value)) if value else value
    return value


def _at(problem: Problem, record: Record) -> Problem:
    return Problem(problem.code, problem.message, record.line, 1, record.source, problem.help, problem.nearest)


def _unknown(record: Record) -> Problem:
    return Problem(
        "V002",
        "no known format of conversations",
        record.line,
        1,
        record.source,
        f"{_help(record.data)}; say what they mean in a mapping file (`--map`), see docs/review.md",
    )


def _help(data: Mapping[str, Any]) -> str:
    """The fields that a record has, those of its objects included."""
    found = []
    for key, value in data.items():
        inner = value[0] if isinstance(value, list) and value else value
        if isinstance(inner, Mapping):
            found += [f"{key}.{name}" for name in inner]
        else:
            found.append(str(key))
    shown = ", ".join(found[:_SHOWN_FIELDS]) + (", …" if len(found) > _SHOWN_FIELDS else "")
    return f"the fields found: {shown or 'none'}"
