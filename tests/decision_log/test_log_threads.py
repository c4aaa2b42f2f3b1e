"""Many threads share a log, and processes are forked while they write: nobody hangs, and each entry is there once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from legit.decision_log import DecisionLog, LogReader
from legit.decision_log.entries import Decision
from legit.decision_log.verify import verify
from legit.judge import Judge

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")]

CASES = ("The authority is a bank.", 'The rule forbids "x". [document "y"]', "The user was checked 3 times.")


def marks(path: Path) -> list[str]:
    return sorted(entry.caller["mark"] for _, entry in LogReader(path).entries() if isinstance(entry, Decision))


def test_threads_that_are_switched_all_the_time(tmp_path: Path, judge: Judge) -> None:
    told: dict[str, int] = {}
    expected = [judge.assess(case).model_dump_json() for case in CASES]
    ready, before = threading.Barrier(24), sys.getswitchinterval()

    def work(name: int) -> None:
        ready.wait()
        for at in range(5):
            mark = f"{name}-{at}"
            answer, told[mark] = log.assess_and_record(CASES[at % 3], judge=judge, caller={"mark": mark})
            assert answer.model_dump_json() == expected[at % 3]

    with DecisionLog(tmp_path / "log") as log:
        threads = [threading.Thread(target=work, args=(name,)) for name in range(24)]
        sys.setswitchinterval(1e-5)
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(timeout=120)
        finally:
            sys.setswitchinterval(before)
        assert not any(thread.is_alive() for thread in threads)
    assert len(told) == len(set(told.values())) == 120
    assert marks(log.path) == sorted(told)
    assert verify(log.path).valid


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_process_that_is_forked_while_threads_write_can_write(tmp_path: Path, judge: Judge) -> None:
    """A lock that another thread held at the fork is held for ever in the child: the log makes its locks anew."""
    log, stop, written = DecisionLog(tmp_path / "log"), threading.Event(), threading.Semaphore(0)

    def work(name: int) -> None:
        at = 0
        while not stop.is_set():
            log.assess(CASES[0], judge=judge, caller={"mark": f"thread {name}-{at}"})
            at += 1
            written.release()

    threads = [threading.Thread(target=work, args=(name,)) for name in range(3)]
    for thread in threads:
        thread.start()
    statuses = []
    try:
        for number in range(6):
            written.acquire()
            child = os.fork()
            if child == 0:
                signal.alarm(60)
                try:
                    log.assess(CASES[0], judge=judge, caller={"mark": f"child {number}"})
                    os._exit(0)
                finally:
                    os._exit(3)
            statuses.append(os.waitpid(child, 0)[1])
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    log.close()
    assert statuses == [0] * 6
    assert [mark for mark in marks(log.path) if mark.startswith("child")] == [f"child {number}" for number in range(6)]
    assert verify(log.path).valid


def test_locks_held_at_a_fork_are_free_in_the_child(tmp_path: Path, judge: Judge) -> None:
    """The same for certain: every lock of the log is held when the process is forked."""
    log = DecisionLog(tmp_path / "log")
    log.assess(CASES[0], judge=judge, caller={"mark": "before"})
    with log._lock, log._group_commit._lock:
        child = os.fork()
        if child == 0:
            signal.alarm(60)
            try:
                log.assess(CASES[0], judge=judge, caller={"mark": "child"})
                os._exit(0)
            finally:
                os._exit(3)
        assert os.waitpid(child, 0)[1] == 0
    assert marks(log.path) == ["before", "child"]
