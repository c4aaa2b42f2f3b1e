"""The languages of a base: which there are, what is said of each, and which language a text is in.

A language is a folder in `languages/` of a base, named by its BCP 47 tag, with the words of that language.
`translation` reads the words; here only `language.toml` is read, which is small.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from legit._util.suggest import suggest
from legit.errors import KnowledgeBaseError, LanguageError, Problem
from legit.knowledge.base_files import FileList
from legit.knowledge.layers import LANGUAGES_FOLDER, Layers
from legit.knowledge.toml_files import read_toml, validation_problems

DEFAULT_LANGUAGE = "en"
"""The language in which a base is written: a BCP 47 tag."""

HEAD_FILE = "language.toml"
_DECLARATION = re.compile(r"[ \t]*([^\W\d_]+)[ \t]*:[ \t]*([^\W\d_]+(?:-[A-Za-z0-9]+)*)[ \t]*\.?[ \t]*\Z")
_SKIPPED = re.compile(r"[ \t\ufeff]*(?:#.*)?\Z")
_WORD = re.compile(r"[^\W\d_]+")
_MAX_GUESSED_CHARACTERS = 20_000
_MIN_WORDS = 2


class LanguageHead(BaseModel):
    """The file `language.toml`.

    `name` is the name of the language in itself, `english_name` that in English. A `complete` language lacks no phrase;
    where it is not complete, what is missing is said in English. `aliases` are further tags. A text may declare its
    language by a line `WORD: TAG`, in which WORD is `Language` or one of `declared_by`. `words` are frequent words by
    which a text without such a line is found to be in this language.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    english_name: str = Field(min_length=1)
    complete: bool = False
    aliases: tuple[str, ...] = ()
    declared_by: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


ENGLISH = LanguageHead(
    name="English",
    english_name="English",
    complete=True,
    declared_by=("language",),
    words=("the", "of", "is", "does", "not", "user", "rule", "authority", "obeying", "breaking", "was"),
)
"""The language of the bases themselves."""


class Declaration(NamedTuple):
    """The line by which a text declares its language: its index from 0, and what stands in it."""

    line: int
    word: str
    tag: str


def language_heads(layers: Layers) -> dict[str, LanguageHead]:
    """The languages of a base by tag: English first, then the others in the order of their tags.

    Raises KnowledgeBaseError (K101-K103 unreadable, K201 wrong shape).
    """
    return _heads(tuple(layer.listed for layer in layers))


@lru_cache(maxsize=16)
def _heads(layers: tuple[FileList, ...]) -> dict[str, LanguageHead]:
    found = {DEFAULT_LANGUAGE: ENGLISH}
    problems: list[Problem] = []
    for listed in layers:
        for file in listed.matching(f"{LANGUAGES_FOLDER}/*/{HEAD_FILE}"):
            try:
                found.setdefault(file.inside.parent.name, LanguageHead.model_validate(read_toml(file, file.place)))
            except ValidationError as error:
                problems += validation_problems(error, LanguageHead, file.place)
    if problems:
        raise KnowledgeBaseError(*problems)
    return found


def language_tag(layers: Layers, name: str) -> str:
    """The tag of a language that is named by its tag, with or without a region, or by its name.

    Raises LanguageError (L008) when the base does not have it.
    """
    heads = language_heads(layers)
    word = name.strip().casefold().replace("_", "-")
    names = {
        known.casefold(): tag
        for tag, head in heads.items()
        for known in (tag, head.name, head.english_name, *head.aliases)
    }
    for wanted in (word, word.partition("-")[0]):
        if wanted in names:
            return names[wanted]
    known = ", ".join(f"{tag} ({head.english_name})" for tag, head in heads.items())
    raise LanguageError(
        Problem("L008", f"there is no language `{name[:40]}`", help=f"there are: {known}", nearest=suggest(word, names))
    )


def declaration(text: str) -> Declaration | None:
    """The line before all sentences that may declare the language of a text; None when it has none."""
    for number, line in enumerate(text[:_MAX_GUESSED_CHARACTERS].splitlines()):
        if _SKIPPED.match(line):
            continue
        found = _DECLARATION.match(line.lstrip("\ufeff"))
        return Declaration(number, found[1], found[2]) if found else None
    return None


def declared_language(layers: Layers, text: str) -> tuple[str, str]:
    """The tag of the language that a text declares, and the text with that line left empty; no tag for none.

    Raises LanguageError (L008) when the base does not have the declared language.
    """
    line = declaration(text)
    if line is None:
        return "", text
    words = {word.casefold() for head in language_heads(layers).values() for word in head.declared_by}
    if line.word.casefold() not in words:
        return "", text
    try:
        tag = language_tag(layers, line.tag)
    except LanguageError as error:
        (problem,) = error.problems
        raise LanguageError(
            Problem(problem.code, problem.message, line.line + 1, 1, help=problem.help, nearest=problem.nearest)
        ) from error
    lines = text.splitlines(keepends=True)
    ending = lines[line.line][len(lines[line.line].rstrip("\r\n")) :]
    lines[line.line] = ending
    return tag, "".join(lines)


def possible_languages(layers: Layers, text: str) -> tuple[str, ...]:
    """The languages that have a frequent word in a text, those with most of them first."""
    found = _WORD.findall(text[:_MAX_GUESSED_CHARACTERS].casefold())
    counts = {tag: sum(word in head.words for word in found) for tag, head in language_heads(layers).items()}
    return tuple(sorted((tag for tag, count in counts.items() if count), key=lambda tag: -counts[tag]))


def guessed_language(layers: Layers, text: str) -> str:
    """The language whose frequent words a text has most of; empty where no language has more than the others."""
    found = _WORD.findall(text[:_MAX_GUESSED_CHARACTERS].casefold())
    counts = {}
    for tag, head in language_heads(layers).items():
        words = frozenset(head.words)
        known = [word for word in found if word in words]
        counts[tag] = len(known) if len(set(known)) >= _MIN_WORDS else 0
    best = max(counts.values())
    winners = [tag for tag, count in counts.items() if count == best]
    return winners[0] if best and len(winners) == 1 else ""
