"""Tables for people to read, by rich: as wide as the cells of the first rows; the number of rows is not limited."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from legit._util.terminal_escape import printable_line
from legit.render.terminal import cell_width, table_text

_ROWS_AT_ONCE = 200
_GAP = 2
_MAX_COLUMN_WIDTH = 48


def table_lines(
    columns: Sequence[str],
    rows: Iterable[Mapping[str, str | int]],
    max_line_width: int = 0,
    max_column_width: int = _MAX_COLUMN_WIDTH,
) -> Iterator[str]:
    """A heading and a line for each row, none if there is no row.

    The first 200 rows decide how wide a column is, in cells, `max_column_width` at most. Where a line would be wider
    than `max_line_width`, the widest columns are narrower, and each row is one line with cells that are cut. Without
    a `max_line_width` what does not fit is folded. Raises MissingExtraError (X001) without the extra `cli`.
    """
    every = iter(rows)
    first = list(itertools.islice(every, _ROWS_AT_ONCE))
    if not first:
        return
    shown = [[_cell(row.get(column, "")) for column in columns] for row in first]
    widths = [min(max_column_width, max(map(cell_width, cells))) for cells in zip(columns, *shown, strict=True)]
    while max_line_width and sum(widths) + _GAP * (len(widths) - 1) > max_line_width and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
    heading: Sequence[str] = columns
    while shown:
        text = table_text(heading, shown, widths, cut=max_line_width > 0)
        yield from (line.rstrip() for line in text.splitlines())
        heading = [""] * len(columns)
        shown = [[_cell(row.get(column, "")) for column in columns] for row in itertools.islice(every, _ROWS_AT_ONCE)]


def _cell(value: str | int) -> str:
    return printable_line(str(value)) or "-"
