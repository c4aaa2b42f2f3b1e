"""The vocabulary: types, their values and phrases, predicates and their sentence templates, and the frame words.

Read from `rules_kb/vocabulary/`; nothing in it is known to Python by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from legit.errors import KnowledgeBaseError, Problem
from legit.facts import SpeakerKind, Value
from legit.knowledge.files import read_toml

MEASURES = frozenset({"years", "time", "count"})
"""Built-in slot types whose values are whole numbers, seen by the criteria in bands."""

QUOTED = frozenset({"name", "text"})
"""Built-in slot types written in quotation marks. A `name` is numbered for the solver, a `text` never reaches it."""

BUILT_IN = MEASURES | QUOTED | {"date"}

IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*\Z")
_SLOT = re.compile(r"\{([a-z_]+)\}")


class EnumValue(BaseModel):
    """One value of an enumeration: its phrase, other phrases that are understood, and fixed facts about it."""

    model_config = ConfigDict(frozen=True, extra="allow")

    phrase: str
    also: tuple[str, ...] = ()

    @property
    def attributes(self) -> dict[str, Any]:
        """Keys other than the phrases: what the knowledge base holds about this value."""
        return dict(self.model_extra or {})


class EnumType(BaseModel):
    """An enumeration, for example the kinds of authority."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    says: str
    values: dict[str, EnumValue]


class PredicateFile(BaseModel):
    """A predicate as its file states it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    args: tuple[str, ...] = ()
    says: str
    denies: str
    asks: str
    also: tuple[str, ...] = ()
    brief: str = ""
    detail: Literal["optional", "required"] = "optional"
    default: Literal["closed", "open"] = "closed"
    single: bool = False
    excludes: tuple[str, ...] = ()
    answers: str = ""
    known_by: SpeakerKind = SpeakerKind.USER
    agents: bool = True
    record_only: bool = False
    cost: int = Field(default=1, ge=0)


@dataclass(frozen=True, slots=True)
class Argument:
    """A typed argument of a predicate; `name` is how templates refer to it."""

    type: str
    name: str


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence template: fixed words (strings) and slots (indices of arguments), without the final stop."""

    segments: tuple[str | int, ...]

    def fill(self, phrases: tuple[str, ...]) -> str:
        """The sentence with the phrase of each argument in its slot, first letter in upper case."""
        text = "".join(part if isinstance(part, str) else phrases[part] for part in self.segments)
        return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class Predicate:
    """A predicate with its typed arguments and its templates."""

    id: str
    topic: str
    args: tuple[Argument, ...]
    affirmed: tuple[Template, ...]
    denied: Template
    asked: Template
    brief: Template | None
    stated: PredicateFile = field(repr=False)

    @property
    def arity(self) -> int:
        return len(self.args)

    def question(self) -> str:
        """The question that the predicate answers, its arguments named."""
        return f"{self.asked.fill(tuple(f'<{argument.name}>' for argument in self.args))}?"

    @property
    def detail_required(self) -> bool:
        return self.stated.detail == "required"

    @property
    def record_only(self) -> bool:
        """True when the fact is kept for people and never reaches the solver."""
        return self.stated.record_only


class Frame(BaseModel):
    """The words around the sentences: denial, unknown, opinions, speakers, numbers, units and bands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ignored: tuple[str, ...]
    phrases: dict[str, tuple[str, ...]]
    spelling: dict[str, str]
    contractions: dict[str, str]
    numbers: dict[str, int]
    units: dict[str, int]
    vague_times: dict[str, int]
    counts: dict[str, int]
    bands: dict[str, tuple[int, ...]]

    def band(self, measure: str, value: int) -> int:
        """The index of the band of `measure` (years, time or count) into which `value` falls.

        Hours for `time`; whole years for `years`; a number for `count`.
        """
        bounds = self.bands[measure]
        return next((index for index, bound in enumerate(bounds) if value <= bound), len(bounds))


@dataclass(frozen=True)
class Vocabulary:
    """All types and predicates of a knowledge base, and the frame."""

    types: dict[str, EnumType]
    predicates: dict[str, Predicate]
    topics: dict[str, str]
    frame: Frame
    fitting: set[tuple[str, tuple[Value, ...]]] = field(default_factory=set, repr=False, compare=False)
    """Some of the atoms that were found to fit, so that they need not be looked at again."""

    def values(self, type_name: str) -> dict[str, EnumValue]:
        """The values of an enumeration by id; empty for built-in types."""
        found = self.types.get(type_name)
        return found.values if found else {}


def load_vocabulary(folder: Path, shown: str, extra_types: dict[str, EnumType]) -> Vocabulary:
    """Read `folder` (a `vocabulary/` directory); `extra_types` are enumerations made from elsewhere, as the rights.

    Raises KnowledgeBaseError with every problem found: K101-K103 unreadable, K201 wrong shape, K202 unknown type,
    K203 a template that does not use its arguments, K204 a name used twice.
    """
    problems: list[Problem] = []
    frame = _frame(folder / "frame.toml", f"{shown}/frame.toml")
    types = dict(extra_types)
    for name, table in read_toml(folder / "types.toml", f"{shown}/types.toml").items():
        try:
            types[name] = EnumType.model_validate(table)
        except ValidationError as error:
            problems += _shape_problems(error, f"{shown}/types.toml", name)
    predicates: dict[str, Predicate] = {}
    topics: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")):
        if path.name in {"frame.toml", "types.toml"}:
            continue
        source = f"{shown}/{path.name}"
        tables = read_toml(path, source)
        topic = str(tables.pop("topic", path.stem))
        topics[topic] = str(tables.pop("title", topic))
        for name, table in tables.items():
            try:
                stated = PredicateFile.model_validate(table)
            except ValidationError as error:
                problems += _shape_problems(error, source, name)
                continue
            if name in predicates or not IDENTIFIER.match(name):
                problems.append(
                    Problem("K204", f"predicate `{name}` is named twice or not in snake case", source=source)
                )
                continue
            predicate, found = _predicate(name, topic, stated, types, source)
            problems += found
            if predicate:
                predicates[name] = predicate
    for predicate in predicates.values():
        for other in predicate.stated.excludes:
            if other not in predicates:
                problems.append(Problem("K205", f"predicate `{predicate.id}` excludes unknown `{other}`", source=shown))
    if problems:
        raise KnowledgeBaseError(*problems)
    return Vocabulary(types, predicates, topics, frame)


def _frame(path: Path, shown: str) -> Frame:
    try:
        return Frame.model_validate(read_toml(path, shown))
    except ValidationError as error:
        raise KnowledgeBaseError(*_shape_problems(error, shown, "frame")) from error


def _shape_problems(error: ValidationError, source: str, name: str) -> list[Problem]:
    return [
        Problem(
            "K201", f"`{name}`: {'.'.join(str(part) for part in item['loc'])}: {item['msg'].lower()}", source=source
        )
        for item in error.errors()
    ]


def _predicate(
    name: str, topic: str, stated: PredicateFile, types: dict[str, EnumType], source: str
) -> tuple[Predicate | None, list[Problem]]:
    problems = []
    args = []
    for spec in stated.args:
        type_name, _, label = spec.partition(":")
        if type_name not in types and type_name not in BUILT_IN:
            problems.append(
                Problem("K202", f"predicate `{name}` has an argument of unknown type `{type_name}`", source=source)
            )
        args.append(Argument(type_name, label or type_name))
    labels = [argument.name for argument in args]

    def template(text: str) -> Template:
        segments: list[str | int] = []
        last = 0
        body = text.rstrip(".?")
        used = []
        for match in _SLOT.finditer(body):
            if match.group(1) not in labels:
                problems.append(
                    Problem("K203", f"template `{text}` of `{name}` has no argument `{match.group(1)}`", source=source)
                )
                continue
            if match.start() > last:
                segments.append(body[last : match.start()])
            segments.append(labels.index(match.group(1)))
            used.append(match.group(1))
            last = match.end()
        if last < len(body):
            segments.append(body[last:])
        if sorted(used) != sorted(labels):
            problems.append(
                Problem("K203", f"template `{text}` of `{name}` does not use each argument once", source=source)
            )
        return Template(tuple(segments))

    affirmed = tuple(template(text) for text in (stated.says, *stated.also, *([stated.brief] if stated.brief else ())))
    brief = template(stated.brief) if stated.brief else None
    denied, asked = template(stated.denies), template(stated.asks)
    predicate = Predicate(name, topic, tuple(args), affirmed, denied, asked, brief, stated)
    return (None if problems else predicate), problems
