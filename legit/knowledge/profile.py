"""Profiles: the weights, levels and trust with which a base is applied."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from legit.errors import Problem
from legit.knowledge.layers import Parts, files, twice
from legit.knowledge.manifest import misnamed
from legit.knowledge.toml_files import line_of, nearest, parse_toml, read_text, read_toml, shape_problems
from legit.knowledge.vocabulary import Vocabulary
from legit.model.facts import SpeakerKind

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
    parts: Parts, name: str, vocabulary: Vocabulary, below: tuple[str, ...] = ()
) -> tuple[Profile | None, list[Problem]]:
    """Read one of the profiles of a base, with what extensions add to it.

    `below` are the profiles that are based on this one.
    Problems: K107 no such profile, or one based on itself, K201 wrong shape, K204 a name that cannot stand in a rule,
    K210 a weight that an extension takes.
    """
    found = {path.stem: place for path, place in reversed(files(parts, "profiles/*.toml"))}
    if name not in found:
        known = sorted(found)
        near = nearest(name, known)
        help_ = "" if near else f"profiles: {', '.join(known)}"
        shown = f"{parts[-1].shown}/profiles"
        return None, [Problem("K107", f"there is no profile `{name}`", source=shown, help=help_, nearest=near)]
    (path, place), *more = [item for item in files(parts, "profiles/*.toml") if item[0].stem == name]
    data = read_toml(path, place)
    base = data.get("based_on", "")
    inherited: dict[str, ProfileTable] = {}
    if isinstance(base, str) and base:
        if base in (name, *below):
            message = f"profile `{name}` is based on itself"
            return None, [Problem("K107", message, source=place, help="name another profile, or none")]
        under, problems = load_profile(parts, base, vocabulary, (name, *below))
        if under is None:
            return None, problems
        inherited = under.tables
    stated = {key: value for key, value in data.items() if not isinstance(value, dict)}
    about, problems = _about(stated, place)
    tables, wrong = _tables(path, place)
    problems += wrong
    tables = {**inherited, **tables}
    for path, here in more:
        problems += _widened(tables, path, here, place, vocabulary)
    problems += misnamed([("table", key) for key in tables], place)
    problems += [
        Problem("K207", f"`{name}`: there is no speaker `{word}`", source=place, nearest=nearest(word, SpeakerKind))
        for name in SPEAKERS
        for word in (tables[name].values if name in tables else ())
        if word not in set(SpeakerKind)
    ]
    return Profile(name, about.name or name, about.version, about.title or name, tables, place), problems


def _about(stated: dict[str, Any], place: str) -> tuple[ProfileFile, list[Problem]]:
    try:
        return ProfileFile.model_validate(stated), []
    except ValidationError as error:
        return ProfileFile(), shape_problems(error, ProfileFile, place)


def _tables(path: Path, place: str) -> tuple[dict[str, ProfileTable], list[Problem]]:
    tables: dict[str, ProfileTable] = {}
    problems: list[Problem] = []
    text = read_text(path, place)
    for key, value in parse_toml(text, place).items():
        if isinstance(value, dict):
            try:
                tables[key] = ProfileTable.model_validate(value)
            except ValidationError as error:
                problems += shape_problems(error, ProfileTable, place, key, text)
    return tables, problems


def _widened(
    tables: dict[str, ProfileTable], path: Path, here: str, there: str, vocabulary: Vocabulary
) -> list[Problem]:
    """Add to `tables` what an extension says in a profile of the same name: entries for its own values, own tables."""
    added, problems = _tables(path, here)
    data = read_toml(path, here)
    problems += [twice("entry", key, here, there) for key in data if not isinstance(data[key], dict)]
    for name, table in added.items():
        known = tables.get(name)
        if known is None:
            tables[name] = table
            continue
        problems += [twice(f"{name} entry", key, here, there) for key in ("says", "step") if getattr(table, key)]
        values = dict(known.values)
        for key, value in table.values.items():
            before = values.get(key)
            if vocabulary.adds(here, key, known.values):
                values[key] = value
            elif (
                isinstance(value, dict)
                and isinstance(before, dict)
                and all(vocabulary.adds(here, inner, before) for inner in value)
            ):
                values[key] = {**before, **value}
            else:
                problems.append(twice(f"{name} entry", key, here, there))
        tables[name] = known.model_copy(
            update={
                "values": values,
                "why": f"{known.why} {table.why}",
                "sources": (*known.sources, *table.sources),
            }
        )
    return problems


def tables_of(parts: Parts) -> dict[str, str]:
    """The tables of all profiles, each with the file in which it stands first."""
    found: dict[str, str] = {}
    for path, place in files(parts, "profiles/*.toml"):
        for name, value in read_toml(path, place).items():
            if isinstance(value, dict):
                found.setdefault(name, place)
    return found


def _place(parts: Parts, table: str, key: str) -> tuple[str, int] | None:
    """The file and the line of a key in a table of a profile, the last that says it."""
    for path, shown in reversed(files(parts, "profiles/*.toml")):
        text = read_text(path, shown)
        values = parse_toml(text, shown).get(table, {}).get("values", {})
        if key in values or any(key in inner for inner in values.values() if isinstance(inner, dict)):
            return shown, line_of(text, table, key)
    return None


def unread_tables(parts: Parts, profile: Profile, read: set[str], words: set[str]) -> list[Problem]:
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
            Problem(
                "K207", f"`{name}`: `{key}` is not known", line, 1 if line else 0, path, nearest=nearest(key, words)
            )
            for key in dict.fromkeys(keys)
            if key not in words
            for path, line in [_place(parts, name, key) or (profile.path, 0)]
        ]
    return problems
