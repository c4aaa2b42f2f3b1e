"""The frame of a page, and the parts that pages share. Every text is escaped; what is marked as HTML is not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

from legit._util.terminal_escape import printable_line
from legit.render.html import markup, render_html


def html_page(title: str, style: str, body: str) -> str:
    """A whole page: `title` is a text, `style` a style sheet and `body` the HTML of its main part.

    Raises MissingExtraError (X001) when the extra `html` is not installed.
    """
    return render_html("page.html", title=title, style=markup(style), body=markup(body))


def read_style_sheet(package: str, name: str) -> str:
    """A style sheet that is part of a package."""
    return files(package).joinpath(name).read_text(encoding="utf-8")


def escape_text(value: object) -> str:
    """A value as text in HTML."""
    return escape(printable_line(str(value)))


def figure(title: str, svg: str) -> str:
    """A plot (HTML) under its title."""
    return f"<figure><figcaption>{escape_text(title)}</figcaption>{svg}</figure>\n"


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]], text_columns: Iterable[int] = ()) -> str:
    """A table with its title; the first cell of a row is what it is of, the others numbers but for those in `words`.

    Empty when there is no row. It can be scrolled by keyboard where it is wider than the screen.
    """
    left = {0, *text_columns}
    looks = ["" if column in left else ' class="number"' for column in range(len(head))]
    lines = [
        f'<tr><th scope="row">{escape_text(row[0])}</th>'
        + "".join(f"<td{look}>{escape_text(cell)}</td>" for look, cell in zip(looks[1:], row[1:], strict=True))
        + "</tr>\n"
        for row in rows
    ]
    if not lines:
        return ""
    columns = "".join(f'<th scope="col"{look}>{escape_text(cell)}</th>' for look, cell in zip(looks, head, strict=True))
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape_text(title)}"><table>\n'
        f"<caption>{escape_text(title)}</caption>\n<thead><tr>{columns}</tr></thead>\n<tbody>\n{''.join(lines)}</tbody>\n"
        "</table></div>\n"
    )
