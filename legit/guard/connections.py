"""The protocol of uvicorn with limits on connections: one that sends no request reaches no middleware."""

from __future__ import annotations

import contextlib
import sys
from http import HTTPStatus
from typing import Any

from legit.errors import Problem, ServiceError

REQUEST_SECONDS = 15.0
"""The time in which a connection must send the head of a request, and then its body."""
MAX_CONNECTIONS = 512
PROTOCOL = "legit.guard.uvicorn_protocol:GuardedProtocol"
"""The protocol as `uvicorn.Config(http=...)` takes it, also for workers, to which no class can be sent."""
_REFUSAL_SECONDS = 2.0
"""The time that a connection above the limit has to send a request and to read that it is refused."""
_OTHER_DESCRIPTORS = 64
_WANTED_DESCRIPTORS = 4096
_TURNS_TO_CLOSE = 4
"""The turns of an event loop from the acceptance of a connection until one that is closed has no descriptor."""


def guarded_protocol(max_connections: int = 0, request_seconds: float = REQUEST_SECONDS) -> Any:
    """The protocol class for `uvicorn.Config(http=...)`: limits connections, and the time for the head of a request.

    Without `max_connections` there are 512, or fewer where the process may open fewer descriptors. The server needs
    `backlog=backlog()` as well. A request on a connection above the limit gets 503 (H011). What is no HTTP is answered
    when the requests before it on the same connection have their answers.
    """
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    most, most_refused = max_connections or _connections_at_most(), _refused_at_most()
    refused: set[Any] = set()

    class GuardedProtocol(_answering_in_order(AutoHTTPProtocol)):  # type: ignore[misc]  # uvicorn chooses the class
        _refused = False
        _told = False

        def connection_made(self, transport: Any) -> None:
            if len(self.connections) >= most:
                self._refused = True
                self.transport = transport
                if len(refused) >= most_refused:
                    transport.abort()
                    return
                refused.add(self)
                self.loop.call_later(_REFUSAL_SECONDS, transport.abort)
                return
            super().connection_made(transport)
            self._expect_request()

        def connection_lost(self, exc: Exception | None) -> None:
            refused.discard(self)
            if not self._refused:
                super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self._refused and not self._told:
                self._told = True
                self.transport.write(_closing_answer(_too_many_connections(most)))
                self.transport.write_eof()  # a closed connection would lose the answer while more of a body comes
            elif not self._refused:
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

    return GuardedProtocol


def _answering_in_order(protocol: Any) -> Any:
    """The protocol, with an answer of this package to what cannot be read, after those to the requests before it."""

    class OrderedProtocol(protocol):  # type: ignore[misc]
        _unreadable = b""
        """The answer to what could not be read: nothing that comes after it is read."""
        _first_byte = b""

        def data_received(self, data: bytes) -> None:
            if not self._unreadable:
                self._first_byte = data.lstrip()[:1]
                super().data_received(data)

        def on_response_complete(self) -> None:
            last = not self._waiting()
            super().on_response_complete()
            if self._unreadable and last and not self.transport.is_closing():
                self._refuse_unreadable()

        def send_400_response(self, msg: str) -> None:
            # uvicorn would answer with a plain text; it calls this while the error of its parser is handled.
            del msg
            unknown_method = type(sys.exc_info()[1]).__name__ == "HttpParserInvalidMethodError"
            self._unreadable = unreadable_request(unknown_method and self._first_byte.isalpha())
            last, waiting = self.cycle, self._waiting()
            if last is None or last.response_complete:
                self._refuse_unreadable()
            elif last.more_body and waiting and waiting[0][0] is last:
                waiting.popleft()  # its body cannot be read: it is not begun, and those before it are answered first
            elif last.more_body and last.response_started:
                self.transport.abort()  # in the middle of its answer
            elif last.more_body:
                self._refuse_unreadable()

        def _refuse_unreadable(self) -> None:
            self.transport.write(self._unreadable)
            self.transport.close()

        def _waiting(self) -> Any:
            """The requests that wait behind others. Only one of the two parsers reads any before their turn."""
            return getattr(self, "pipeline", ())

    return OrderedProtocol


def _too_many_connections(most: int) -> ServiceError:
    return ServiceError(
        503, Problem("H011", f"{most} connections are open already", help="try again later"), retry_after=1
    )


def unreadable_request(unknown_method: bool) -> bytes:
    """The whole answer to what the parser of HTTP does not read: a problem document, H004 for a method that it does not
    know, otherwise H001.
    """
    if unknown_method:
        problem = Problem("H004", "the server does not know this method")
        return _closing_answer(ServiceError(405, problem), ((b"allow", b"GET, HEAD, POST"),))
    return _closing_answer(ServiceError(400, Problem("H001", "the request is no HTTP that can be read")))


def _closing_answer(error: ServiceError, more: tuple[tuple[bytes, bytes], ...] = ()) -> bytes:
    """The whole answer to what comes to no guard; the connection is closed after it."""
    from legit.guard.guard import refusal  # the policy, which the guard takes, is based on this module

    headers, body = refusal(error)
    lines = [b"HTTP/1.1 %d %s" % (error.status, HTTPStatus(error.status).phrase.encode())]
    lines += [b"%s: %s" % item for item in (*headers, *more, (b"connection", b"close"))]
    return b"\r\n".join((*lines, b"", body))


def backlog() -> int:
    """The connections that may wait until a server accepts them: as many as it takes when clients come all at once.

    An event loop accepts as many in one turn, also above the limit, so where few descriptors may be open, fewer wait.
    """
    left = descriptors() - _connections_at_most() - _refused_at_most() - _OTHER_DESCRIPTORS
    return max(16, min(MAX_CONNECTIONS, left // _TURNS_TO_CLOSE))


def descriptors() -> int:
    """The descriptors that this process may open. The limit is raised first to what connections need, as far as the
    system lets a process do so.
    """
    try:
        import resource
    except ImportError:  # no such limit, as on Windows
        return _WANTED_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _WANTED_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return _WANTED_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft


def _connections_at_most() -> int:
    return max(1, min(MAX_CONNECTIONS, descriptors() // 2))


def _refused_at_most() -> int:
    """The connections above the limit that are told so at a time; others are closed without an answer."""
    return max(1, min(MAX_CONNECTIONS, descriptors() // 8))
