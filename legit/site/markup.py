"""The pieces of which every page is made. Whatever comes from a base is escaped here."""

from __future__ import annotations

import importlib.resources
import posixpath
from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from legit._util.terminal_escape import printable, printable_line


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
    """A whole page; `trail` holds the links that lead to it."""
    up = "../" * here.count("/")
    way = "".join(f"<li>{step}</li>\n" for step in breadcrumbs)
    shown = escape_text(title if title == site.title else f"{title} - {site.title}")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{shown}</title>\n<link rel="icon" href="data:,">\n<link rel="stylesheet" href="{up}style.css">\n'
        '</head>\n<body>\n<a class="skip" href="#content">To the content</a>\n<header class="site">\n'
        f'<nav aria-label="Where this is"><ol class="trail"><li><a href="{up}index.html">{escape_text(site.title)}</a></li>\n'
        f"{way}</ol></nav>\n"
        f'<form role="search" action="{up}index.html" method="get"><label for="q">Search</label>\n'
        '<input id="q" name="q" type="search" autocomplete="off"> <button>Find</button></form>\n</header>\n'
        f'<main id="content">\n<h1>{escape_text(title)}</h1>\n{body}</main>\n'
        f"<footer>{escape_text(site.footer)}</footer>\n{script}</body>\n</html>\n"
    )
