"""The protocol of uvicorn with limits on connections: one that sends no request reaches no middleware."""

from __future__ import annotations

from typing import Any

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
            if self.cycle is last and not self.transport.is_closing():
                self.transport.abort()

    return GuardedProtocol


def _connections_at_most() -> int:
    try:
        import resource
    except ImportError:  # no such limit, as on Windows
        return MAX_CONNECTIONS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return (
        MAX_CONNECTIONS if soft == resource.RLIM_INFINITY else max(1, min(MAX_CONNECTIONS, soft - _SPARE_DESCRIPTORS))
    )
