"""The vocabulary of a base as data: types and their values, predicates and their sentence templates.

`vocabulary_loader` reads it from `vocabulary/`. Python knows no type, value or predicate by name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from legit.knowledge.layers import layer_of
from legit.knowledge.lexicon import MEASURES, Lexicon
from legit.model.facts import SpeakerKind, Value

QUOTED_TYPES = frozenset({"name", "text"})
"""Built-in slot types written in quotation marks. A `name` is numbered for the solver, a `text` never reaches it."""

BUILT_IN_TYPES = MEASURES | QUOTED_TYPES | {"date"}

IDENTIFIER = re.compile(r"(?!not\Z)[a-z][a-z0-9_]*\Z")
"""The pattern of a name in a rule."""


class EnumValue(BaseModel):
    """One value of an enumeration: its phrase, synonyms, and attributes.

    `forms` are further forms of the phrase by name, for the slots that ask for one, as `{holder:gen}`. A form may have
    several spellings, of which the first is written. Whatever the slot asks for, every form of a value is read.

    `named_as` is a type whose values people write in place of this one: who is called a landlord is the authority. It
    is not read so, and a diagnosis suggests this value.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    phrase: str
    synonyms: tuple[str, ...] = ()
    named_as: str = ""
    forms: dict[str, str | tuple[str, ...]] = {}

    def form(self, name: str) -> str:
        """The phrase in the form of this name; the phrase itself where it has no such form, or no name is given."""
        found = self.forms.get(name, self.phrase)
        return found if isinstance(found, str) else found[0]

    @property
    def readings(self) -> tuple[str, ...]:
        """Every text that is read as this value: the phrase, the synonyms and the forms, each once."""
        forms = (text for found in self.forms.values() for text in ((found,) if isinstance(found, str) else found))
        return tuple(dict.fromkeys((self.phrase, *self.synonyms, *forms)))

    @property
    def attributes(self) -> dict[str, Any]:
        """The keys other than the phrases: the attributes of this value."""
        return dict(self.model_extra or {})


class EnumType(BaseModel):
    """An enumeration, for example the kinds of authority.

    The values of a `degree` are steps in their order, so that a stated value can be moved to the next one. Values that
    everybody knows by name are not `listed` in the form for agents.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: str
    degree: bool = False
    listed: bool = True
    values: dict[str, EnumValue]


class ToldOnly(BaseModel):
    """Values that a case may state though no result depends on them, with the reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    values: tuple[str, ...]
    why: str = Field(min_length=1)


class RuledOut(BaseModel):
    """Values of a predicate that cannot hold beside another fact. They may be those of any of its arguments."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    predicate: str
    values: tuple[str, ...] = Field(min_length=1)


class PredicateSpec(BaseModel):
    """A predicate as its file states it.

    `unknown` is a sentence that leaves the fact open, where a language has one of its own for that. Without it the
    words of the lexicon stand before `affirm`: "It is unknown whether". What a fact `excludes`, no answer set has
    beside it. What it `rules_out`, the same speaker may say in a loose way of speaking; beside a given fact it is left
    out of a consultation.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    args: tuple[str, ...] = ()
    affirm: str
    deny: str
    ask: str
    unknown: str = ""
    synonyms: tuple[str, ...] = ()
    prompt_form: str = ""
    detail: Literal["optional", "required"] = "optional"
    world_assumption: Literal["closed", "open"] = "closed"
    functional: bool = False
    excludes: tuple[str, ...] = ()
    rules_out: tuple[RuledOut, ...] = ()
    answers_topic: str = ""
    answerable_by: SpeakerKind = SpeakerKind.USER
    in_prompt: bool = True
    informational: bool = False
    told_only: tuple[ToldOnly, ...] = ()
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
    """A sentence template: fixed words (strings) and slots (indices of arguments), without the final stop.

    `forms` names for each argument the form of the value that its slot asks for; empty for none.
    """

    segments: tuple[str | int, ...]
    forms: tuple[str, ...] = ()

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
    unknown_form: Template | None
    spec: PredicateSpec = field(repr=False)
    path: str = ""

    @property
    def arity(self) -> int:
        return len(self.args)

    def placeholder_question(self) -> str:
        """The question form with the name of each argument in its slot."""
        return f"{self.question_form.format(tuple(f'<{argument.name}>' for argument in self.args))}?"

    def placeholder_sentence(self) -> str:
        """The first affirmative form with the name of each argument in its slot."""
        return self.affirmative_forms[0].format(tuple(f"<{argument.name}>" for argument in self.args))

    @property
    def detail_required(self) -> bool:
        return self.spec.detail == "required"

    @property
    def informational(self) -> bool:
        """True when the fact is recorded for people and no rule reads it."""
        return self.spec.informational


@dataclass(frozen=True)
class Vocabulary:
    """All types and predicates of a knowledge base, and its lexicon."""

    types: dict[str, EnumType]
    predicates: dict[str, Predicate]
    topics: dict[str, str]
    lexicon: Lexicon
    defined_at: dict[tuple[str, str], str] = field(default_factory=dict, repr=False, compare=False)
    """The place of each value, by type and value; the empty value is the type itself."""
    valid_atom_cache: set[tuple[str, tuple[Value, ...]]] = field(default_factory=set, repr=False, compare=False)
    """Some of the atoms that were found to fit, so that they need not be looked at again."""

    @cached_property
    def exclusive_predicates(self) -> dict[str, frozenset[str]]:
        """For each predicate whose affirmed facts exclude others: the predicates of these, itself included."""
        found: dict[str, set[str]] = defaultdict(set)
        for name, predicate in self.predicates.items():
            for other in (*predicate.spec.excludes, *((name,) if predicate.spec.functional else ())):
                found[name].add(other)
                found[other].add(name)
        return {name: frozenset(others) for name, others in found.items()}

    @cached_property
    def detail_required_predicates(self) -> frozenset[str]:
        """The predicates that require a detail."""
        return frozenset(name for name, predicate in self.predicates.items() if predicate.detail_required)

    @cached_property
    def measured_predicates(self) -> frozenset[str]:
        """The predicates with an argument that is a measure."""
        return frozenset(
            name
            for name, predicate in self.predicates.items()
            if any(argument.type in MEASURES for argument in predicate.args)
        )

    def may_conflict(self, predicates: Iterable[str]) -> bool:
        """Whether the predicates of different atoms include two that may exclude each other. Most cases have none."""
        rivals = self.exclusive_predicates
        seen: set[str] = set()
        for name in predicates:
            if name in rivals:
                if not rivals[name].isdisjoint(seen):
                    return True
                seen.add(name)
        return False

    def extended_by(self, display_path: str, value: str, others: Iterable[str]) -> bool:
        """Whether the layer of `display_path` adds `value` to a type that has all of `others`."""
        known = set(others)
        return any(
            layer_of(self.defined_at.get((name, value), "")) == layer_of(display_path) and known <= enum.values.keys()
            for name, enum in self.types.items()
        )

    def values(self, type_name: str) -> dict[str, EnumValue]:
        """The values of an enumeration by id; empty for built-in types."""
        found = self.types.get(type_name)
        return found.values if found else {}
