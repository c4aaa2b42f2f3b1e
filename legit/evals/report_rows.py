"""The figures of an evaluation as rows of cells, which its text and its page share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from legit.evals.metrics import ArmMetrics, EvalReport, GroupMetrics
from legit.evals.report_cells import (
    format_difference,
    format_difference_short,
    format_mean,
    format_means_short,
    format_share,
    format_share_short,
)
from legit.evals.run_log import ARMS
from legit.messages import message

GROUP_COLUMNS = ("helps_defeated", "helps_controls", "gap", "recognises", "seconds", "tokens")
"""The figures of a group, as parts of the keys of their names."""


@dataclass(frozen=True, slots=True)
class Row:
    """One metric in both arms, and its change; each cell as it is printed."""

    label: str
    cells: tuple[str, ...]
    difference: str = ""


def arm_label(arm: str) -> str:
    """The name of an arm as it is shown."""
    return message(f"evals.arm_{arm}")


def group_columns() -> list[str]:
    """The names of the columns of `group_rows` after the first two."""
    return [message(f"evals.column_{name}") for name in GROUP_COLUMNS]


def main_rows(group: GroupMetrics) -> list[Row]:
    """The main figures of a group of cases."""
    change = group.difference
    return [
        _row(
            "help_defeated",
            group,
            lambda arm: format_share(arm.helps_defeated),
            format_difference(change.helps_defeated),
        ),
        _row(
            "help_controls",
            group,
            lambda arm: format_share(arm.helps_controls),
            format_difference(change.helps_controls),
        ),
        _row("gap", group, lambda arm: format_difference(arm.gap), format_difference(change.gap)),
        _row("recognised", group, lambda arm: format_share(arm.recognised), format_difference(change.recognised)),
        _row("recognised_not_helped", group, lambda arm: format_share(arm.recognised_not_helped)),
        _row("consulted", group, lambda arm: format_share(arm.consulted)),
    ]


def cost_rows(group: GroupMetrics) -> list[Row]:
    """Average seconds and tokens of an answer."""
    change = group.difference
    return [
        _row("seconds", group, lambda arm: format_mean(arm.cost.seconds), format_mean(change.seconds, "+")),
        _row("seconds_median", group, lambda arm: f"{arm.cost.seconds_median or 0:.2f}"),
        _row(
            "input_tokens", group, lambda arm: format_mean(arm.cost.input_tokens), format_mean(change.input_tokens, "+")
        ),
        _row(
            "output_tokens",
            group,
            lambda arm: format_mean(arm.cost.output_tokens),
            format_mean(change.output_tokens, "+"),
        ),
    ]


def group_rows(groups: dict[str, GroupMetrics]) -> Iterator[tuple[str, ...]]:
    """The figures of each group in one row for each arm, and one for the change.

    The cells are the name of the group (in its first row), the arm, and those that `group_columns` names.
    """
    for label, group in groups.items():
        name = label.replace("_", " ")
        for arm, item in group.arms.items():
            yield (
                name,
                arm_label(arm),
                format_share_short(item.helps_defeated),
                format_share_short(item.helps_controls),
                format_difference_short(item.gap),
                format_share_short(item.recognised),
                format_means_short(item.cost.seconds, digits=2),
                format_means_short(item.cost.input_tokens, item.cost.output_tokens),
            )
            name = ""
        if len(group.arms) == len(ARMS):
            found = group.difference
            changes = (found.helps_defeated, found.helps_controls, found.gap, found.recognised)
            yield (
                name,
                message("evals.report_change"),
                *map(format_difference_short, changes),
                format_means_short(found.seconds, sign="+", digits=2),
                format_means_short(found.input_tokens, found.output_tokens, sign="+"),
            )


def groupings(report: EvalReport) -> Iterator[tuple[str, dict[str, GroupMetrics]]]:
    """The groups, each kind under its name."""
    yield message("evals.group_family"), report.by_family
    yield message("evals.group_authority"), report.by_authority
    yield message("evals.group_dual_use"), report.by_dual_use


def _row(name: str, group: GroupMetrics, format_cell: Callable[[ArmMetrics], str], difference: str = "") -> Row:
    cells = tuple(format_cell(outcome) for outcome in group.arms.values())
    return Row(message(f"evals.metric_{name}"), cells, difference if len(cells) == len(ARMS) else "")
