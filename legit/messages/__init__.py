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
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["DEFAULT_LANGUAGE", "catalogue", "language", "languages", "message", "using_language"]

DEFAULT_LANGUAGE = "en"
"""The language of messages if none is chosen: a BCP 47 tag."""

_LANGUAGE: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)

Message = str | Mapping[str, str]


def message(key: str, /, **values: Any) -> str:
    """The message of a key in the language in use, with its placeholders filled.

    Raises KeyError when there is no such message, or when a placeholder of it has no value.
    """
    file, _, name = key.partition(".")
    found = catalogue(_LANGUAGE.get(), file)[name]
    if not isinstance(found, str):
        found = found[_plural_category(values["count"])]
    return found.format_map(values)


def language() -> str:
    """The language in use."""
    return _LANGUAGE.get()


def languages() -> tuple[str, ...]:
    """The languages that there is a catalogue for."""
    return tuple(sorted(item.name for item in files(__name__).iterdir() if (item / "assessment.toml").is_file()))


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


@cache
def catalogue(tag: str, file: str) -> Mapping[str, Message]:
    """All messages of one file of a language. Raises FileNotFoundError when there is no such file."""
    text = files(__name__).joinpath(tag, f"{file}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _plural_category(count: int) -> str:
    # English alone has a catalogue today; other languages will take their rules from CLDR.
    return "one" if count == 1 else "other"
