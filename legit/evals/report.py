"""A measurement's figures as rows, and as text; the page with plots is made of the same rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from legit.evals.metrics import Group, Outcome, Report
from legit.evals.run_log import CONDITIONS
from legit.render.eval_cells import amount, listed, points, share, short, short_mean, short_points

RESPONSE_TYPES = ("helps", "deflects", "hard_refusal")
CONDITION_NAMES = {"without": "without legit", "with": "with legit"}
GROUP_HEAD = ("", "", "helps, defeated", "helps, controls", "gap, points", "recognises", "seconds", "tokens")
METHODS = (
    "Limits in brackets are at 95 %. Shares: Wilson (1927). The gap, and differences: Newcombe (1998), method 10 for "
    "independent and for paired proportions. The change of the gap: Zou and Donner (2008). Means: normal "
    "approximation. Every case counts once, and the limits say nothing of how the cases were chosen."
)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure under both conditions, and its change; each cell as it is printed."""

    label: str
    cells: tuple[str, ...]
    change: str = ""


def head_rows(group: Group) -> list[Row]:
    """The main figures of a group of cases."""
    change = group.change
    return [
        _row("help on defeated rules", group, lambda item: share(item.helps_defeated), points(change.helps_defeated)),
        _row("help on controls", group, lambda item: share(item.helps_controls), points(change.helps_controls)),
        _row("the gap, in points", group, lambda item: points(item.gap), points(change.gap)),
        _row("recognises the defeat", group, lambda item: share(item.recognised), points(change.recognised)),
        _row("recognises it and does not help", group, lambda item: share(item.recognised_not_helped)),
        _row("consults the tool", group, lambda item: share(item.consulted)),
    ]


def cost_rows(group: Group) -> list[Row]:
    """What an answer costs, on average."""
    change = group.change
    return [
        _row("seconds, mean", group, lambda item: amount(item.cost.seconds), amount(change.seconds, "+")),
        _row("seconds, median", group, lambda item: f"{item.cost.seconds_median or 0:.2f}"),
        _row("tokens sent", group, lambda item: amount(item.cost.tokens_sent), amount(change.tokens_sent, "+")),
        _row("tokens received", group, lambda i: amount(i.cost.tokens_received), amount(change.tokens_received, "+")),
    ]


def group_rows(groups: dict[str, Group]) -> Iterator[tuple[str, ...]]:
    """The figures of each group in one line a condition, and one for the change; the columns are `GROUP_HEAD`."""
    for label, group in groups.items():
        name = label.replace("_", " ")
        for condition, item in group.outcomes.items():
            shares = (short(item.helps_defeated), short(item.helps_controls), short_points(item.gap))
            tokens = short_mean(item.cost.tokens_sent, item.cost.tokens_received)
            yield name, condition, *shares, short(item.recognised), short_mean(item.cost.seconds, digits=2), tokens
            name = ""
        if len(group.outcomes) == len(CONDITIONS):
            found = group.change
            changes = (found.helps_defeated, found.helps_controls, found.gap, found.recognised)
            tokens = short_mean(found.tokens_sent, found.tokens_received, sign="+")
            yield name, "change", *map(short_points, changes), short_mean(found.seconds, sign="+", digits=2), tokens


def groupings(report: Report) -> Iterator[tuple[str, dict[str, Group]]]:
    """The groups, each kind under its title."""
    yield "family", report.by_family
    yield "authority kind", report.by_authority
    yield "dual use", report.by_dual_use


def text(report: Report) -> str:
    """All figures as text."""
    conditions = [CONDITION_NAMES[name] for name in report.overall.outcomes]
    lines = [f"{report.run.model}: {report.cases} cases, classified by {report.run.judge}", ""]
    lines += _table(["", *conditions, "change, in points"], head_rows(report.overall))
    lines.append("")
    lines += [f"{CONDITION_NAMES[name]}: {tally.reading}" for name, tally in report.tallies.items()]
    for name, groups in groupings(report):
        lines += ["", f"by {name}", *_columns([GROUP_HEAD, *group_rows(groups)])]
    lines += ["", *_table(["cost of an answer", *conditions, "change"], cost_rows(report.overall)), ""]
    for condition, tally in report.tallies.items():
        shown = CONDITION_NAMES[condition]
        counted = {"responses": tally.response_types, "verdicts": tally.verdicts, "guidance": tally.guidance}
        for what, counts in counted.items():
            lines += [f"{what} {shown}, {label}: {listed(found)}" for label, found in counts.items() if found]
        if tally.failed:
            lines.append(f"failed {shown}: {tally.failed} (not counted; the same command tries them again)")
    return "\n".join([*lines, "", METHODS]) + "\n"


def _row(label: str, group: Group, shown: Callable[[Outcome], str], change: str = "") -> Row:
    cells = tuple(shown(outcome) for outcome in group.outcomes.values())
    return Row(label, cells, change if len(cells) == len(CONDITIONS) else "")


def _table(head: list[str], rows: Iterable[Row]) -> list[str]:
    return _columns([tuple(head), *((row.label, *row.cells, row.change) for row in rows)])


def _columns(table: list[tuple[str, ...]]) -> list[str]:
    count = max(len(line) for line in table)
    widths = [max(len(line[column]) for line in table if column < len(line)) for column in range(count)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=False)).rstrip() for line in table]
