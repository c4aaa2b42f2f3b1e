"""Canonical JSON, and reading JSON from strangers: bounded in size and depth, no key twice, no number that is none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from legit._util.json_lines import no_constant
from legit.decision_log.entries import canonical_json
from legit.errors import DossierError, Problem

MAX_JSON_BYTES = 64_000_000
"""The most bytes of one JSON member of an archive."""

MAX_LINE_BYTES = 1_000_000
"""The most bytes of one record."""

ModelT = TypeVar("ModelT", bound=BaseModel)


def to_bytes(value: Any) -> bytes:
    """A value, or a model, as canonical JSON in UTF-8: sorted keys, no spaces, one line break at the end.

    Raises DossierError (E110) for a text with a lone surrogate, which UTF-8 cannot encode.
    """
    data = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    try:
        return f"{canonical_json(data)}\n".encode()
    except UnicodeEncodeError as error:
        raise _error("a text cannot be encoded in UTF-8", "") from error


def from_bytes(data: bytes, source: str, limit: int = MAX_JSON_BYTES) -> Any:
    """The value of canonical JSON. Raises DossierError (E110) when the bytes are not those that `to_bytes` gives."""
    if len(data) > limit:
        raise _error(f"longer than {limit} bytes", source)
    try:
        value = json.loads(data, object_pairs_hook=_without_duplicates, parse_constant=no_constant)
        same = to_bytes(value) == data
    except (ValueError, RecursionError) as error:
        raise _error(f"not JSON that can be read: {str(error)[:120]}", source) from error
    if not same:
        raise _error("not canonical: sorted keys, no spaces, one line break at the end", source)
    return value


def read_model(model: type[ModelT], data: bytes, source: str, limit: int = MAX_JSON_BYTES) -> ModelT:
    """The model of canonical JSON. Raises DossierError (E110) when the bytes are not those of such a model."""
    value = from_bytes(data, source, limit)
    try:
        found = model.model_validate(value)
    except (ValidationError, RecursionError) as error:
        raise _error(first_validation_error(error), source) from error
    # What a model leaves out, or turns into another type, would escape every check that follows.
    if to_bytes(found) != data:
        raise _error("a value is not in the form that is written", source)
    return found


def first_validation_error(error: Exception) -> str:
    """Where a model does not fit, and why, in one line."""
    if not isinstance(error, ValidationError):
        return "nested too deeply"
    item = error.errors(include_url=False)[0]
    place = ".".join(map(str, item["loc"]))
    return f"`{place}`: {item['msg'].lower()}" if place else item["msg"].lower()


def sha256(data: bytes) -> str:
    """The SHA-256 of bytes, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def rounded(value: float | None) -> float | None:
    """A figure with six digits, so that the last bit of a machine's arithmetic does not show."""
    return None if value is None else round(value, 6) + 0.0


def _without_duplicates(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key `{key[:60]}` stands twice")
        found[key] = value
    return found


def _error(reason: str, source: str) -> DossierError:
    return DossierError(Problem("E110", reason, source=source))
