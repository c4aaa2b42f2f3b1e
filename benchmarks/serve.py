"""How many assessments a second the service gives over HTTP, how long they take, and whether its memory grows.

Run: python benchmarks/serve.py [--seconds 10] [--workers 2] [--connections 64] [--path /v1/assess] [--repeat 1]

It starts `legit serve`, and sends the cases of the examples of the base from connections that stay open, each its next
request when the last is answered. Requests are spoken by hand on sockets, so that the client takes little of the cores
that it shares with the service. The texts come again and again, and are answered from what is kept; with `--distinct`
no text comes twice, and each is read and judged. `--log` puts every decision on record. `--kills N` kills workers under
load, with a log, and counts acknowledged decisions that the log does not have.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from legit.judge import cached_judge


class Requests:
    """Requests with the cases of the examples of the base; where they are `distinct`, no two are the same."""

    def __init__(self, path: str, distinct: bool = False) -> None:
        base = cached_judge().base
        examples = (item.text for criterion in base.criteria.values() for item in criterion.examples)
        self._texts = [text for text in dict.fromkeys(examples) if not text.lstrip().startswith("Case")]
        random.Random(0).shuffle(self._texts)
        self._head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        self._distinct = distinct
        self._asked = 0
        self._ready = [self._request(text) for text in self._texts]

    def next(self) -> bytes:
        self._asked += 1
        place = self._asked % len(self._texts)
        if self._distinct:
            return self._request(f'Case "{self._asked}".\n{self._texts[place]}')
        return self._ready[place]

    def _request(self, text: str) -> bytes:
        body = json.dumps({"case": text}).encode()
        return f"{self._head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Load:
    """Connections that ask one request after the other until a time."""

    def __init__(self, port: int, requests: Requests, until: float) -> None:
        self.port, self.requests, self.until = port, requests, until
        self.seconds: list[float] = []
        self.statuses: dict[int, int] = {}
        self.entries: list[int] = []
        self.broken = 0

    async def run(self, connections: int) -> None:
        await asyncio.gather(*(self._connection() for _ in range(connections)))

    async def _connection(self) -> None:
        while time.perf_counter() < self.until:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                while time.perf_counter() < self.until:
                    begun = time.perf_counter()
                    writer.write(self.requests.next())
                    head = await reader.readuntil(b"\r\n\r\n")
                    size = re.search(rb"content-length: (\d+)", head)
                    await reader.readexactly(int(size.group(1)) if size else 0)
                    self.seconds.append(time.perf_counter() - begun)
                    status = int(head[9:12])
                    self.statuses[status] = self.statuses.get(status, 0) + 1
                    if entry := re.search(rb"legit-entry: (\d+)", head):
                        self.entries.append(int(entry.group(1)))
                writer.close()
            except (OSError, asyncio.IncompleteReadError):
                self.broken += 1
                await asyncio.sleep(0.01)


def start(workers: int, *more: str) -> tuple[subprocess.Popen[str], int]:
    command = [sys.executable, "-m", "legit", "serve", "--port", "0", "--workers", str(workers), *more]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    for line in process.stderr:
        if found := re.search(r"http://127\.0\.0\.1:(\d+)/", line):
            return process, int(found.group(1))
    raise SystemExit("the service did not start")


def processes(parent: int) -> list[int]:
    """A process and those below it."""
    found = [parent]
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) in found or int(fields[1]) == parent:
            found.append(int(path.parent.name))
    return sorted(set(found))


def megabytes(parent: int) -> float:
    pages = 0
    for number in processes(parent):
        try:
            pages += int(Path(f"/proc/{number}/statm").read_text().split()[1])
        except OSError:
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def measure(options: argparse.Namespace) -> None:
    requests = Requests(options.path, options.distinct)
    folder = tempfile.TemporaryDirectory()
    log = ("--log", str(Path(folder.name) / "decisions.log")) if options.log else ()
    process, port = start(options.workers, *log)
    try:
        # Every case once, every worker warm.
        await Load(port, requests, time.perf_counter() + 3).run(options.connections)
        for number in range(options.repeat):
            before = megabytes(process.pid)
            load = Load(port, requests, time.perf_counter() + options.seconds)
            await load.run(options.connections)
            ordered = sorted(load.seconds)
            print(
                f"{options.path} {number + 1}: {len(ordered) / options.seconds:,.0f} requests/s, "
                f"p50 {statistics.median(ordered) * 1e3:.1f} ms, p99 {ordered[int(len(ordered) * 0.99)] * 1e3:.1f} ms, "
                f"statuses {load.statuses}, memory {before:.0f} -> {megabytes(process.pid):.0f} MB"
            )
    finally:
        process.send_signal(signal.SIGTERM)
        print("exit status", process.wait(60))
        folder.cleanup()


def is_worker(number: int) -> bool:
    """Whether a process is a worker of the service."""
    try:
        return b"spawn_main" in Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return False


async def kill(options: argparse.Namespace) -> None:
    from legit.decision_log import LogReader

    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "decisions.log"
        process, port = start(options.workers, "--log", str(log))
        load = Load(port, Requests("/v1/assess"), float("inf"))
        task = asyncio.create_task(load.run(options.connections))
        choose = random.Random(0)
        killed = 0
        while killed < options.kills:
            acknowledged = len(load.entries) + choose.randint(1, 40)
            while len(load.entries) < acknowledged:  # a worker that answers is killed, not one that begins
                await asyncio.sleep(0.01)
            workers = [number for number in processes(process.pid) if is_worker(number)]
            if workers:
                os.kill(choose.choice(workers), signal.SIGKILL)
                killed += 1
        load.until = 0.0
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        task.cancel()
        kept = {number for number, entry in LogReader(log).entries() if entry.kind == "decision"}
        lost = set(load.entries) - kept
        print(f"{killed} kills, {len(load.entries)} acknowledged, {len(lost)} lost, {load.broken} connections broken")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--path", default="/v1/assess")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--distinct", action="store_true", help="no text comes twice")
    parser.add_argument("--log", action="store_true", help="with a decision log")
    chosen = parser.parse_args()
    with contextlib.suppress(ImportError):  # the client then takes less of the cores that it shares
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(kill(chosen) if chosen.kills else measure(chosen))
