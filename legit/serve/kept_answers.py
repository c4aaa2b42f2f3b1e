"""Answers that are kept as bytes: what is asked again is not judged again.

An answer is kept where it depends on nothing but the request and the base, and where no time limit can have cut it
short. It is found by a digest of the request and of the token that it came with: nobody can tell by the time of an
answer what others asked.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from fastapi import Response
from pydantic import BaseModel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from legit.guard.guard import TOKEN_STATE
from legit.serve.answers import JSON_TYPE
from legit.serve.service import Service

PATHS: Final = frozenset(
    f"/v1/{name}"
    for name in (
        "assess", "decide", "explain", "why-not", "what-if", "questions", "parse", "complete",
        "workbench/case", "workbench/proof", "workbench/why-not",
    )
)  # fmt: skip
"""The addresses whose answers may be kept."""
_SCOPE_KEY: Final = "legit.lasting"
_QUICK_SECONDS: Final = 0.5
"""The limits of searches within an answer are longer than this."""
_SHARE: Final = 16
"""One answer may take this part of the room."""


class LastingResponse(Response):
    """An answer that would be the same if it were asked for again."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[_SCOPE_KEY] = self.body
        await super().__call__(scope, receive, send)


async def lasting_answer(service: Service, make: Callable[[], BaseModel]) -> Response:
    """The JSON of what `make` gives in a thread, which depends on the request and the base alone; it may be kept.

    Raises as `make` and `Service.run` do.
    """

    def timed() -> tuple[bytes, float]:
        begun = time.perf_counter()
        body = make().model_dump_json().encode()
        return body, time.perf_counter() - begun

    body, seconds = await service.run(timed)
    quick = seconds < min(_QUICK_SECONDS, service.settings.time_limit / 2)
    return (LastingResponse if quick else Response)(body, media_type=JSON_TYPE)


class _Kept(NamedTuple):
    body: bytes
    route: Any
    """The route that made it, under which it is counted."""


class KeptAnswers:
    """Answers by their keys, the last used at the end, up to a number of bytes. Used from one event loop."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self.size = 0
        """The bytes that are kept."""

    def get(self, key: bytes) -> _Kept | None:
        """The answer with a key."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: bytes, answer: _Kept) -> None:
        """Keep an answer, and let go of those that were not used for the longest time."""
        if len(answer.body) * _SHARE > self._most or key in self._kept:
            return
        self._kept[key] = answer
        self.size += len(answer.body)
        while self.size > self._most:
            _, gone = self._kept.popitem(last=False)
            self.size -= len(gone.body)


class KeptAnswersMiddleware:
    """ASGI middleware that answers what is kept, and keeps what the application marked as lasting."""

    def __init__(self, app: ASGIApp, kept: KeptAnswers) -> None:
        self._app = app
        self._kept = kept
        self._secret = secrets.token_bytes(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in PATHS:
            await self._app(scope, receive, send)
            return
        messages = await _whole_body(receive)
        if messages[-1]["type"] != "http.request":  # the client has gone
            await self._app(scope, _replay(messages, receive), send)
            return
        key = self._key(scope, messages)
        found = self._kept.get(key)
        if found is None:
            await self._app(scope, _replay(messages, receive), send)
            body = scope.get(_SCOPE_KEY)
            if body is not None:
                self._kept.put(key, _Kept(body, scope.get("route")))
            return
        scope["route"] = found.route
        headers = [(b"content-length", b"%d" % len(found.body)), (b"content-type", JSON_TYPE.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": found.body})

    def _key(self, scope: Scope, messages: list[Message]) -> bytes:
        digest = hashlib.blake2b(digest_size=32, key=self._secret)
        token = scope.get("state", {}).get(TOKEN_STATE)
        media_types = [value for name, value in scope["headers"] if name == b"content-type"]
        for part in (scope["path"].encode(), scope["query_string"], token.id.encode() if token else b"", *media_types):
            digest.update(b"%d:" % len(part) + part)
        digest.update(b"|")
        for message in messages:
            digest.update(message.get("body", b""))
        return digest.digest()


async def _whole_body(receive: Receive) -> list[Message]:
    messages = [await receive()]
    while messages[-1]["type"] == "http.request" and messages[-1].get("more_body", False):
        messages.append(await receive())
    return messages


def _replay(messages: list[Message], receive: Receive) -> Receive:
    """Receives messages that have been received already, and then those that come."""
    left = iter(messages)

    async def receiving() -> Message:
        message = next(left, None)
        return await receive() if message is None else message

    return receiving
