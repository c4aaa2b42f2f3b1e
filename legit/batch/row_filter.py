"""Chooses rows of decisions by conditions on their columns, such as `verdict=contested`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from legit._util.optional import import_optional
from legit._util.suggest import suggest
from legit.errors import BatchError, Problem

if TYPE_CHECKING:
    import pyarrow as pa

EVERY_ROW = "all"
"""The filter that chooses every row with a verdict."""

_CONDITION = re.compile(r"\s*(?P<column>[^=!<>]+?)\s*(?P<operator>!=|<=|>=|=|<|>)\s*(?P<value>.*?)\s*", re.DOTALL)
_COMPARISONS = {"=": "equal", "!=": "not_equal", "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal"}
_HELP = "write COLUMN=VALUE or COLUMN!=VALUE, for a column of numbers also <, <=, > and >=; `all` chooses every row"


@dataclass(frozen=True, slots=True)
class _Condition:
    text: str
    column: str
    operator: str
    value: str


class RowFilter:
    """The rows that satisfy every condition; see `parse_filter`."""

    def __init__(self, conditions: Sequence[_Condition]) -> None:
        self._conditions = tuple(conditions)

    def selects(self, batch: pa.RecordBatch) -> pa.BooleanArray:
        """Which rows of a batch of decisions are chosen. A row without a verdict never is.

        Raises BatchError (B109) for a column that the batch has not, or whose values cannot be compared so.
        """
        compute = import_optional("pyarrow.compute", "batch", "reading and writing tables")
        chosen = batch.column("verdict").is_valid()
        for condition in self._conditions:
            chosen = compute.and_(chosen, _holds(compute, batch, condition))
        return chosen


def parse_filter(texts: Sequence[str], words: Mapping[str, Sequence[str]], names: Sequence[str]) -> RowFilter | None:
    """The filter of conditions, all of which must hold; None where there is none.

    A condition compares a column with a value. For the column `findings` the value is a criterion, which then has any
    effect, or `EFFECT: CRITERION`. `words` has the values that a column of the decision can have, `names` the columns.
    Raises BatchError (B109) for what is no condition, and for a column or a value that does not exist.
    """
    conditions = [_parse(text, words, names) for text in texts if text.strip() != EVERY_ROW]
    return RowFilter(conditions) if texts else None


def _parse(text: str, words: Mapping[str, Sequence[str]], names: Sequence[str]) -> _Condition:
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise BatchError(Problem("B109", f"`{text}` is no condition on a column", help=_HELP))
    column, operator, value = match["column"], match["operator"], match["value"]
    if column not in names:
        near = suggest(column, names)
        help_ = "" if near else f"the columns are: {', '.join(names)}"
        raise BatchError(Problem("B109", f"there is no column `{column}` to choose rows by", nearest=near, help=help_))
    if column in words:
        if operator not in ("=", "!="):
            raise BatchError(Problem("B109", f"the column `{column}` has no numbers: `{text}`", help=_HELP))
        known = words[column]
        if value.rpartition(": ")[2] not in known:
            near = suggest(value, known)
            help_ = "" if near else f"its values are: {', '.join(filter(None, known))}"
            raise BatchError(
                Problem("B109", f"the column `{column}` never has the value `{value}`", nearest=near, help=help_)
            )
    return _Condition(text, column, operator, value)


def _holds(compute: Any, batch: pa.RecordBatch, condition: _Condition) -> pa.BooleanArray:
    """In which rows a condition holds. A missing value differs from every value and is neither more nor less."""
    pa = import_optional("pyarrow", "batch", "reading and writing tables")
    column = batch.column(condition.column)
    if condition.column == "findings":
        return _has_finding(pa, compute, column, condition)
    compare: Callable[[Any, Any], Any] = getattr(compute, _COMPARISONS[condition.operator])
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    try:
        is_number = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
        if not is_number:
            if condition.operator not in ("=", "!="):
                raise pa.ArrowInvalid("it has no numbers")
            column = column.cast(pa.string())
        value = pa.scalar(float(condition.value) if is_number else condition.value)
        found = compare(column, value)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        message = f"the column `{condition.column}` cannot be compared so: `{condition.text}`"
        raise BatchError(Problem("B109", message, help=_HELP)) from error
    return found.fill_null(condition.operator == "!=")


def _has_finding(pa: Any, compute: Any, column: pa.ListArray, condition: _Condition) -> pa.BooleanArray:
    """In which rows a criterion has a finding, or has it with an effect."""
    effect, _, criterion = condition.value.rpartition(": ")
    findings = column.flatten()
    fits = compute.equal(findings.field("criterion").dictionary_decode(), criterion)
    if effect:
        fits = compute.and_(fits, compute.equal(findings.field("effect").dictionary_decode(), effect))
    rows = compute.list_parent_indices(column).filter(fits)
    there = compute.is_in(pa.array(range(len(column)), rows.type), value_set=rows)
    return there if condition.operator == "=" else compute.invert(there)
