"""Profiles: the weights, levels and trust with which a base is applied."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from legit.errors import Problem
from legit.facts import SpeakerKind
from legit.knowledge.about import misnamed
from legit.knowledge.files import nearest, read_toml, shape_problems

SPEAKERS = ("trust", "effort")
"""The tables that are about kinds of speakers; all others are read by the rules."""

Points = Annotated[int, Field(strict=True, ge=0, le=100)]
"""Weights are small whole numbers: the rules count them step by step."""


class ProfileTable(BaseModel):
    """One table of a profile: values (possibly nested once), why they are so, and on which sources.

    Where `step` is not 0, the values are weights: `says` names one, with its entry in braces, and sensitivity asks what
    becomes of a verdict when one of them is moved by a step.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    why: str
    sources: tuple[str, ...]
    values: dict[str, Points | dict[str, Points]]
    says: str = ""
    step: int = Field(default=0, ge=0)


class Weight(NamedTuple):
    """One weight of a profile: its table, the keys of its entry, its value, and how far a step moves it."""

    table: str
    entry: tuple[str, ...]
    value: int
    step: int

    def symbol(self, value: int) -> str:
        """The fact that gives the entry a value."""
        return f"{self.table}({','.join((*self.entry, str(value)))})"

    @property
    def moves(self) -> list[int]:
        """The values one step away. A weight stays at least 1: what weighs nothing would be another rule."""
        return [value for value in (self.value - self.step, self.value + self.step) if value >= 1]


class ProfileFile(BaseModel):
    """What a profile says of itself, beside its tables; those of the profile that it is based on are its own too."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    based_on: str = ""
    name: str = ""
    version: str = "0"
    title: str = ""


@dataclass(frozen=True)
class Profile:
    """The weights, levels and trust of one profile."""

    id: str
    name: str
    version: str
    title: str
    tables: dict[str, ProfileTable]
    path: str = ""

    def weights(self) -> list[Weight]:
        """All weights, in the order of the tables."""
        found = []
        for name, table in self.tables.items():
            for key, value in table.values.items() if table.step else ():
                inner = value.items() if isinstance(value, dict) else [("", value)]
                found += [Weight(name, (key, *filter(None, [part])), number, table.step) for part, number in inner]
        return found

    def trust(self, speaker: str) -> int:
        """The trust in a kind of speaker; 0 means that what it says counts as unknown."""
        return self._value("trust", speaker)

    def effort(self, speaker: str) -> int:
        """How many times the ordinary cost it takes to ask a kind of speaker."""
        return self._value("effort", speaker)

    def _value(self, name: str, key: str) -> int:
        table = self.tables.get(name)
        value = table.values.get(key, 1) if table else 1
        return value if isinstance(value, int) else 1


def load_profile(
    root: Path, shown: str, name: str, below: tuple[str, ...] = ()
) -> tuple[Profile | None, list[Problem]]:
    """Read one of the profiles of a base.

    `below` are the profiles that are based on it. Problems: K107 no such profile, or one based on itself, K201 wrong
    shape, K204 a name that cannot stand in a rule.
    """
    known = sorted(path.stem for path in (root / "profiles").glob("*.toml"))
    if name not in known:
        near = nearest(name, known)
        help_ = "" if near else f"profiles: {', '.join(known)}"
        problem = Problem("K107", f"there is no profile `{name}`", source=f"{shown}/profiles", help=help_, nearest=near)
        return None, [problem]
    place = f"{shown}/profiles/{name}.toml"
    data = read_toml(root / "profiles" / f"{name}.toml", place)
    base = data.get("based_on", "")
    inherited: dict[str, ProfileTable] = {}
    if isinstance(base, str) and base:
        if base in (name, *below):
            message = f"profile `{name}` is based on itself"
            return None, [Problem("K107", message, source=place, help="name another profile, or none")]
        under, found = load_profile(root, shown, base, (name, *below))
        if under is None:
            return None, found
        inherited = under.tables
    tables: dict[str, ProfileTable] = {}
    problems: list[Problem] = []
    stated = {key: value for key, value in data.items() if not isinstance(value, dict)}
    try:
        about = ProfileFile.model_validate(stated)
    except ValidationError as error:
        about = ProfileFile()
        problems += shape_problems(error, ProfileFile, place)
    for key in data.keys() - stated.keys():
        try:
            tables[key] = ProfileTable.model_validate(data[key])
        except ValidationError as error:
            problems += shape_problems(error, ProfileTable, place, key)
    tables = {**inherited, **{key: tables[key] for key in data if key in tables}}
    problems += misnamed([("table", key) for key in tables], place)
    problems += [
        Problem("K207", f"`{name}`: there is no speaker `{word}`", source=place, nearest=nearest(word, SpeakerKind))
        for name in SPEAKERS
        for word in (tables[name].values if name in tables else ())
        if word not in set(SpeakerKind)
    ]
    return Profile(name, about.name or name, about.version, about.title or name, tables, place), problems


def unread_tables(profile: Profile, read: set[str], words: set[str]) -> list[Problem]:
    """Tables of a profile that no rule reads, and keys in them that no type and no rule knows (K207).

    `read` are the predicates that rules read; `words` the values of all types and the names in rules.
    """
    problems = []
    for name, table in profile.tables.items():
        if name in SPEAKERS:
            continue
        if name not in read:
            message = f"no rule reads a table `{name}`"
            problems.append(Problem("K207", message, source=profile.path, nearest=nearest(name, read)))
            continue
        keys = [*table.values, *(key for inner in table.values.values() if isinstance(inner, dict) for key in inner)]
        problems += [
            Problem("K207", f"`{name}`: `{key}` is not known", source=profile.path, nearest=nearest(key, words))
            for key in dict.fromkeys(keys)
            if key not in words
        ]
    return problems
