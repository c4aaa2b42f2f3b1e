"""The pieces of which every page is made. Whatever comes from a base is escaped here."""

from __future__ import annotations

import importlib.resources
import posixpath
from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from legit._util.terminal_escape import printable, printable_line
from legit.messages import message
from legit.render.html import markup, render_html


class Site(NamedTuple):
    """What every page says of the base: its name and version, and the line at the foot."""

    title: str
    footer: str


def site_style_sheet() -> str:
    """The style of every page: that of a report, and what a site needs besides."""
    report = importlib.resources.files("legit.render").joinpath("explanation.css").read_text(encoding="utf-8")
    return report + importlib.resources.files("legit.site").joinpath("site.css").read_text(encoding="utf-8")


def escape_text(value: str) -> str:
    """A text on one line, fit for an element or a quoted attribute."""
    return escape(printable_line(value))


def escape_multiline(value: str) -> str:
    """A text that keeps its lines."""
    return escape(printable(value))


def escape_sentence(value: str) -> str:
    """A text that begins with a capital letter."""
    return escape_text(value[:1].upper() + value[1:])


def link(page: str, target: str, label: str) -> str:
    """A link between two pages of the site; only its words where there is no such page."""
    if not target:
        return escape_text(label)
    return f'<a href="{escape(relative_url(page, target))}">{escape_text(label)}</a>'


def relative_url(here: str, target: str) -> str:
    """The way from one page of the site to another, or to a place in one."""
    page, mark, place = target.partition("#")
    if page == here and mark:
        return mark + place
    return posixpath.relpath(page, posixpath.dirname(here) or ".") + mark + place


def section(title: str, body: str, name: str = "") -> str:
    """A part of a page under a heading; nothing where it is empty."""
    mark = f' id="{escape(name)}"' if name else ""
    return f"<section{mark}>\n<h2>{escape_text(title)}</h2>\n{body}</section>\n" if body else ""


def ul(items: Iterable[str], css_class: str = "") -> str:
    """A list of items that are HTML already; nothing where there are none."""
    shown = "".join(f"<li>{item}</li>\n" for item in items)
    mark = f' class="{css_class}"' if css_class else ""
    return f"<ul{mark}>\n{shown}</ul>\n" if shown else ""


def site_page(site: Site, here: str, title: str, breadcrumbs: Iterable[str], body: str, script: str = "") -> str:
    """A whole page of the site. `breadcrumbs` are links (HTML) that lead to it, `body` and `script` are HTML.

    Raises MissingExtraError (X001) when the extra `html` is not installed.
    """
    return render_html(
        "site.html",
        title=title if title == site.title else message("site.title", page=title, site=site.title),
        up="../" * here.count("/"),
        site=site.title,
        breadcrumbs=[markup(step) for step in breadcrumbs],
        heading=title,
        body=markup(body),
        footer=site.footer,
        script=markup(script),
    )
