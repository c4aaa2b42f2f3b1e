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
from legit.knowledge.layers import Layer, Layers, duplicate_problem, layer_of
from legit.knowledge.lexicon import MEASURES as MEASURES
from legit.knowledge.lexicon import SLOT_PATTERN, has_content_words, load_lexicon
from legit.knowledge.lexicon import Lexicon as Lexicon
from legit.knowledge.toml_files import read_toml, suggest, validation_problems
from legit.model.facts import SpeakerKind, Value

QUOTED_TYPES = frozenset({"name", "text"})
"""Built-in slot types written in quotation marks. A `name` is numbered for the solver, a `text` never reaches it."""

BUILT_IN_TYPES = MEASURES | QUOTED_TYPES | {"date"}

IDENTIFIER = re.compile(r"(?!not\Z)[a-z][a-z0-9_]*\Z")
"""What may name something in a rule."""


class EnumValue(BaseModel):
    """One value of an enumeration: its phrase, other phrases that are understood, and fixed facts about it."""

    model_config = ConfigDict(frozen=True, extra="allow")

    phrase: str
    synonyms: tuple[str, ...] = ()

    @property
    def attributes(self) -> dict[str, Any]:
        """Keys other than the phrases: what the knowledge base holds about this value."""
        return dict(self.model_extra or {})


class EnumType(BaseModel):
    """An enumeration, for example the kinds of authority."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: str
    values: dict[str, EnumValue]


class ExtraValues(BaseModel):
    """Further values that an extension gives to an enumeration of the base that it extends."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    values: dict[str, EnumValue]


class PredicateSpec(BaseModel):
    """A predicate as its file states it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    args: tuple[str, ...] = ()
    affirm: str
    deny: str
    ask: str
    synonyms: tuple[str, ...] = ()
    prompt_form: str = ""
    detail: Literal["optional", "required"] = "optional"
    world_assumption: Literal["closed", "open"] = "closed"
    functional: bool = False
    excludes: tuple[str, ...] = ()
    answers_topic: str = ""
    answerable_by: SpeakerKind = SpeakerKind.USER
    in_prompt: bool = True
    informational: bool = False
    asking_cost: int = Field(default=1, ge=0)
    changeable_by: Literal["authority", "user", "others", "nobody"] = "nobody"
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

    def format(self, phrases: tuple[str, ...]) -> str:
        """The sentence with the phrase of each argument in its slot, first letter in upper case."""
        text = "".join(part if isinstance(part, str) else phrases[part] for part in self.segments)
        return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class Predicate:
    """A predicate with its typed arguments and its templates."""

    id: str
    topic: str
    args: tuple[Argument, ...]
    affirmative_forms: tuple[Template, ...]
    denial_form: Template
    question_form: Template
    prompt_form: Template | None
    spec: PredicateSpec = field(repr=False)
    path: str = ""

    @property
    def arity(self) -> int:
        return len(self.args)

    def placeholder_question(self) -> str:
        """The question that the predicate answers, its arguments named."""
        return f"{self.question_form.format(tuple(f'<{argument.name}>' for argument in self.args))}?"

    def placeholder_sentence(self) -> str:
        """The sentence that affirms the predicate, its arguments named."""
        return self.affirmative_forms[0].format(tuple(f"<{argument.name}>" for argument in self.args))

    @property
    def detail_required(self) -> bool:
        return self.spec.detail == "required"

    @property
    def informational(self) -> bool:
        """True when the fact is kept for people and never reaches the solver."""
        return self.spec.informational


@dataclass(frozen=True)
class Vocabulary:
    """All types and predicates of a knowledge base, and the frame."""

    types: dict[str, EnumType]
    predicates: dict[str, Predicate]
    topics: dict[str, str]
    lexicon: Lexicon
    defined_at: dict[tuple[str, str], str] = field(default_factory=dict, repr=False, compare=False)
    """Where each value stands, by type and value; the empty value is the type itself."""
    valid_atom_cache: set[tuple[str, tuple[Value, ...]]] = field(default_factory=set, repr=False, compare=False)
    """Some of the atoms that were found to fit, so that they need not be looked at again."""

    @cached_property
    def exclusive_predicates(self) -> dict[str, frozenset[str]]:
        """For predicates whose affirmed facts may exclude one another, or those of others: by what, itself included."""
        found: dict[str, set[str]] = defaultdict(set)
        for name, predicate in self.predicates.items():
            for other in (*predicate.spec.excludes, *((name,) if predicate.spec.functional else ())):
                found[name].add(other)
                found[other].add(name)
        return {name: frozenset(others) for name, others in found.items()}

    @cached_property
    def detail_required_predicates(self) -> frozenset[str]:
        """The predicates that demand a detail."""
        return frozenset(name for name, predicate in self.predicates.items() if predicate.detail_required)

    def may_conflict(self, predicates: Iterable[str]) -> bool:
        """Whether rivals are among the predicates of different atoms: most cases hold none and need no closer look."""
        rivals = self.exclusive_predicates
        seen: set[str] = set()
        for name in predicates:
            if name in rivals:
                if not rivals[name].isdisjoint(seen):
                    return True
                seen.add(name)
        return False

    def extended_by(self, display_path: str, value: str, others: Iterable[str]) -> bool:
        """Whether the folder in which `place` lies adds a value to a type that holds all of `others`."""
        known = set(others)
        return any(
            layer_of(self.defined_at.get((name, value), "")) == layer_of(display_path) and known <= enum.values.keys()
            for name, enum in self.types.items()
        )

    def values(self, type_name: str) -> dict[str, EnumValue]:
        """The values of an enumeration by id; empty for built-in types."""
        found = self.types.get(type_name)
        return found.values if found else {}


def load_vocabulary(
    layers: Layers, extra_types: dict[str, EnumType], extra_defined_at: dict[tuple[str, str], str]
) -> Vocabulary:
    """Read `vocabulary/` of all parts; `extra_types` are enumerations made from elsewhere, as the rights.

    Raises KnowledgeBaseError with every problem found: K101-K103 unreadable, K201 wrong shape, K202 unknown type,
    K203 a template that does not use its arguments, K204 a name used twice, K210 one that an extension takes.
    """
    first, *others = layers
    frame = load_lexicon(first.root / "vocabulary" / "frame.toml", f"{first.display_name}/vocabulary/frame.toml")
    types = dict(extra_types)
    places = dict(extra_defined_at)
    predicates: dict[str, Predicate] = {}
    topics: dict[str, tuple[str, str]] = {}
    problems = [
        duplicate_problem("file", "frame.toml", place, f"{first.display_name}/vocabulary/frame.toml")
        for part in others
        for _, place in part.files("vocabulary/frame.toml")
    ]
    for part in layers:
        for path, source in part.files("vocabulary/types.toml") if part is not first else [_types_file(first)]:
            problems += _read_types(read_toml(path, source), source, types, places, frame)
        for path, source in part.files("vocabulary/*.toml"):
            if path.name in {"frame.toml", "types.toml"}:
                continue
            tables = read_toml(path, source)
            topic, title = str(tables.pop("topic", path.stem)), tables.pop("title", None)
            known = topics.setdefault(topic, (str(title or topic), source))
            if title is not None and layer_of(known[1]) != part.display_name:
                problems.append(duplicate_problem("title of topic", topic, source, known[1]))
            elif title is not None:
                topics[topic] = str(title), source
            for name, table in tables.items():
                problems += _read_predicate(name, table, topic, source, types, predicates, frame)
    if problems:
        raise KnowledgeBaseError(*problems)
    problems = [
        Problem("K205", f"predicate `{item.id}` excludes unknown `{other}`", source=item.path, nearest=near)
        for item in predicates.values()
        for other in item.spec.excludes
        if other not in predicates
        for near in [suggest(other, predicates)]
    ]
    if problems:
        raise KnowledgeBaseError(*problems)
    titles = {topic: title for topic, (title, _) in topics.items()}
    return Vocabulary(types, predicates, titles, frame, places)


def _types_file(layer: Layer) -> tuple[Path, str]:
    return layer.root / "vocabulary" / "types.toml", f"{layer.display_name}/vocabulary/types.toml"


def _read_types(
    tables: dict[str, Any],
    source: str,
    types: dict[str, EnumType],
    defined_at: dict[tuple[str, str], str],
    lexicon: Lexicon,
) -> list[Problem]:
    """Add the types of one file to `types` and `places`; an extension may give further values to a type."""
    problems: list[Problem] = []
    for name, table in tables.items():
        known = types.get(name)
        there = defined_at.get((name, ""), source)
        grows = known is not None and layer_of(there) != layer_of(source)
        if name in BUILT_IN_TYPES or (known is not None and (not grows or name == "right")):
            problems.append(Problem("K204", f"type `{name}` is there already", source=source))
            continue
        model = ExtraValues if grows else EnumType
        try:
            read = model.model_validate(table)
        except ValidationError as error:
            problems += validation_problems(error, model, source, name)
            continue
        problems += _check_values(name, read.values, lexicon, source)
        taken = {value for value in read.values if known is not None and value in known.values}
        problems += [
            duplicate_problem(f"{name} value", value, source, defined_at[name, value]) for value in sorted(taken)
        ]
        fresh = {value: item for value, item in read.values.items() if value not in taken}
        if isinstance(read, EnumType):
            types[name] = read
            defined_at[name, ""] = source
        elif known is not None:
            types[name] = known.model_copy(update={"values": {**known.values, **fresh}})
        defined_at.update({(name, value): source for value in fresh})
    return problems


def _read_predicate(
    name: str, table: Any, topic: str, source: str, types: dict[str, EnumType], predicates: dict[str, Predicate],
    lexicon: Lexicon,
) -> list[Problem]:  # fmt: skip
    """Add one predicate to `predicates`."""
    try:
        stated = PredicateSpec.model_validate(table)
    except ValidationError as error:
        return validation_problems(error, PredicateSpec, source, name)
    if name in predicates and layer_of(predicates[name].path) != layer_of(source):
        return [duplicate_problem("predicate", name, source, predicates[name].path)]
    if name in predicates or not IDENTIFIER.match(name):
        return [Problem("K204", f"predicate `{name}` is named twice or not in snake case", source=source)]
    predicate, problems = _build_predicate(name, topic, stated, types, source, lexicon)
    if predicate:
        predicates[name] = predicate
    return problems


def _check_values(name: str, values: dict[str, EnumValue], lexicon: Lexicon, source: str) -> list[Problem]:
    problems = []
    for what, word in (("type", name), *(("value", value) for value in values)):
        if not IDENTIFIER.match(word):
            problems.append(Problem("K204", f"{what} `{word[:40]}` of `{name}` is not in snake case", source=source))
    for value_id, value in values.items():
        if not all(has_content_words(text, lexicon) for text in (value.phrase, *value.synonyms)):
            message = f"value `{value_id}` of `{name}` has a phrase without a word"
            problems.append(Problem("K201", message, source=source))
    return problems


def _build_predicate(
    name: str, topic: str, predicate_spec: PredicateSpec, types: dict[str, EnumType], source: str, lexicon: Lexicon
) -> tuple[Predicate | None, list[Problem]]:
    problems = []
    args = []
    for spec in predicate_spec.args:
        type_name, _, label = spec.partition(":")
        if type_name not in types and type_name not in BUILT_IN_TYPES:
            message = f"predicate `{name}` has an argument of unknown type `{type_name}`"
            near = suggest(type_name, {*types, *BUILT_IN_TYPES})
            problems.append(Problem("K202", message, source=source, nearest=near))
        args.append(Argument(type_name, label or type_name))
    labels = [argument.name for argument in args]

    def template(text: str) -> Template:
        segments: list[str | int] = []
        last = 0
        body = text.rstrip(".?")
        used: list[str] = []
        if not predicate_spec.args and not has_content_words(body, lexicon):
            problems.append(Problem("K203", f"template `{text}` of `{name}` has no word of its own", source=source))
        for match in SLOT_PATTERN.finditer(body):
            if match.group(1) not in labels:
                message = f"template `{text}` of `{name}` has no argument `{match.group(1)}`"
                near = suggest(match.group(1), labels)
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

    affirmed = tuple(
        template(text)
        for text in (
            predicate_spec.affirm,
            *predicate_spec.synonyms,
            *([predicate_spec.prompt_form] if predicate_spec.prompt_form else ()),
        )
    )
    brief = template(predicate_spec.prompt_form) if predicate_spec.prompt_form else None
    denied, asked = template(predicate_spec.deny), template(predicate_spec.ask)
    predicate = Predicate(name, topic, tuple(args), affirmed, denied, asked, brief, predicate_spec, source)
    return (None if problems else predicate), problems
