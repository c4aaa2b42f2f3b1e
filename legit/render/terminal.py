"""Text for terminals by rich: the one module that knows it. It is imported when it is needed.

Widths are counted in cells of a terminal: a wide character (東) takes two, a combining accent none.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType
from typing import Protocol

from legit._util.optional import import_optional

_ONE_CELL_EACH = re.compile("[ -~\xa0-\xac\xae-\u02ff\u2010-\u2027\u2190-\u21ff]*")
_WORD = re.compile(r"(\s*)(\S+)")
_SECONDS_BETWEEN_FRAMES = 0.1


class Step(Protocol):
    """Tells how much of a long run is done, of which total (0: unknown), and a note to show behind it."""

    def __call__(self, done: int, total: int, note: str = "") -> None: ...


def cell_width(text: str) -> int:
    """The number of cells that a line of text takes. Raises MissingExtraError (X001) when rich is not installed."""
    width: int = _cells().cell_len(text)
    return width


def fit(text: str, width: int) -> str:
    """A line of text padded with spaces to a width in cells; a longer one stays as it is.

    Raises MissingExtraError (X001) when rich is not installed.
    """
    return text + " " * (width - cell_width(text))


def shorten(text: str, width: int) -> str:
    """A line of text cut to a width in cells, with an ellipsis as its last character where it was cut.

    Raises MissingExtraError (X001) when rich is not installed.
    """
    if cell_width(text) <= width:
        return text
    cut: str = _cells().set_cell_size(text, width - 1)
    return f"{cut}…"


def wrap(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """A text in lines of at most `width` cells, broken at spaces; a word longer than a line is broken too.

    `first` stands before the first line, `rest` before each other one, and both count. An empty text has no line.
    Without rich, each character counts as one cell.
    """
    lines: list[str] = []
    line, start = "", first
    for space, word in _WORD.findall(text):
        while word:
            room = max(1, width - _width(start))
            longer = f"{line}{space}{word}" if line else word
            if _width(longer) <= room:
                line, word = longer, ""
                continue
            if not line:
                line, word = _split(word, room)
            lines.append(start + line)
            line, start = "", rest
    return [*lines, start + line] if line else lines


def fill(text: str, width: int, first: str = "", rest: str = "") -> str:
    """The lines of `wrap`, joined by line breaks."""
    return "\n".join(wrap(text, width, first, rest))


@contextmanager
def progress(label: str) -> Iterator[Step]:
    """Yields a function that shows on standard error how much is done: on a terminal, where rich is installed.

    Nothing of it is left on the terminal at the end.
    """
    if not sys.stderr.isatty() or find_spec("rich") is None:
        yield lambda done, total, note="": None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(24), MofNCompleteColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )  # fmt: skip
    # Output during the progress appears above the bar, unless it is redirected.
    above = sys.stdout.isatty()
    with Progress(
        *columns, console=Console(stderr=True), transient=True, auto_refresh=False, redirect_stdout=above
    ) as bar:
        task = bar.add_task(label, total=None, note="")
        shown = 0.0

        def step(done: int, total: int, note: str = "") -> None:
            nonlocal shown
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


def _split(word: str, room: int) -> tuple[str, str]:
    """The longest beginning of a word that takes at most `room` cells, one character at least, and the rest."""
    end = 1
    while end < len(word) and _width(word[: end + 1]) <= room:
        end += 1
    return word[:end], word[end:]


def _cells() -> ModuleType:
    return import_optional("rich.cells", "cli", "text for a terminal")
