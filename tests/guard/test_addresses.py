"""Who is meant by an address: loopback in every spelling, hosts that are allowed, and no more connections than may be."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from legit.guard import GuardPolicy, PolicyError, check_address
from legit.guard.addresses import allows_host, allows_origin, is_loopback, is_wildcard
from legit.guard.connections import guarded_protocol


async def _app(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("no request is sent")


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


@pytest.mark.parametrize(
    ("authority", "allowed"),
    [
        ("rules.example", True), ("RULES.example:443", True), ("rules.example.", True), ("rules.example.evil.example", False),
        ("rules.example@evil.example", False), ("api.example:8443", True), ("api.example", False), ("api.example:80", False),
        ("[2001:db8::1]:80", True), ("localhost", False), ("", False),
    ],
)  # fmt: skip
def test_only_hosts_that_are_named_are_allowed(authority: str, allowed: bool) -> None:
    assert allows_host(authority, ("rules.example", "api.example:8443", "[2001:db8::1]")) is allowed


@pytest.mark.parametrize(
    "authority", ["evil.example[::1]", "127.0.0.1 evil.example", "[::1]evil.example", "localhost:80:80"]
)
def test_what_only_begins_or_ends_like_loopback_is_refused(authority: str) -> None:
    assert not allows_host(authority, ())
    assert not allows_origin(f"http://{authority}", (), ())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_an_address_that_others_reach_needs_tokens(host: str, tmp_path: Any) -> None:
    with pytest.raises(PolicyError, match=f"others can reach `{host}`: --tokens"):
        check_address(host, GuardPolicy())
    with_tokens = GuardPolicy(tokens=tmp_path / "tokens")
    if host in {"0.0.0.0", "::"}:
        with pytest.raises(PolicyError, match="--allow-host names those that are served"):
            check_address(host, with_tokens)
        assert check_address(host, GuardPolicy(tokens=tmp_path / "tokens", hosts=("rules.example",))).hosts
    else:
        assert check_address(host, with_tokens).hosts == (host,)


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "0", "0.0", "0.0.0", "0x0", "00", "0.0x0.00", " 0 ", "", "::", "[::]", "::0", "0:0:0:0:0:0:0:0", "0::0",
     "::0.0.0.0", "::ffff:0.0.0.0", "::ffff:0:0", "\uff10.0.0.0", "0\u30020"],
)  # fmt: skip
def test_every_spelling_of_every_address_needs_the_names_that_are_served(host: str, tmp_path: Any) -> None:
    assert is_wildcard(host)
    with pytest.raises(PolicyError, match="is every address of this machine: --allow-host"):
        check_address(host, GuardPolicy(tokens=tmp_path / "tokens"))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "0.0.0.1", "::1", "10.0.0.0", "localhost", "0.example", "::ffff:127.0.0.1"]
)
def test_one_address_is_not_every_address(host: str) -> None:
    assert not is_wildcard(host)


class _Transport:
    def __init__(self) -> None:
        self.aborted = False
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.aborted = True

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

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


async def _connected(app: Any, seconds: float) -> tuple[Any, _Transport]:
    uvicorn = pytest.importorskip("uvicorn")
    config = uvicorn.Config(app, http=guarded_protocol(max_connections=3, request_seconds=seconds), access_log=False)
    config.load()
    protocol = config.http_protocol_class(config, pytest.importorskip("uvicorn.server").ServerState(), {})
    transport = _Transport()
    protocol.connection_made(transport)
    return protocol, transport


def test_a_request_that_waited_behind_another_is_not_cut_while_it_is_answered() -> None:
    async def talk() -> _Transport:
        begun, ended = asyncio.Event(), asyncio.Event()

        async def app(scope: Any, _receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
            if scope["path"] == "/slow":
                begun.set()
                await ended.wait()
            await send({"type": "http.response.body", "body": scope["path"][:5].encode()})

        protocol, transport = await _connected(app, 0.0)
        asked = [b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path for path in (b"/fast", b"/slow")]
        protocol.data_received(b"".join(asked))
        await begun.wait()
        for _ in range(5):
            await asyncio.sleep(0)
        assert not transport.aborted
        ended.set()
        while not transport.written.endswith(b"/slow"):
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        protocol.connection_lost(None)
        return transport

    transport = asyncio.run(asyncio.wait_for(talk(), 30))
    assert transport.written.count(b"HTTP/1.1 200") == 2
    assert transport.aborted  # once nothing is answered and nothing comes


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"FOO /v1/kb HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, "H004"),
        (b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "H001"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", 400, "H001"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "H001"),
    ],
)
def test_what_is_no_http_gets_a_problem_document_with_the_headers_of_every_answer(
    sent: bytes, status: int, code: str
) -> None:
    pytest.importorskip("httptools")

    async def talk() -> _Transport:
        protocol, transport = await _connected(_app, 60.0)
        protocol.data_received(sent)
        protocol.connection_lost(None)
        return transport

    transport = asyncio.run(talk())
    head, _, body = transport.written.partition(b"\r\n\r\n")
    lines = head.decode("ascii").lower().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    assert lines[0].startswith(f"http/1.1 {status} ")
    assert (headers["content-type"], headers["connection"]) == ("application/problem+json", "close")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["content-length"] == str(len(body))
    document = json.loads(body)
    assert (document["status"], document["code"], headers.get("allow")) == (
        status, code, "get, head, post" if status == 405 else None,
    )  # fmt: skip
    assert transport.aborted
