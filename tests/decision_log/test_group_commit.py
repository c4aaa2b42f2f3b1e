"""Threads that append at the same time share a write, and none waits for one that was interrupted."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from legit.decision_log.group_commit import GroupCommit, _PendingWrite
from legit.decision_log.store import PendingEntry
from legit.errors import DecisionLogError, Problem

PATH = Path("decisions.log")


class FakeLogFile:
    """A file that a test can keep others from, and how its writes went."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.groups: list[list[bytes]] = []
        self.group = GroupCommit(PATH, self.lock, self.write)

    def write(self, entries: list[PendingEntry]) -> list[int]:
        assert self.lock.locked()
        start = sum(map(len, self.groups))
        self.groups.append([entry.body for entry in entries])
        return list(range(start, start + len(entries)))

    def append(self, *bodies: bytes) -> list[int]:
        return self.group.append([PendingEntry(body) for body in bodies])

    def wait_for_queue(self, number: int) -> None:
        while len(self.group._queue) < number:
            os.sched_yield()


def start_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_all_that_wait_are_written_together() -> None:
    file, numbers = FakeLogFile(), {}

    def work(name: bytes) -> None:
        numbers[name] = file.append(name, name)

    with file.lock:
        threads = []
        for at in range(20):
            threads.append(start_thread(lambda name=b"%d" % at: work(name)))  # type: ignore[misc]
            file.wait_for_queue(at + 1)
    for thread in threads:
        thread.join()
    assert len(file.groups) == 1
    for name, got in numbers.items():
        assert [file.groups[0][number] for number in got] == [name, name]
    assert file.append(b"next") == [40]


def test_what_comes_during_a_write_is_the_next_group() -> None:
    file, threads = FakeLogFile(), []
    write = file.write

    def slow(entries: list[PendingEntry]) -> list[int]:
        if not file.groups:
            for at in range(5):
                threads.append(start_thread(lambda at=at: file.append(b"%d" % at)))  # type: ignore[misc]
                file.wait_for_queue(at + 1)
        return write(entries)

    file.group._write = slow
    assert file.append(b"first") == [0]
    for thread in threads:
        thread.join()
    assert file.groups == [[b"first"], [b"0", b"1", b"2", b"3", b"4"]]


def test_many_threads_get_the_numbers_of_their_own_records_in_their_order() -> None:
    file, got = FakeLogFile(), {}

    def work(name: int) -> None:
        got[name] = [number for at in range(50) for number in file.append(b"%d-%d" % (name, at))]

    threads = [start_thread(lambda name=name: work(name)) for name in range(16)]  # type: ignore[misc]
    for thread in threads:
        thread.join()
    written = [body for group in file.groups for body in group]
    assert len(written) == 16 * 50
    for name, numbers in got.items():
        assert [written[number] for number in numbers] == [b"%d-%d" % (name, at) for at in range(50)]


class InterruptingLock:
    """A lock whose holder is interrupted instead of getting it, once."""

    def __init__(self, lock: threading.Lock) -> None:
        self.lock = lock
        self.left = 1

    def __enter__(self) -> bool:
        if self.left:
            self.left = 0
            with self.lock:
                raise KeyboardInterrupt
        return self.lock.__enter__()

    def __exit__(self, *_: object) -> None:
        self.lock.release()


def test_a_leader_interrupted_before_it_writes_hands_over() -> None:
    file, told = FakeLogFile(), []
    file.group._file_lock = InterruptingLock(file.lock)

    def leads() -> None:
        try:
            file.append(b"interrupted")
        except KeyboardInterrupt:
            told.append("interrupted")

    with file.lock:
        threads = [start_thread(leads)]
        file.wait_for_queue(1)
        threads.append(start_thread(lambda: told.append(file.append(b"other"))))  # type: ignore[func-returns-value]
        file.wait_for_queue(2)
    for thread in threads:
        thread.join()
    assert file.groups == [[b"other"]]
    assert sorted(map(str, told)) == ["[0]", "interrupted"]


class InterruptedWait:
    """What a thread waits for that is interrupted meanwhile, before its turn or just after it came."""

    def __init__(self, lock: threading.Lock, after: Callable[[], object]) -> None:
        self.lock = lock
        self.after = after

    def wait(self) -> None:
        self.lock.release()
        self.after()
        self.lock.acquire()
        raise KeyboardInterrupt

    def notify(self) -> None:
        pass


@pytest.mark.parametrize("its_turn", [False, True])
def test_one_that_waits_is_interrupted(monkeypatch: pytest.MonkeyPatch, its_turn: bool) -> None:
    """It is not written, and those behind it do not wait for it, although it may have been its turn to lead."""
    file, may_go = FakeLogFile(), threading.Event()
    write = file.write
    told = []

    def first(entries: list[PendingEntry]) -> list[int]:
        if not file.groups:
            with monkeypatch.context() as patched:
                patched.setattr(
                    "legit.decision_log.group_commit._PendingWrite",
                    lambda entries, _: _PendingWrite(entries, InterruptedWait(file.group._lock, may_go.wait)),  # type: ignore[arg-type]
                )
                threads.append(start_thread(interrupted))
                file.wait_for_queue(1)
            threads.append(start_thread(lambda: file.append(b"behind")))
            file.wait_for_queue(2)
            if not its_turn:
                may_go.set()
                threads[0].join()
        return write(entries)

    def interrupted() -> None:
        try:
            file.append(b"interrupted")
        except KeyboardInterrupt:
            told.append("interrupted")

    threads: list[threading.Thread] = []
    file.group._write = first
    assert file.append(b"first") == [0]
    may_go.set()
    for thread in threads:
        thread.join()
    assert told == ["interrupted"]
    assert file.groups == [[b"first"], [b"behind"]]
    assert file.append(b"last") == [2]


def test_each_of_a_group_is_told_of_a_failure() -> None:
    file, told = FakeLogFile(), []
    failure = DecisionLogError(Problem("R101", "the disk is full"))

    def fails(_: list[PendingEntry]) -> list[int]:
        raise failure

    def work() -> None:
        try:
            file.append(b"x")
        except DecisionLogError as error:
            told.append(error)

    good, file.group._write = file.group._write, fails
    with file.lock:
        threads = []
        for at in range(3):
            threads.append(start_thread(work))
            file.wait_for_queue(at + 1)
    for thread in threads:
        thread.join()
    assert told == [failure] * 3
    file.group._write = good
    assert file.append(b"y") == [0]
