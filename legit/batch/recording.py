"""What puts the decisions of a batch on record. `legit.decision_log` has the one that writes to a decision log."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Protocol

from legit.judge import Judge
from legit.model.facts import Case

ROWS_ON_RECORD_AT_ONCE = 1 << 11
"""The rows of a unit whose decisions are put on record: their entries are held in memory until they are written."""


class Recorder(Protocol):
    """Puts the decisions of the rows of one batch on record, each once. A worker gets a copy, by pickling.

    An entry is made by a worker, and written by the process that runs the batch, in the order of the rows.
    """

    def description(self) -> dict[str, Any]:
        """What two runs must have in common to share entries, as JSON has it."""
        ...

    def begin(self, batch: str) -> Collection[int]:
        """Begin to record the batch with an id; returns the rows that are on record already."""
        ...

    def entry(self, judge: Judge, case: Case, batch: str, row: int) -> Any:
        """The entry of a row: an object that can be pickled."""
        ...

    def append(self, judge: Judge, entries: Sequence[Any]) -> None:
        """Write entries, all or none, before it returns."""
        ...
