"""Places of the law: a table of places within places, each for a time. `places.toml` of a base holds it.

The law of a larger place is in force in the places within it: the law of the European Union in Sweden since 1995. Dates
may be vague, as in a case: a year is a span of days.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from legit._util.suggest import suggest
from legit.errors import Problem
from legit.knowledge.layers import Layers, duplicate_problem, layer_files
from legit.knowledge.toml_files import read_toml, validation_problems
from legit.knowledge.vocabulary import IDENTIFIER, EnumType, EnumValue
from legit.model.dates import certainly_before, is_date

WORLD = "world"
"""The place that every place lies within, at every time."""

PLACE_TYPE = "place"
"""The type of the vocabulary whose values are the places of the table."""


def _read_date(value: Any) -> Any:
    """A date of TOML, a year, or a text, as a text; the text of no date is refused."""
    text = value.isoformat() if type(value) is datetime.date else str(value) if type(value) is int else value
    if isinstance(text, str) and text and not is_date(text):
        raise ValueError("a date is a day, a month or a year, as 2024-03-01, 2024-03 or 2024")
    return text


LegalDate = Annotated[str, BeforeValidator(_read_date)]
"""A date of the law as text: a day, a month or a year; empty where there is none."""


class Period(BaseModel):
    """A span of time: the first and the last day. Without the first it has no known beginning, without the last none
    is known at which it ends."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    begins: LegalDate = Field(default="", alias="from")
    ends: LegalDate = Field(default="", alias="to")

    def begins_after(self, moment: str) -> bool:
        """Whether the whole period certainly lies after a date."""
        return bool(self.begins and moment) and certainly_before(moment, self.begins)

    def ended_before(self, moment: str) -> bool:
        """Whether the whole period certainly lies before a date."""
        return bool(self.ends and moment) and certainly_before(self.ends, moment)

    def may_hold(self, moment: str) -> bool:
        """Whether a date may lie within the period; without a date it may."""
        return not self.begins_after(moment) and not self.ended_before(moment)

    @property
    def is_backwards(self) -> bool:
        """Whether it ends before it begins."""
        return bool(self.begins and self.ends) and certainly_before(self.ends, self.begins)


class PlaceForTime(Period):
    """A place, for a time: where a place lies, or where a source is in force. `note` is for readers of the table."""

    place: str
    note: str = ""


class Place(BaseModel):
    """A place: a country, a part of one, a region of several, or the parties to a treaty.

    `within` are the larger places whose law is in force here. A name that takes an article is written with it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    synonyms: tuple[str, ...] = ()
    within: tuple[PlaceForTime, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class PlaceTable:
    """The places of a base by id, and the file of each."""

    places: Mapping[str, Place]
    defined_at: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _kept(self) -> dict[tuple[str, str], frozenset[str]]:
        return {}

    def around(self, place: str, moment: str) -> frozenset[str]:
        """The places whose law is in force in a place on a date: itself, those that it lies within, and the world."""
        found = self._kept.get((place, moment))
        if found is None:
            reached = {place, WORLD}
            waiting = [place]
            while waiting:
                for membership in self._within(waiting.pop()):
                    if membership.place not in reached and membership.may_hold(moment):
                        reached.add(membership.place)
                        waiting.append(membership.place)
            found = frozenset(reached)
            if len(self._kept) < _MAX_KEPT:
                self._kept[place, moment] = found
        return found

    def _within(self, place: str) -> tuple[PlaceForTime, ...]:
        known = self.places.get(place)
        return known.within if known else ()

    def name(self, place: str) -> str:
        """The name of a place, for a sentence."""
        known = self.places.get(place)
        return known.name if known else place

    def find(self, text: str) -> str:
        """The id of a place by its id, name or synonym, in any case; empty when there is none."""
        wanted = _folded(text)
        if wanted in self.places:
            return wanted
        for name, place in self.places.items():
            if wanted in {_folded(said) for said in (place.name, *place.synonyms)}:
                return name
        return ""


_MAX_KEPT = 4096


def _folded(text: str) -> str:
    return text.strip().casefold().removeprefix("the ").replace("-", "_")


def load_places(layers: Layers) -> tuple[PlaceTable, list[Problem]]:
    """Read `places.toml` of all layers.

    Problems: K201 wrong shape, K204 an id that cannot stand in a rule, K210 one that an extension takes, K406 a place
    that does not exist or lies within itself, K407 a period that ends before it begins.
    """
    places: dict[str, Place] = {}
    defined_at: dict[str, str] = {}
    problems: list[Problem] = []
    for path, source in layer_files(layers, "places.toml"):
        for name, table in read_toml(path, source).items():
            if name in places:
                problems.append(duplicate_problem("place", name, source, defined_at[name]))
            elif not IDENTIFIER.match(name):
                problems.append(Problem("K204", f"place `{name[:40]}` is not in snake case", source=source))
            else:
                try:
                    places[name] = Place.model_validate(table)
                    defined_at[name] = source
                except ValidationError as error:
                    problems += validation_problems(error, Place, source, name)
    table = PlaceTable(places, defined_at)
    return table, [*problems, *_problems(table)]


def _problems(table: PlaceTable) -> Iterator[Problem]:
    for name, place in table.places.items():
        source = table.defined_at[name]
        yield from reach_problems(name, place.within, table, source)
        if any(name in table.around(membership.place, "") for membership in place.within):
            yield Problem("K406", f"place `{name}` lies within itself", source=source)


def reach_problems(name: str, reach: tuple[PlaceForTime, ...], table: PlaceTable, source: str) -> Iterator[Problem]:
    """The problems of where a place lies or a source is in force: an unknown place (K406), an end before the
    beginning (K407)."""
    for item in reach:
        if item.place != WORLD and item.place not in table.places:
            near = suggest(item.place, table.places)
            yield Problem("K406", f"`{name}`: there is no place `{item.place[:40]}`", source=source, nearest=near)
        if item.is_backwards:
            yield Problem("K407", f"`{name}`: in `{item.place}` it ends before it begins", source=source)


def places_type(table: PlaceTable) -> EnumType:
    """The places as the enumeration `place` of the vocabulary."""
    values = {name: EnumValue(phrase=place.name, synonyms=place.synonyms) for name, place in table.places.items()}
    return EnumType(description="a country, a part of one, or a region", listed=False, values=values)
