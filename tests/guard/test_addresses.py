"""Who is meant by an address: loopback in every spelling, and hosts that are allowed."""

from __future__ import annotations

from typing import Any

import pytest

from legit.guard import GuardPolicy, PolicyError, check_address
from legit.guard.addresses import allows_host, allows_origin, is_loopback, is_wildcard


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
