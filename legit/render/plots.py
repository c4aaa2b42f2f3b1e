"""Plots as inline SVG: bars of shares, and columns of counts. No script, no font and no picture is loaded.

Colours are given as attributes, which every renderer knows; a style sheet may exchange them by the class of a series.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

# Narrow, with the labels above their rows, so that it can be read on a phone.
WIDTH, SIDE, LABEL, ROW, TOP, BOTTOM = 480, 24, 18, 48, 4, 28
INK = "#1b1b1b"
_LETTERS = 60
_STEPS = 4
_PART = 24
_MARKED_PART = 44
_COLUMNS_HEIGHT, _COLUMNS_SIDE = 200, 44
_LABELS, _HALF_A_LABEL = 4, 42


@dataclass(frozen=True, slots=True)
class Look:
    """How a series looks: its colour, that of letters on it, and a letter that tells it apart without colour."""

    fill: str
    ink: str = "#ffffff"
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar or column: what it is of, and its parts as (series, count)."""

    label: str
    parts: tuple[tuple[str, int], ...]


def bar_plot(title: str, bars: Sequence[Bar], looks: Mapping[str, Look]) -> str:
    """Stacked bars of shares, one row a bar, each part with its count where there is room."""
    height = TOP + ROW * len(bars) + BOTTOM
    parts = [axis(0.0, 1.0, height)]
    for number, bar in enumerate(bars):
        top = TOP + ROW * number
        y, thick = top + LABEL + 4, ROW - LABEL - 8
        parts.append(label(bar.label, top))
        total = sum(count for _, count in bar.parts)
        before = 0
        for series, count in bar.parts:
            if not count:
                continue
            left, right = place(before / total, 0.0, 1.0), place((before + count) / total, 0.0, 1.0)
            look = looks[series]
            parts.append(
                f'<g class="{escape(series)}" {_filled(look)}><title>{_says(series, count, total)}</title>'
                f'<rect x="{left:.1f}" y="{y}" width="{right - left:.1f}" height="{thick}"/>'
            )
            if right - left > _PART:
                shown = f"{look.mark} {count}" if look.mark and right - left > _MARKED_PART else str(count)
                parts.append(
                    f'<text x="{(left + right) / 2:.1f}" y="{y + 16}" text-anchor="middle" fill="{look.ink}"'
                    f' stroke="none">{shown}</text>'
                )
            parts.append("</g>")
            before += count
    return svg(title, height, parts)


def column_plot(title: str, columns: Sequence[Bar], looks: Mapping[str, Look]) -> str:
    """Stacked columns of counts, in their order; some of them are labelled below."""
    top = max((sum(count for _, count in column.parts) for column in columns), default=0)
    top = _round_up(max(top, 1))
    wide = (WIDTH - _COLUMNS_SIDE - SIDE) / max(len(columns), 1)
    bottom = TOP + 8 + _COLUMNS_HEIGHT
    parts = list(_counts_axis(top, bottom))
    every = -(-len(columns) // _LABELS)
    for number, column in enumerate(columns):
        left = _COLUMNS_SIDE + number * wide
        total, y = sum(count for _, count in column.parts), float(bottom)
        for series, count in column.parts:
            if count:
                tall = _COLUMNS_HEIGHT * count / top
                y -= tall
                parts.append(
                    f'<g class="{escape(series)}" {_filled(looks[series])}>'
                    f"<title>{escape(column.label)}, {_says(series, count, total)}</title>"
                    f'<rect x="{left + wide * 0.1:.1f}" y="{y:.1f}" width="{wide * 0.8:.1f}" height="{tall:.1f}"/></g>'
                )
        if number % every == 0:
            middle = min(max(left + wide / 2, _HALF_A_LABEL), WIDTH - _HALF_A_LABEL)
            parts.append(
                f'<text class="label" x="{middle:.1f}" y="{bottom + 20}" text-anchor="middle">'
                f"{escape(column.label)}</text>"
            )
    return svg(title, bottom + BOTTOM, parts)


def svg(title: str, height: int, parts: Sequence[str]) -> str:
    """A picture of its parts; `title` is read out in place of it."""
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def place(value: float, low: float, high: float) -> float:
    """Where a value is on the horizontal axis."""
    return SIDE + (WIDTH - 2 * SIDE) * (value - low) / (high - low)


def axis(low: float, high: float, height: int) -> str:
    """The horizontal axis, in per cent."""
    parts = []
    for step in range(_STEPS + 1):
        value = low + (high - low) * step / _STEPS
        x = place(value, low, high)
        zero = ' stroke="#1b1b1b" class="zero"' if value == 0 and low < 0 else ""
        parts.append(f'<line{zero} x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{height - BOTTOM}"/>')
        anchor = "start" if step == 0 else "end" if step == _STEPS else "middle"
        sign = "+" if low < 0 < value else ""
        parts.append(
            f'<text x="{x:.1f}" y="{height - BOTTOM + 20}" text-anchor="{anchor}" stroke="none">'
            f"{sign}{100 * value:.0f} %</text>"
        )
    return f'<g class="axis" stroke="#c9c9c9">{"".join(parts)}</g>'


def label(words: str, top: float) -> str:
    """What a row is of, above it."""
    short = words if len(words) <= _LETTERS else words[: _LETTERS - 1] + "…"
    return f'<text class="label" x="{SIDE}" y="{top + 15:.1f}">{escape(short)}</text>'


def _counts_axis(top: int, bottom: int) -> Iterator[str]:
    yield '<g class="axis" stroke="#c9c9c9">'
    for step in range(_STEPS + 1 if top % _STEPS == 0 else 2):
        value = top * step // (_STEPS if top % _STEPS == 0 else 1)
        y = bottom - _COLUMNS_HEIGHT * value / top
        yield f'<line x1="{_COLUMNS_SIDE}" x2="{WIDTH - SIDE}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{_COLUMNS_SIDE - 6}" y="{y + 5:.1f}" text-anchor="end" stroke="none">{value}</text>'
    yield "</g>"


def _round_up(number: int) -> int:
    """The next of 1, 2, 4, 8, 20, 40, 80, 200 and so on."""
    scale = int("1" + "0" * (len(str(number)) - 1))
    return next(step * scale for step in (1, 2, 4, 8, 20) if step * scale >= number)


def _filled(look: Look) -> str:
    return f'fill="{look.fill}" stroke="#ffffff" stroke-width="1"'


def _says(series: str, count: int, total: int) -> str:
    return escape(f"{series.replace('_', ' ')}: {count} of {total}")
