"""Runs threads of real code in every order that a bound allows, one line at a time.

Only one thread runs at a time. Before each line of the watched file, and where it waits for a lock or a condition, the
scheduler decides who runs next. A *preemption* is a switch away from a thread that could have gone on. All schedules
with at most so many preemptions are enumerated (iterative context bounding: Musuvathi and Qadeer, PLDI 2007).

The code under test takes its locks from a module `threading`; `Scheduler` has `Lock` and `Condition` in its place.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any


class AbandonedError(BaseException):
    """Ends the threads of a schedule in which all wait for one another."""


@dataclass(eq=False)
class _Worker:
    number: int
    body: Callable[[], object]
    baton: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    may_run: Callable[[], bool] = lambda: True
    done: bool = False
    waits: int = 0


class Scheduler:
    """One run of some bodies. `choices` are the numbers of the threads that run at the first steps; after them a thread
    goes on for as long as it can. `interrupt` is a thread, and which of its waits a KeyboardInterrupt ends."""

    def __init__(self, file: str, choices: Sequence[int] = (), interrupt: tuple[int, int] | None = None) -> None:
        self.steps: list[tuple[tuple[int, ...], int, int]] = []
        """At each step: who could run, who had run, who ran."""
        self.deadlock = False
        self._file, self._choices, self._interrupt = file, choices, interrupt
        self._workers: list[_Worker] = []
        self._current: _Worker | None = None
        self._ended = threading.Semaphore(0)

    def run(self, *bodies: Callable[[], object]) -> None:
        """Run the bodies in threads until all have ended, or `deadlock` is set."""
        self._workers = [_Worker(number, body) for number, body in enumerate(bodies)]
        threads = [threading.Thread(target=self._work, args=(worker,), daemon=True) for worker in self._workers]
        for thread in threads:
            thread.start()
        self._pass_on(None)
        self._ended.acquire()
        for worker in self._workers:
            worker.baton.release()
        for thread in threads:
            thread.join()

    def Lock(self) -> _Lock:  # noqa: N802
        return _Lock(self)

    def Condition(self, lock: _Lock) -> _Condition:  # noqa: N802
        return _Condition(self, lock)

    def step(self, may_run: Callable[[], bool] = lambda: True) -> None:
        """Let the scheduler decide who goes on; this thread does so only when it may."""
        me = self._current
        assert me is not None
        me.may_run = may_run
        self._pass_on(me)

    def interrupted_here(self) -> bool:
        """Whether this wait of the running thread ends with an interrupt."""
        assert self._current is not None
        self._current.waits += 1
        return self._interrupt == (self._current.number, self._current.waits)

    def _work(self, worker: _Worker) -> None:
        worker.baton.acquire()
        sys.settrace(self._trace)
        try:
            worker.body()
        except AbandonedError:
            return
        finally:
            sys.settrace(None)
            worker.done = True
        self._pass_on(worker)

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        return self._trace_line if frame.f_code.co_filename == self._file else None

    def _trace_line(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self.step()
        return self._trace_line

    def _pass_on(self, me: _Worker | None) -> None:
        ready = [worker for worker in self._workers if not worker.done and worker.may_run()]
        if not ready:
            self.deadlock = any(not worker.done for worker in self._workers)
            self._ended.release()
        else:
            at = len(self.steps)
            follows = ready[0] if me is None or me not in ready else me
            if at < len(self._choices):
                follows = next(worker for worker in ready if worker.number == self._choices[at])
            before = -1 if me is None else me.number
            self.steps.append((tuple(worker.number for worker in ready), before, follows.number))
            if follows is me:
                return
            self._current = follows
            follows.baton.release()
        if me is not None and not me.done:
            me.baton.acquire()
            if self.deadlock:
                raise AbandonedError


class _Lock:
    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._held = False

    def acquire(self) -> bool:
        self._scheduler.step(lambda: not self._held)
        self._held = True
        return True

    def release(self) -> None:
        if not self._held:
            raise RuntimeError("release unlocked lock")
        self._held = False

    def locked(self) -> bool:
        return self._held

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class _Condition:
    def __init__(self, scheduler: Scheduler, lock: _Lock) -> None:
        self._scheduler, self._lock = scheduler, lock
        self._waiting: list[list[bool]] = []

    def wait(self) -> None:
        interrupted = self._scheduler.interrupted_here()
        told = [interrupted]
        self._waiting.append(told)
        self._lock.release()
        self._scheduler.step(lambda: told[0] and not self._lock.locked())
        self._lock._held = True
        if interrupted:
            self._waiting = [item for item in self._waiting if item is not told]
            raise KeyboardInterrupt

    def notify(self) -> None:
        assert self._lock.locked()
        if self._waiting:
            self._waiting.pop(0)[0] = True


def schedules(run: Callable[[Sequence[int]], Scheduler], preemptions: int) -> Iterator[Scheduler]:
    """Every schedule with at most so many preemptions, each run once. `run` runs one that begins with some choices."""
    pending: list[tuple[tuple[int, ...], int]] = [((), 0)]
    while pending:
        prefix, used = pending.pop()
        scheduler = run(prefix)
        yield scheduler
        taken = tuple(chosen for _, _, chosen in scheduler.steps)
        for at in range(len(prefix), len(taken)):
            ready, before, chosen = scheduler.steps[at]
            cost = used + (before in ready)
            if cost <= preemptions:
                pending += [((*taken[:at], other), cost) for other in ready if other != chosen]
