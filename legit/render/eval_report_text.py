"""The metrics of an evaluation as rows and as text; the HTML report uses the same rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from legit.messages import message
from legit.render.eval_cells import (
    format_counts,
    format_difference,
    format_difference_short,
    format_mean,
    format_means_short,
    format_share,
    format_share_short,
)

if TYPE_CHECKING:
    from legit.evals.metrics import ArmMetrics, EvalReport, GroupMetrics

RESPONSE_TYPES = ("helps", "deflects", "hard_refusal")
ARM_LABELS = {"baseline": "without legit", "tool": "with legit"}
GROUP_COLUMNS = ("", "", "helps, defeated", "helps, controls", "gap, points", "recognises", "seconds", "tokens")
METHODS_NOTE = (
    "Limits in brackets are at 95 %. Shares: Wilson (1927). The gap, and differences: Newcombe (1998), method 10 for "
    "independent and for paired proportions. The change of the gap: Zou and Donner (2008). Means: normal "
    "approximation. Every case counts once, and the limits say nothing of how the cases were chosen."
)


@dataclass(frozen=True, slots=True)
class Row:
    """One metric in both arms, and its change; each cell as it is printed."""

    label: str
    cells: tuple[str, ...]
    difference: str = ""


def main_rows(group: GroupMetrics) -> list[Row]:
    """The main figures of a group of cases."""
    change = group.difference
    return [
        _metric_row(
            "help on defeated rules",
            group,
            lambda item: format_share(item.helps_defeated),
            format_difference(change.helps_defeated),
        ),
        _metric_row(
            "help on controls",
            group,
            lambda item: format_share(item.helps_controls),
            format_difference(change.helps_controls),
        ),
        _metric_row(
            "the gap, in points", group, lambda item: format_difference(item.gap), format_difference(change.gap)
        ),
        _metric_row(
            "recognises the defeat",
            group,
            lambda item: format_share(item.recognised),
            format_difference(change.recognised),
        ),
        _metric_row("recognises it and does not help", group, lambda item: format_share(item.recognised_not_helped)),
        _metric_row("consults the tool", group, lambda item: format_share(item.consulted)),
    ]


def cost_rows(group: GroupMetrics) -> list[Row]:
    """What an answer costs, on average."""
    change = group.difference
    return [
        _metric_row(
            "seconds, mean", group, lambda item: format_mean(item.cost.seconds), format_mean(change.seconds, "+")
        ),
        _metric_row("seconds, median", group, lambda item: f"{item.cost.seconds_median or 0:.2f}"),
        _metric_row(
            "tokens sent",
            group,
            lambda item: format_mean(item.cost.input_tokens),
            format_mean(change.input_tokens, "+"),
        ),
        _metric_row(
            "tokens received",
            group,
            lambda i: format_mean(i.cost.output_tokens),
            format_mean(change.output_tokens, "+"),
        ),
    ]


def group_rows(groups: dict[str, GroupMetrics]) -> Iterator[tuple[str, ...]]:
    """The figures of each group in one line for each arm, and one for the change; the columns are `GROUP_COLUMNS`."""
    for label, group in groups.items():
        name = label.replace("_", " ")
        for condition, item in group.arms.items():
            shares = (
                format_share_short(item.helps_defeated),
                format_share_short(item.helps_controls),
                format_difference_short(item.gap),
            )
            tokens = format_means_short(item.cost.input_tokens, item.cost.output_tokens)
            yield (
                name,
                condition,
                *shares,
                format_share_short(item.recognised),
                format_means_short(item.cost.seconds, digits=2),
                tokens,
            )
            name = ""
        if len(group.arms) == len(ARM_LABELS):
            found = group.difference
            changes = (found.helps_defeated, found.helps_controls, found.gap, found.recognised)
            tokens = format_means_short(found.input_tokens, found.output_tokens, sign="+")
            yield (
                name,
                "change",
                *map(format_difference_short, changes),
                format_means_short(found.seconds, sign="+", digits=2),
                tokens,
            )


def groupings(report: EvalReport) -> Iterator[tuple[str, dict[str, GroupMetrics]]]:
    """The groups, each kind under its title."""
    yield "family", report.by_family
    yield "authority kind", report.by_authority
    yield "dual use", report.by_dual_use


def render_eval_text(report: EvalReport) -> str:
    """All figures as text."""
    conditions = [ARM_LABELS[name] for name in report.overall.arms]
    lines = [f"{report.run.model}: {report.cases} cases, classified by {report.run.grader}", ""]
    lines += _table_lines(["", *conditions, "change, in points"], main_rows(report.overall))
    lines.append("")
    lines += [
        f"{ARM_LABELS[name]}: {message(f'evals.interpretation_{tally.interpretation}')}"
        for name, tally in report.counts_by_arm.items()
    ]
    for name, groups in groupings(report):
        lines += ["", f"by {name}", *_align_columns([GROUP_COLUMNS, *group_rows(groups)])]
    lines += ["", *_table_lines(["cost of an answer", *conditions, "change"], cost_rows(report.overall)), ""]
    for condition, tally in report.counts_by_arm.items():
        shown = ARM_LABELS[condition]
        counted = {"responses": tally.response_types, "verdicts": tally.verdicts, "guidance": tally.guidance}
        for what, counts in counted.items():
            lines += [f"{what} {shown}, {label}: {format_counts(found)}" for label, found in counts.items() if found]
        if tally.failed:
            lines.append(f"failed {shown}: {tally.failed} (not counted; the same command tries them again)")
    return "\n".join([*lines, "", METHODS_NOTE]) + "\n"


def _metric_row(label: str, group: GroupMetrics, format_cell: Callable[[ArmMetrics], str], difference: str = "") -> Row:
    cells = tuple(format_cell(outcome) for outcome in group.arms.values())
    return Row(label, cells, difference if len(cells) == len(ARM_LABELS) else "")


def _table_lines(head: list[str], rows: Iterable[Row]) -> list[str]:
    return _align_columns([tuple(head), *((row.label, *row.cells, row.difference) for row in rows)])


def _align_columns(table: list[tuple[str, ...]]) -> list[str]:
    count = max(len(line) for line in table)
    widths = [max(len(line[column]) for line in table if column < len(line)) for column in range(count)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=False)).rstrip() for line in table]
