"""The effect of a change of a base on the decisions of a log, decided again on several cores."""

from __future__ import annotations

import gc
import os
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from legit.assurance.impact import CaseDelta, Comparison, Impact, TextChange
from legit.decision_log.distinct_entries import Entries, distinct_map
from legit.decision_log.entries import Decision
from legit.decision_log.reader import LogReader, parse_entry
from legit.judge import Judge, judge_of_layers
from legit.knowledge.layers import Layers

_ONE_PROCESS = 20_000
"""The entries of a log that one process decides faster than several, which have to start."""


class LogImpact(NamedTuple):
    """The changes of the answers for the decisions of a log; `by_another_base` are those that OLD did not decide."""

    impact: Impact
    by_another_base: Sequence[int]


_Bases = tuple[tuple[Layers, str], ...]
"""Bases by folder and profile."""


class _EntryChange(NamedTuple):
    """The change of the answer for a decision, and whether another base than OLD made it."""

    change: TextChange
    by_another_base: bool


def log_impact(
    old: Judge,
    new: Judge,
    log: LogReader,
    step: Callable[[int, int], None] | None = None,
    *,
    workers: int | None = None,
) -> LogImpact:
    """The changes of the answers for the decisions of a log, each named by its number.

    Decisions that differ in their time and caller alone are decided once. `workers` is the number of processes, of
    which one reads the log where there are several: by default one for each core, and one alone for a short log.
    Raises DecisionLogError as `LogReader.entries` does.
    """
    found = _Found()
    size = len(log)
    count = workers or (1 if size < _ONE_PROCESS else os.cpu_count() or 1)
    if count == 1:
        work = partial(_compare, Comparison(old, new), old.base.digest, log.path)
        groups = distinct_map(work, log.raw_entries(), 1)
    else:
        bases = tuple((judge.base.layers, judge.base.profile.id) for judge in (old, new))
        elsewhere = partial(_compare_elsewhere, bases, log.path)
        groups = distinct_map(elsewhere, log.raw_entries(), count, partial(_prepare, bases))
    for group in groups:
        for number, change in group:
            if change is not None:
                found.add(number, change)
        if step:
            step(found.total, size)
    return found.impact()


class _Found:
    """The changes found so far. Of the changes of a million decisions few are distinct: they share their parts."""

    def __init__(self) -> None:
        self.total = 0
        self._moved: list[CaseDelta] = []
        self._unread: list[str] = []
        self._verdicts: Counter[tuple[str, ...]] = Counter()
        self._others = array("q")
        self._alike: dict[Any, Any] = {}

    def add(self, number: int, found: _EntryChange) -> None:
        """Count the change for a decision."""
        change = found.change
        if found.by_another_base:
            self._others.append(number)
        if change.problem is not None:
            self._unread.append(f"{number}: {change.problem}")
            return
        self.total += len(change.verdicts)
        self._verdicts[change.verdicts] += 1
        self._moved += (self._numbered(number, delta) for delta in change.deltas)

    def _numbered(self, number: int, delta: CaseDelta) -> CaseDelta:
        parts = (delta.case, delta.verdict, delta.guidance, delta.harm, delta.findings)
        return CaseDelta(str(number), *(self._alike.setdefault(part, part) for part in parts))

    def impact(self) -> LogImpact:
        """All of them."""
        transitions: Counter[str] = Counter()
        for verdicts, count in self._verdicts.items():
            for words in verdicts:
                transitions[words] += count
        impact = Impact(
            total=self.total,
            deltas=tuple(self._moved),
            unreadable=tuple(self._unread),
            verdict_transitions=dict(sorted(transitions.items())),
        )
        return LogImpact(impact, self._others)


def _compare(comparison: Comparison, old_digest: str, path: Path, entries: Entries) -> list[_EntryChange | None]:
    """Decide the decisions among some entries of a log again; None for an entry that is no decision."""
    decisions: dict[int, Decision] = {}
    for number, body in entries:
        record = parse_entry(number, body, path)
        if isinstance(record, Decision):
            decisions[number] = record
    changes = comparison.changes([("", record.case) for record in decisions.values()])
    found = {
        number: _EntryChange(change, record.provenance.base_digest != old_digest)
        for (number, record), change in zip(decisions.items(), changes, strict=True)
    }
    return [found.get(number) for number, _ in entries]


def _compare_elsewhere(bases: _Bases, path: Path, entries: Entries) -> list[_EntryChange | None]:
    """The same in a process of its own, which keeps the bases that it has loaded."""
    return _compare(*_loaded(bases), path, entries)


def _prepare(bases: _Bases) -> None:
    _loaded(bases)


@lru_cache(maxsize=1)
def _loaded(bases: _Bases) -> tuple[Comparison, str]:
    old, new = (judge_of_layers(*base) for base in bases)
    gc.freeze()  # what is loaded by now stays
    return Comparison(old, new), old.base.digest
