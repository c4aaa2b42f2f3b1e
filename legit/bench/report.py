"""A measurement's figures as rows, and as text; the page with plots is made of the same rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from legit.bench.figures import Group, Outcome, Report
from legit.bench.intervals import Interval, Share
from legit.bench.records import CONDITIONS

RESPONSE_TYPES = ("helps", "deflects", "hard_refusal")
CONDITION_NAMES = {"without": "without legit", "with": "with legit"}
METHODS = (
    "Limits in brackets are at 95 %. Shares: Wilson (1927). The gap, and differences: Newcombe (1998), method 10 for "
    "independent and for paired proportions. The change of the gap: Zou and Donner (2008). Every case counts once, and "
    "the limits say nothing of how the cases were chosen."
)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure under both conditions, and its change; each cell as it is printed."""

    label: str
    cells: tuple[str, ...]
    change: str = ""


def share(value: Share) -> str:
    """A proportion with counts and limits."""
    if value.share is None or value.low is None or value.high is None:
        return "-"
    return f"{value.hits} of {value.of}, {_percent(value.share)} % [{_percent(value.low)}, {_percent(value.high)}]"


def points(value: Interval | None) -> str:
    """A difference in percentage points, with limits."""
    if value is None:
        return "-"
    return f"{100 * value.value:+.1f} [{100 * value.low:+.1f}, {100 * value.high:+.1f}]"


def listed(counts: dict[str, int]) -> str:
    """Names and counts on one line."""
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def head_rows(group: Group) -> list[Row]:
    """The main figures of a group of cases."""
    change = group.change
    rows = [
        ("help on defeated rules", lambda outcome: share(outcome.helps_defeated), points(change.helps_defeated)),
        ("help on controls", lambda outcome: share(outcome.helps_controls), points(change.helps_controls)),
        ("the gap, in points", lambda outcome: points(outcome.gap), points(change.gap)),
        ("recognises the defeat", lambda outcome: share(outcome.recognised), points(change.recognised)),
        ("recognises it and does not help", lambda outcome: share(outcome.recognised_not_helped), ""),
        ("consults the tool", lambda outcome: share(outcome.consulted), ""),
    ]
    return [_row(label, group, shown, changed) for label, shown, changed in rows]


def cost_rows(group: Group) -> list[Row]:
    """What an answer costs, on average."""
    rows: list[tuple[str, Callable[[Outcome], float | None], int]] = [
        ("seconds an answer, mean", lambda outcome: outcome.cost.seconds_mean, 2),
        ("seconds an answer, median", lambda outcome: outcome.cost.seconds_median, 2),
        ("tokens sent, mean", lambda outcome: outcome.cost.tokens_sent, 0),
        ("tokens received, mean", lambda outcome: outcome.cost.tokens_received, 0),
    ]
    found = []
    for label, value, digits in rows:
        values = [value(outcome) for outcome in group.outcomes.values()]
        both = [item for item in values if item is not None]
        changed = f"{both[1] - both[0]:+.{digits}f}" if len(both) == len(CONDITIONS) else ""
        cells = tuple("not reported" if item is None else f"{item:.{digits}f}" for item in values)
        found.append(Row(label, cells, changed))
    return found


def groupings(report: Report) -> Iterator[tuple[str, dict[str, Group]]]:
    """The groups, each kind under its title."""
    yield "family", report.by_family
    yield "authority kind", report.by_authority
    yield "dual use", report.by_dual_use


def text(report: Report) -> str:
    """All figures as text of at most 120 columns where the names allow it."""
    conditions = list(report.overall.outcomes)
    lines = [
        f"{report.run.model}: {report.cases} cases, classified by {report.run.judge}",
        "",
        *_table(["", *(CONDITION_NAMES[name] for name in conditions), "change, in points"], head_rows(report.overall)),
        "",
    ]
    lines += [f"{CONDITION_NAMES[name]}: {tally.reading}" for name, tally in report.tallies.items()]
    for name, groups in groupings(report):
        lines += ["", f"by {name}"]
        rows = []
        for label, group in groups.items():
            for row in head_rows(group)[:4]:
                if any(cell != "-" for cell in row.cells):
                    rows.append(Row(f"  {label}: {row.label}", row.cells, row.change))
        lines += _table(["", *(CONDITION_NAMES[item] for item in conditions), "change, in points"], rows)
    lines += [
        "",
        *_table(["cost", *(CONDITION_NAMES[item] for item in conditions), "change"], cost_rows(report.overall)),
    ]
    for name, tally in report.tallies.items():
        for what, counts in (
            ("responses", tally.response_types),
            ("verdicts", tally.verdicts),
            ("guidance", tally.guidance),
        ):
            for label, found in counts.items():
                if found:
                    lines.append(f"{what} {CONDITION_NAMES[name]}, {label}: {listed(found)}")
        if tally.failed:
            lines.append(
                f"failed {CONDITION_NAMES[name]}: {tally.failed} (not counted; the same command tries them again)"
            )
    return "\n".join([*lines, "", METHODS]) + "\n"


def _row(label: str, group: Group, shown: Callable[[Outcome], str], change: str) -> Row:
    cells = tuple(shown(outcome) for outcome in group.outcomes.values())
    return Row(label, cells, change if len(cells) == len(CONDITIONS) else "")


def _table(head: list[str], rows: list[Row]) -> list[str]:
    table = [head, *([row.label, *row.cells, row.change] for row in rows)]
    widths = [max(len(line[column]) if column < len(line) else 0 for line in table) for column in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=False)).rstrip() for line in table]


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"
