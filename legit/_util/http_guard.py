"""Guards a server over HTTP: who may speak to it, how long a request may take, how many connections there are.

`HttpGuard` is ASGI middleware and knows no framework. `guarded_protocol` makes the protocol class for uvicorn, because
a connection that sends no request reaches no middleware. Every server of this package uses both.

On a loopback address the guard answers only requests whose `Host` and `Origin` are loopback names too. A page that a
browser loaded from elsewhere, also under a name that resolves to this machine (DNS rebinding), is thus refused. On
every other address the guard answers only requests that carry the token.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

REQUEST_SECONDS = 15.0
"""The time in which a connection must send the head of a request, and then its body."""
MAX_CONNECTIONS = 512
BACKLOG = 16
"""The connections that a server accepts at once, before it can close those above the limit."""
_SPARE_DESCRIPTORS = 128
_MIN_TOKEN_CHARACTERS = 16
_LOOPBACK_NAME = "localhost"


def is_loopback(host: str) -> bool:
    """Whether an address or name means this machine alone: `127.1`, `127.0.0.2`, `[::1]`, `localhost` and others."""
    name = host.strip().removeprefix("[").removesuffix("]").rstrip(".").lower()
    if name == _LOOPBACK_NAME or name.endswith(f".{_LOOPBACK_NAME}"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        try:
            address = ipaddress.ip_address(socket.inet_aton(name))  # the short and the octal spellings
        except (OSError, ValueError):
            return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


class HttpGuard:
    """An ASGI application in front of another.

    With a `token`, each request must carry it as `Authorization: Bearer TOKEN`. Without one, `Host` and `Origin` of
    each request must be loopback names: the guard is then for servers on a loopback address. Refused requests get 401
    or 403, those whose body does not arrive within `request_seconds` 408.

    Raises ValueError for a token of fewer than 16 characters, or with characters that no header holds.
    """

    def __init__(self, app: App, token: str = "", request_seconds: float = REQUEST_SECONDS) -> None:
        if token and (len(token) < _MIN_TOKEN_CHARACTERS or not token.isascii() or not token.isprintable()):
            raise ValueError(f"a token has at least {_MIN_TOKEN_CHARACTERS} printable ASCII characters")
        self._app = app
        self._token = token.encode()
        self._request_seconds = request_seconds

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if refused or scope["type"] == "websocket":
            await _answer(scope, send, refused or HTTPStatus.FORBIDDEN)
            return
        body = _TimedBody(receive, self._request_seconds)
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, body.receive, sending)
        except _BodyTimeoutError:
            if not started:
                await _answer(scope, send, HTTPStatus.REQUEST_TIMEOUT)

    def _refusal(self, scope: Message) -> HTTPStatus | None:
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(bytes(name).lower(), []).append(bytes(value))
        if self._token:
            given = headers.get(b"authorization", [])
            scheme, _, token = (given[0] if len(given) == 1 else b"").partition(b" ")
            known = scheme.lower() == b"bearer" and hmac.compare_digest(token.strip(), self._token)
            return None if known else HTTPStatus.UNAUTHORIZED
        hosts, origins = headers.get(b"host", []), headers.get(b"origin", [])
        if len(hosts) != 1 or not _is_loopback_authority(hosts[0].decode("latin-1")):
            return HTTPStatus.FORBIDDEN
        if len(origins) > 1 or not all(_is_loopback_origin(origin.decode("latin-1")) for origin in origins):
            return HTTPStatus.FORBIDDEN
        return None


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


def _is_loopback_authority(authority: str) -> bool:
    """Whether `HOST` or `HOST:PORT` of a header means this machine. User information makes it another authority."""
    try:
        parts = urlsplit(f"//{authority}")
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.netloc == authority and "@" not in authority and bool(host) and is_loopback(str(host))


def _is_loopback_origin(origin: str) -> bool:
    scheme, mark, authority = origin.partition("://")
    return bool(mark) and scheme in {"http", "https"} and "/" not in authority and _is_loopback_authority(authority)


class _BodyTimeoutError(Exception):
    """The body of a request did not arrive in time."""


class _TimedBody:
    """Receives a request whose body has to arrive in time. What comes after the body may take any time."""

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive = receive
        self._until = asyncio.get_running_loop().time() + seconds
        self._complete = False

    async def receive(self) -> Message:
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise _BodyTimeoutError from None
        self._complete = message["type"] != "http.request" or not message.get("more_body", False)
        return message


async def _answer(scope: Message, send: Send, status: HTTPStatus) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    body = f"{status.phrase}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    if status is HTTPStatus.UNAUTHORIZED:
        headers.append((b"www-authenticate", b"Bearer"))
    if status is HTTPStatus.REQUEST_TIMEOUT:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
