"""The names by which formats call the same thing: `names.toml`, and how a field is taken from a record."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

from legit.conversations.conversation import Role

_MILLISECONDS = 1e11
"""From this number on, seconds since 1970 would lie after the year 5138: the number counts milliseconds, and a
thousand times it microseconds, and so on."""


@cache
def names(section: str) -> dict[str, tuple[str, ...]]:
    """A section of the file."""
    text = importlib.resources.files("legit.conversations").joinpath("names.toml").read_text(encoding="utf-8")
    return {key: tuple(values) for key, values in tomllib.loads(text)[section].items()}


@cache
def _roles() -> dict[str, Role]:
    return {name: cast("Role", role) for role, found in names("roles").items() for name in found}


def role_named(name: object) -> Role | None:
    """The role that a name stands for; None when it is none."""
    if isinstance(name, Mapping):
        name = name.get("role") or name.get("name")
    return _roles().get(name.strip().lower()) if isinstance(name, str) else None


@cache
def part_kind(name: str) -> str:
    """What a part of a message of this type is: text, refusal, call, result, reasoning; or empty."""
    return next((kind for kind, found in names("parts").items() if name in found), "")


def take(record: dict[str, Any], section: str, what: str) -> Any:
    """Take a field out of a record by the first of its names that holds something; None when there is none."""
    for name in names(section)[what]:
        if record.get(name) not in (None, "", [], {}):
            return record.pop(name)
    return None


def take_text(record: dict[str, Any], section: str, what: str) -> str:
    """As `take`, where a text or a number is expected. Something else stays in the record."""
    for name in names(section)[what]:
        value = record.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and value != "":
            del record[name]
            return str(value)
    return ""


def take_time(record: dict[str, Any], section: str = "message") -> str:
    """As `take`, where a moment is expected. What is none stays in the record."""
    for name in names(section)["time"]:
        moment = moment_of(record.get(name))
        if moment:
            del record[name]
            return moment
    return ""


def moment_of(value: object) -> str:
    """A moment in ISO 8601: of such a text, of a date, or of the seconds (or milli-, micro-, nanoseconds) since 1970.
    Empty for something else."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        if value.isdigit() and len(value) > 8:
            return moment_of(int(value))
        try:
            datetime.fromisoformat(value)
        except ValueError:
            return ""
        return value
    if isinstance(value, int | float) and value > 0:
        while value >= _MILLISECONDS:
            value = value / 1000
        try:
            return datetime.fromtimestamp(value, UTC).isoformat()
        except (OverflowError, ValueError):
            return ""
    return ""


def filled(record: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a record that hold something."""
    return {str(key): value for key, value in record.items() if value not in (None, "", [], {})}
