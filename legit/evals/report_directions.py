"""The figures of both directions as text."""

from __future__ import annotations

from collections.abc import Iterator

from legit.evals.directions import Change, DirectionGroup, DirectionReport
from legit.evals.intervals import Interval
from legit.evals.report_cells import format_share, format_share_short
from legit.evals.report_rows import arm_label
from legit.messages import message

Line = tuple[str, ...]

_FIGURES = (
    "pair_accuracy", "half_right", "helps_defeated", "helps_standing", "enforces_defeated", "enforces_standing",
    "yields", "consistent",
)  # fmt: skip


def direction_tables(report: DirectionReport) -> Iterator[tuple[str, list[Line]]]:
    """Each table under its title: the figures of all cases, then pairs by domain, criterion and language."""
    arms = [arm_label(arm) for arm in report.overall.arms]
    head = (message("evals.direction_figure"), *arms, message("evals.report_change"), message("evals.direction_p"))
    title = message("evals.direction_title", pairs=report.overall.pairs, cases=report.overall.cases)
    yield title, [head, *_rows(report.overall)]
    for name, groups in (
        ("domain", report.by_domain),
        ("criterion", report.by_criterion),
        ("language", report.by_language),
    ):
        if len(groups) > 1:
            yield (
                message("evals.direction_by", name=name),
                [("", message("evals.direction_pairs"), *arms), *map(_group_row, groups.items())],
            )


def _rows(group: DirectionGroup) -> Iterator[Line]:
    for name in _FIGURES:
        shares = [getattr(metrics, name) for metrics in group.arms.values()]
        if any(share.total for share in shares):
            change = getattr(group.changes, name, None) if group.changes else None
            yield (message(f"evals.shows_{name}"), *map(format_share, shares), *_change(change))
    if group.changes and group.changes.relative_reduction:
        reduction = _percent(group.changes.relative_reduction)
        yield (message("evals.direction_relative_reduction"), *("" for _ in group.arms), reduction)


def _change(change: Change | None) -> Line:
    if change is None or change.difference is None:
        return ("", "")
    return (_percent(change.difference, sign="+"), f"{change.p:.3g}")


def _percent(found: Interval, sign: str = "") -> str:
    return f"{100 * found.value:{sign}.1f} ({100 * found.low:{sign}.1f} to {100 * found.high:{sign}.1f})"


def _group_row(entry: tuple[str, DirectionGroup]) -> Line:
    name, group = entry
    shares = (format_share_short(metrics.pair_accuracy) for metrics in group.arms.values())
    return (name.replace("_", " "), str(group.pairs), *shares)
