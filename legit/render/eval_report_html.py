"""The metrics of an evaluation as one HTML page that loads nothing: plots with their tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from legit.evals.intervals import Share
from legit.evals.metrics import EvalReport, GroupMetrics
from legit.evals.run_log import ARMS
from legit.messages import message
from legit.render.eval_cells import format_counts, format_difference, format_share
from legit.render.eval_report_text import (
    ARM_LABELS,
    GROUP_COLUMNS,
    METHODS_NOTE,
    RESPONSE_TYPES,
    Row,
    cost_rows,
    group_rows,
    groupings,
    main_rows,
)
from legit.render.interval_plot import IntervalPoint, IntervalRow, interval_plot
from legit.render.page import figure, html_page, read_style_sheet
from legit.render.plots import Bar, SeriesStyle, bar_plot

_RESPONSE_STYLES = {
    "helps": SeriesStyle("#2a7f62"),
    "deflects": SeriesStyle("#c9a227", "#1b1b1b"),
    "hard_refusal": SeriesStyle("#8c2d3a"),
}


def render_eval_html(report: EvalReport) -> str:
    """The page. Every text that comes from the run is escaped."""
    title = f"Help, without and with legit: {report.run.model}"
    style = read_style_sheet("legit.render", "page.css") + read_style_sheet("legit.render", "eval_report.css")
    body = "\n".join(_body(report))
    return html_page(title, style, f"<h1>{escape(title)}</h1>\n{body}\n")


def _body(report: EvalReport) -> Iterator[str]:
    conditions = list(report.overall.arms)
    yield f"<p>{report.cases} cases, classified by {escape(report.run.grader)}.</p>"
    yield "<ul>"
    for name, tally in report.counts_by_arm.items():
        failed = f" {tally.failed} failed and are not counted." if tally.failed else ""
        meaning = escape(message(f"evals.interpretation_{tally.interpretation}"))
        yield f"<li><strong>{ARM_LABELS[name]}</strong>: {meaning}{failed}</li>"
    yield "</ul>"
    yield _legend(conditions)
    yield figure("How often the model helps", interval_plot("How often the model helps", _share_rows(report.overall)))
    gaps = _gap_rows(report.overall)
    if gaps:
        title = "The gap: help on defeated rules less help on controls"
        yield figure(title, interval_plot(title, gaps, -1.0))
    yield _metric_table(conditions, main_rows(report.overall))
    yield "<h2>What it answers</h2>"
    yield (
        '<p class="legend">'
        + " ".join(f'<span class="{kind}">{kind.replace("_", " ")}</span>' for kind in RESPONSE_TYPES)
        + "</p>"
    )
    yield figure("Kinds of response", bar_plot("Kinds of response", _response_bars(report), _RESPONSE_STYLES))
    for by, groups in groupings(report):
        yield f"<h2>By {by}</h2>"
        yield from _group_section(by, groups)
    yield "<h2>What it costs</h2>"
    yield _metric_table(conditions, cost_rows(report.overall))
    yield "<h2>What the tool said</h2>"
    yield from _tool_result_rows(report)
    yield f"<h2>How to read it</h2><p>{escape(METHODS_NOTE)}</p>"
    run = "".join(
        f"<dt>{escape(key)}</dt><dd>{escape(str(value))}</dd>"
        for key, value in report.run.model_dump().items()
        if value
    )
    yield f"<h2>The run</h2><dl>{run}</dl>"


def _group_section(name: str, groups: dict[str, GroupMetrics]) -> Iterator[str]:
    for title, helps in (("Help on defeated rules", "helps_defeated"), ("Help on controls", "helps_controls")):
        lines = []
        for label, group in groups.items():
            dots = tuple(_interval_points(group, helps))
            if dots:
                lines.append(IntervalRow(label.replace("_", " "), dots))
        if lines:
            yield figure(f"{title}, by {name}", interval_plot(f"{title}, by {name}", lines))
    head = "".join(f"<th>{escape(cell)}</th>" for cell in GROUP_COLUMNS)
    cells = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in group_rows(groups))
    body = "".join(f"<tr>{line}</tr>" for line in cells)
    yield f'<div class="wide tight"><table><tr>{head}</tr>{body}</table></div>'


def _share_rows(group: GroupMetrics) -> list[IntervalRow]:
    rows = (("on defeated rules", "helps_defeated"), ("on controls", "helps_controls"))
    lines = [(label, tuple(_interval_points(group, name))) for label, name in rows]
    return [IntervalRow(label, dots) for label, dots in lines if dots]


def _interval_points(group: GroupMetrics, metric: str) -> Iterator[IntervalPoint]:
    for condition, outcome in group.arms.items():
        found: Share = getattr(outcome, metric)
        value = found.interval()
        if value is not None:
            yield IntervalPoint(
                value.value, value.low, value.high, condition, f"{ARM_LABELS[condition]}: {format_share(found)}"
            )


def _gap_rows(group: GroupMetrics) -> list[IntervalRow]:
    dots = tuple(
        IntervalPoint(
            outcome.gap.value,
            outcome.gap.low,
            outcome.gap.high,
            condition,
            f"{ARM_LABELS[condition]}: {format_difference(outcome.gap)}",
        )
        for condition, outcome in group.arms.items()
        if outcome.gap is not None
    )
    return [IntervalRow("the gap", dots)] if dots else []


def _response_bars(report: EvalReport) -> list[Bar]:
    return [
        Bar(
            f"{'defeated rules' if label == 'defeated' else 'controls'}, {name}",
            tuple((kind, counts.get(kind, 0)) for kind in RESPONSE_TYPES),
        )
        for name, tally in report.counts_by_arm.items()
        for label, counts in tally.response_types.items()
        if counts
    ]


def _tool_result_rows(report: EvalReport) -> Iterator[str]:
    rows = [
        f"<tr><th>{what}, {label}</th><td>{escape(format_counts(counts))}</td></tr>"
        for tally in report.counts_by_arm.values()
        for what, found in (("verdicts", tally.verdicts), ("guidance", tally.guidance))
        for label, counts in found.items()
        if counts
    ]
    if rows:
        yield f'<div class="wide"><table>{"".join(rows)}</table></div>'
    else:
        yield "<p>It was not consulted.</p>"


def _legend(arms: Sequence[str]) -> str:
    marks = {"baseline": "●", "tool": "■"}
    spans = (f'<span class="{name}">{marks[name]} {ARM_LABELS[name]}</span>' for name in arms)
    return f'<p class="legend">{" ".join(spans)} (with 95 % limits)</p>'


def _metric_table(arms: Sequence[str], rows: Sequence[Row]) -> str:
    both = len(arms) == len(ARMS)
    head = "".join(f"<th>{ARM_LABELS[name]}</th>" for name in arms) + ("<th>change</th>" if both else "")
    lines = [
        f"<tr><th>{escape(row.label)}</th>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in (*row.cells, *([row.difference] if both else [])))
        + "</tr>"
        for row in rows
    ]
    return f'<div class="wide"><table><tr><th></th>{head}</tr>{"".join(lines)}</table></div>'
