"""The metrics of an evaluation as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from legit.evals.metrics import ArmCounts, EvalReport
from legit.evals.report_cells import format_counts
from legit.evals.report_directions import direction_tables
from legit.evals.report_rows import Row, arm_label, cost_rows, group_columns, group_rows, groupings, main_rows
from legit.messages import message
from legit.render.terminal import cell_width, table_text


def render_eval_text(report: EvalReport) -> str:
    """All figures as text."""
    arms = [arm_label(name) for name in report.overall.arms]
    lines = [message("evals.report_line", model=report.run.model, cases=report.cases, grader=report.run.grader), ""]
    lines += _table_lines(["", *arms, message("evals.report_change_points")], main_rows(report.overall))
    lines.append("")
    lines += [
        f"{arm_label(name)}: {message(f'evals.interpretation_{counts.interpretation}')}"
        for name, counts in report.counts_by_arm.items()
    ]
    for name, groups in groupings(report):
        title = message("evals.report_by", name=name)
        lines += ["", title, *_align_columns([("", "", *group_columns()), *group_rows(groups)])]
    if report.directions:
        for title, table in direction_tables(report.directions):
            lines += ["", title, *_align_columns(table)]
    cost = [message("evals.report_cost_of_answer"), *arms, message("evals.report_change")]
    lines += ["", *_table_lines(cost, cost_rows(report.overall)), ""]
    for arm, counts in report.counts_by_arm.items():
        lines += _count_lines(arm_label(arm), counts)
    return "\n".join([*lines, "", message("evals.report_methods")]) + "\n"


def _count_lines(arm: str, counts: ArmCounts) -> Iterator[str]:
    for key, by_label in counts.model_dump(include={"response_types", "verdicts", "guidance"}).items():
        for label, found in by_label.items():
            if found:
                values = {"what": message(f"evals.counted_{key}"), "arm": arm, "label": label}
                yield message("evals.report_counts", counts=format_counts(found), **values)
    if counts.failed:
        yield message("evals.report_failed_arm", arm=arm, count=counts.failed)


def _table_lines(head: Sequence[str], rows: Iterable[Row]) -> list[str]:
    return _align_columns([tuple(head), *((row.label, *row.cells, row.difference) for row in rows)])


def _align_columns(table: list[tuple[str, ...]]) -> list[str]:
    count = max(len(line) for line in table)
    rows = [(*line, *[""] * (count - len(line))) for line in table]
    widths = [max(map(cell_width, column)) for column in zip(*rows, strict=True)]
    return [line.rstrip() for line in table_text([""] * count, rows, widths, cut=False).splitlines()]
