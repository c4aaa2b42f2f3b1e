"""Tells files of SQLite, such as decision logs, from others."""

from __future__ import annotations

import contextlib
from pathlib import Path

_BEGINS = b"SQLite format 3\0"


def is_database(path: Path) -> bool:
    """Whether there is a file of SQLite at a path. One that this process has open loses its locks by the look."""
    with contextlib.suppress(OSError):
        if path.is_file():
            with path.open("rb") as file:
                return file.read(len(_BEGINS)) == _BEGINS
    return False
