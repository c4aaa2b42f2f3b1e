"""Tries a knowledge base of somebody else in a process with limits, before this process loads it.

A base in a log may come from anybody. Its rules may take for ever and all memory to ground, or end clingo and the
process with it. What the worker has loaded and grounded within its limits, this process loads and grounds with the same
result: grounding has no chance in it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from legit.errors import DecisionLogError, Problem

PROBE_SECONDS = 60.0
"""How long the worker may load a base, and how long it may take for a case, in seconds of the clock."""
PROBE_MEGABYTES = 2048
"""The memory that the worker may address, in millions of bytes."""

_WORKER = ["-m", "legit.decision_log.probe_worker"]


class BaseProbe:
    """A worker that has loaded one base. Close it, or use it in a `with`."""

    def __init__(self, folder: Path, profile: str, name: str) -> None:
        """Load the base in `folder` under a profile; `name` names it in errors.

        Raises DecisionLogError (R123) when a limit is exceeded, or clingo ends the worker.
        """
        self._name, self._seconds, self._megabytes = name, PROBE_SECONDS, PROBE_MEGABYTES
        self._tried: set[tuple[bool, bytes]] = set()
        # Of the environment the worker gets nothing but where to find the packages; it writes no cache.
        environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LEGIT_CACHE": ""}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-s", *_WORKER],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd=folder,
            text=True, encoding="utf-8",
        )  # fmt: skip
        try:
            self._ask({"folder": str(folder), "profile": profile, "megabytes": self._megabytes})
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> BaseProbe:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker."""
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()
        self._process.wait()

    def try_case(self, text: str, *, whole: bool = True) -> None:
        """Decide a case in the worker, unless it has, and make the `whole` answer or the verdict alone.

        Raises DecisionLogError (R123) when a limit is exceeded.
        """
        key = whole, hashlib.sha256(text.encode(errors="surrogatepass")).digest()
        if key not in self._tried:
            self._ask({"case": text, "whole": whole})
            self._tried.add(key)

    def _ask(self, question: dict[str, Any]) -> None:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self._seconds, end)
        timer.start()
        try:
            answer = ""
            with contextlib.suppress(OSError, ValueError):
                print(json.dumps(question), file=process.stdin, flush=True)
                answer = process.stdout.readline()
        finally:
            timer.cancel()
            timer.join()
        if late.is_set() or not answer:
            raise self._refused(late=late.is_set())

    def _refused(self, *, late: bool) -> DecisionLogError:
        limit = f"takes more than {self._seconds:g} seconds"
        if not late:
            limit = f"takes more than {self._megabytes} megabytes of memory, or ends the solver"
        message = f"the knowledge base {self._name} {limit}: it is not loaded"
        return DecisionLogError(Problem("R123", message, help="decide under another base: --kb"))
