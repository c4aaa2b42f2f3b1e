"""Group commit: what several threads want to append at the same time is written together, by one of them.

The thread that comes first *leads*: it writes for all that wait once it has the file. Those that come meanwhile wait,
each for a sign of its own, and the first of them leads next. Nobody goes on before what is his has been written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from legit.decision_log.store import Entry
from legit.errors import Problem, RecordError


def _closed() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(slots=True, eq=False)
class _Waiting:
    """What a thread wants to append; `sign` opens once it is written, or this thread `leads`."""

    entries: Sequence[Entry]
    numbers: list[int] = field(default_factory=list)
    error: RecordError | None = None
    done: bool = False
    leads: bool = False
    sign: threading.Lock = field(default_factory=_closed)


class GroupCommit:
    """Appends by several threads to the file at `path`: `write` is called while `file` is held, with all that wait."""

    def __init__(
        self, path: Path, file: AbstractContextManager[object], write: Callable[[list[Entry]], list[int]]
    ) -> None:
        self._path = path
        self._file = file
        self._write = write
        self._lock = threading.Lock()  # of what follows; never held while something is written
        self._waiting: list[_Waiting] = []
        self._led = False

    def append(self, entries: Sequence[Entry]) -> list[int]:
        """Append records, all or none; their numbers, once they are safe. Raises what `write` raises; a RecordError
        (R101) where another thread was interrupted while it wrote for this one."""
        mine = _Waiting(entries)
        try:
            with self._lock:
                self._waiting.append(mine)
                mine.leads, self._led = not self._led, True
            if not mine.leads:
                mine.sign.acquire()
            if not mine.done:
                self._lead()
        finally:
            with self._lock:
                if mine in self._waiting:  # interrupted before it was written
                    self._waiting.remove(mine)
                if mine.leads:
                    self._hand_over()
        if mine.error is not None:
            raise mine.error
        return mine.numbers

    def _lead(self) -> None:
        with self._file:
            with self._lock:
                together, self._waiting = self._waiting, []
            error: RecordError | None = RecordError(Problem("R101", "the write was broken off", source=str(self._path)))
            try:
                numbers = iter(self._write([entry for item in together for entry in item.entries]))
                for item in together:
                    item.numbers = [next(numbers) for _ in item.entries]
                error = None
            except RecordError as problem:
                error = problem
            finally:
                for item in together:
                    item.error, item.done = error, True
                    item.sign.release()

    def _hand_over(self) -> None:
        """Let the first that waits lead."""
        self._led = bool(self._waiting)
        if self._led:
            self._waiting[0].leads = True
            self._waiting[0].sign.release()
