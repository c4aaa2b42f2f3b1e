"""The columns of a decision as a row of a table: in `legit log query`, in exports as CSV and Parquet, in `--where`.

To add a column, add an entry to COLUMNS. Every output, filter and list of columns takes them from there.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from legit.decision_log.entries import canonical_json
from legit.decision_log.filters import Match, any_sources, decisive_criteria, decisive_findings, needed_sources
from legit.errors import DecisionLogError, Problem

__all__ = ["COLUMNS", "OPERATORS", "Column", "ColumnCondition", "decision_row"]

Cell = str | int


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its description, its value or values for a decision, and its cell in the text table. `help`
    is the description, for `legit log columns`. Several values stand in one cell, separated by spaces. `in_text` makes
    the cell of the text table of `legit log query`; None: the text table leaves the column out. `type` is the type of
    the values, in Parquet too. `names` is the field of `FilterValues` with the names that a base has for the values;
    empty where the values are no names.
    """

    name: str
    help: str
    value: Callable[[Match], Cell | tuple[str, ...]]
    in_text: Callable[[Cell], Cell] | None = None
    type: type[Cell] = str
    names: str = ""

    def cell(self, match: Match) -> Cell:
        """The cell of a decision."""
        value = self.value(match)
        return " ".join(value) if isinstance(value, tuple) else value

    def holds(self, match: Match, text: str) -> bool:
        """Whether the column has a value for a decision, or has it among several; an empty text stands for none."""
        value = self.value(match)
        return text in (value or ("",) if isinstance(value, tuple) else (str(value),))


def _as_is(value: Cell) -> Cell:
    return value


def _to_the_minute(value: Cell) -> Cell:
    return str(value)[:16]


def _first_and_count(value: Cell) -> Cell:
    """The first of several values, and how many more there are."""
    first, *more = str(value).split() or [""]
    return first + (f" +{len(more)}" if more else "")


COLUMNS: tuple[Column, ...] = (
    Column("number", "the number of the entry", lambda match: match.number, _as_is, int),
    Column("time", "when it was decided (UTC)", lambda match: match.decision.time, _to_the_minute),
    Column("verdict", "the verdict", lambda match: match.decision.answer.verdict.value, _as_is, names="verdicts"),
    Column(
        "guidance", "the action of the guidance", lambda match: match.decision.answer.action, _as_is, names="actions"
    ),
    Column("stance", "the requested act", lambda match: match.decision.answer.stance, names="acts"),
    Column(
        "method_harm", "the level of the method harm", lambda match: match.decision.answer.method_harm,
        names="harm_levels",
    ),
    Column(
        "decisive_criteria", "the findings that defeat or tie, or the justifications of a rule that stands",
        lambda match: tuple(item.criterion for item in decisive_criteria(match.decision)),
        _first_and_count, names="criteria",
    ),
    Column(
        "families", "the families of the findings that defeat or tie",
        lambda match: tuple(sorted({item.family for item in decisive_findings(match.decision)})), names="families",
    ),
    Column("rights_touched", "the rights touched", lambda match: match.decision.answer.rights_touched, names="rights"),
    Column(
        "sole_source", "the sole source of the verdict", lambda match: match.decision.answer.sole_source,
        names="sources",
    ),
    Column(
        "needs_source", "the sources of evidence in every sufficient set",
        lambda match: tuple(sorted(needed_sources(match.decision))), _as_is, names="sources",
    ),
    Column(
        "any_source", "the sources of evidence in some sufficient set",
        lambda match: tuple(sorted(any_sources(match.decision))), names="sources",
    ),
    Column(
        "open_questions", "how many open questions are decisive",
        lambda match: sum(item.decisive for item in match.decision.answer.questions), type=int,
    ),
    Column(
        "undetermined_reason", "why a verdict is undetermined, where more than open questions is the reason",
        lambda match: match.decision.answer.undetermined_reason, names="reasons",
    ),
    Column(
        "override_action", "what was done instead, where the guidance was overridden",
        lambda match: match.override.action if match.override else "", names="actions",
    ),
    Column("base_version", "the version of the base", lambda match: match.decision.provenance.base_version),
    Column("base_digest", "the digest of the base", lambda match: match.decision.provenance.base_digest),
    Column("profile", "the profile", lambda match: match.decision.provenance.profile, names="profiles"),
    Column("profile_version", "the version of the profile", lambda match: match.decision.provenance.profile_version),
    Column("engine", "the version of the engine", lambda match: match.decision.provenance.engine),
    Column("caller", "the metadata of the caller, as JSON", lambda match: canonical_json(match.decision.caller)),
)  # fmt: skip
"""Every column, in order."""


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip
"""How a condition compares the value of a column with its own."""


@dataclass(frozen=True, slots=True)
class ColumnCondition:
    """A condition of a filter: a column, an operator of OPERATORS, and the value to compare with, as text.

    A column of numbers is compared as a number, with every operator. Any other column takes `=`, which holds when the
    column has the value, alone or among several, and `!=`, which holds otherwise. Raises DecisionLogError (R122) for a
    text if the column has numbers, and for an order (such as `<`) if the column has none.
    """

    column: Column
    value: str
    operator: str = "="

    def __post_init__(self) -> None:
        name = self.column.name
        if self.column.type is int and not re.fullmatch(r"-?[0-9]{1,18}", self.value):
            text = f"the column `{name}` holds numbers, and `{self.value}` is none"
            raise DecisionLogError(Problem("R122", text, help=f"write a whole number, as `{name}{self.operator}1`"))
        if self.column.type is not int and self.operator not in ("=", "!="):
            text = f"the column `{name}` holds no numbers, and `{self.operator}` compares numbers"
            raise DecisionLogError(Problem("R122", text, help=f"write `{name}=VALUE` or `{name}!=VALUE`"))

    def holds(self, match: Match) -> bool:
        """Whether the condition holds for a decision."""
        if self.column.type is int:
            return OPERATORS[self.operator](self.column.value(match), int(self.value))
        return self.column.holds(match, self.value) == (self.operator == "=")


def decision_row(match: Match) -> dict[str, Cell]:
    """A decision as a row: each column's cell by its name."""
    return {column.name: column.cell(match) for column in COLUMNS}
