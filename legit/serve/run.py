"""Runs the service: a process for each core behind one port, which opens when the first of them is warm."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn
from prometheus_client.multiprocess import mark_process_dead
from uvicorn.supervisors import Multiprocess

from legit.guard import Guard, GuardPolicy
from legit.guard.connections import PROTOCOL, backlog
from legit.serve.app import create_app
from legit.serve.metrics import FOLDER_VARIABLE
from legit.serve.settings import ServiceSettings

SHUTDOWN_SECONDS = 30
"""How long requests that have begun may take to end when the service is told to stop."""
WARMING_SECONDS = 60
"""How long a worker may take to load the base, on a slow machine, before it counts as dead and is replaced."""
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class AppFactory:
    """Makes the guarded application of a worker; it is sent to the worker by pickling."""

    settings: ServiceSettings
    policy: GuardPolicy

    def __call__(self) -> Any:
        return Guard(create_app(self.settings), self.policy)


def run(settings: ServiceSettings, policy: GuardPolicy, listening: socket.socket, *, workers: int = 1) -> None:
    """Serve on a socket that is bound, and does not listen yet, until the process is told to stop (SIGTERM, SIGINT).

    A worker that dies is replaced. Requests that have begun are answered before the end, as far as they take no longer
    than `SHUTDOWN_SECONDS`.
    """
    with _metrics_folder() if workers > 1 else contextlib.nullcontext():
        config = uvicorn.Config(
            AppFactory(settings, policy), factory=True, workers=workers,
            http=PROTOCOL, backlog=backlog(),
            log_level="warning", access_log=False, server_header=False, date_header=True, lifespan="on", ws="none",
            timeout_graceful_shutdown=SHUTDOWN_SECONDS, timeout_worker_healthcheck=WARMING_SECONDS,
            proxy_headers=False,
        )  # fmt: skip
        if workers == 1:
            uvicorn.Server(config).run([listening])
        else:
            _Workers(config, sockets=[listening]).run()


class _Workers(Multiprocess):
    """The processes of the service. The port is closed as soon as they are told to end: this process holds it too.
    What a process that ended was doing is in no metric any more.
    """

    _counted: frozenset[int | None] = frozenset()

    def keep_subprocess_alive(self) -> None:
        super().keep_subprocess_alive()
        running = frozenset(process.pid for process in self.processes)
        for ended in self._counted - running:
            mark_process_dead(ended)  # type: ignore[no-untyped-call]
        self._counted = running

    def terminate_all(self) -> None:
        super().terminate_all()
        for listening in self.sockets:
            listening.close()


def announce(listening: socket.socket, tell: Callable[[], None]) -> None:
    """Call `tell` in a thread of its own once the port is open."""

    def wait() -> None:
        host, port = listening.getsockname()[:2]
        while True:
            with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1.0):
                tell()
                return
            time.sleep(_POLL_SECONDS)

    threading.Thread(target=wait, daemon=True).start()


def bind(host: str, port: int) -> socket.socket:
    """A socket that is bound and does not listen: the port opens when a worker is warm. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    made.set_inheritable(True)
    return made


@contextlib.contextmanager
def _metrics_folder() -> Iterator[None]:
    """A folder in which the workers share their counts, for the time that the service runs."""
    with tempfile.TemporaryDirectory(prefix="legit-metrics-") as folder:
        os.environ[FOLDER_VARIABLE] = folder
        yield
