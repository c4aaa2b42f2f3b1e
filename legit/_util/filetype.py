"""Telling apart files that are no text, for the words that help whoever gives one where sentences are expected."""

from __future__ import annotations

_DATABASE = b"SQLite format 3\0"


def is_database(data: bytes) -> bool:
    """Whether these are the first bytes of a database, as the file of a decision log is one."""
    return data.startswith(_DATABASE)
