"""The effect of a change of a base on the decisions of a log, decided again on several cores."""

from __future__ import annotations

import gc
import itertools
import os
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from legit._util.process_map import ordered_map
from legit.assurance.impact import CaseDelta, Comparison, Impact
from legit.batch.text_judge import TEXTS_AT_ONCE
from legit.decision_log.entries import Decision
from legit.decision_log.reader import LogReader, parse_entry
from legit.judge import Judge, cached_judge

_ONE_PROCESS = 20_000
"""The entries of a log that one process decides faster than several, which have to start."""


class LogImpact(NamedTuple):
    """The changes of the answers for the decisions of a log; `by_another_base` are those that OLD did not decide."""

    impact: Impact
    by_another_base: Sequence[int]


_Bases = tuple[tuple[Path, str], ...]
"""Bases by folder and profile."""

_Entries = list[tuple[int, bytes]]
_Part = tuple[Impact, list[int]]
"""The changes of some decisions, and the numbers of those that another base than OLD made."""


def log_impact(
    old: Judge,
    new: Judge,
    log: LogReader,
    step: Callable[[int, int], None] | None = None,
    *,
    workers: int | None = None,
) -> LogImpact:
    """The changes of the answers for the decisions of a log, each named by its number.

    `workers` is the number of processes: by default one for each core, and one alone for a short log. Raises
    DecisionLogError as `LogReader.entries` does.
    """
    total = 0
    moved: list[CaseDelta] = []
    unread: list[str] = []
    verdicts: Counter[str] = Counter()
    others = array("q")
    alike: dict[Any, Any] = {}
    with log.snapshot() as snapshot:
        size = len(snapshot)
        count = workers or (1 if size < _ONE_PROCESS else os.cpu_count() or 1)
        work: Callable[[_Entries], _Part]
        if count == 1:
            work = partial(_compare, Comparison(old, new), old.base.digest, log.path)
        else:
            bases = tuple((judge.base.root, judge.base.profile.id) for judge in (old, new))
            work = partial(_compare_elsewhere, bases, log.path)
        results = ordered_map(work, _groups(snapshot), count)
        for part, by_another in results:
            total += part.total
            moved += (_shared(delta, alike) for delta in part.deltas)
            unread += part.unreadable
            verdicts.update(part.verdict_transitions)
            others.extend(by_another)
            if step:
                step(total, size)
    found = Impact(
        total=total, deltas=tuple(moved), unreadable=tuple(unread), verdict_transitions=dict(sorted(verdicts.items()))
    )
    return LogImpact(found, others)


def _groups(log: LogReader) -> Iterator[_Entries]:
    entries = log.raw_entries()
    while group := list(itertools.islice(entries, TEXTS_AT_ONCE)):
        yield group


def _compare(comparison: Comparison, old_digest: str, path: Path, entries: _Entries) -> _Part:
    """Decide the decisions among some entries of a log again."""
    texts, others = [], []
    for number, body in entries:
        record = parse_entry(number, body, path)
        if isinstance(record, Decision):
            texts.append((str(number), record.case))
            if record.provenance.base_digest != old_digest:
                others.append(number)
    return comparison.compare(texts), others


def _compare_elsewhere(bases: _Bases, path: Path, entries: _Entries) -> _Part:
    """The same in a process of its own, which keeps the bases that it has loaded."""
    return _compare(*_loaded(bases), path, entries)


@lru_cache(maxsize=1)
def _loaded(bases: _Bases) -> tuple[Comparison, str]:
    old, new = (cached_judge(*base) for base in bases)
    gc.freeze()  # what is loaded by now stays
    return Comparison(old, new), old.base.digest


def _shared(delta: CaseDelta, alike: dict[Any, Any]) -> CaseDelta:
    """The same change made of parts that other changes have too: among a million changes few are distinct."""
    parts = (delta.case, delta.verdict, delta.guidance, delta.harm, delta.findings)
    return CaseDelta(delta.file, *(alike.setdefault(part, part) for part in parts))
