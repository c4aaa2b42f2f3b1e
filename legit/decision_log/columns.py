"""The columns of a decision as a row of a table: in `legit log query`, in exports as CSV and Parquet.

To add a column, add an entry to COLUMNS. Everything that prints or writes rows takes its columns from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from legit.decision_log.entries import canonical_json
from legit.decision_log.filters import Match, any_sources, decisive_criteria, decisive_findings, needed_sources

__all__ = ["COLUMNS", "Column", "decision_row"]

Cell = str | int


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, the value for a decision, and how the text table of `legit log query` shows it.

    Several values in one field are separated by spaces. `in_text` makes the cell of the text table from the value;
    None: the text table leaves the column out. `type` is the type of the values, in Parquet too.
    """

    name: str
    value: Callable[[Match], Cell]
    in_text: Callable[[Cell], Cell] | None = None
    type: type[Cell] = str


def _as_is(value: Cell) -> Cell:
    return value


def _to_the_minute(value: Cell) -> Cell:
    return str(value)[:16]


def _first_and_count(value: Cell) -> Cell:
    """The first of several values, and how many more there are."""
    first, *more = str(value).split() or [""]
    return first + (f" +{len(more)}" if more else "")


COLUMNS: tuple[Column, ...] = (
    Column("number", lambda match: match.number, _as_is, int),
    Column("time", lambda match: match.decision.time, _to_the_minute),
    Column("verdict", lambda match: match.decision.answer.verdict.value, _as_is),
    Column("guidance", lambda match: match.decision.answer.action, _as_is),
    Column("stance", lambda match: match.decision.answer.stance),
    Column("method_harm", lambda match: match.decision.answer.method_harm),
    Column(
        "decisive_criteria",
        lambda match: " ".join(item.criterion for item in decisive_criteria(match.decision)),
        _first_and_count,
    ),
    Column("families", lambda match: " ".join(sorted({item.family for item in decisive_findings(match.decision)}))),
    Column("rights_touched", lambda match: " ".join(match.decision.answer.rights_touched)),
    Column("sole_source", lambda match: match.decision.answer.sole_source),
    Column("needs_source", lambda match: " ".join(sorted(needed_sources(match.decision))), _as_is),
    Column("any_source", lambda match: " ".join(sorted(any_sources(match.decision)))),
    Column("open_questions", lambda match: sum(item.decisive for item in match.decision.answer.questions), type=int),
    Column("undetermined_reason", lambda match: match.decision.answer.undetermined_reason),
    Column("override_action", lambda match: match.override.action if match.override else ""),
    Column("base_version", lambda match: match.decision.provenance.base_version),
    Column("base_digest", lambda match: match.decision.provenance.base_digest),
    Column("profile", lambda match: match.decision.provenance.profile),
    Column("profile_version", lambda match: match.decision.provenance.profile_version),
    Column("engine", lambda match: match.decision.provenance.engine),
    Column("caller", lambda match: canonical_json(match.decision.caller)),
)
"""Every column, in order."""


def decision_row(match: Match) -> dict[str, Cell]:
    """A decision as a row: each column's value by its name."""
    return {column.name: column.value(match) for column in COLUMNS}
