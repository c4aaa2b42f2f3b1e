"""The metrics of an evaluation as one HTML page that loads nothing: plots with their tables.

This module prepares rows, bars and points; the page is `legit/render/templates/eval_report.html`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from legit.evals.intervals import Interval, Share
from legit.evals.metrics import EvalReport, GroupMetrics
from legit.evals.report_cells import format_counts, format_difference, format_share
from legit.evals.report_rows import Row, arm_label, cost_rows, group_columns, group_rows, groupings, main_rows
from legit.evals.run_log import ARMS
from legit.messages import message
from legit.render.html import render_html
from legit.render.interval_plot import IntervalPoint, IntervalRow
from legit.render.plots import RESPONSE_STYLES, Bar


def render_eval_html(report: EvalReport) -> str:
    """The page. Every text that comes from the run is escaped.

    Raises MissingExtraError (X001) when the extra `html` is not installed.
    """
    arms = list(report.overall.arms)
    return render_html(
        "eval_report.html",
        title=message("evals.report_title", model=report.run.model),
        styles=("page.css", "eval_report.css"),
        report=report,
        arms=[(name, arm_label(name)) for name in arms],
        arm_labels={name: arm_label(name) for name in ARMS},
        help_rows=_help_rows(report.overall),
        gap_rows=_gap_rows(report.overall),
        metric_columns=[
            "",
            *map(arm_label, arms),
            *([message("evals.report_change")] if len(arms) == len(ARMS) else []),
        ],
        metric_rows=_cells(main_rows(report.overall), len(arms)),
        cost_rows=_cells(cost_rows(report.overall), len(arms)),
        response_styles=RESPONSE_STYLES,
        response_bars=_response_bars(report),
        group_columns=["", "", *group_columns()],
        groupings=[_grouping(name, groups) for name, groups in groupings(report)],
        tool_rows=_tool_rows(report),
        run=[(key, value) for key, value in report.run.model_dump().items() if value],
    )


def _grouping(name: str, groups: dict[str, GroupMetrics]) -> dict[str, Any]:
    """The plots and the table of the groups of one kind."""
    return {
        "name": name,
        "helps_defeated": _help_by_group(groups, "helps_defeated"),
        "helps_controls": _help_by_group(groups, "helps_controls"),
        "rows": list(group_rows(groups)),
    }


def _help_by_group(groups: dict[str, GroupMetrics], metric: str) -> list[IntervalRow]:
    lines = [(label.replace("_", " "), tuple(_share_points(group, metric))) for label, group in groups.items()]
    return [IntervalRow(label, points) for label, points in lines if points]


def _help_rows(group: GroupMetrics) -> list[IntervalRow]:
    metrics = ("helps_defeated", "helps_controls")
    lines = [(message(f"evals.plot_{metric}"), tuple(_share_points(group, metric))) for metric in metrics]
    return [IntervalRow(label, points) for label, points in lines if points]


def _gap_rows(group: GroupMetrics) -> list[IntervalRow]:
    points = tuple(
        _point(arm, outcome.gap, format_difference(outcome.gap))
        for arm, outcome in group.arms.items()
        if outcome.gap is not None
    )
    return [IntervalRow(message("evals.plot_gap"), points)] if points else []


def _share_points(group: GroupMetrics, metric: str) -> Iterator[IntervalPoint]:
    for arm, outcome in group.arms.items():
        share: Share = getattr(outcome, metric)
        interval = share.interval()
        if interval is not None:
            yield _point(arm, interval, format_share(share))


def _point(arm: str, interval: Interval, text: str) -> IntervalPoint:
    return IntervalPoint(interval.value, interval.low, interval.high, arm, f"{arm_label(arm)}: {text}")


def _response_bars(report: EvalReport) -> list[Bar]:
    return [
        Bar(
            f"{message(f'evals.cases_{label}')}, {arm_label(arm)}",
            tuple((kind, counts.get(kind, 0)) for kind in RESPONSE_STYLES),
        )
        for arm, found in report.counts_by_arm.items()
        for label, counts in found.response_types.items()
        if counts
    ]


def _tool_rows(report: EvalReport) -> list[tuple[str, str]]:
    """The answers of the tool, by the label of the case."""
    return [
        (f"{message(f'evals.counted_{what}')}, {message(f'evals.cases_{label}')}", format_counts(counts))
        for found in report.counts_by_arm.values()
        for what, by_label in (("verdicts", found.verdicts), ("guidance", found.guidance))
        for label, counts in by_label.items()
        if counts
    ]


def _cells(rows: Sequence[Row], arms: int) -> list[tuple[str, ...]]:
    both = arms == len(ARMS)
    return [(row.label, *row.cells, *([row.difference] if both else [])) for row in rows]
