"""Plots as inline SVG: bars of shares, and columns of counts. No script, no font and no picture is loaded.

Colours are given as attributes, which every renderer knows; a style sheet may exchange them by the class of a series.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from legit.messages import message
from legit.model.assessment import Verdict

# Narrow, with the labels above their rows, so that it can be read on a phone.
WIDTH, SIDE_MARGIN, LABEL_HEIGHT, ROW_HEIGHT, TOP_MARGIN, BOTTOM_MARGIN = 480, 24, 18, 48, 4, 28
TEXT_COLOUR = "#1b1b1b"
_MAX_LABEL_LENGTH = 60
_AXIS_STEPS = 4
_MIN_WIDTH_FOR_COUNT = 24
_MIN_WIDTH_FOR_MARK = 44
_COLUMN_PLOT_HEIGHT, _COLUMN_PLOT_MARGIN = 200, 44
_MAX_COLUMN_LABELS, _HALF_LABEL_WIDTH = 4, 42


@dataclass(frozen=True, slots=True)
class SeriesStyle:
    """How a series looks: its colour, that of letters on it, and a letter that tells it apart without colour."""

    fill: str
    text_colour: str = "#ffffff"
    mark: str = ""


VERDICT_STYLES = {
    Verdict.DEFEATED.value: SeriesStyle("#17603a", mark="D"),
    Verdict.STANDS.value: SeriesStyle("#2a62ad", mark="S"),
    Verdict.CONTESTED.value: SeriesStyle("#c9a227", "#1b1b1b", "C"),
    Verdict.UNDETERMINED.value: SeriesStyle("#75489b", mark="U"),
}
RESPONSE_STYLES = {
    "helps": SeriesStyle("#2a7f62"),
    "deflects": SeriesStyle("#c9a227", "#1b1b1b"),
    "hard_refusal": SeriesStyle("#8c2d3a"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar or column: its label, and its parts as (series, count)."""

    label: str
    segments: tuple[tuple[str, int], ...]


def bar_plot(title: str, bars: Sequence[Bar], styles: Mapping[str, SeriesStyle]) -> str:
    """Stacked bars of shares, one row a bar, each part with its count where there is room."""
    height = TOP_MARGIN + ROW_HEIGHT * len(bars) + BOTTOM_MARGIN
    parts = [axis(0.0, 1.0, height)]
    for number, bar in enumerate(bars):
        top = TOP_MARGIN + ROW_HEIGHT * number
        y, thick = top + LABEL_HEIGHT + 4, ROW_HEIGHT - LABEL_HEIGHT - 8
        parts.append(label(bar.label, top))
        total = sum(count for _, count in bar.segments)
        before = 0
        for series, count in bar.segments:
            if not count:
                continue
            left, right = x_position(before / total, 0.0, 1.0), x_position((before + count) / total, 0.0, 1.0)
            look = styles[series]
            parts.append(
                f'<g class="{escape(series)}" {_fill_attributes(look)}><title>{_tooltip(series, count, total)}</title>'
                f'<rect x="{left:.1f}" y="{y}" width="{right - left:.1f}" height="{thick}"/>'
            )
            if right - left > _MIN_WIDTH_FOR_COUNT:
                shown = f"{look.mark} {count}" if look.mark and right - left > _MIN_WIDTH_FOR_MARK else str(count)
                parts.append(
                    f'<text x="{(left + right) / 2:.1f}" y="{y + 16}" text-anchor="middle" fill="{look.text_colour}"'
                    f' stroke="none">{shown}</text>'
                )
            parts.append("</g>")
            before += count
    return svg(title, height, parts)


def column_plot(title: str, columns: Sequence[Bar], styles: Mapping[str, SeriesStyle]) -> str:
    """Stacked columns of counts, in their order; some of them are labelled below."""
    top = max((sum(count for _, count in column.segments) for column in columns), default=0)
    top = _round_up(max(top, 1))
    wide = (WIDTH - _COLUMN_PLOT_MARGIN - SIDE_MARGIN) / max(len(columns), 1)
    bottom = TOP_MARGIN + 8 + _COLUMN_PLOT_HEIGHT
    parts = list(_counts_axis(top, bottom))
    every = -(-len(columns) // _MAX_COLUMN_LABELS)
    for number, column in enumerate(columns):
        left = _COLUMN_PLOT_MARGIN + number * wide
        total, y = sum(count for _, count in column.segments), float(bottom)
        for series, count in column.segments:
            if count:
                tall = _COLUMN_PLOT_HEIGHT * count / top
                y -= tall
                parts.append(
                    f'<g class="{escape(series)}" {_fill_attributes(styles[series])}>'
                    f"<title>{escape(column.label)}, {_tooltip(series, count, total)}</title>"
                    f'<rect x="{left + wide * 0.1:.1f}" y="{y:.1f}" width="{wide * 0.8:.1f}" height="{tall:.1f}"/></g>'
                )
        if number % every == 0:
            middle = min(max(left + wide / 2, _HALF_LABEL_WIDTH), WIDTH - _HALF_LABEL_WIDTH)
            parts.append(
                f'<text class="label" x="{middle:.1f}" y="{bottom + 20}" text-anchor="middle">'
                f"{escape(column.label)}</text>"
            )
    return svg(title, bottom + BOTTOM_MARGIN, parts)


def svg(title: str, height: int, parts: Sequence[str]) -> str:
    """A picture of its parts; `title` is read out in place of it."""
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def x_position(value: float, low: float, high: float) -> float:
    """The position of a value on the horizontal axis."""
    return SIDE_MARGIN + (WIDTH - 2 * SIDE_MARGIN) * (value - low) / (high - low)


def axis(low: float, high: float, height: int) -> str:
    """The horizontal axis, in per cent."""
    parts = []
    for step in range(_AXIS_STEPS + 1):
        value = low + (high - low) * step / _AXIS_STEPS
        x = x_position(value, low, high)
        zero = ' stroke="#1b1b1b" class="zero"' if value == 0 and low < 0 else ""
        parts.append(f'<line{zero} x1="{x:.1f}" x2="{x:.1f}" y1="{TOP_MARGIN}" y2="{height - BOTTOM_MARGIN}"/>')
        anchor = "start" if step == 0 else "end" if step == _AXIS_STEPS else "middle"
        sign = "+" if low < 0 < value else ""
        parts.append(
            f'<text x="{x:.1f}" y="{height - BOTTOM_MARGIN + 20}" text-anchor="{anchor}" stroke="none">'
            f"{sign}{100 * value:.0f} %</text>"
        )
    return f'<g class="axis" stroke="#c9c9c9">{"".join(parts)}</g>'


def label(text: str, top: float) -> str:
    """The label of a row, above it."""
    short = text if len(text) <= _MAX_LABEL_LENGTH else text[: _MAX_LABEL_LENGTH - 1] + "…"
    return f'<text class="label" x="{SIDE_MARGIN}" y="{top + 15:.1f}">{escape(short)}</text>'


def _counts_axis(top: int, bottom: int) -> Iterator[str]:
    yield '<g class="axis" stroke="#c9c9c9">'
    for step in range(_AXIS_STEPS + 1 if top % _AXIS_STEPS == 0 else 2):
        value = top * step // (_AXIS_STEPS if top % _AXIS_STEPS == 0 else 1)
        y = bottom - _COLUMN_PLOT_HEIGHT * value / top
        yield f'<line x1="{_COLUMN_PLOT_MARGIN}" x2="{WIDTH - SIDE_MARGIN}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{_COLUMN_PLOT_MARGIN - 6}" y="{y + 5:.1f}" text-anchor="end" stroke="none">{value}</text>'
    yield "</g>"


def _round_up(number: int) -> int:
    """The next of 1, 2, 4, 8, 20, 40, 80, 200 and so on."""
    scale = int("1" + "0" * (len(str(number)) - 1))
    return next(step * scale for step in (1, 2, 4, 8, 20) if step * scale >= number)


def _fill_attributes(style: SeriesStyle) -> str:
    return f'fill="{style.fill}" stroke="#ffffff" stroke-width="1"'


def _tooltip(series: str, count: int, total: int) -> str:
    return escape(message("plots.part", series=series.replace("_", " "), count=count, total=total))
