"""A knowledge base as a whole: loaded from a folder, checked for what loading can check, with its digest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.criteria import Criterion, Headed, RuleFile, load_rule_file
from legit.knowledge.files import read_text, read_toml, remembered, shipped_folder
from legit.knowledge.library import Citation, Library, load_library
from legit.knowledge.vocabulary import IDENTIFIER, EnumType, EnumValue, Vocabulary, load_vocabulary

DEFAULT_PROFILE = "default"
_CRITERIA = ("criteria", "functions", "harms")


class ProfileTable(BaseModel):
    """One table of a profile: values (possibly nested once), why they are so, and on which sources."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    why: str
    sources: tuple[str, ...]
    values: dict[str, int | dict[str, int]]


@dataclass(frozen=True)
class Profile:
    """The weights, levels and trust of one profile."""

    id: str
    name: str
    version: str
    title: str
    tables: dict[str, ProfileTable]

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


@dataclass(frozen=True)
class KnowledgeBase:
    """Everything normative, as data."""

    root: Path
    vocabulary: Vocabulary
    library: Library
    criteria: dict[str, Criterion]
    files: dict[str, RuleFile]
    profile: Profile
    attributes: dict[str, dict[str, dict[str, Any]]]
    name: str
    version: str
    digest: str

    @classmethod
    def load(cls, folder: str | Path | None = None, profile: str = DEFAULT_PROFILE) -> KnowledgeBase:
        """Load the knowledge base in `folder` (the shipped one by default) with one of its profiles.

        Raises KnowledgeBaseError with every problem that loading finds (codes K1xx to K4xx).
        """
        root = shipped() if folder is None else Path(folder)
        if not root.is_dir():
            raise KnowledgeBaseError(Problem("K100", f"`{root}` is not a folder", help="name a folder like `rules_kb`"))
        files_digest = digest(root, profile)
        with remembered(files_digest):
            return cls._loaded(root, profile, files_digest)

    @classmethod
    def _loaded(cls, root: Path, profile: str, files_digest: str) -> KnowledgeBase:
        shown = root.name
        library, problems = load_library(root, shown)
        vocabulary = load_vocabulary(root / "vocabulary", f"{shown}/vocabulary", {"right": _rights_type(library)})
        criteria, files, found = _rule_files(root, shown)
        problems += found
        chosen, found = _profile(root, shown, profile)
        problems += found
        attributes, found = _attributes(root, shown, vocabulary)
        problems += found
        if chosen is None or problems:
            raise KnowledgeBaseError(*problems)
        problems += _unresolved(library, criteria, files, chosen, attributes)
        if problems:
            raise KnowledgeBaseError(*problems)
        about = read_toml(root / "base.toml", f"{shown}/base.toml")
        name, version = str(about.get("name", shown)), str(about.get("version", "0"))
        return cls(root, vocabulary, library, criteria, files, chosen, attributes, name, version, files_digest)

    def citations(self, criterion: str) -> tuple[Citation, ...]:
        """The resolved sources of a criterion, each once."""
        found = self._citations.get(criterion)
        if found is None:
            resolved = [citation for ref in self.criteria[criterion].sources for citation in self.library.resolve(ref)]
            found = tuple({citation.text: citation for citation in resolved}.values())
            self._citations[criterion] = found
        return found

    @cached_property
    def _citations(self) -> dict[str, tuple[Citation, ...]]:
        return {}

    @cached_property
    def guide(self) -> str:
        """How to describe a case, for language models: `vocabulary/guide.md`."""
        return read_text(self.root / "vocabulary" / "guide.md", f"{self.root.name}/vocabulary/guide.md")

    @cached_property
    def phrases(self) -> dict[str, str]:
        """The phrases of the judgement files (verdicts, guidance, weighing), by id."""
        return {key: text for file in self.files.values() for key, text in file.phrases.items()}

    @cached_property
    def careful(self) -> dict[str, tuple[str, ...]]:
        """For results of which several may remain possible: their values, the most careful first."""
        return {key: order for file in self.files.values() for key, order in file.careful.items()}

    @cached_property
    def questions(self) -> dict[str, str]:
        """The mandatory questions, by topic."""
        return {key: text for file in self.files.values() for key, text in file.questions.items()}


def shipped() -> Path:
    """The folder of the knowledge base that comes with the package."""
    return shipped_folder("rules_kb")


def digest(root: Path, profile: str) -> str:
    """SHA-256 over the names and bytes of all files that decide a verdict, and the name of the profile; hexadecimal."""
    total = hashlib.sha256(profile.encode())
    for path in sorted(root.rglob("*")):
        if path.suffix in {".toml", ".lp"} and path.is_file():
            total.update(path.relative_to(root).as_posix().encode() + b"\0")
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _rights_type(library: Library) -> EnumType:
    values = {
        name.lower(): EnumValue.model_validate(
            {
                "phrase": f"the right to {right.phrase}",
                "also": [right.name, right.phrase, f"right to {right.phrase}"],
                "right_class": right.class_,
            }
        )
        for name, right in library.rights.items()
    }
    return EnumType(says="a right of the catalogue", values=values)


def _rule_files(root: Path, shown: str) -> tuple[dict[str, Criterion], dict[str, RuleFile], list[Problem]]:
    criteria: dict[str, Criterion] = {}
    files: dict[str, RuleFile] = {}
    problems: list[Problem] = []
    for folder in (*_CRITERIA, "judgement"):
        for path in sorted((root / folder).rglob("*.lp")):
            place = f"{shown}/{path.relative_to(root).as_posix()}"
            loaded: Criterion | RuleFile | list[Problem]
            if folder in _CRITERIA:
                loaded = load_rule_file(path, place, Criterion)
            else:
                loaded = load_rule_file(path, place, RuleFile)
            if isinstance(loaded, list):
                problems += loaded
                continue
            if not IDENTIFIER.match(loaded.id) or loaded.id in criteria or loaded.id in files:
                problems.append(Problem("K204", f"id `{loaded.id}` is used twice or not in snake case", source=place))
            elif isinstance(loaded, Criterion):
                criteria[loaded.id] = loaded
            else:
                files[loaded.id] = loaded
    return criteria, files, problems


def _profile(root: Path, shown: str, name: str) -> tuple[Profile | None, list[Problem]]:
    known = sorted(path.stem for path in (root / "profiles").glob("*.toml"))
    if name not in known:
        problem = Problem(
            "K107", f"there is no profile `{name}`", source=f"{shown}/profiles", help=f"profiles: {', '.join(known)}"
        )
        return None, [problem]
    place = f"{shown}/profiles/{name}.toml"
    data = read_toml(root / "profiles" / f"{name}.toml", place)
    tables = {}
    problems = []
    for key, table in data.items():
        if isinstance(table, dict):
            try:
                tables[key] = ProfileTable.model_validate(table)
            except ValidationError as error:
                problems += [
                    Problem("K201", f"`{key}`: {'.'.join(map(str, item['loc']))}: {item['msg'].lower()}", source=place)
                    for item in error.errors()
                ]
    profile = Profile(
        name, str(data.get("name", name)), str(data.get("version", "0")), str(data.get("title", name)), tables
    )
    return profile, problems


def _attributes(
    root: Path, shown: str, vocabulary: Vocabulary
) -> tuple[dict[str, dict[str, dict[str, Any]]], list[Problem]]:
    """Fixed facts about values of enumerations: those in `types.toml`, and the files in `attributes/`."""
    problems = []
    result: dict[str, dict[str, dict[str, Any]]] = {
        name: {value_id: value.attributes for value_id, value in enum.values.items()}
        for name, enum in vocabulary.types.items()
    }
    for path in sorted((root / "attributes").glob("*.toml")):
        place = f"{shown}/attributes/{path.name}"
        data = read_toml(path, place)
        of = str(data.pop("of", ""))
        if of not in result:
            problems.append(Problem("K202", f"`of` names unknown type `{of}`", source=place))
            continue
        for value_id, table in data.items():
            if value_id not in result[of]:
                problems.append(Problem("K202", f"type `{of}` has no value `{value_id}`", source=place))
                continue
            result[of][value_id] = {**result[of][value_id], **table}
    return result, problems


def _unresolved(
    library: Library,
    criteria: dict[str, Criterion],
    files: dict[str, RuleFile],
    profile: Profile,
    attributes: dict[str, dict[str, dict[str, Any]]],
) -> list[Problem]:
    problems = []
    headed: list[Headed] = [*criteria.values(), *files.values()]
    cited: list[tuple[str, str, tuple[str, ...]]] = [
        *((item.path, item.id, item.sources) for item in headed),
        *((f"profile {profile.id}", name, table.sources) for name, table in profile.tables.items()),
        *(
            (f"attributes of {of}", value, tuple(table["sources"]))
            for of, values in attributes.items()
            for value, table in values.items()
            if "sources" in table
        ),
    ]
    for place, name, refs in cited:
        if not refs:
            problems.append(Problem("K402", f"`{name}` cites no source", source=place, help="add `sources = [...]`"))
        problems += [
            Problem("K401", f"`{name}` cites `{ref}`, which does not resolve", source=place)
            for ref in refs
            if not library.resolve(ref)
        ]
    return problems
