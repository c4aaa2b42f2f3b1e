"""Serves MCP over standard input and output, and answers what was asked before the input ended.

The SDK gives up the requests in flight when the client closes its side. Their decisions may be on record by then, so
the answers are waited for here.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Final

import anyio
from mcp.server.stdio import stdio_server

from legit.errors import Problem, ServiceError

_SECONDS_TO_ANSWER: Final = 30.0
"""The longest time, in seconds, that a closed input waits for the next of the answers in flight."""


async def serve(run: Callable[[Any, Any], Awaitable[None]], *, own_streams: bool) -> None:
    """Serve one client until its input ends and everything is answered, or until it reads no more. `run` is given the
    stream of messages to read and the one to write.

    `own_streams` keeps the SDK from closing the standard streams of the process, which its version 1 does. Raises
    ServiceError (H012) when requests were given up, since none of them was answered for 30 seconds.
    """
    streams = _standard_streams() if own_streams else ()
    given_up = 0
    try:
        async with stdio_server(*streams) as (read, write):
            given_up = await answering_all(run, read, write)
    except* (BrokenPipeError, anyio.BrokenResourceError):
        pass  # nobody reads the answers any more
    if given_up:
        told = f"requests given up, since none was answered for {_SECONDS_TO_ANSWER:g} seconds: {given_up}"
        raise ServiceError(503, Problem("H012", told, help="keep standard input open until the answers have come"))


def _standard_streams() -> tuple[Any, Any]:
    """Copies of the standard streams."""
    return (
        anyio.wrap_file(os.fdopen(os.dup(sys.stdin.fileno()), "r", encoding="utf-8", errors="replace")),
        anyio.wrap_file(os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")),
    )


class _InFlight:
    """The requests that have no answer yet."""

    def __init__(self) -> None:
        self._ids: Counter[str | int] = Counter()
        """How often each id is open: a client may use one again before it has the answer."""
        self._answered = anyio.Event()

    def note(self, item: Any) -> None:
        """Count a message of the client: a request is open until it is answered or cancelled."""
        message = _content(item)
        method, identity = getattr(message, "method", None), getattr(message, "id", None)
        if method and isinstance(identity, (str, int)):
            self._ids[identity] += 1
        elif method == "notifications/cancelled":
            params = getattr(message, "params", None)
            self._close(params.get("requestId") if isinstance(params, dict) else None)

    def note_answer(self, item: Any) -> None:
        """Count a message of the server."""
        message = _content(item)
        if not getattr(message, "method", None):
            self._close(getattr(message, "id", None))

    async def wait(self, seconds: float) -> int:
        """Return when every request has its answer, or when none came for so many seconds: how many have none."""
        while self._ids.total():
            with anyio.move_on_after(seconds) as limit:
                await self._answered.wait()
            if limit.cancelled_caught:
                break
        return self._ids.total()

    def _close(self, identity: Any) -> None:
        """Close a request. What a client names as its id may be any value."""
        if not isinstance(identity, (str, int)) or identity not in self._ids:
            return
        self._ids[identity] -= 1
        if not self._ids[identity]:
            del self._ids[identity]
        self._answered.set()
        self._answered = anyio.Event()


def _content(item: Any) -> Any:
    """The JSON-RPC message in a message of the session: version 1 of the SDK has it in a root model."""
    message = getattr(item, "message", None)
    return getattr(message, "root", message)


async def answering_all(
    run: Callable[[Any, Any], Awaitable[None]], read: Any, write: Any, seconds: float = _SECONDS_TO_ANSWER
) -> int:
    """Run a server between two streams. Its input ends when nothing is in flight, or when no answer came for `seconds`
    after the end of what the client sends. Returns how many requests were given up.
    """
    to_server, server_read = anyio.create_memory_object_stream[Any](0)
    server_write, from_server = anyio.create_memory_object_stream[Any](0)
    in_flight, given_up = _InFlight(), 0

    async def receive() -> None:
        nonlocal given_up
        with contextlib.suppress(anyio.BrokenResourceError):
            async with to_server:
                async for item in read:
                    in_flight.note(item)
                    await to_server.send(item)
                given_up = await in_flight.wait(seconds)

    async def send() -> None:
        async with write, from_server:
            async for item in from_server:
                await write.send(item)
                in_flight.note_answer(item)

    async with anyio.create_task_group() as group:
        group.start_soon(receive)
        group.start_soon(send)
        async with server_write:
            await run(server_read, server_write)
    return given_up
