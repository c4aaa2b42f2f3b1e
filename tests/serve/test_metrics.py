"""The metrics that a process has for others: a number is right before a request has its answer."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import pytest

pytest.importorskip("prometheus_client")

from legit.serve.metrics import FOLDER_VARIABLE
from legit.serve.worker_threads import WorkerThreads

_OTHER_PROCESS = """
from legit.serve.metrics import Metrics
metrics = Metrics()
metrics.set_busy(2)
print(next(line for line in metrics.text().decode().splitlines() if line.startswith("legit_requests_in_progress")))
"""


def test_what_is_judged_is_told_as_soon_as_it_begins_and_when_it_ends() -> None:
    told: list[int] = []
    ended = threading.Event()

    async def judge() -> list[int]:
        threads = WorkerThreads(2, 2, 60.0)
        threads.changed = told.append
        running = [asyncio.ensure_future(threads.run(ended.wait)) for _ in range(3)]
        await asyncio.sleep(0)
        begun = list(told)
        ended.set()
        await asyncio.gather(*running)
        threads.close()
        while told[-1]:
            await asyncio.sleep(0)
        return begun

    assert asyncio.run(judge()) == [1, 2, 3]
    assert told == [1, 2, 3, 2, 1, 0]


def test_every_process_tells_what_all_of_them_judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    told = [subprocess.check_output([sys.executable, "-c", _OTHER_PROCESS], text=True).split()[-1] for _ in range(2)]
    assert told == ["2.0", "4.0"]
