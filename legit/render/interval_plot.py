"""Dots with their limits, as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from legit.evals.intervals import Interval
from legit.render.plots import BOTTOM, INK, LABEL, ROW, TOP, axis, label, place, svg

_COLOURS = {"without": "#b35806", "with": "#1f5fa8"}


@dataclass(frozen=True, slots=True)
class Dot:
    """A value between -1 and 1 with its limits; `series` names its look in the style sheet."""

    value: Interval
    series: str
    says: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a plot: what it is of, and its dots."""

    label: str
    dots: tuple[Dot, ...]


def dot_plot(title: str, lines: Sequence[Line], low: float = 0.0, high: float = 1.0) -> str:
    """Dots with limits on a common axis in per cent, one row a line. `title` is read out in place of the picture."""
    height = TOP + ROW * len(lines) + BOTTOM
    parts = [axis(low, high, height)]
    for number, line in enumerate(lines):
        top = TOP + ROW * number
        middle = top + LABEL + (ROW - LABEL) / 2
        parts.append(label(line.label, top))
        for at, dot in enumerate(line.dots):
            y = middle + 9 * (at - (len(line.dots) - 1) / 2)
            left, right, x = (place(item, low, high) for item in (dot.value.low, dot.value.high, dot.value.value))
            parts.append(
                f'<g class="{escape(dot.series)}" {_look(dot.series)} stroke-width="2">'
                f"<title>{escape(dot.says)}</title>"
                f'<line x1="{left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>{_mark(at, x, y)}</g>'
            )
    return svg(title, height, parts)


def _look(series: str) -> str:
    colour = _COLOURS.get(series, INK)
    return f'fill="{colour}" stroke="{colour}"'


def _mark(at: int, x: float, y: float) -> str:
    """A circle for the first dot of a row and a square for the second: told apart without colour."""
    if at == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
    return f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10"/>'
