"""HTML by Jinja2 templates with autoescape. Every page extends `templates/base.html` and loads nothing from elsewhere.

Needs the extra `html`. In every value that a template prints, control and bidi characters first become visible escapes,
then the text is escaped for HTML. Only `Markup`, which macros and the SVG writers return, is printed as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from legit._util.optional import import_optional
from legit._util.terminal_escape import printable, printable_line
from legit.messages import language, message
from legit.render.interval_plot import interval_plot
from legit.render.plots import bar_plot, column_plot

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def render_html(template: str, /, **values: Any) -> str:
    """A page from a template of `legit/render/templates/`, ending in a line break.

    The same values give the same bytes. Raises MissingExtraError (X001) when Jinja2 is not installed.
    """
    return _environment().get_template(template).render(values).rstrip("\n") + "\n"


def markup(html: str) -> Markup:
    """HTML that is safe already, as the SVG writers produce it, so that a template prints it unchanged."""
    from markupsafe import Markup

    return Markup(html)


def text(value: object) -> str:
    """A value as one line of HTML text, for writers of SVG and attributes outside templates."""
    return escape(printable_line(str(value)))


def style_sheets(*names: str) -> Markup:
    """Style sheets of `legit/render/`, one after the other."""
    return markup("".join(files("legit.render").joinpath(name).read_text(encoding="utf-8") for name in names))


@cache
def _environment() -> Environment:
    jinja2 = import_optional("jinja2", "html", "HTML output")
    environment: Environment = jinja2.Environment(
        loader=jinja2.PackageLoader("legit.render", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        finalize=_without_control_characters,
    )
    environment.globals.update(message=message, language=language, style_sheets=style_sheets)
    environment.globals.update(
        bar_plot=_svg(bar_plot), column_plot=_svg(column_plot), interval_plot=_svg(interval_plot)
    )
    environment.filters.update(sentence=_sentence, code=_code, lines=_lines)
    return environment


def _without_control_characters(value: object) -> object:
    return value if hasattr(value, "__html__") else printable_line(str(value))


def _svg(plot: Callable[..., str]) -> Callable[..., Markup]:
    return lambda *values: markup(plot(*values))


def _code(value: str) -> Markup:
    """A text in which what stands between backticks is code."""
    parts = text(value).split("`")
    return markup("".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts)))


def _lines(value: str) -> Markup:
    """A text that keeps its line breaks."""
    return markup(escape(printable(value)))


def _sentence(value: str) -> str:
    """A text that begins with a capital letter."""
    return value[:1].upper() + value[1:]
