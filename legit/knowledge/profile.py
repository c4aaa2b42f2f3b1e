"""Profiles: the weights, levels and trust with which a base is applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from legit._util.suggest import suggest
from legit.errors import Problem
from legit.knowledge.base_files import BaseFile
from legit.knowledge.layers import Layers, duplicate_problem, layer_files
from legit.knowledge.manifest import check_identifiers
from legit.knowledge.toml_files import parse_toml, read_text, read_toml, toml_line, validation_problems
from legit.knowledge.vocabulary import Vocabulary
from legit.model.facts import SpeakerKind

SPEAKER_TABLES = ("trust", "effort")
"""The tables that are about kinds of speakers; all others are read by the rules."""

ProfileValue = Annotated[int, Field(strict=True, ge=0, le=100)]
"""Weights are small whole numbers: the rules count them step by step."""


class ProfileTable(BaseModel):
    """One table of a profile: values (possibly nested once), why they are so, and on which sources.

    Where `step` is not 0, the values are weights: `gloss` names one, with its entry in braces, and sensitivity asks
    which verdict follows when one of them is moved by a step.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    why: str
    sources: tuple[str, ...]
    values: dict[str, ProfileValue | dict[str, ProfileValue]]
    gloss: str = ""
    step: int = Field(default=0, ge=0)


class Weight(NamedTuple):
    """One weight of a profile: its table, the keys of its entry, its value, and how far a step moves it."""

    table: str
    key_path: tuple[str, ...]
    value: int
    step: int

    def atom_text(self, value: int) -> str:
        """The fact that gives the entry a value."""
        return f"{self.table}({','.join((*self.key_path, str(value)))})"

    @property
    def neighbours(self) -> list[int]:
        """The values one step away. A weight stays at least 1: a weight of 0 would be another rule."""
        return [value for value in (self.value - self.step, self.value + self.step) if value >= 1]


class ProfileHeader(BaseModel):
    """The data of a profile besides its tables. A profile also has the tables of the profile that it is based on."""

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
        """The trust in a kind of speaker; with 0 its facts count as unknown."""
        return self._table_value("trust", speaker)

    def effort(self, speaker: str) -> int:
        """How many times the ordinary cost it takes to ask a kind of speaker."""
        return self._table_value("effort", speaker)

    def _table_value(self, name: str, key: str) -> int:
        table = self.tables.get(name)
        value = table.values.get(key, 1) if table else 1
        return value if isinstance(value, int) else 1


def load_profile(
    layers: Layers, name: str, vocabulary: Vocabulary, derived_profiles: tuple[str, ...] = ()
) -> tuple[Profile | None, list[Problem]]:
    """Read one of the profiles of a base, with what extensions add to it.

    `below` are the profiles that are based on this one.
    Problems: K107 no such profile, or one based on itself, K201 wrong shape, K204 a name that cannot stand in a rule,
    K210 a weight that an extension takes.
    """
    found = {path.stem: place for path, place in reversed(layer_files(layers, "profiles/*.toml"))}
    if name not in found:
        known = sorted(found)
        near = suggest(name, known)
        help_ = "" if near else f"profiles: {', '.join(known)}"
        shown = f"{layers[-1].display_name}/profiles"
        return None, [Problem("K107", f"there is no profile `{name}`", source=shown, help=help_, nearest=near)]
    (path, place), *more = [item for item in layer_files(layers, "profiles/*.toml") if item[0].stem == name]
    data = read_toml(path, place)
    base = data.get("based_on", "")
    inherited: dict[str, ProfileTable] = {}
    if isinstance(base, str) and base:
        if base in (name, *derived_profiles):
            message = f"profile `{name}` is based on itself"
            return None, [Problem("K107", message, source=place, help="name another profile, or none")]
        under, problems = load_profile(layers, base, vocabulary, (name, *derived_profiles))
        if under is None:
            return None, problems
        inherited = under.tables
    stated = {key: value for key, value in data.items() if not isinstance(value, dict)}
    about, problems = _read_header(stated, place)
    tables, wrong = _read_tables(path, place)
    problems += wrong
    tables = {**inherited, **tables}
    for path, here in more:
        problems += _merge_extension_tables(tables, path, here, place, vocabulary)
    problems += check_identifiers([("table", key) for key in tables], place)
    problems += [
        Problem("K207", f"`{name}`: there is no speaker `{word}`", source=place, nearest=suggest(word, SpeakerKind))
        for name in SPEAKER_TABLES
        for word in (tables[name].values if name in tables else ())
        if word not in set(SpeakerKind)
    ]
    return Profile(name, about.name or name, about.version, about.title or name, tables, place), problems


def _read_header(stated: dict[str, Any], display_path: str) -> tuple[ProfileHeader, list[Problem]]:
    try:
        return ProfileHeader.model_validate(stated), []
    except ValidationError as error:
        return ProfileHeader(), validation_problems(error, ProfileHeader, display_path)


def _read_tables(path: BaseFile, display_path: str) -> tuple[dict[str, ProfileTable], list[Problem]]:
    tables: dict[str, ProfileTable] = {}
    problems: list[Problem] = []
    text = read_text(path, display_path)
    for key, value in parse_toml(text, display_path).items():
        if isinstance(value, dict):
            try:
                tables[key] = ProfileTable.model_validate(value)
            except ValidationError as error:
                problems += validation_problems(error, ProfileTable, display_path, key, text)
    return tables, problems


def _merge_extension_tables(
    tables: dict[str, ProfileTable], path: BaseFile, display_path: str, defined_at: str, vocabulary: Vocabulary
) -> list[Problem]:
    """Add to `tables` what an extension says in a profile of the same name: entries for its own values, own tables."""
    added, problems = _read_tables(path, display_path)
    data = read_toml(path, display_path)
    problems += [
        duplicate_problem("entry", key, display_path, defined_at) for key in data if not isinstance(data[key], dict)
    ]
    for name, table in added.items():
        known = tables.get(name)
        if known is None:
            tables[name] = table
            continue
        problems += [
            duplicate_problem(f"{name} entry", key, display_path, defined_at)
            for key in ("gloss", "step")
            if getattr(table, key)
        ]
        values = dict(known.values)
        for key, value in table.values.items():
            before = values.get(key)
            if vocabulary.extended_by(display_path, key, known.values):
                values[key] = value
            elif (
                isinstance(value, dict)
                and isinstance(before, dict)
                and all(vocabulary.extended_by(display_path, inner, before) for inner in value)
            ):
                values[key] = {**before, **value}
            else:
                problems.append(duplicate_problem(f"{name} entry", key, display_path, defined_at))
        tables[name] = known.model_copy(
            update={
                "values": values,
                "why": f"{known.why} {table.why}",
                "sources": (*known.sources, *table.sources),
            }
        )
    return problems


def table_locations(layers: Layers) -> dict[str, str]:
    """The tables of all profiles, each with the file in which it stands first."""
    found: dict[str, str] = {}
    for path, place in layer_files(layers, "profiles/*.toml"):
        for name, value in read_toml(path, place).items():
            if isinstance(value, dict):
                found.setdefault(name, place)
    return found


def _key_location(layers: Layers, table: str, key: str) -> tuple[str, int] | None:
    """The file and the line of a key in a table of a profile, the last that says it."""
    for path, shown in reversed(layer_files(layers, "profiles/*.toml")):
        text = read_text(path, shown)
        values = parse_toml(text, shown).get(table, {}).get("values", {})
        if key in values or any(key in inner for inner in values.values() if isinstance(inner, dict)):
            return shown, toml_line(text, table, key)
    return None


def check_unread_tables(
    layers: Layers, profile: Profile, read_predicates: set[str], constants: set[str]
) -> list[Problem]:
    """Tables of a profile that no rule reads, and keys in them that no type and no rule knows (K207).

    `read` are the predicates that rules read; `words` the values of all types and the names in rules.
    """
    problems = []
    for name, table in profile.tables.items():
        if name in SPEAKER_TABLES:
            continue
        if name not in read_predicates:
            message = f"no rule reads a table `{name}`"
            problems.append(Problem("K207", message, source=profile.path, nearest=suggest(name, read_predicates)))
            continue
        keys = [*table.values, *(key for inner in table.values.values() if isinstance(inner, dict) for key in inner)]
        problems += [
            Problem(
                "K207", f"`{name}`: `{key}` is not known", line, 1 if line else 0, path, nearest=suggest(key, constants)
            )
            for key in dict.fromkeys(keys)
            if key not in constants
            for path, line in [_key_location(layers, name, key) or (profile.path, 0)]
        ]
    return problems
