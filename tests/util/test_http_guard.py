"""The guard of servers over HTTP: loopback in every spelling, tokens elsewhere, and limits that nobody can use up."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from legit._util.http_guard import HttpGuard, guarded_protocol, is_loopback

TOKEN = "a-token-of-some-length"
OWN = (
    "127.0.0.1",
    "127.0.0.1:8000",
    "localhost",
    "LOCALHOST:8000",
    "[::1]",
    "[::1]:8000",
    "127.0.0.2:1",
    "app.localhost",
    "localhost.",
)
FOREIGN = (
    "evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "localhost@evil.example",
    "evil.example@localhost", "10.0.0.1", "0.0.0.0", "[::]", "[fe80::1]", "", "127.0.0.1:x", "[::1", "localhost:80@evil",
    "128.0.0.1", "localhost/", "2130706433.example",
)  # fmt: skip


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.2", "127.1", "127.255.255.254", "::1", "[::1]", "localhost", "0x7f.1", "::ffff:127.0.0.1"],
)
def test_every_spelling_of_loopback_is_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "10.0.0.1", "example.org", "", "127.0.0.1.example.org", "::ffff:10.0.0.1"]
)
def test_no_other_address_is_loopback(host: str) -> None:
    assert not is_loopback(host)


async def _app(scope: Any, receive: Any, send: Any) -> None:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def status(
    headers: list[tuple[str, str]], token: str = "", chunks: tuple[bytes, ...] = (b"{}",), seconds: float = 5.0
) -> int:
    """The status of the answer to a request. After the chunks the client sends nothing more, as if it were slow."""
    waiting = list(chunks)
    sent: list[Any] = []

    async def receive() -> Any:
        if not waiting:
            await asyncio.Event().wait()
        chunk = waiting.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": chunk != chunks[-1] or chunk == b"half"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers]}
    asyncio.run(HttpGuard(_app, token, seconds)(scope, receive, send))
    return int(sent[0]["status"])


@pytest.mark.parametrize("host", OWN)
def test_a_request_of_this_machine_is_answered(host: str) -> None:
    assert status([("host", host)]) == 200
    assert status([("Host", host), ("Origin", f"http://{host}")]) == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_host_or_origin_is_refused(host: str) -> None:
    assert status([("host", host)]) == 403
    assert status([("host", "localhost"), ("origin", f"http://{host}")]) == 403


@pytest.mark.parametrize(
    "headers",
    [
        [], [("host", "localhost"), ("host", "localhost")], [("host", "localhost"), ("origin", "null")],
        [("host", "localhost"), ("origin", "file://")], [("host", "localhost"), ("origin", "http://localhost"), ("origin", "http://evil.example")],
    ],
)  # fmt: skip
def test_missing_and_repeated_headers_are_refused(headers: list[tuple[str, str]]) -> None:
    assert status(headers) == 403


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ([f"Bearer {TOKEN}"], 200), ([f"bearer {TOKEN}"], 200), ([], 401), ([f"Bearer {TOKEN}x"], 401), ([TOKEN], 401),
        ([f"Basic {TOKEN}"], 401), ([f"Bearer {TOKEN}", f"Bearer {TOKEN}"], 401), (["Bearer "], 401), (["Bearer \xe9"], 401),
    ],
)  # fmt: skip
def test_with_a_token_only_who_has_it_is_answered(given: list[str], answer: int) -> None:
    headers = [("host", "rules.example"), *(("authorization", value) for value in given)]
    assert status(headers, TOKEN) == answer


@pytest.mark.parametrize("token", ["short", "x" * 15, "with\na line break in it", "w\u00edth letters of others"])
def test_a_token_that_can_be_guessed_or_not_sent_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="at least 16"):
        HttpGuard(_app, token)


def test_a_body_that_does_not_arrive_is_not_waited_for() -> None:
    assert status([("host", "localhost")], chunks=(b"half",), seconds=0.01) == 408
    assert status([("host", "localhost")], chunks=(b"a", b"b"), seconds=5.0) == 200


class _Transport:
    def __init__(self) -> None:
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.aborted

    def get_extra_info(self, _name: str, default: Any = None) -> Any:
        return default


def test_connections_are_limited_and_one_without_a_request_is_dropped() -> None:
    uvicorn = pytest.importorskip("uvicorn")
    server_state = pytest.importorskip("uvicorn.server").ServerState()

    async def connect() -> list[_Transport]:
        config = uvicorn.Config(_app, http=guarded_protocol(max_connections=3, request_seconds=0.0))
        config.load()
        transports = [_Transport() for _ in range(5)]
        for transport in transports:
            config.http_protocol_class(config, server_state, {}).connection_made(transport)
        at_once = [transport.aborted for transport in transports]
        assert at_once == [False, False, False, True, True]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return transports

    assert all(transport.aborted for transport in asyncio.run(connect()))
