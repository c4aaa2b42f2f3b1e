"""Tables for people to read: columns are as wide as the cells of the first rows; the number of rows is not limited."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from legit._util.terminal_escape import printable_line
from legit.render.terminal import cell_width, fit, shorten

_MEASURED_ROWS = 200
_MAX_COLUMN_WIDTH = 48


def table_lines(
    columns: Sequence[str],
    rows: Iterable[Mapping[str, str | int]],
    max_line_width: int = 0,
    max_column_width: int = _MAX_COLUMN_WIDTH,
) -> Iterator[str]:
    """A heading and a line for each row, none if there is no row.

    The first 200 rows decide how wide a column is, in cells, `max_column_width` at most; a line wider than
    `max_line_width` (0: any width) is cut. Raises MissingExtraError (X001) when the extra `cli` is not installed.
    """
    every = iter(rows)
    first = list(itertools.islice(every, _MEASURED_ROWS))
    if not first:
        return
    shown = [[_cell(row.get(column, "")) for column in columns] for row in first]
    widths = [min(max_column_width, max(map(cell_width, cells))) for cells in zip(columns, *shown, strict=True)]
    later = ([_cell(row.get(column, "")) for column in columns] for row in every)
    for cells in itertools.chain([list(columns)], shown, later):
        line = "  ".join(fit(cell, width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        yield shorten(line, max_line_width) if max_line_width else line


def _cell(value: str | int) -> str:
    return printable_line(str(value)) or "-"
