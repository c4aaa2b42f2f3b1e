"""Puts the decisions of a batch on record in a decision log: an entry for each row, once."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from legit.decision_log.log import DecisionLog
from legit.decision_log.redaction import TextPolicy
from legit.decision_log.store import PendingEntry
from legit.errors import DecisionLogError, Problem
from legit.judge import TIME_LIMIT, Judge
from legit.model.facts import Case

BATCH_KEY, ROW_KEY = "batch", "row"
"""The metadata of an entry that name the batch and the row."""


class BatchRecorder:
    """A `legit.batch.recording.Recorder` for the decision log at `path`.

    Each entry has the metadata `batch`, an id that follows from the input and the knowledge base, and `row`. Thus a row
    of a batch that is given again is not recorded again. Raises DecisionLogError (R105) when the caller's metadata are
    too large or have these names.
    """

    def __init__(
        self, path: Path, *, text_policy: TextPolicy | str = TextPolicy.STORED, caller: Mapping[str, str] | None = None
    ) -> None:
        self._path = path.absolute()
        self._text_policy = TextPolicy(text_policy)
        self._caller = dict(caller or {})
        for key in (BATCH_KEY, ROW_KEY):
            if key in self._caller:
                raise DecisionLogError(Problem("R105", f"the metadata `{key}` are those of the batch itself"))
        self._log = DecisionLog(self._path, text_policy=self._text_policy)

    def __reduce__(self) -> tuple[Any, ...]:
        return _copied, (self._path, self._text_policy, self._caller)

    def description(self) -> dict[str, Any]:
        """The log and what is kept in it."""
        return {"log": str(self._path), "text_policy": self._text_policy.value, "caller": self._caller}

    def begin(self, batch: str) -> Collection[int]:
        """Open the log; returns the rows of the batch that it has. Raises as `DecisionLog`."""
        self._log.open()
        mark = batch.encode()
        rows = set()
        for _, body in self._log.raw_entries():
            if mark in body:
                caller = json.loads(body).get("caller") or {}
                if caller.get(BATCH_KEY) == batch and caller.get(ROW_KEY, "").isdecimal():
                    rows.add(int(caller[ROW_KEY]))
        return rows

    def entry(self, judge: Judge, case: Case, batch: str, row: int) -> PendingEntry:
        """The entry of a row."""
        caller = {**self._caller, BATCH_KEY: batch, ROW_KEY: str(row)}
        return self._log.prepare(case, judge=judge, caller=caller, time_limit=TIME_LIMIT)

    def append(self, judge: Judge, entries: Sequence[PendingEntry]) -> None:
        """Write entries together, and the base before the first."""
        self._log.append(entries, judge=judge)


def _copied(path: Path, text_policy: TextPolicy, caller: dict[str, str]) -> BatchRecorder:
    return BatchRecorder(path, text_policy=text_policy, caller=caller)
