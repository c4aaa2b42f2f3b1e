"""The group commit under every schedule that a bound allows: nobody waits for ever, and everyone is told the truth.

`LEGIT_LONG=1` raises the bounds.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from legit.decision_log import group_commit
from legit.decision_log.group_commit import GroupCommit
from legit.decision_log.store import PendingEntry
from legit.errors import DecisionLogError, Problem
from tests.support import handing_over
from tests.support.handing_over import HandingOver
from tests.support.schedules import Scheduler, schedules

LONG = bool(os.environ.get("LEGIT_LONG"))


def run_threads(
    monkeypatch: pytest.MonkeyPatch, choices: Sequence[int], threads: int, interrupt: tuple[int, int] | None, fails: int
) -> tuple[Scheduler, GroupCommit, list[bytes], dict[int, Any]]:
    """Threads that append one entry each, thread 0 two. Write number `fails` (from 1) fails."""
    scheduler = Scheduler(group_commit.__file__, choices, interrupt)
    written: list[bytes] = []
    told: dict[int, Any] = {}
    writes = 0

    def write(entries: list[PendingEntry]) -> list[int]:
        nonlocal writes
        assert entries
        assert file_lock.locked()
        writes += 1
        scheduler.step()
        if writes == fails:
            raise DecisionLogError(Problem("R101", "the disk is full"))
        start = len(written)
        written.extend(entry.body for entry in entries)
        return list(range(start, len(written)))

    def body(number: int) -> Callable[[], None]:
        def append() -> None:
            try:
                told[number] = group.append([PendingEntry(b"%d" % number)] * (2 if number == 0 else 1))
            except (KeyboardInterrupt, DecisionLogError) as error:
                told[number] = type(error)

        return append

    with monkeypatch.context() as patched:
        patched.setattr(group_commit, "threading", scheduler)
        file_lock = scheduler.Lock()
        group = GroupCommit(Path("log"), file_lock, write)
        scheduler.run(*(body(number) for number in range(threads)))
    return scheduler, group, written, told


@pytest.mark.parametrize(
    ("threads", "preemptions", "interrupt", "fails"),
    [
        (2, 2, None, 0),
        (3, 2 if LONG else 1, None, 0),
        (4, 1 if LONG else 0, None, 0),
        (3, 2 if LONG else 1, (1, 1), 0),
        (3, 1 if LONG else 0, (2, 1), 0),
        (3, 1 if LONG else 0, None, 1),
    ],
    ids=["two", "three", "four", "one of three interrupted", "the last interrupted", "a write that fails"],
)
def test_nobody_waits_for_ever(
    monkeypatch: pytest.MonkeyPatch, threads: int, preemptions: int, interrupt: tuple[int, int] | None, fails: int
) -> None:
    seen = 0

    def run(choices: Sequence[int]) -> Scheduler:
        scheduler, group, written, told = run_threads(monkeypatch, choices, threads, interrupt, fails)
        schedule = [chosen for _, _, chosen in scheduler.steps]
        assert not scheduler.deadlock, schedule
        assert set(told) == set(range(threads)), schedule
        for number, numbers in told.items():
            if isinstance(numbers, list):
                assert [written[at] for at in numbers] == [b"%d" % number] * (2 if number == 0 else 1), schedule
            else:
                assert numbers is (DecisionLogError if fails else KeyboardInterrupt), schedule
        assert not group._queue
        assert not group._has_leader
        return scheduler

    for _ in schedules(run, preemptions):
        seen += 1
    assert seen > 10 * preemptions


def test_the_search_finds_a_signal_that_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same threads with the group commit that hands a turn over: some schedule hangs, or releases twice."""
    found = []

    def run(choices: Sequence[int]) -> Scheduler:
        scheduler = Scheduler(handing_over.__file__, choices)
        errors: list[str] = []

        def append(body: bytes) -> None:
            try:
                group.append(body)
            except RuntimeError as error:
                errors.append(str(error))

        with monkeypatch.context() as patched:
            patched.setattr(handing_over, "threading", scheduler)
            group = HandingOver(scheduler.Lock(), lambda bodies: list(range(len(bodies))))
            scheduler.run(*(lambda number=number: append(b"%d" % number) for number in range(3)))
        if scheduler.deadlock or errors:
            found.append(errors)
        return scheduler

    for _ in schedules(run, 2):
        if found:
            break
    assert found
