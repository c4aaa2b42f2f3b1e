"""Group commit: entries that several threads append at the same time are written together by one of them.

The first thread *leads*: when it has the file, it writes for all that wait. Threads that arrive meanwhile wait, each
for a signal of its own, and the first of them leads next. `append` returns only after the entries of the thread are
written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from legit.decision_log.store import PendingEntry
from legit.errors import DecisionLogError, Problem


def _acquired_lock() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(slots=True, eq=False)
class _PendingWrite:
    """An entry that a thread wants to append. `sign` is released when the entry is written, or when this thread
    `leads`."""

    entries: Sequence[PendingEntry]
    numbers: list[int] = field(default_factory=list)
    error: DecisionLogError | None = None
    done: bool = False
    is_leader: bool = False
    wakeup: threading.Lock = field(default_factory=_acquired_lock)


class GroupCommit:
    """Appends by several threads to the file at `path`. `write` gets all waiting entries, while `file_lock` is
    locked."""

    def __init__(
        self, path: Path, file_lock: AbstractContextManager[object], write: Callable[[list[PendingEntry]], list[int]]
    ) -> None:
        self._path = path
        self._file_lock = file_lock
        self._write = write
        self._queue_lock = threading.Lock()  # guards the fields below; never locked during a write
        self._queue: list[_PendingWrite] = []
        self._has_leader = False

    def append(self, entries: Sequence[PendingEntry]) -> list[int]:
        """Append entries, all or none. Returns their numbers, after they are safe on disk.

        Raises what `write` raises, and DecisionLogError (R101) when another thread was interrupted while it wrote for
        this one.
        """
        mine = _PendingWrite(entries)
        try:
            with self._queue_lock:
                self._queue.append(mine)
                mine.is_leader, self._has_leader = not self._has_leader, True
            if not mine.is_leader:
                mine.wakeup.acquire()
            if not mine.done:
                self._write_queue()
        finally:
            with self._queue_lock:
                if mine in self._queue:  # interrupted before it was written
                    self._queue.remove(mine)
                if mine.is_leader:
                    self._appoint_next_leader()
        if mine.error is not None:
            raise mine.error
        return mine.numbers

    def _write_queue(self) -> None:
        with self._file_lock:
            with self._queue_lock:
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
                for item in together:
                    item.error, item.done = error, True
                    item.wakeup.release()

    def _appoint_next_leader(self) -> None:
        """Let the first that waits lead."""
        self._has_leader = bool(self._queue)
        if self._has_leader:
            self._queue[0].is_leader = True
            self._queue[0].wakeup.release()
