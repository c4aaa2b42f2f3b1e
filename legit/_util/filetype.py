"""Detects an SQLite file, so that a decision log given where sentences are expected is named as one."""

from __future__ import annotations

_DATABASE = b"SQLite format 3\0"


def is_database(data: bytes) -> bool:
    """Whether the bytes begin as an SQLite database does. A decision log is one."""
    return data.startswith(_DATABASE)
