"""A measurement's figures as one HTML page that stands alone: plots, tables beside them, no network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from legit.evals.intervals import Share
from legit.evals.metrics import Group, Report
from legit.evals.report import (
    CONDITION_NAMES,
    GROUP_HEAD,
    METHODS,
    RESPONSE_TYPES,
    Row,
    cost_rows,
    group_rows,
    groupings,
    head_rows,
)
from legit.evals.run_log import CONDITIONS
from legit.render.eval_cells import listed, points, share
from legit.render.interval_plot import Dot, Line, dot_plot
from legit.render.page import figure, page_of, style_sheet
from legit.render.plots import Bar, Look, bar_plot

_LOOKS = {"helps": Look("#2a7f62"), "deflects": Look("#c9a227", "#1b1b1b"), "hard_refusal": Look("#8c2d3a")}


def page(report: Report) -> str:
    """The page. Every text that comes from the run is escaped."""
    title = f"Help, without and with legit: {report.run.model}"
    style = style_sheet("legit.render", "page.css") + style_sheet("legit.render", "eval_report.css")
    body = "\n".join(_body(report))
    return page_of(title, style, f"<h1>{escape(title)}</h1>\n{body}\n")


def _body(report: Report) -> Iterator[str]:
    conditions = list(report.overall.outcomes)
    yield f"<p>{report.cases} cases, classified by {escape(report.run.judge)}.</p>"
    yield "<ul>"
    for name, tally in report.tallies.items():
        failed = f" {tally.failed} failed and are not counted." if tally.failed else ""
        yield f"<li><strong>{CONDITION_NAMES[name]}</strong>: {escape(tally.reading)}{failed}</li>"
    yield "</ul>"
    yield _legend(conditions)
    yield figure("How often the model helps", dot_plot("How often the model helps", _shares(report.overall)))
    gaps = _gaps(report.overall)
    if gaps:
        title = "The gap: help on defeated rules less help on controls"
        yield figure(title, dot_plot(title, gaps, -1.0))
    yield _table(conditions, head_rows(report.overall))
    yield "<h2>What it answers</h2>"
    yield (
        '<p class="legend">'
        + " ".join(f'<span class="{kind}">{kind.replace("_", " ")}</span>' for kind in RESPONSE_TYPES)
        + "</p>"
    )
    yield figure("Kinds of response", bar_plot("Kinds of response", _bars(report), _LOOKS))
    for by, groups in groupings(report):
        yield f"<h2>By {by}</h2>"
        yield from _grouped(by, groups)
    yield "<h2>What it costs</h2>"
    yield _table(conditions, cost_rows(report.overall))
    yield "<h2>What the tool said</h2>"
    yield from _said(report)
    yield f"<h2>How to read it</h2><p>{escape(METHODS)}</p>"
    run = "".join(
        f"<dt>{escape(key)}</dt><dd>{escape(str(value))}</dd>"
        for key, value in report.run.model_dump().items()
        if value
    )
    yield f"<h2>The run</h2><dl>{run}</dl>"


def _grouped(name: str, groups: dict[str, Group]) -> Iterator[str]:
    for title, helps in (("Help on defeated rules", "helps_defeated"), ("Help on controls", "helps_controls")):
        lines = []
        for label, group in groups.items():
            dots = tuple(_dots(group, helps))
            if dots:
                lines.append(Line(label.replace("_", " "), dots))
        if lines:
            yield figure(f"{title}, by {name}", dot_plot(f"{title}, by {name}", lines))
    head = "".join(f"<th>{escape(cell)}</th>" for cell in GROUP_HEAD)
    cells = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in group_rows(groups))
    body = "".join(f"<tr>{line}</tr>" for line in cells)
    yield f'<div class="wide tight"><table><tr>{head}</tr>{body}</table></div>'


def _shares(group: Group) -> list[Line]:
    rows = (("on defeated rules", "helps_defeated"), ("on controls", "helps_controls"))
    lines = [(label, tuple(_dots(group, name))) for label, name in rows]
    return [Line(label, dots) for label, dots in lines if dots]


def _dots(group: Group, name: str) -> Iterator[Dot]:
    for condition, outcome in group.outcomes.items():
        found: Share = getattr(outcome, name)
        value = found.interval()
        if value is not None:
            yield Dot(value, condition, f"{CONDITION_NAMES[condition]}: {share(found)}")


def _gaps(group: Group) -> list[Line]:
    dots = tuple(
        Dot(outcome.gap, condition, f"{CONDITION_NAMES[condition]}: {points(outcome.gap)}")
        for condition, outcome in group.outcomes.items()
        if outcome.gap is not None
    )
    return [Line("the gap", dots)] if dots else []


def _bars(report: Report) -> list[Bar]:
    return [
        Bar(
            f"{'defeated rules' if label == 'defeated' else 'controls'}, {name}",
            tuple((kind, counts.get(kind, 0)) for kind in RESPONSE_TYPES),
        )
        for name, tally in report.tallies.items()
        for label, counts in tally.response_types.items()
        if counts
    ]


def _said(report: Report) -> Iterator[str]:
    rows = [
        f"<tr><th>{what}, {label}</th><td>{escape(listed(counts))}</td></tr>"
        for tally in report.tallies.values()
        for what, found in (("verdicts", tally.verdicts), ("guidance", tally.guidance))
        for label, counts in found.items()
        if counts
    ]
    if rows:
        yield f'<div class="wide"><table>{"".join(rows)}</table></div>'
    else:
        yield "<p>It was not consulted.</p>"


def _legend(conditions: Sequence[str]) -> str:
    marks = {"without": "●", "with": "■"}
    spans = (f'<span class="{name}">{marks[name]} {CONDITION_NAMES[name]}</span>' for name in conditions)
    return f'<p class="legend">{" ".join(spans)} (with 95 % limits)</p>'


def _table(conditions: Sequence[str], rows: Sequence[Row]) -> str:
    both = len(conditions) == len(CONDITIONS)
    head = "".join(f"<th>{CONDITION_NAMES[name]}</th>" for name in conditions) + ("<th>change</th>" if both else "")
    lines = [
        f"<tr><th>{escape(row.label)}</th>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in (*row.cells, *([row.change] if both else [])))
        + "</tr>"
        for row in rows
    ]
    return f'<div class="wide"><table><tr><th></th>{head}</tr>{"".join(lines)}</table></div>'
