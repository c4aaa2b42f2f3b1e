"""Plots of measured figures as SVG files, with the plot code of the reports."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

from legit.render.plots import BOTTOM_MARGIN, LABEL_HEIGHT, ROW_HEIGHT, SIDE_MARGIN, TOP_MARGIN, WIDTH, label, svg

_ROOM_FOR_VALUE = 110
_FILL = "#2a62ad"


def bars(title: str, rows: Sequence[tuple[str, float]], unit: str, *, logarithmic: bool = False) -> str:
    """A bar for each figure, with the figure in words beside it. On a logarithmic scale bars begin at 1."""
    most = max(value for _, value in rows)
    parts = []
    for number, (name, value) in enumerate(rows):
        top = TOP_MARGIN + ROW_HEIGHT * number
        share = math.log10(max(value, 1)) / math.log10(max(most, 10)) if logarithmic else value / most
        wide = max(1.0, share * (WIDTH - 2 * SIDE_MARGIN - _ROOM_FOR_VALUE))
        y, thick = top + LABEL_HEIGHT + 4, ROW_HEIGHT - LABEL_HEIGHT - 10
        said = f"{value:,.0f}" if value >= 100 else f"{value:,.3g}"
        parts.append(label(name, top))
        parts.append(f'<rect x="{SIDE_MARGIN}" y="{y}" width="{wide:.1f}" height="{thick}" fill="{_FILL}"/>')
        parts.append(f'<text x="{SIDE_MARGIN + wide + 6:.1f}" y="{y + 15}">{escape(f"{said} {unit}")}</text>')
    return svg(title, TOP_MARGIN + ROW_HEIGHT * len(rows) + BOTTOM_MARGIN // 2, parts)


def write_plot(folder: Path, name: str, picture: str) -> Path:
    """Write a picture to a file of its own, dark letters on white."""
    style = "<style>text{font:13px sans-serif;fill:#1b1b1b}</style>"
    white = f'<rect width="{WIDTH}" height="100%" fill="#ffffff"/>'
    head, _, body = picture.partition(">")
    head = head.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.svg"
    path.write_text(f"{head}>{style}{white}{body}\n", encoding="utf-8")
    return path
