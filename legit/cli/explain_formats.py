"""The formats of `legit explain` and `legit log explain`, one table. JSON is always there and needs no entry.

To add a format: write a function that renders an `Explanation`, and add an entry with its name to
EXPLANATION_FORMATS. The option, its help, `log explain` and the tests take it from the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from legit.model.explanation import Explanation, WhyNot
    from legit.render.assessment_text import TextStyle

__all__ = ["EXPLANATION_FORMATS", "ExplanationFormat", "format_names", "formats_help", "why_not_format_names"]


@dataclass(frozen=True, slots=True)
class ExplanationFormat:
    """A format.

    `render` takes the explanation, the style of the terminal, and a notice about the decision that is explained (empty
    for a case). `render_why_not` does the same for an answer to `--why-not` with its title; None: the format has no
    form for it. `notice` says where `log explain` puts its notice: on standard output above the text, into the page,
    or on standard error, so that a program reads the output alone. `one_case`: the output is about one case, so that a
    file of several is refused.
    """

    help: str
    render: Callable[[Explanation, TextStyle, str], str]
    render_why_not: Callable[[WhyNot, str, TextStyle], str] | None = None
    notice: Literal["above", "inside", "stderr"] = "stderr"
    one_case: bool = False


def _text(explanation: Explanation, style: TextStyle, _notice: str) -> str:
    from legit.render.explanation_text import render_explanation

    return render_explanation(explanation, style)


def _text_why_not(why_not: WhyNot, title: str, style: TextStyle) -> str:
    from legit.render.explanation_text import render_why_not

    return render_why_not(why_not, title, style)


def _html(explanation: Explanation, _style: TextStyle, notice: str) -> str:
    from legit.render.explanation_html import render_explanation_html

    return render_explanation_html(explanation, notice)


def _mermaid(explanation: Explanation, _style: TextStyle, _notice: str) -> str:
    from legit.render.graph import to_mermaid

    return to_mermaid(explanation.proof)


def _dot(explanation: Explanation, _style: TextStyle, _notice: str) -> str:
    from legit.render.graph import to_dot

    return to_dot(explanation.proof)


EXPLANATION_FORMATS: dict[str, ExplanationFormat] = {
    "text": ExplanationFormat("for a terminal", _text, _text_why_not, notice="above"),
    "html": ExplanationFormat("one page that needs nothing else", _html, notice="inside", one_case=True),
    "mermaid": ExplanationFormat("the proof as a drawing", _mermaid),
    "dot": ExplanationFormat("the proof for Graphviz", _dot),
}
"""Every format by its name. The first is the default."""


def format_names() -> tuple[str, ...]:
    """The values of `--format`, the default first."""
    first, *others = EXPLANATION_FORMATS
    return first, "json", *others


def why_not_format_names() -> tuple[str, ...]:
    """The formats that have a form for an answer to `--why-not`."""
    return tuple(
        name
        for name in format_names()
        if name not in EXPLANATION_FORMATS or EXPLANATION_FORMATS[name].render_why_not is not None
    )


def formats_help() -> str:
    """What each format is, for the help of `--format`."""
    return "; ".join(f"{name}: {item.help}" for name, item in EXPLANATION_FORMATS.items())
