"""Dots with their limits, as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from legit.render.plots import (
    BOTTOM_MARGIN,
    LABEL_HEIGHT,
    ROW_HEIGHT,
    TEXT_COLOUR,
    TOP_MARGIN,
    axis,
    label,
    svg,
    x_position,
)

_SERIES_COLOURS = {"baseline": "#b35806", "tool": "#1f5fa8"}


@dataclass(frozen=True, slots=True)
class IntervalPoint:
    """A value between -1 and 1 with its limits; `series` names its look in the style sheet."""

    value: float
    low: float
    high: float
    series: str
    tooltip: str


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """One row of a plot: its label, and its dots."""

    label: str
    points: tuple[IntervalPoint, ...]


def interval_plot(title: str, rows: Sequence[IntervalRow], low: float = 0.0, high: float = 1.0) -> str:
    """Dots with limits on a common axis in per cent, one row a line. `title` is read out in place of the picture."""
    height = TOP_MARGIN + ROW_HEIGHT * len(rows) + BOTTOM_MARGIN
    parts = [axis(low, high, height)]
    for number, line in enumerate(rows):
        top = TOP_MARGIN + ROW_HEIGHT * number
        middle = top + LABEL_HEIGHT + (ROW_HEIGHT - LABEL_HEIGHT) / 2
        parts.append(label(line.label, top))
        for at, dot in enumerate(line.points):
            y = middle + 12 * (at - (len(line.points) - 1) / 2)
            left, right, x = (x_position(item, low, high) for item in (dot.low, dot.high, dot.value))
            parts.append(
                f'<g class="{escape(dot.series)}" {_series_attributes(dot.series)} stroke-width="2">'
                f"<title>{escape(dot.tooltip)}</title>"
                f'<line x1="{left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>{_marker(at, x, y)}</g>'
            )
    return svg(title, height, parts)


def _series_attributes(series: str) -> str:
    colour = _SERIES_COLOURS.get(series, TEXT_COLOUR)
    return f'fill="{colour}" stroke="{colour}"'


def _marker(at: int, x: float, y: float) -> str:
    """A circle for the first dot of a row and a square for the second: told apart without colour."""
    if at == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
    return f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10"/>'
