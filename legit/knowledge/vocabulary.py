"""The vocabulary: types, their values and phrases, predicates and their sentence templates, and the frame words.

Read from `rules_kb/vocabulary/`; nothing in it is known to Python by name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.layers import Part, Parts, part_of, twice
from legit.knowledge.lexicon import MEASURES as MEASURES
from legit.knowledge.lexicon import SLOT, has_words, load_frame
from legit.knowledge.lexicon import Frame as Frame
from legit.knowledge.toml_files import nearest, read_toml, shape_problems
from legit.model.facts import SpeakerKind, Value

QUOTED = frozenset({"name", "text"})
"""Built-in slot types written in quotation marks. A `name` is numbered for the solver, a `text` never reaches it."""

BUILT_IN = MEASURES | QUOTED | {"date"}

IDENTIFIER = re.compile(r"(?!not\Z)[a-z][a-z0-9_]*\Z")
"""What may name something in a rule."""


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


class MoreValues(BaseModel):
    """Further values that an extension gives to an enumeration of the base that it extends."""

    model_config = ConfigDict(frozen=True, extra="forbid")

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
    changed_by: Literal["authority", "user", "others", "nobody"] = "nobody"
    change_cost: int = Field(default=1, ge=1)


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
    path: str = ""

    @property
    def arity(self) -> int:
        return len(self.args)

    def question(self) -> str:
        """The question that the predicate answers, its arguments named."""
        return f"{self.asked.fill(tuple(f'<{argument.name}>' for argument in self.args))}?"

    def sentence(self) -> str:
        """The sentence that affirms the predicate, its arguments named."""
        return self.affirmed[0].fill(tuple(f"<{argument.name}>" for argument in self.args))

    @property
    def detail_required(self) -> bool:
        return self.stated.detail == "required"

    @property
    def record_only(self) -> bool:
        """True when the fact is kept for people and never reaches the solver."""
        return self.stated.record_only


@dataclass(frozen=True)
class Vocabulary:
    """All types and predicates of a knowledge base, and the frame."""

    types: dict[str, EnumType]
    predicates: dict[str, Predicate]
    topics: dict[str, str]
    frame: Frame
    places: dict[tuple[str, str], str] = field(default_factory=dict, repr=False, compare=False)
    """Where each value stands, by type and value; the empty value is the type itself."""
    fitting: set[tuple[str, tuple[Value, ...]]] = field(default_factory=set, repr=False, compare=False)
    """Some of the atoms that were found to fit, so that they need not be looked at again."""

    @cached_property
    def rivals(self) -> dict[str, frozenset[str]]:
        """For predicates whose affirmed facts may exclude one another, or those of others: by what, itself included."""
        found: dict[str, set[str]] = defaultdict(set)
        for name, predicate in self.predicates.items():
            for other in (*predicate.stated.excludes, *((name,) if predicate.stated.single else ())):
                found[name].add(other)
                found[other].add(name)
        return {name: frozenset(others) for name, others in found.items()}

    @cached_property
    def demanding(self) -> frozenset[str]:
        """The predicates that demand a detail."""
        return frozenset(name for name, predicate in self.predicates.items() if predicate.detail_required)

    def may_clash(self, predicates: Iterable[str]) -> bool:
        """Whether rivals are among the predicates of different atoms: most cases hold none and need no closer look."""
        rivals = self.rivals
        seen: set[str] = set()
        for name in predicates:
            if name in rivals:
                if not rivals[name].isdisjoint(seen):
                    return True
                seen.add(name)
        return False

    def adds(self, place: str, value: str, others: Iterable[str]) -> bool:
        """Whether the folder in which `place` lies adds a value to a type that holds all of `others`."""
        known = set(others)
        return any(
            part_of(self.places.get((name, value), "")) == part_of(place) and known <= enum.values.keys()
            for name, enum in self.types.items()
        )

    def values(self, type_name: str) -> dict[str, EnumValue]:
        """The values of an enumeration by id; empty for built-in types."""
        found = self.types.get(type_name)
        return found.values if found else {}


def load_vocabulary(
    parts: Parts, extra_types: dict[str, EnumType], extra_places: dict[tuple[str, str], str]
) -> Vocabulary:
    """Read `vocabulary/` of all parts; `extra_types` are enumerations made from elsewhere, as the rights.

    Raises KnowledgeBaseError with every problem found: K101-K103 unreadable, K201 wrong shape, K202 unknown type,
    K203 a template that does not use its arguments, K204 a name used twice, K210 one that an extension takes.
    """
    first, *others = parts
    frame = load_frame(first.root / "vocabulary" / "frame.toml", f"{first.shown}/vocabulary/frame.toml")
    types = dict(extra_types)
    places = dict(extra_places)
    predicates: dict[str, Predicate] = {}
    topics: dict[str, tuple[str, str]] = {}
    problems = [
        twice("file", "frame.toml", place, f"{first.shown}/vocabulary/frame.toml")
        for part in others
        for _, place in part.files("vocabulary/frame.toml")
    ]
    for part in parts:
        for path, source in part.files("vocabulary/types.toml") if part is not first else [_types_file(first)]:
            problems += _read_types(read_toml(path, source), source, types, places, frame)
        for path, source in part.files("vocabulary/*.toml"):
            if path.name in {"frame.toml", "types.toml"}:
                continue
            tables = read_toml(path, source)
            topic, title = str(tables.pop("topic", path.stem)), tables.pop("title", None)
            known = topics.setdefault(topic, (str(title or topic), source))
            if title is not None and part_of(known[1]) != part.shown:
                problems.append(twice("title of topic", topic, source, known[1]))
            elif title is not None:
                topics[topic] = str(title), source
            for name, table in tables.items():
                problems += _read_predicate(name, table, topic, source, types, predicates, frame)
    if problems:
        raise KnowledgeBaseError(*problems)
    problems = [
        Problem("K205", f"predicate `{item.id}` excludes unknown `{other}`", source=item.path, nearest=near)
        for item in predicates.values()
        for other in item.stated.excludes
        if other not in predicates
        for near in [nearest(other, predicates)]
    ]
    if problems:
        raise KnowledgeBaseError(*problems)
    titles = {topic: title for topic, (title, _) in topics.items()}
    return Vocabulary(types, predicates, titles, frame, places)


def _types_file(part: Part) -> tuple[Path, str]:
    return part.root / "vocabulary" / "types.toml", f"{part.shown}/vocabulary/types.toml"


def _read_types(
    tables: dict[str, Any], source: str, types: dict[str, EnumType], places: dict[tuple[str, str], str], frame: Frame
) -> list[Problem]:
    """Add the types of one file to `types` and `places`; an extension may give further values to a type."""
    problems: list[Problem] = []
    for name, table in tables.items():
        known = types.get(name)
        there = places.get((name, ""), source)
        grows = known is not None and part_of(there) != part_of(source)
        if name in BUILT_IN or (known is not None and (not grows or name == "right")):
            problems.append(Problem("K204", f"type `{name}` is there already", source=source))
            continue
        model = MoreValues if grows else EnumType
        try:
            read = model.model_validate(table)
        except ValidationError as error:
            problems += shape_problems(error, model, source, name)
            continue
        problems += _bad_values(name, read.values, frame, source)
        taken = {value for value in read.values if known is not None and value in known.values}
        problems += [twice(f"{name} value", value, source, places[name, value]) for value in sorted(taken)]
        fresh = {value: item for value, item in read.values.items() if value not in taken}
        if isinstance(read, EnumType):
            types[name] = read
            places[name, ""] = source
        elif known is not None:
            types[name] = known.model_copy(update={"values": {**known.values, **fresh}})
        places.update({(name, value): source for value in fresh})
    return problems


def _read_predicate(
    name: str, table: Any, topic: str, source: str, types: dict[str, EnumType], predicates: dict[str, Predicate],
    frame: Frame,
) -> list[Problem]:  # fmt: skip
    """Add one predicate to `predicates`."""
    try:
        stated = PredicateFile.model_validate(table)
    except ValidationError as error:
        return shape_problems(error, PredicateFile, source, name)
    if name in predicates and part_of(predicates[name].path) != part_of(source):
        return [twice("predicate", name, source, predicates[name].path)]
    if name in predicates or not IDENTIFIER.match(name):
        return [Problem("K204", f"predicate `{name}` is named twice or not in snake case", source=source)]
    predicate, problems = _predicate(name, topic, stated, types, source, frame)
    if predicate:
        predicates[name] = predicate
    return problems


def _bad_values(name: str, values: dict[str, EnumValue], frame: Frame, source: str) -> list[Problem]:
    problems = []
    for what, word in (("type", name), *(("value", value) for value in values)):
        if not IDENTIFIER.match(word):
            problems.append(Problem("K204", f"{what} `{word[:40]}` of `{name}` is not in snake case", source=source))
    for value_id, value in values.items():
        if not all(has_words(text, frame) for text in (value.phrase, *value.also)):
            message = f"value `{value_id}` of `{name}` has a phrase without a word"
            problems.append(Problem("K201", message, source=source))
    return problems


def _predicate(
    name: str, topic: str, stated: PredicateFile, types: dict[str, EnumType], source: str, frame: Frame
) -> tuple[Predicate | None, list[Problem]]:
    problems = []
    args = []
    for spec in stated.args:
        type_name, _, label = spec.partition(":")
        if type_name not in types and type_name not in BUILT_IN:
            message = f"predicate `{name}` has an argument of unknown type `{type_name}`"
            near = nearest(type_name, {*types, *BUILT_IN})
            problems.append(Problem("K202", message, source=source, nearest=near))
        args.append(Argument(type_name, label or type_name))
    labels = [argument.name for argument in args]

    def template(text: str) -> Template:
        segments: list[str | int] = []
        last = 0
        body = text.rstrip(".?")
        used: list[str] = []
        if not stated.args and not has_words(body, frame):
            problems.append(Problem("K203", f"template `{text}` of `{name}` has no word of its own", source=source))
        for match in SLOT.finditer(body):
            if match.group(1) not in labels:
                message = f"template `{text}` of `{name}` has no argument `{match.group(1)}`"
                near = nearest(match.group(1), labels)
                problems.append(Problem("K203", message, source=source, nearest=near))
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
    predicate = Predicate(name, topic, tuple(args), affirmed, denied, asked, brief, stated, source)
    return (None if problems else predicate), problems
