"""Who is meant by an address: loopback in every spelling, hosts that are allowed, and no more connections than may be."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from legit.guard import GuardPolicy, PolicyError, check_address
from legit.guard.addresses import allows_host, allows_origin, is_loopback
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
