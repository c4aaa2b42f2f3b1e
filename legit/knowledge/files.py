"""Reading the files of a knowledge base, with errors that name the file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from legit.errors import KnowledgeBaseError, Problem

MAX_FILE_BYTES = 4_000_000


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
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = getattr(error, "lineno", 1) or 1
        raise KnowledgeBaseError(
            Problem("K103", f"not valid TOML: {error}", line=first_line + line - 1, column=1, source=shown)
        ) from error


def read_toml(path: Path, shown: str) -> dict[str, Any]:
    """A TOML file as a dictionary; see `read_text` and `parse_toml` for what is raised."""
    return parse_toml(read_text(path, shown), shown)
