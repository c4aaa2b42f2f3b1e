"""Writes tables as CSV in which no cell can be taken for a spreadsheet formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

_FORMULA_PREFIXES = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")


def write_table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], file: IO[str]) -> None:
    """Write rows with a header. A text that a spreadsheet would run is written behind an apostrophe."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_escape_formula(row.get(column, "")) for column in columns] for row in rows)


def _escape_formula(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_PREFIXES) else value
