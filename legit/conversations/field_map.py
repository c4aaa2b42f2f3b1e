"""A mapping file: which fields of a format of one's own mean what."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from legit._util.suggest import suggest
from legit.conversations.building import build
from legit.conversations.conversation import Conversation, Role, Turn
from legit.conversations.messages import call_of, sentences_in, tools_of
from legit.conversations.names import moment_of, role_named
from legit.errors import ConversationError, Problem


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _ConversationFields(_Section):
    turns: str = ""
    id: str = ""
    time: str = ""
    model: str = ""
    language: str = ""
    operator_prompt: str = ""
    tools: str = ""


class _TurnFields(_Section):
    role: str = ""
    text: str = ""
    id: str = ""
    time: str = ""
    name: str = ""
    calls: str = ""
    answers: str = ""
    finish_reason: str = ""
    kind: str = ""
    facts: str = ""
    question: str = ""
    answer: str = ""


class FieldMap(_Section):
    """Which fields mean what. A name is a path: `log.entries` is the field `entries` of the field `log`.

    `conversation.turns` names the list of turns; without it, a record is one turn, and `conversation.id` tells which
    conversation it belongs to; or a record is a question and an answer (`turn.question`, `turn.answer`). `roles` says
    which words stand for the user, the assistant, a tool, the system.
    """

    conversation: _ConversationFields = _ConversationFields()
    turn: _TurnFields = _TurnFields()
    roles: dict[str, list[str]] = {}

    def conversations(self, records: Iterable[Mapping[str, Any]]) -> Iterator[Conversation]:
        """The conversations of records. Raises ConversationError (V006, V007) for one in which a field is missing."""
        if self.conversation.turns or self.turn.question:
            for record in records:
                yield self._conversation(record, self._turns(record))
            return
        threads: dict[str, list[Mapping[str, Any]]] = {}
        for record in records:
            threads.setdefault(str(_found(record, self.conversation.id, "conversation.id")), []).append(record)
        for rows in threads.values():
            yield self._conversation(rows[0], [self._turn(row) for row in rows])

    def _turns(self, record: Mapping[str, Any]) -> list[Turn]:
        if self.turn.question:
            facts = _at(record, self.turn.facts)
            answer = Turn(
                role="assistant",
                text=_text(_found(record, self.turn.answer, "turn.answer")),
                kind=_text(_at(record, self.turn.kind)),
                id=_text(_at(record, self.turn.id)),
                descriptions=(sentences_in(facts),) if facts else (),
            )
            return [Turn(role="user", text=_text(_found(record, self.turn.question, "turn.question"))), answer]
        listed = _found(record, self.conversation.turns, "conversation.turns")
        if not isinstance(listed, list):
            raise ConversationError(Problem("V007", f"`{self.conversation.turns}` is no list of turns"))
        return [self._turn(item) for item in listed]

    def _turn(self, record: Any) -> Turn:
        if not isinstance(record, Mapping):
            raise ConversationError(Problem("V007", f"a turn is an object with fields, not `{type(record).__name__}`"))
        facts, calls = _at(record, self.turn.facts), _at(record, self.turn.calls)
        return Turn(
            role=self._role(_found(record, self.turn.role, "turn.role")),
            text=_text(_found(record, self.turn.text, "turn.text")),
            id=_text(_at(record, self.turn.id)),
            time=moment_of(_at(record, self.turn.time)),
            name=_text(_at(record, self.turn.name)),
            answers=_text(_at(record, self.turn.answers)),
            finish_reason=_text(_at(record, self.turn.finish_reason)),
            kind=_text(_at(record, self.turn.kind)),
            calls=tuple(call_of(call) for call in calls) if isinstance(calls, list) else (),
            descriptions=(sentences_in(facts),) if facts else (),
            extra=_rest(record, self.turn),
        )

    def _role(self, word: Any) -> Role:
        for role, words in self.roles.items():
            named = role_named(role)
            if named and str(word) in words:
                return named
        named = role_named(word)
        if named is None:
            known = sorted({str(item) for words in self.roles.values() for item in words})
            raise ConversationError(
                Problem(
                    "V007",
                    f"`{word}` is no known role",
                    help='say in [roles] who it is, such as assistant = ["bot"]',
                    nearest=suggest(str(word), known),
                )
            )
        return named

    def _conversation(self, record: Mapping[str, Any], turns: list[Turn]) -> Conversation:
        fields = self.conversation
        return build(
            turns,
            id=_text(_at(record, fields.id)),
            time=moment_of(_at(record, fields.time)),
            model=_text(_at(record, fields.model)),
            language=_text(_at(record, fields.language)),
            operator_prompt=_text(_at(record, fields.operator_prompt)),
            tools=tools_of(_at(record, fields.tools)),
            extra=_rest(record, fields),
        )


def load_field_map(path: Path) -> FieldMap:
    """Read a mapping file. Raises ConversationError (V005) when it is not valid: each mistake with its place."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConversationError(
            Problem("V005", f"the mapping file cannot be read: {error}", source=str(path))
        ) from None
    try:
        chosen = FieldMap.model_validate(data)
    except ValidationError as error:
        problems = []
        known = [*_ConversationFields.model_fields, *_TurnFields.model_fields, "conversation", "turn", "roles"]
        for item in error.errors():
            place = ".".join(str(part) for part in item["loc"])
            near = suggest(str(item["loc"][-1]), known)
            problems.append(Problem("V005", f"`{place}`: {item['msg'].lower()}", source=str(path), nearest=near))
        raise ConversationError(*problems) from None
    if not (chosen.conversation.turns or chosen.turn.question or chosen.conversation.id):
        raise ConversationError(
            Problem(
                "V005",
                "it says neither where the turns are nor which conversation a turn belongs to",
                source=str(path),
                help="set `turns` or `id` of [conversation], or `question` and `answer` of [turn]",
            )
        )
    return chosen


def _at(record: Any, path: str) -> Any:
    if not path:
        return None
    if isinstance(record, Mapping) and path in record:
        return record[path]
    for part in path.split("."):
        if isinstance(record, Mapping):
            record = record.get(part)
        elif isinstance(record, list) and part.isdigit() and int(part) < len(record):
            record = record[int(part)]
        else:
            return None
    return record


def _found(record: Any, path: str, meaning: str) -> Any:
    if not path:
        raise ConversationError(Problem("V006", f"the mapping file does not say which field is `{meaning}`"))
    value = _at(record, path)
    if value is None:
        fields = sorted(str(key) for key in record) if isinstance(record, Mapping) else []
        raise ConversationError(
            Problem(
                "V006",
                f"no field `{path}` ({meaning})",
                help=f"the fields found: {', '.join(fields[:30])}",
                nearest=suggest(path, fields),
            )
        )
    return value


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _rest(record: Mapping[str, Any], fields: BaseModel) -> dict[str, Any]:
    used = {str(value).partition(".")[0] for value in fields.model_dump().values() if value}
    return {str(key): value for key, value in record.items() if key not in used and value not in (None, "", [], {})}
