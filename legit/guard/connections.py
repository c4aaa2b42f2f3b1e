"""The protocol of uvicorn with limits on connections: one that sends no request reaches no middleware."""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import Any

from legit.errors import Problem, ServiceError

REQUEST_SECONDS = 15.0
"""The time in which a connection must send the head of a request, and then its body."""
MAX_CONNECTIONS = 512
BACKLOG = 16
"""The connections that a server accepts at once, before it can close those above the limit."""
PROTOCOL = "legit.guard.uvicorn_protocol:GuardedProtocol"
"""The protocol as `uvicorn.Config(http=...)` takes it, also for workers, to which no class can be sent."""
_SPARE_DESCRIPTORS = 128


def guarded_protocol(max_connections: int = 0, request_seconds: float = REQUEST_SECONDS) -> Any:
    """The protocol class for `uvicorn.Config(http=...)`: limits connections, and the time for the head of a request.

    Without `max_connections` there are 512, or fewer where the process may open fewer descriptors. The server needs
    `backlog=BACKLOG` as well.
    """
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    most = max_connections or _connections_at_most()

    class GuardedProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # uvicorn chooses the class
        _refused = False

        def connection_made(self, transport: Any) -> None:
            if len(self.connections) >= most:
                self._refused = True
                transport.abort()
                return
            super().connection_made(transport)
            self._expect_request()

        def connection_lost(self, exc: Exception | None) -> None:
            if not self._refused:
                super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if not self._refused:
                super().data_received(data)

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._expect_request()

        def _expect_request(self) -> None:
            self.loop.call_later(request_seconds, self._drop_without_request, self.cycle)

        def _drop_without_request(self, last: Any) -> None:
            # A request that waited behind another is known before its turn: it may still be answered.
            answering = last is not None and not last.response_complete
            if self.cycle is last and not answering and not self.transport.is_closing():
                self.transport.abort()

        def send_400_response(self, msg: str) -> None:
            # uvicorn would answer with a plain text; it calls this while the error of its parser is handled.
            del msg
            if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
                self.transport.abort()  # in the middle of another answer
                return
            self.transport.write(unreadable_request(type(sys.exc_info()[1]).__name__ == "HttpParserInvalidMethodError"))
            self.transport.close()

    return GuardedProtocol


def unreadable_request(unknown_method: bool) -> bytes:
    """The whole answer to what the parser of HTTP does not read: a problem document, H004 for a method that it does not
    know, otherwise H001.
    """
    from legit.guard.guard import refusal  # the policy, which the guard takes, is based on this module

    error = ServiceError(400, Problem("H001", "the request is no HTTP that can be read"))
    if unknown_method:
        error = ServiceError(405, Problem("H004", "the server does not know this method"))
    headers, body = refusal(error)
    allowed = [(b"allow", b"GET, HEAD, POST")] if unknown_method else []
    lines = [b"HTTP/1.1 %d %s" % (error.status, HTTPStatus(error.status).phrase.encode())]
    lines += [b"%s: %s" % item for item in (*headers, *allowed, (b"connection", b"close"))]
    return b"\r\n".join((*lines, b"", body))


def _connections_at_most() -> int:
    try:
        import resource
    except ImportError:  # no such limit, as on Windows
        return MAX_CONNECTIONS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return (
        MAX_CONNECTIONS if soft == resource.RLIM_INFINITY else max(1, min(MAX_CONNECTIONS, soft - _SPARE_DESCRIPTORS))
    )
