"""Text for terminals by rich: the one module that knows it. Needs the extra `cli`, and imports rich when it is called.

Widths are counted in cells of a terminal: a wide character (東) takes two, a combining accent none.
"""

from __future__ import annotations

from types import ModuleType

from legit._util.optional import import_optional


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


def _cells() -> ModuleType:
    return import_optional("rich.cells", "cli", "text for a terminal")
