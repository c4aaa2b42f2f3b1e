"""The review in a terminal, by rich."""

from __future__ import annotations

from typing import Any

from legit._util.optional import import_optional
from legit._util.terminal_escape import printable_line
from legit.messages import message
from legit.review.comparison import Comparison
from legit.review.figures import Figures
from legit.review.words import (
    card_rows,
    comparison_lines,
    group_columns,
    group_row,
    group_title,
    headlines,
    outcome_rows,
    seen,
)

_SHOWN = 5


def print_summary(found: Figures, comparisons: tuple[Comparison, ...] = ()) -> None:
    """Print the summary. Raises MissingExtraError (X001) when rich is not installed."""
    import_optional("rich", "cli", "the summary")
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    first, *others = headlines(found)
    console.print(first, style="bold")
    for line in others:
        console.print(line)
    console.print(seen(found), style="dim")
    for title, acts in (
        (message("review.act_refusal"), found.refusals),
        (message("review.act_refusal_to_enforce"), found.refusals_to_enforce),
        (message("review.act_enforcement"), found.enforcements),
    ):
        if acts.judged:
            console.print(f"\n{title}: " + ", ".join(f"{word} {count}" for _, word, count in outcome_rows(acts)))
    if found.refusals.lucky.total:
        lucky = found.refusals.lucky
        console.print(message("review.lucky", hits=lucky.hits, total=lucky.total))
    for name in ("rule", "criterion", "authority"):
        rows = [row for row in found.groups.get(name, ()) if row.blind.hits][:_SHOWN]
        if rows:
            console.print()
            console.print(_table(group_title(name), group_columns(), [group_row(row) for row in rows]))
    for line in comparison_lines(comparisons):
        console.print(line)
    console.print()
    for what, value in card_rows(found.card):
        console.print(f"{what}: {value}", style="dim")


def _table(title: str, columns: list[str], rows: list[list[str]]) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, title_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right", overflow="fold")
    for row in rows:
        table.add_row(*map(printable_line, row))
    return table
