"""Plots as inline SVG: dots with their limits, and stacked bars. No script, no font and no picture is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from legit.bench.intervals import Interval

# Narrow, with the labels above their rows, so that it can be read on a phone.
_WIDTH, _SIDE, _LABEL, _ROW, _TOP, _BOTTOM = 480, 24, 18, 48, 4, 28
_LETTERS = 60
_STEPS = 4
# Given as attributes, which every renderer knows; the style sheet exchanges them for a dark page.
_COLOURS = {
    "without": "#b35806",
    "with": "#1f5fa8",
    "helps": "#2a7f62",
    "deflects": "#c9a227",
    "hard_refusal": "#8c2d3a",
}
_DARK_INK, _INK = "#ffffff", "#1b1b1b"


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


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it is of, and its parts as (series, count)."""

    label: str
    parts: tuple[tuple[str, int], ...]


def dot_plot(title: str, lines: Sequence[Line], low: float = 0.0, high: float = 1.0) -> str:
    """Dots with limits on a common axis in per cent, one row a line. `title` is read out in place of the picture."""
    height = _TOP + _ROW * len(lines) + _BOTTOM
    parts = [_axis(low, high, height)]
    for number, line in enumerate(lines):
        top = _TOP + _ROW * number
        middle = top + _LABEL + (_ROW - _LABEL) / 2
        parts.append(_label(line.label, top))
        for place, dot in enumerate(line.dots):
            y = middle + 9 * (place - (len(line.dots) - 1) / 2)
            left, right, x = (_x(item, low, high) for item in (dot.value.low, dot.value.high, dot.value.value))
            parts.append(
                f'<g class="{escape(dot.series)}" {_look(dot.series)} stroke-width="2">'
                f"<title>{escape(dot.says)}</title>"
                f'<line x1="{left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>{_mark(place, x, y)}</g>'
            )
    return _svg(title, height, parts)


def bar_plot(title: str, bars: Sequence[Bar]) -> str:
    """Stacked bars of shares, one row a bar, each part with its count where there is room."""
    height = _TOP + _ROW * len(bars) + _BOTTOM
    parts = [_axis(0.0, 1.0, height)]
    for number, bar in enumerate(bars):
        top = _TOP + _ROW * number
        y, thick = top + _LABEL + 4, _ROW - _LABEL - 8
        parts.append(_label(bar.label, top))
        total = sum(count for _, count in bar.parts)
        before = 0
        for series, count in bar.parts:
            if not count:
                continue
            left, right = _x(before / total, 0.0, 1.0), _x((before + count) / total, 0.0, 1.0)
            said = f"{series.replace('_', ' ')}: {count} of {total}"
            parts.append(
                f'<g class="{escape(series)}" {_look(series)} stroke-width="0"><title>{escape(said)}</title>'
                f'<rect x="{left:.1f}" y="{y}" width="{right - left:.1f}" height="{thick}"/>'
            )
            if right - left > 24:
                ink = _INK if series == "deflects" else _DARK_INK
                middle = (left + right) / 2
                parts.append(f'<text x="{middle:.1f}" y="{y + 16}" text-anchor="middle" fill="{ink}">{count}</text>')
            parts.append("</g>")
            before += count
    return _svg(title, height, parts)


def _svg(title: str, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def _x(value: float, low: float, high: float) -> float:
    return _SIDE + (_WIDTH - 2 * _SIDE) * (value - low) / (high - low)


def _axis(low: float, high: float, height: int) -> str:
    parts = []
    for step in range(_STEPS + 1):
        value = low + (high - low) * step / _STEPS
        x = _x(value, low, high)
        zero = ' stroke="#1b1b1b" class="zero"' if value == 0 and low < 0 else ""
        parts.append(f'<line{zero} x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{height - _BOTTOM}"/>')
        anchor = "start" if step == 0 else "end" if step == _STEPS else "middle"
        sign = "+" if low < 0 < value else ""
        parts.append(
            f'<text x="{x:.1f}" y="{height - _BOTTOM + 20}" text-anchor="{anchor}" stroke="none">'
            f"{sign}{100 * value:.0f} %</text>"
        )
    return f'<g class="axis" stroke="#c9c9c9">{"".join(parts)}</g>'


def _label(label: str, top: float) -> str:
    short = label if len(label) <= _LETTERS else label[: _LETTERS - 1] + "…"
    return f'<text class="label" x="{_SIDE}" y="{top + 15:.1f}">{escape(short)}</text>'


def _look(series: str) -> str:
    colour = _COLOURS.get(series, _INK)
    return f'fill="{colour}" stroke="{colour}"'


def _mark(place: int, x: float, y: float) -> str:
    """A circle for the first dot of a row and a square for the second: told apart without colour."""
    if place == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
    return f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10"/>'
