"""A group commit with a fault, to show that the search for schedules finds one.

A thread reads without the lock whether it leads. When it is made the leader between, it does not take the lock that was
released for it, and the next release finds it open.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field


def _closed() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(eq=False)
class _Turn:
    body: bytes
    number: int = -1
    done: bool = False
    leads: bool = False
    wakeup: threading.Lock = field(default_factory=_closed)


class HandingOver:
    """Appends by several threads; `write` gets what waits."""

    def __init__(self, file_lock: AbstractContextManager[object], write: Callable[[list[bytes]], list[int]]) -> None:
        self._file_lock, self._write = file_lock, write
        self._lock = threading.Lock()
        self._queue: list[_Turn] = []
        self._led = False

    def append(self, body: bytes) -> int:
        mine = _Turn(body)
        with self._lock:
            self._queue.append(mine)
            mine.leads, self._led = not self._led, True
        if not mine.leads:
            mine.wakeup.acquire()
        if not mine.done:
            with self._file_lock:
                with self._lock:
                    together, self._queue = self._queue, []
                for item, number in zip(together, self._write([item.body for item in together]), strict=True):
                    item.number, item.done = number, True
                    item.wakeup.release()
        with self._lock:
            if mine.leads:
                self._led = bool(self._queue)
                if self._led:
                    self._queue[0].leads = True
                    self._queue[0].wakeup.release()
        return mine.number
