"""The HTML report: whole by itself, well formed, readable by everybody, and safe whatever the case quotes."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from markupsafe import escape

from legit.cli import main
from legit.judge import Judge
from legit.render.explanation_html import render_explanation_html
from tests.conftest import ROOT

EXAMPLES = sorted((ROOT / "examples").glob("*.legit"))
VOID = {"meta", "link", "br", "path", "rect"}


class Page(HTMLParser):
    """Checks nesting and gathers headings, texts and what refers elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.levels: list[int] = []
        self.ids: list[str] = []
        self.named: list[str] = []
        self.outside: list[str] = []
        self.tags: set[str] = set()
        self.words: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        found = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        self.ids += [found["id"] or ""] if "id" in found else []
        self.named += (found.get("aria-labelledby") or "").split()
        self.outside += [value for name, value in attrs if name in {"src", "href"} and value and value != "data:,"]
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_report_stands_by_itself(judge: Judge, path) -> None:  # type: ignore[no-untyped-def]
    case = judge.parse_case(path.read_text(encoding="utf-8"))
    explanation = judge.explain(case)
    text = render_explanation_html(explanation)
    page = Page(text)
    assert page.outside == []
    assert not page.tags & {"script", "iframe", "object", "img"}
    assert page.levels[0] == 1
    assert page.levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in zip(page.levels, page.levels[1:], strict=False))
    assert len(set(page.ids)) == len(page.ids)
    assert set(page.named) <= set(page.ids)
    said = " ".join(" ".join(page.words).split())
    for finding in explanation.assessment.findings:
        heading = f"<h3>{escape(finding.title)} <small>"
        # A generic ground that rests only on what the grounds before it rest on is no further ground.
        assert (heading in text) is not finding.repeats
        assert finding.repeats or all(source.text in said for source in finding.sources)
    assert (
        not all(finding.repeats for finding in explanation.assessment.findings) or not explanation.assessment.findings
    )
    # The graph has an equivalent in words: every step of the proof stands in the text outside the drawing.
    outside = " ".join(re.sub(r"(?s)<svg.*?</svg>", "", text).split())
    for node in explanation.proof.nodes:
        assert escape(node.text) in outside
    assert render_explanation_html(judge.explain(case)) == text


def test_what_a_case_quotes_is_never_markup(judge: Judge) -> None:
    hostile = "</style><script>alert(1)</script><svg onload=x>&amp;\u202e"
    text = (
        f'Case "{hostile}".\nThe authority is a bank.\nWhat the rule depends on does not exist: "{hostile}".\n'
        f'The user believes that "{hostile}".\nObeying costs nothing that matters. [record "{hostile}"]\n'
        "Breaking the rule harms nobody.\nThe user tried no official channel.\n"
    )
    page = Page(render_explanation_html(judge.explain(text)))
    assert not page.tags & {"script"}
    assert "\u202e" not in "".join(page.words)
    assert "<script>alert(1)</script>" in "".join(page.words)


def _luminance(colour: str) -> float:
    colour = colour.lstrip("#")
    colour = "".join(digit * 2 for digit in colour) if len(colour) == 3 else colour
    channels = [int(colour[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colours_have_contrast() -> None:
    """At least 4.5 to 1, as WCAG 2.2 (1.4.3) asks of text, in every scheme."""
    css = files("legit.render").joinpath("explanation.css").read_text(encoding="utf-8")
    schemes = [dict(re.findall(r"--(\w+): (#\w+)", block)) for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL)]
    assert len(schemes) == 3
    for scheme in schemes:
        for ink in ("ink", "quiet", "defeated", "stands", "contested", "undetermined"):
            for ground in ("paper", "shade"):
                if ink in scheme:
                    one, other = sorted((_luminance(scheme[ink]), _luminance(scheme[ground])))
                    assert (other + 0.05) / (one + 0.05) >= 4.5, (ink, ground, scheme)


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(EXAMPLES[0]), "--format", "html"]) == 0
    assert capsys.readouterr().out.startswith("<!doctype html>")
    assert main(["explain", str(EXAMPLES[0]), "--format", "html", "--why-not", "stands"]) == 2
    assert "prints text or json" in capsys.readouterr().err


def test_what_is_weighed_stands_at_the_criterion_that_it_outweighs(judge: Judge) -> None:
    page = render_explanation_html(
        judge.explain(
            "The user is an outsider.\nObeying costs nothing that matters.\nThe user tried no official channel.\n"
            "Breaking the rule does grave harm to the liberty of the authority.\n"
            "The user did the very thing that the rule targets.\n"
        )
    )
    reasons, _, rest = page.partition("<h2>For the rule</h2>")
    weighed = reasons.partition("<p>Weighed:</p>")[2].partition("</ul>")[0]
    assert "<li>Breaking the rule does grave harm to the liberty of the authority." in weighed
    assert "<li>The user did the very thing that the rule targets." in weighed
    assert "What it protects was weighed; no justification that the base names was stated." in rest
