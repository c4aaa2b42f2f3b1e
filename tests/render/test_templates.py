"""Pages are made by templates alone: one base page, escaped values, and no word that is not a message."""

from __future__ import annotations

import re
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from legit.render.html import render_html
from tests.conftest import ROOT

TEMPLATES = sorted((ROOT / "legit" / "render" / "templates").glob("*.html"))
SVG_WRITERS = {"graph_svg.py", "html.py", "interval_plot.py", "plots.py"}


def parsed(path: Path) -> nodes.Template:
    return jinja2.Environment().parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_page_extends_the_base_page(path: Path) -> None:
    parents = {str(node.template.as_const()) for node in parsed(path).find_all(nodes.Extends)}  # type: ignore[attr-defined]
    assert parents <= {"base.html", "site.html"}
    assert bool(parents) == (path.name != "base.html" and not path.name.endswith("parts.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_holds_no_words(path: Path) -> None:
    """What stands outside tags and expressions has no letter."""
    shown = "".join(
        part.data if isinstance(part, nodes.TemplateData) else "\0"
        for output in parsed(path).find_all(nodes.Output)
        for part in output.nodes
    )
    assert not re.search(r"[^\W\d_]", re.sub(r"<[^>]*>", "", shown))


def test_only_the_writers_of_svg_write_elements() -> None:
    writers = {
        path.name
        for path in (ROOT / "legit").rglob("*.py")
        if re.search(r"</[a-z]+>", path.read_text(encoding="utf-8"))
    }
    assert writers <= SVG_WRITERS


def test_values_are_escaped_and_control_characters_become_visible() -> None:
    graph = {"title": '"><b>', "svg": "<svg>", "text": "<i>\x1b[2J\nmore"}
    page = render_html("graph.html", title="<script>\u202e", styles=(), graph=graph)
    for element in ("<script>", "<b>", "<svg>", "<i>"):
        assert element not in page
    assert not re.search("[\x1b\u202e]", page)
    assert "&lt;i&gt;\\x1b[2J\nmore" in page
