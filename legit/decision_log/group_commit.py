"""Group commit: entries that several threads append at the same time are written together by one of them.

A monitor: one lock guards all state, and a thread that is woken looks again, under the lock, whether what it waits for
is so. A signal says only that it should look, so that none can come too early. `append` returns only after the entries
of the thread are written.

At most one thread *leads*. It waits for the file, takes all entries that are in the queue by then, and writes them. It
then wakes the threads whose entries are written, and the first that still waits. Whoever leaves `append` while nobody
leads wakes the first that waits, also when it was interrupted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from legit.decision_log.store import PendingEntry
from legit.errors import DecisionLogError, Problem


@dataclass(slots=True, eq=False)
class _PendingWrite:
    """Entries that a thread wants to append. `done` is set when their write has ended, well or not; `changed` is
    notified then, and when this thread may lead."""

    entries: Sequence[PendingEntry]
    changed: threading.Condition
    numbers: list[int] = field(default_factory=list)
    error: DecisionLogError | None = None
    done: bool = False


class GroupCommit:
    """Appends by several threads to the file at `path`. `write` gets all waiting entries, while `file_lock` is
    locked."""

    def __init__(
        self, path: Path, file_lock: AbstractContextManager[object], write: Callable[[list[PendingEntry]], list[int]]
    ) -> None:
        self._path = path
        self._file_lock = file_lock
        self._write = write
        self._lock = threading.Lock()  # guards the fields below; never locked during a write
        self._queue: list[_PendingWrite] = []
        self._has_leader = False

    def append(self, entries: Sequence[PendingEntry]) -> list[int]:
        """Append entries, all or none. Returns their numbers, after they are safe on disk.

        Raises what `write` raises, and DecisionLogError (R101) when another thread was interrupted while it wrote for
        this one.
        """
        mine = _PendingWrite(entries, threading.Condition(self._lock))
        leads = False
        try:
            with self._lock:
                self._queue.append(mine)
                while self._has_leader and not mine.done:
                    mine.changed.wait()
                if not mine.done:
                    leads = self._has_leader = True
            if leads:
                self._write_queue()
        finally:
            with self._lock:
                if mine in self._queue:  # interrupted before it was written
                    self._queue.remove(mine)
                if leads:
                    self._has_leader = False
                if self._queue and not self._has_leader:
                    self._queue[0].changed.notify()
        if mine.error is not None:
            raise mine.error
        return mine.numbers

    def _write_queue(self) -> None:
        with self._file_lock:
            with self._lock:
                together, self._queue = self._queue, []
            error: DecisionLogError | None = DecisionLogError(
                Problem("R101", "the write was broken off", source=str(self._path))
            )
            try:
                numbers = iter(self._write([entry for item in together for entry in item.entries]))
                for item in together:
                    item.numbers = [next(numbers) for _ in item.entries]
                error = None
            except DecisionLogError as problem:
                error = problem
            finally:
                with self._lock:
                    for item in together:
                        item.error, item.done = error, True
                        item.changed.notify()
