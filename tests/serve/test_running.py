"""`legit serve` as a process: the port opens when it is warm, a worker that dies loses nothing, and it ends in order."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from legit.decision_log import LogReader
from legit.judge import Judge
from tests.serve.conftest import CASE


def test_the_port_is_closed_as_soon_as_the_workers_are_told_to_end() -> None:
    uvicorn = pytest.importorskip("uvicorn")
    from legit.serve.run import _Workers, bind

    listening = bind("127.0.0.1", 0)
    listening.listen()
    address = listening.getsockname()
    told: list[str] = []
    before = {number: signal.getsignal(number) for number in signal.valid_signals()}
    try:
        workers = _Workers(uvicorn.Config("none:none", workers=2), sockets=[listening])
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is not handler:
                signal.signal(number, handler)

    class Worker:
        def terminate(self) -> None:
            socket.create_connection(address).close()
            told.append("ended")

    workers.processes = [Worker(), Worker()]  # type: ignore[list-item]
    workers.terminate_all()
    assert told == ["ended", "ended"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)


def test_a_process_that_ended_does_nothing_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    supervisors = pytest.importorskip("uvicorn.supervisors")
    from legit.serve.metrics import FOLDER_VARIABLE
    from legit.serve.run import _Workers

    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    values = [tmp_path / f"{kind}_{number}.db" for number in (7, 8) for kind in ("gauge_livesum", "counter")]
    for path in values:
        path.touch()

    class Worker:
        def __init__(self, pid: int) -> None:
            self.pid = pid

    workers = _Workers.__new__(_Workers)
    workers.processes = [Worker(7), Worker(8)]  # type: ignore[list-item]
    monkeypatch.setattr(supervisors.Multiprocess, "keep_subprocess_alive", lambda _: None)
    workers.keep_subprocess_alive()
    assert all(path.exists() for path in values)
    workers.processes[0] = Worker(9)  # type: ignore[call-overload]
    workers.keep_subprocess_alive()
    assert [path.name for path in values if not path.exists()] == ["gauge_livesum_7.db"]


class Running:
    """A service that runs, and its log."""

    def __init__(self, log: Path) -> None:
        self.log = log
        command = [sys.executable, "-m", "legit", "serve", "--port", "0", "--workers", "2", "--log", str(log)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr
        said = self.process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", said)
        assert found, said
        self.port = int(found.group(1))

    def assess(self) -> tuple[bytes, int] | None:
        """The answer to a case and the number of its record; None where the connection broke."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST", "/v1/assess", json.dumps({"case": CASE}), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.read(), int(answer.headers["Legit-Entry"])
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def workers(self) -> list[int]:
        """The processes that answer."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        return [int(n) for n in children.split() if b"spawn_main" in Path(f"/proc/{n}/cmdline").read_bytes()]

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(180)  # a worker that loads the base is waited for
        assert self.process.stderr
        self.process.stderr.close()
        return status


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path / "decisions.log")
    yield made
    if made.process.poll() is None:
        made.process.kill()
        made.process.wait(60)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for workers in /proc")
def test_a_worker_that_is_killed_loses_nothing_that_was_acknowledged(running: Running, judge: Judge) -> None:
    acknowledged = []
    for killed in range(2):
        for number in range(6):
            answer = running.assess()
            if answer:
                assert answer[0] == judge.assess(CASE).model_dump_json().encode()
                acknowledged.append(answer[1])
            if number == 2 and killed < 1:
                os.kill(running.workers()[0], signal.SIGKILL)
    assert len(acknowledged) >= 10
    assert len(set(acknowledged)) == len(acknowledged)
    assert running.end() == 0
    log = LogReader(running.log)
    assert all(log.decision(number).answer.verdict.value == "defeated" for number in acknowledged)
    refused = running.assess()
    assert refused is None
