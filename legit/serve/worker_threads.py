"""Runs judgements in threads: so many at once, so many waiting, and no more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from legit.errors import Problem, ServiceError

P = ParamSpec("P")
T = TypeVar("T")

RETRY_SECONDS = 1
"""The time in seconds that a client is told to wait before it tries again."""


class WorkerThreads:
    """The threads of one process that judge. Used from one event loop.

    What does not fit is refused at once: no queue grows. What is running when the time of a request is over still ends,
    and keeps its place until then.
    """

    def __init__(self, threads: int, waiting: int, wait_seconds: float) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="judge")
        self._places = threads + waiting
        self._wait_seconds = wait_seconds
        self.busy = 0
        """How many calls are running or waiting."""
        self.closing = False
        self.changed: Callable[[int], None] = lambda busy: None
        """Is told how many calls are running or waiting, each time that it changes."""

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of a call in a thread, or what it raises.

        Raises ServiceError: H011 (503) when there is no place, or the service is closing; H012 (503) when the call is
        not finished in time.
        """
        if self.closing or self.busy >= self._places:
            why = "the service is closing" if self.closing else f"{self.busy} requests are waiting already"
            raise ServiceError(503, Problem("H011", why, help="try again later"), retry_after=RETRY_SECONDS)
        self._count(1)
        future = self._executor.submit(function, *args, **kwargs)
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._leave) if not loop.is_closed() else None)
        try:
            async with asyncio.timeout(self._wait_seconds):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            told = f"no answer within {self._wait_seconds:g} seconds"
            raise ServiceError(
                503, Problem("H012", told, help="send a smaller case"), retry_after=RETRY_SECONDS
            ) from None

    def _leave(self) -> None:
        self._count(-1)

    def _count(self, more: int) -> None:
        self.busy += more
        self.changed(self.busy)

    def close(self) -> None:
        """Take no more calls, and return when those that run have ended."""
        self.closing = True
        self._executor.shutdown(wait=True, cancel_futures=True)
