"""The guard: ASGI middleware before every server over HTTP of this package. It knows no framework.

On a loopback address it answers only requests whose `Host` and `Origin` are loopback names too. A page that a browser
loaded from elsewhere, also under a name that resolves to this machine (DNS rebinding), is thus refused. On every other
address each request needs a token as well, and a host that is allowed.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final

from legit.errors import Problem, ServiceError
from legit.guard.addresses import allows_host, allows_origin
from legit.guard.audit import Audit, AuditedUse
from legit.guard.policy import GuardPolicy
from legit.guard.problem_documents import PROBLEM_TYPE, problem_document
from legit.guard.rates import RateLimit
from legit.guard.tokens import TokenFile, TokenRecord

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

TOKEN_STATE: Final = "legit_token"
"""The key in the state of a request under which the applications behind the guard find the record of its token."""

CONTENT_POLICY: Final = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
        "connect-src 'self'", "worker-src 'self'", "manifest-src 'self'", "base-uri 'none'", "form-action 'none'",
        "frame-ancestors 'none'",
    )
)  # fmt: skip
"""What a browser may load in a page of a server of this package: nothing but its own files, nothing inline."""
SECURITY_HEADERS: Final = tuple(
    (name.encode(), value.encode())
    for name, value in {
        "content-security-policy": CONTENT_POLICY,
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }.items()
)
_NO_STORE: Final = (b"cache-control", b"no-store")
_AUDIT_RETRY_SECONDS: Final = 5
_FAILED: Final = 500
"""The status in the audit of a request at which the application failed: the server answers it so."""
_UNANSWERED: Final = 0
"""The status in the audit of a request that got no answer, as its client had gone."""


class Guard:
    """An ASGI application in front of another, with a policy.

    Refused requests get a problem document: 401 H007, 403 H008 (scope) or H009 (host, origin), 408 H010, 413 H005,
    429 H013, 503 H011, H016 or H018. Raises ServiceError (H016, H018) when the file of tokens or of the audit cannot be
    used.
    """

    def __init__(self, app: App, policy: GuardPolicy | None = None) -> None:
        self._app = app
        self._policy = policy or GuardPolicy()
        self._tokens = TokenFile(self._policy.tokens) if self._policy.tokens else None
        if self._tokens:
            self._tokens.records()
        self._audit = Audit(self._policy.audit) if self._policy.audit and self._policy.tokens else None
        self._rates = RateLimit(self._policy.rate) if self._policy.rate else None
        self._running = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, _with_headers(send))
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(bytes(name).lower(), []).append(bytes(value))
        try:
            self._check_source(headers)
        except ServiceError as error:
            await _refuse(send, error)
            return
        if self._audit is None:
            await self._answer_admitted(scope, receive, send, headers, None)
            return
        use = AuditedUse(self._audit, self._policy.scope_of(scope["method"], scope["path"]))
        status = _FAILED
        try:
            await self._answer_admitted(scope, receive, _with_audit(send, use), headers, use)
            status = _UNANSWERED
        finally:
            if not use.recorded:
                with contextlib.suppress(ServiceError):
                    use.record(status)

    async def _answer_admitted(
        self, scope: Message, receive: Receive, send: Send, headers: dict[bytes, list[bytes]], use: AuditedUse | None
    ) -> None:
        try:
            self._admit(scope, headers, use)
        except ServiceError as error:
            await _refuse(send, error)
            return
        body = _Body(receive, self._policy, scope["path"] in self._policy.streamed)
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            if body.refusal and not started:
                return  # whatever the application makes of a body that was refused
            started = started or message["type"] == "http.response.start"
            await send(message)

        self._running += 1
        try:
            if body.fits(scope["headers"]):
                await self._app(scope, body.receive, sending)
        except Exception:
            if started or not body.refusal:
                raise
        finally:
            self._running -= 1
        if body.refusal and not started:
            await _refuse(send, body.refusal)

    def _admit(self, scope: Message, headers: dict[bytes, list[bytes]], use: AuditedUse | None) -> None:
        """Let a request in that is for this host. Raises ServiceError for one that is refused."""
        client = str((scope.get("client") or ("",))[0])
        if self._tokens:
            record = self._authorise(self._tokens, headers, scope, use)
            scope.setdefault("state", {})[TOKEN_STATE] = record
            client = record.id
        if self._rates:
            seconds = self._rates.wait(client, time.monotonic())
            if seconds:
                raise _refusal(429, "H013", "too many requests", "wait, and send fewer", math.ceil(seconds))
        if self._running >= self._policy.max_requests:
            raise _refusal(503, "H011", f"{self._running} requests are answered already", "try again later", 1)
        if self._audit and self._audit.failed:
            # Nothing more is done whose use of a token cannot be audited: the line of this refusal tries the file.
            raise _refusal(503, "H018", "the audit could not be written", "try again later", _AUDIT_RETRY_SECONDS)

    def _check_source(self, headers: dict[bytes, list[bytes]]) -> None:
        policy = self._policy
        hosts, origins = headers.get(b"host", []), headers.get(b"origin", [])
        if len(hosts) != 1 or not allows_host(hosts[0].decode("latin-1"), policy.hosts):
            raise _refusal(403, "H009", "the request is for another host", "--allow-host names those that are served")
        allowed = [allows_origin(origin.decode("latin-1"), policy.hosts, policy.origins) for origin in origins]
        if len(origins) > 1 or not all(allowed):
            told = "the request is of a page of another site"
            raise _refusal(403, "H009", told, "--allow-origin names the sites that may ask")

    def _authorise(
        self, tokens: TokenFile, headers: dict[bytes, list[bytes]], scope: Message, use: AuditedUse | None
    ) -> TokenRecord:
        given = headers.get(b"authorization", [])
        scheme, _, token = (given[0] if len(given) == 1 else b"").decode("latin-1").partition(" ")
        record = tokens.recognise(token.strip()) if scheme.lower() == "bearer" else None
        if record is None:
            help_ = "send Authorization: Bearer TOKEN; `legit serve token make` makes one"
            raise _refusal(401, "H007", "a token is needed", help_)
        if use:
            use.token, use.name = record.id, record.name
        needed = self._policy.scope_of(scope["method"], scope["path"])
        if needed and needed not in record.scopes:
            raise _refusal(403, "H008", f"the token does not have the scope `{needed}`", "")
        return record


class _Body:
    """Receives a body that has to keep to a size and a time. What comes after the body may take any time.

    The time is for the whole body; where it is streamed, for each part, and the size is free. What receives a body that
    is refused gets the refusal as a ServiceError, so that an answer that has begun can end with it.
    """

    def __init__(self, receive: Receive, policy: GuardPolicy, streamed: bool) -> None:
        self._receive = receive
        self._seconds = policy.request_seconds
        self._left = policy.max_body
        self._max = policy.max_body
        self._streamed = streamed
        self._until = asyncio.get_running_loop().time() + policy.request_seconds
        self._complete = False
        self.refusal: ServiceError | None = None
        """Why the body was refused; None as long as it was not."""

    def fits(self, headers: Any) -> bool:
        """Whether the size that the head says, if it says one, is not too large."""
        sizes = [_number(value) for name, value in headers if name.lower() == b"content-length"]
        if not self._streamed and any(size > self._max for size in sizes):
            self.refusal = self._too_large()
        return self.refusal is None

    async def receive(self) -> Message:
        if self._complete:
            return await self._receive()
        if self._streamed:
            self._until = asyncio.get_running_loop().time() + self._seconds
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            self.refusal = _refusal(408, "H010", f"the body did not arrive within {self._seconds:g} seconds", "")
            raise self.refusal from None
        if message["type"] == "http.request" and not self._streamed:
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                self.refusal = self._too_large()
                raise self.refusal
        self._complete = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    def _too_large(self) -> ServiceError:
        return _refusal(413, "H005", f"the body is larger than {self._max} bytes", "send fewer sentences, or a batch")


_DIGITS: Final = 20
"""The digits of a size that are read: more than any body has bytes."""


def _number(value: bytes) -> int:
    return int(value.lstrip(b"0")[:_DIGITS] or b"0") if value.isdigit() else 0


def _with_audit(send: Send, use: AuditedUse) -> Send:
    """Sends an answer when its line is in the audit. Where that cannot be written, 503 is sent in place of it."""
    refused = False

    async def sending(message: Message) -> None:
        nonlocal refused
        if message["type"] == "http.response.start" and not use.recorded:
            try:
                use.record(message["status"])
            except ServiceError as error:
                refused = True
                await _refuse(send, error)
        if not refused:
            await send(message)

    return sending


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": _completed(message.get("headers", ()))}
        await send(message)

    return sending


def _completed(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of an answer with those that every answer has."""
    found = list(headers)
    given = {bytes(name).lower() for name, _ in found}
    found += [item for item in SECURITY_HEADERS if item[0] not in given]
    if b"cache-control" not in given:
        found.append(_NO_STORE)
    return found


def _refusal(status: int, code: str, told: str, help_: str, retry_after: int = 0) -> ServiceError:
    return ServiceError(status, Problem(code, told, help=help_), retry_after=retry_after)


async def _refuse(send: Send, error: ServiceError) -> None:
    headers, body = _refused(error)
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def refusal(error: ServiceError) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """The headers and the body of the answer to what is refused before it comes to a guard."""
    headers, body = _refused(error)
    return _completed(headers), body


def _refused(error: ServiceError) -> tuple[list[tuple[bytes, bytes]], bytes]:
    body = problem_document(error).model_dump_json().encode()
    headers = [(b"content-type", PROBLEM_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    if error.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if error.status in {408, 413}:
        headers.append((b"connection", b"close"))
    if error.retry_after:
        headers.append((b"retry-after", str(error.retry_after).encode()))
    return headers, body
