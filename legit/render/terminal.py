"""Text for terminals by rich: the one module that knows it. It is imported when it is needed.

Widths are counted in cells of a terminal: a wide character (東) takes two, a combining accent none.
"""

from __future__ import annotations

import re
import sys
import textwrap
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from io import StringIO
from types import ModuleType
from typing import Any, Protocol

from legit._util.optional import import_optional

_ONE_CELL_EACH = re.compile("[ -~\xa0-\xac\xae-\u02ff\u2010-\u2027\u2190-\u21ff]*")
_SECONDS_BETWEEN_FRAMES = 0.1
_GAP = 2
"""The cells between two columns of a table."""


class Step(Protocol):
    """Tells how much of a long run is done, of which total (0: unknown), and a note to show behind it."""

    def __call__(self, done: int, total: int, note: str = "") -> None: ...


def cell_width(text: str) -> int:
    """The number of cells that a line of text takes. Raises MissingExtraError (X001) when rich is not installed."""
    width: int = _cells().cell_len(text)
    return width


def wrap(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """A text in lines of at most `width` cells, broken at spaces; a word longer than a line is broken too.

    `first` stands before the first line, `rest` before each other one, and both count. An empty text has no line.
    Without rich, each character counts as one cell.
    """
    text = text.strip()
    if not text:
        return []
    begun, *more = _broken(text, max(1, width - _width(first)))
    if more and _width(rest) != _width(first):
        more = _broken(text[len(begun) :].lstrip(), max(1, width - _width(rest)))
    return [first + begun, *(rest + line for line in more)]


def fill(text: str, width: int, first: str = "", rest: str = "") -> str:
    """The lines of `wrap`, joined by line breaks."""
    return "\n".join(wrap(text, width, first, rest))


def table_text(columns: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int], *, cut: bool) -> str:
    """A table of rich without lines, with a heading where a column has one. `widths` are those of the columns in cells.

    What does not fit into its column is `cut`, with an ellipsis, or else folded within the column.

    Raises MissingExtraError (X001) when rich is not installed.
    """
    _cells()
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), show_header=any(columns), header_style="")
    for column, cells in zip(columns, widths, strict=True):
        table.add_column(column, width=cells, no_wrap=cut, overflow="ellipsis" if cut else "fold")
    for row in rows:
        table.add_row(*row)
    console = Console(
        file=StringIO(), width=sum(widths) + _GAP * len(widths), color_system=None, legacy_windows=False,
        markup=False, highlight=False, emoji=False,
    )  # fmt: skip
    with console.capture() as captured:
        console.print(table)
    return captured.get()


@contextmanager
def progress(label: str, *, rated: bool = False) -> Iterator[Step]:
    """Yields a function that shows on standard error how much is done: on a terminal, where rich is installed.

    When `rated`, it shows too how much is done in a second, and the time that is left.
    Nothing of it is left on the terminal at the end.
    """
    if not sys.stderr.isatty() or find_spec("rich") is None:
        yield lambda done, total, note="": None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(24), MofNCompleteColumn(),
        TextColumn("{task.fields[note]}", markup=False), *((TimeRemainingColumn(),) if rated else ()),
    )  # fmt: skip
    # Output during the progress appears above the bar, unless it is redirected.
    above = sys.stdout.isatty()
    with Progress(
        *columns, console=Console(stderr=True), transient=True, auto_refresh=False, redirect_stdout=above
    ) as bar:
        task = bar.add_task(label, total=None, note="")
        begin, shown = time.monotonic(), 0.0

        def step(done: int, total: int, note: str = "") -> None:
            nonlocal shown
            if rated:
                note = f"{done / max(time.monotonic() - begin, 1e-3):,.0f}/s {note}".strip()
            bar.update(task, completed=done, total=total or None, note=note)
            if time.monotonic() - shown >= _SECONDS_BETWEEN_FRAMES:
                bar.refresh()
                shown = time.monotonic()

        yield step


def _width(text: str) -> int:
    """As `cell_width`, without rich where every character takes one cell, or where rich is not installed."""
    if _ONE_CELL_EACH.fullmatch(text) or find_spec("rich") is None:
        return len(text)
    return cell_width(text)


def _broken(text: str, room: int) -> list[str]:
    """The lines of a text, by rich where it is installed and a character may take other than one cell."""
    if _ONE_CELL_EACH.fullmatch(text) or find_spec("rich") is None:
        return textwrap.wrap(text, room, break_on_hyphens=False)
    from rich.text import Text

    return [line.plain.strip() for line in Text(text).wrap(_measuring_console(), room)]


@cache
def _measuring_console() -> Any:
    """A console of rich that shows nothing: rich asks one how it wraps."""
    from rich.console import Console

    return Console(file=StringIO(), color_system=None, legacy_windows=False)


def _cells() -> ModuleType:
    return import_optional("rich.cells", "cli", "text for a terminal")
