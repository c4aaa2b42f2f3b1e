"""The message catalogue: all texts shown to people or models, except texts of the knowledge base.

    >>> from legit.messages import message
    >>> message("assessment.no_method_harm")
    'None found in the method.'

A key is `file.name`: the file `assessment.toml` of the language, and the name of a message in it. A message is a text
with `{placeholders}`, filled as by `str.format`. A message that depends on a number is a table of the plural categories
of CLDR (`one`, `other`, ...), chosen by the value of `count`. The normative texts (criteria, guidance, sentences) are
in `rules_kb/`, not here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = [
    "DEFAULT_LANGUAGE",
    "catalogue",
    "language",
    "languages",
    "message",
    "missing_messages",
    "speaking",
    "term",
    "using_language",
]

DEFAULT_LANGUAGE = "en"
"""The language of messages if none is chosen: a BCP 47 tag."""

ANSWER_FILES = (
    "assessment", "consult", "explanation", "in_force", "integrations", "log", "problems", "refusals", "terms", "turn",
    "vocabulary",
)  # fmt: skip
"""The files that a complete language has: what readers of answers and reports read. The others, which the authors of
bases and operators read, may stay in English."""

_LANGUAGE: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)

Message = str | Mapping[str, str]


def message(key: str, /, **values: Any) -> str:
    """The message of a key in the language in use, with its placeholders filled.

    A message that the language lacks is given in English. Raises KeyError when there is no such message in English,
    or when a placeholder of it has no value.
    """
    file, _, name = key.partition(".")
    tag = _LANGUAGE.get()
    found = catalogue(tag, file).get(name) if tag != DEFAULT_LANGUAGE else None
    if found is None:
        found = catalogue(DEFAULT_LANGUAGE, file)[name]
    if not isinstance(found, str):
        found = found[_plural_category(values["count"])]
    return found.format_map(values)


def term(kind: str, name: str) -> str:
    """The word for a result such as a verdict, in the language in use; its name where it has no other word.

    >>> term("verdict", "defeated")
    'defeated'
    """
    if f"{kind}_{name}" in catalogue(DEFAULT_LANGUAGE, "terms"):
        return message(f"terms.{kind}_{name}")
    return name.replace("_", " ")


def title_within_sentence(title: str) -> str:
    """A title as it stands within a sentence: in small letters, or unchanged where nouns have capitals.

    >>> title_within_sentence("Dead letter")
    'dead letter'
    """
    return title if message("writing.titles_within_sentences") == "as_written" else title.lower()


def language() -> str:
    """The language in use."""
    return _LANGUAGE.get()


@cache
def languages() -> tuple[str, ...]:
    """The languages that there is a catalogue for, whole or in part."""
    return tuple(
        sorted(
            item.name
            for item in files(__name__).iterdir()
            if item.is_dir() and any(file.name.endswith(".toml") for file in item.iterdir())
        )
    )


@contextmanager
def using_language(tag: str) -> Iterator[None]:
    """Use a language in this block (and in this thread or task alone). Raises ValueError when it has no catalogue."""
    if tag not in languages():
        raise ValueError(f"no messages for language `{tag}`; there are: {', '.join(languages())}")
    token = _LANGUAGE.set(tag)
    try:
        yield
    finally:
        _LANGUAGE.reset(token)


def speaking(tag: str) -> AbstractContextManager[None]:
    """As `using_language` for a language that has a catalogue; messages stay in the language in use for another one.

    English is not enforced: who asks for no language reads the language in use.
    """
    return using_language(tag) if tag != DEFAULT_LANGUAGE and tag in languages() else nullcontext()


@cache
def catalogue(tag: str, file: str) -> Mapping[str, Message]:
    """All messages of one file of a language; none where a language other than English lacks the file.

    Raises FileNotFoundError when English has no such file.
    """
    found = files(__name__).joinpath(tag, f"{file}.toml")
    if tag != DEFAULT_LANGUAGE and not found.is_file():
        return {}
    return tomllib.loads(found.read_text(encoding="utf-8"))


def missing_messages(tag: str) -> tuple[str, ...]:
    """The keys of the messages in `ANSWER_FILES` that a language lacks, in the order of the English files."""
    return tuple(
        f"{file}.{name}"
        for file in ANSWER_FILES
        for name in catalogue(DEFAULT_LANGUAGE, file)
        if name not in catalogue(tag, file)
    )


def _plural_category(count: int) -> str:
    """The plural category of CLDR for a whole number: the same in all languages that have a catalogue."""
    return "one" if count == 1 else "other"
