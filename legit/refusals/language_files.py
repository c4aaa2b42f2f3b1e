"""Loads the files of the languages: words and patterns that a lawyer or linguist can correct."""

from __future__ import annotations

import importlib.resources
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from legit._util.suggest import suggest
from legit.errors import Problem, RefusalPatternError
from legit.refusals.patterns import Pattern, PatternIndex, WordLists, compile_pattern
from legit.refusals.reading import CueKind
from legit.refusals.text import comparable

PatternStrength = Literal["plain", "impersonal", "beside_rule", "hint"]
"""The list that a pattern stands in."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Cues(_Section):
    plain: tuple[str, ...] = ()
    hint: tuple[str, ...] = ()


class _Refuses(_Cues):
    impersonal: tuple[str, ...] = ()
    beside_rule: tuple[str, ...] = ()


class _Enforces(_Cues):
    beside_rule: tuple[str, ...] = ()


class _Void(_Section):
    around: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    sentence: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


class _Drafts(_Section):
    announced: tuple[str, ...] = ()
    salutations: tuple[str, ...] = ()
    closings: tuple[str, ...] = ()


class _LanguageFile(_Section):
    tag: str
    name: str
    also: tuple[str, ...] = ()
    common: tuple[str, ...]
    read_as: dict[str, str] = Field(default_factory=dict)
    words: dict[str, tuple[str, ...]]
    refuses: _Refuses
    enforces: _Enforces
    deflects: _Cues
    helps: _Cues
    grants: _Cues
    rule: _Cues
    void: _Void
    drafts: _Drafts


@dataclass(frozen=True, slots=True)
class Contractions:
    """Words that are read as others."""

    exact: dict[str, tuple[str, ...]]
    endings: tuple[tuple[str, tuple[str, ...]], ...]

    def expand(self, word: str) -> tuple[str, ...]:
        """The words as which a word is read: `can't` as `can`, `not`."""
        found = self.exact.get(word)
        if found is not None:
            return found
        for ending, rest in self.endings:
            if word.endswith(ending) and len(word) > len(ending):
                return (word[: -len(ending)], *rest)
        return (word,)


CUE_SECTIONS: tuple[CueKind, ...] = ("refuses", "enforces", "deflects", "helps", "grants", "rule")


@dataclass(frozen=True, slots=True)
class LanguagePatterns:
    """The compiled file of a language. `cues` are the patterns by kind, each with its strength; `void` those
    that take the effect of cues away."""

    tag: str
    name: str
    also: tuple[str, ...]
    common: frozenset[str]
    contractions: Contractions
    lists: WordLists
    cues: tuple[tuple[CueKind, PatternStrength, Pattern], ...]
    cue_index: PatternIndex
    void: dict[str, tuple[Pattern, ...]]
    drafts: dict[str, tuple[Pattern, ...]]


@cache
def shipped_languages() -> tuple[LanguagePatterns, ...]:
    """The languages that the package knows, in the order of their tags."""
    folder = importlib.resources.files("legit.refusals").joinpath("languages")
    return _load_folder(folder)


def load_languages(folder: Path) -> tuple[LanguagePatterns, ...]:
    """The languages of a folder: each file `*.toml` is one.

    Raises RefusalPatternError (T001, T002) with every problem that was found.
    """
    return _load_folder(folder)


def _load_folder(folder: Traversable) -> tuple[LanguagePatterns, ...]:
    files = sorted((item for item in folder.iterdir() if item.name.endswith(".toml")), key=lambda item: item.name)
    if not files:
        raise RefusalPatternError(Problem("T001", f"no language file `*.toml` in `{folder}`"))
    problems: list[Problem] = []
    found = [_load(file, problems) for file in files]
    if problems:
        raise RefusalPatternError(*problems)
    return tuple(language for language in found if language)


def _load(file: Traversable, problems: list[Problem]) -> LanguagePatterns | None:
    try:
        text = file.read_text(encoding="utf-8")
        data = _LanguageFile.model_validate(tomllib.loads(text))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(Problem("T001", f"not readable as TOML: {error}", source=str(file)))
        return None
    except ValidationError as error:
        problems += [_misfit(item, str(file)) for item in error.errors()]
        return None
    exact = {comparable(key): _words(value) for key, value in data.read_as.items() if not key.startswith("*")}
    endings = tuple(
        (comparable(key[1:]), _words(value.removeprefix("*"))) for key, value in data.read_as.items() if key[0] == "*"
    )
    contractions = Contractions(exact, endings)
    lists = WordLists(contractions.expand)
    named = _with_references(data.words)

    def compiled(lines: tuple[str, ...]) -> tuple[Pattern, ...]:
        patterns = []
        for line in lines:
            try:
                patterns.append(compile_pattern(line, named, lists))
            except KeyError as error:
                message = f"no word list `{error.args[0]}` for the pattern `{line}`"
                problem = Problem("T002", message, nearest=suggest(str(error.args[0]), named))
                problems.append(_placed(problem, text, line, str(file)))
            except ValueError as error:
                problems.append(_placed(Problem("T002", f"pattern `{line}`: {error}"), text, line, str(file)))
        return tuple(patterns)

    cues = tuple(
        (section, strength, pattern)
        for section in CUE_SECTIONS
        for strength, lines in getattr(data, section)
        for pattern in compiled(lines)
    )
    void = {name: compiled(lines) for name, lines in data.void}
    drafts = {name: compiled(lines) for name, lines in data.drafts}
    common = frozenset(comparable(word) for word in data.common)
    index = PatternIndex(pattern for _, _, pattern in cues)
    return LanguagePatterns(data.tag, data.name, data.also, common, contractions, lists, cues, index, void, drafts)


def _with_references(words: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The word lists; an entry `<name>` stands for the entries of a list above it."""
    found: dict[str, tuple[str, ...]] = {}
    for name, entries in words.items():
        full: list[str] = []
        for entry in entries:
            full += found.get(entry[1:-1], (entry,)) if entry.startswith("<") else (entry,)
        found[name] = tuple(dict.fromkeys(full))
    return found


def _words(text: str) -> tuple[str, ...]:
    return tuple(comparable(word) for word in text.split())


def _misfit(item: Any, source: str) -> Problem:
    place = ".".join(str(part) for part in item["loc"])
    return Problem("T001", f"`{place}`: {item['msg'].lower()}", source=source)


def _placed(problem: Problem, text: str, line: str, source: str) -> Problem:
    """The problem with the line of the file in which the pattern stands."""
    at = text.find(line)
    number = text.count("\n", 0, at) + 1 if at >= 0 else 0
    column = at - text.rfind("\n", 0, at) if at >= 0 else 0
    return Problem(problem.code, problem.message, number, column, source, problem.help, problem.nearest)
