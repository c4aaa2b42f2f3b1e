"""JSON lines: values of JSON, one a line. Only a line feed ends a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn


def numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a text that hold something, each with its number from 1.

    JSON may hold U+2028, U+2029 and U+0085 within a string. `str.splitlines` would break the line there.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line


def no_constant(name: str) -> NoReturn:
    """For `parse_constant` of `json.loads`: raises ValueError for `NaN` and `Infinity`, which are no JSON."""
    raise ValueError(f"`{name}` is no number")
