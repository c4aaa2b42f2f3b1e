"""Connections: no more than may be, those above are told so, and what cannot be read is answered in its turn."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections import Counter
from typing import Any

import pytest

from legit.guard import connections
from legit.guard.connections import guarded_protocol


async def _app(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("no request is sent")


class _Transport:
    def __init__(self) -> None:
        self.aborted = False
        self.written_to_its_end = False
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def write_eof(self) -> None:
        self.written_to_its_end = True

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


def test_connections_are_limited_and_one_without_a_request_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_REFUSAL_SECONDS", 0.0)
    uvicorn = pytest.importorskip("uvicorn")
    server_state = pytest.importorskip("uvicorn.server").ServerState()

    async def connect() -> list[_Transport]:
        config = uvicorn.Config(_app, http=guarded_protocol(max_connections=3, request_seconds=0.0))
        config.load()
        transports = [_Transport() for _ in range(5)]
        for transport in transports:
            config.http_protocol_class(config, server_state, {}).connection_made(transport)
        assert not any(transport.aborted for transport in transports[:3])
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


async def _answer_path(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the path, when the whole body has come; a client that has gone gets nothing."""
    while (message := await receive())["type"] == "http.request" and message["more_body"]:
        pass
    if message["type"] == "http.request":
        body = scope["path"].encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})


GOOD = b"POST /good HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"
HALF = b"POST /half HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize(
    ("sent", "statuses"),
    [
        ([GOOD, b"\0\1\2\r\n\r\n"], [200, 400]),
        ([GOOD + GOOD + GOOD, b"\x16\3\1"], [200, 200, 200, 400]),
        ([GOOD, b"BREW /x HTTP/1.1\r\n\r\n", GOOD], [200, 405]),
        ([GOOD, HALF + b"no size\r\n"], [200, 400]),
        ([HALF, b"no size\r\n", GOOD], [400]),
        ([b"\x16\3\1\2", GOOD], [400]),
    ],
)
def test_what_cannot_be_read_is_answered_after_the_requests_before_it(
    sent: list[bytes], statuses: list[int], begun: bool
) -> None:
    pytest.importorskip("httptools")
    answered = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await _answer_path(scope, receive, send)
        answered.append(scope["path"])

    async def talk() -> _Transport:
        protocol, transport = await _connected(app, 60.0)
        for part in sent:
            protocol.data_received(part)
            if begun:
                await asyncio.sleep(0)
        while not transport.aborted:
            await asyncio.sleep(0)
        protocol.connection_lost(None)
        return transport

    transport = asyncio.run(asyncio.wait_for(talk(), 30))
    assert [int(status) for status in re.findall(rb"HTTP/1.1 (\d+)", transport.written)] == statuses
    assert answered.count("/good") == statuses.count(200)


def test_clients_that_come_at_once_get_an_answer_each() -> None:
    """They connect while the server does something else. Those above the limit are told so; none is reset."""
    uvicorn = pytest.importorskip("uvicorn")
    most, at_once = 3, 200
    request = b"POST /asked HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"

    async def run() -> list[bytes]:
        listening = socket.create_server(("127.0.0.1", 0), backlog=1)
        config = uvicorn.Config(
            _answer_path, http=guarded_protocol(max_connections=most), backlog=connections.backlog(), lifespan="off",
            log_level="error",
        )  # fmt: skip
        server = uvicorn.Server(config)
        config.load()
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listening])
        clients = []
        for _ in range(at_once):  # nothing is awaited: the server accepts none of them before the last
            clients.append(socket.create_connection(listening.getsockname(), timeout=10))
            clients[-1].sendall(request)
            clients[-1].setblocking(False)
        found = await asyncio.gather(*map(_read, clients))
        await server.shutdown(sockets=[listening])
        return found

    async def _read(client: socket.socket) -> bytes:
        found = b""
        while part := await asyncio.get_running_loop().sock_recv(client, 65536):
            found += part
        client.close()
        return found

    found = asyncio.run(asyncio.wait_for(run(), 60))
    heads = Counter(answer.partition(b"\r\n")[0] for answer in found)
    assert heads.total() == at_once
    assert set(heads) == {b"HTTP/1.1 200 OK", b"HTTP/1.1 503 Service Unavailable"}
    assert heads[b"HTTP/1.1 200 OK"] >= most
    for answer in found:
        if b" 503 " in answer[:20]:
            assert b"\r\nretry-after: 1\r\n" in answer
            assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "H011"


def test_a_refused_connection_keeps_its_place_until_it_is_closed_and_is_answered_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    uvicorn = pytest.importorskip("uvicorn")
    monkeypatch.setattr(connections, "_refused_at_most", lambda: 1)
    state = pytest.importorskip("uvicorn.server").ServerState()

    async def connect() -> list[_Transport]:
        config = uvicorn.Config(_app, http=guarded_protocol(max_connections=1, request_seconds=60.0))
        config.load()
        transports = [_Transport() for _ in range(4)]
        protocols = [config.http_protocol_class(config, state, {}) for _ in transports]
        for protocol, transport in zip(protocols[:2], transports, strict=False):
            protocol.connection_made(transport)
        for _ in range(2):
            protocols[1].data_received(GOOD)
        protocols[2].connection_made(transports[2])
        protocols[1].connection_lost(None)
        protocols[3].connection_made(transports[3])
        return transports

    _, told, closed, later = asyncio.run(connect())
    assert (told.written.count(b"HTTP/1.1 503"), told.written_to_its_end) == (1, True)
    assert (closed.written, closed.aborted, later.aborted) == (b"", True, False)


@pytest.mark.parametrize(
    ("soft", "hard", "after", "most", "waiting"),
    [
        (1024, 1 << 20, 4096, 512, 512), (20000, 20000, 20000, 512, 512), (1024, 1024, 1024, 512, 80),
        (256, 256, 256, 128, 16), (256, -1, 4096, 512, 512), (-1, -1, -1, 512, 512),
    ],
)  # fmt: skip
def test_as_many_wait_to_be_accepted_as_descriptors_allow(
    soft: int, hard: int, after: int, most: int, waiting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = pytest.importorskip("resource")
    limits = [soft, hard]

    def limit(_: int, new: tuple[int, int]) -> None:
        limits[:] = new

    monkeypatch.setattr(resource, "RLIM_INFINITY", -1)
    monkeypatch.setattr(resource, "getrlimit", lambda _: tuple(limits))
    monkeypatch.setattr(resource, "setrlimit", limit)
    assert (connections._connections_at_most(), connections.backlog(), limits) == (most, waiting, [after, hard])
