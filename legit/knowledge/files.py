"""Reading the files of a knowledge base, with errors that name the file."""

from __future__ import annotations

import contextlib
import importlib.resources
import marshal
import tomllib
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from legit import cache
from legit.errors import KnowledgeBaseError, Problem

MAX_FILE_BYTES = 4_000_000

_MEMO: ContextVar[dict[str, bytes] | None] = ContextVar("toml_memo", default=None)


@contextlib.contextmanager
def remembered(digest: str) -> Iterator[None]:
    """While this holds, texts that were parsed before under `digest` are not parsed again: reading TOML is slow."""
    known = cache.read("toml", digest)
    memo: dict[str, bytes] = dict(known or {})
    token = _MEMO.set(memo)
    try:
        yield
    finally:
        _MEMO.reset(token)
    if known is None:
        cache.write("toml", digest, memo)


def read_text(path: Path, shown: str) -> str:
    """The text of a file.

    Raises KnowledgeBaseError (K101 not readable, K102 too large).
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise KnowledgeBaseError(Problem("K102", f"file is larger than {MAX_FILE_BYTES} bytes", source=shown))
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeBaseError(
            Problem("K101", f"file cannot be read: {error.__class__.__name__}", source=shown)
        ) from error


def parse_toml(text: str, shown: str, first_line: int = 1) -> dict[str, Any]:
    """A TOML text as a dictionary.

    Raises KnowledgeBaseError (K103) with the line within the file when it is not valid TOML.
    """
    memo = _MEMO.get()
    if memo is not None and text in memo:
        return dict(marshal.loads(memo[text]))
    try:
        parsed = tomllib.loads(text)
        if memo is not None:
            with contextlib.suppress(ValueError):  # a value that cannot be kept, as a date
                memo[text] = marshal.dumps(parsed)
        return parsed
    except tomllib.TOMLDecodeError as error:
        line = getattr(error, "lineno", 1) or 1
        raise KnowledgeBaseError(
            Problem("K103", f"not valid TOML: {error}", line=first_line + line - 1, column=1, source=shown)
        ) from error


def read_toml(path: Path, shown: str) -> dict[str, Any]:
    """A TOML file as a dictionary; see `read_text` and `parse_toml` for what is raised."""
    return parse_toml(read_text(path, shown), shown)


def shipped_folder(name: str) -> Path:
    """A data folder of the package; in a checkout that hides the installed package it lies beside it."""
    try:
        return Path(str(importlib.resources.files(f"legit.{name}")))
    except ModuleNotFoundError:
        return Path(__file__).resolve().parents[2] / name
