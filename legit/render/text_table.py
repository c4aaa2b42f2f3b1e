"""Tables for people to read: columns as wide as what stands in the first rows, any number of rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from legit._util.terminal_escape import printable_line

_MEASURED_ROWS = 200
_MAX_COLUMN_WIDTH = 48


def table_lines(
    columns: Sequence[str],
    rows: Iterable[Mapping[str, str | int]],
    max_line_width: int = 0,
    max_column_width: int = _MAX_COLUMN_WIDTH,
) -> Iterator[str]:
    """A heading and a line for each row, none where there is no row.

    The first rows decide how wide a column is, `widest` at most; a line longer than `most` (if any) is cut.
    """
    every = iter(rows)
    first = list(itertools.islice(every, _MEASURED_ROWS))
    if not first:
        return
    shown = [[_cell(row.get(column, "")) for column in columns] for row in first]
    widths = [min(max_column_width, max(map(len, cells))) for cells in zip(columns, *shown, strict=True)]
    later = ([_cell(row.get(column, "")) for column in columns] for row in every)
    for cells in itertools.chain([list(columns)], shown, later):
        line = "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()
        yield f"{line[: max_line_width - 1]}…" if max_line_width and len(line) > max_line_width else line


def _cell(value: str | int) -> str:
    return printable_line(str(value)) or "-"
