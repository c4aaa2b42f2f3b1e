"""The formats of `legit explain` and `legit log explain`, one table. JSON is always there and needs no entry.

To add a format: write a module of `legit/render/` with a function that renders an `Explanation`, and name it in a line
of EXPLANATION_FORMATS. The option, its help, `log explain` and the tests take it from the table.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from legit.model.explanation import Explanation, WhyNot
    from legit.render.assessment_text import TextStyle

__all__ = ["EXPLANATION_FORMATS", "ExplanationFormat", "format_names", "formats_help", "why_not_format_names"]


@dataclass(frozen=True, slots=True)
class ExplanationFormat:
    """A format: what it is for, and the functions that render it, as `module:function`. They are imported when used.

    `renderer` takes the explanation, the style of the terminal, and a notice about the decision that is explained
    (empty for a case). `why_not_renderer` takes an answer to `--why-not`, its title and the style; empty: the format
    has no form for it. `notice` says where `log explain` puts its notice: on standard output above the text, into the
    page, or on standard error, so that a program reads the output alone. `one_case`: the output is about one case, so
    that a file of several is refused.
    """

    help: str
    renderer: str
    why_not_renderer: str = ""
    notice: Literal["above", "inside", "stderr"] = "stderr"
    one_case: bool = False

    def render(self, explanation: Explanation, style: TextStyle, notice: str) -> str:
        """The explanation in this format; ends in a line break."""
        text: str = pkgutil.resolve_name(self.renderer)(explanation, style, notice)
        return text

    def render_why_not(self, why_not: WhyNot, title: str, style: TextStyle) -> str:
        """An answer to `--why-not` in this format; ends in a line break. The format must have a form for it."""
        text: str = pkgutil.resolve_name(self.why_not_renderer)(why_not, title, style)
        return text


_TEXT = "legit.render.explanation_text"

EXPLANATION_FORMATS: dict[str, ExplanationFormat] = {
    "text": ExplanationFormat("for a terminal", f"{_TEXT}:render_explanation", f"{_TEXT}:render_why_not", "above"),
    "html": ExplanationFormat(
        "one page that needs nothing else", "legit.render.explanation_html:render_explanation_html",
        notice="inside", one_case=True,
    ),
    "mermaid": ExplanationFormat("the proof as a drawing", "legit.render.graph:render_mermaid"),
    "dot": ExplanationFormat("the proof for Graphviz", "legit.render.graph:render_dot"),
}  # fmt: skip
"""Every format by its name. The first is the default."""


def format_names() -> tuple[str, ...]:
    """The values of `--format`, the default first."""
    first, *others = EXPLANATION_FORMATS
    return first, "json", *others


def why_not_format_names() -> tuple[str, ...]:
    """The formats that have a form for an answer to `--why-not`."""
    without = {name for name, item in EXPLANATION_FORMATS.items() if not item.why_not_renderer}
    return tuple(name for name in format_names() if name not in without)


def formats_help() -> str:
    """The description of each format, for the help of `--format`."""
    return "; ".join(f"{name}: {item.help}" for name, item in EXPLANATION_FORMATS.items())
