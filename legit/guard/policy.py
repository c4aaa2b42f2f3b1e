"""What a server over HTTP lets in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from legit.guard.addresses import is_loopback, is_wildcard
from legit.guard.connections import MAX_CONNECTIONS, REQUEST_SECONDS

MAX_BODY = 2_000_000
"""The bytes of a body that are read by default."""
MAX_REQUESTS = MAX_CONNECTIONS
"""The requests that a process answers at once by default. Fewer would let half of the connections keep all others out,
with bodies that do not arrive.
"""


class PolicyError(ValueError):
    """An address may not be served so; the message says what it needs."""


def judging_scope(method: str, path: str) -> str:
    """The scope of a door that only judges."""
    del method, path
    return "judge"


@dataclass(frozen=True)
class GuardPolicy:
    """What a guard lets in. It can be pickled, and sent to a worker.

    `tokens` is a file of tokens: each request must carry one. `hosts` are the names under which the server is asked,
    none for loopback names; `origins` those of pages that may ask beside pages of these hosts. `max_body` is in bytes,
    `request_seconds` the time for a body to arrive, `rate` the requests a second of each client (0: any number),
    `max_requests` the requests that are answered at once. `audit` is a file for the use of tokens. `scope_of` gives the
    scope that a method and a path need, empty where any token does. The bodies of `streamed` paths may have any size,
    as long as parts of them go on arriving.
    """

    tokens: Path | None = None
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    max_body: int = MAX_BODY
    request_seconds: float = REQUEST_SECONDS
    rate: float = 0.0
    max_requests: int = MAX_REQUESTS
    audit: Path | None = None
    scope_of: Callable[[str, str], str] = judging_scope
    streamed: frozenset[str] = field(default_factory=frozenset)


def check_address(host: str, policy: GuardPolicy) -> GuardPolicy:
    """The policy for an address to listen on: on a loopback address, the loopback names; on any other its own name.

    Raises PolicyError when others can reach the address and no tokens are asked for, and when it is every address of
    the machine and no hosts are named.
    """
    if is_loopback(host):
        return policy
    if policy.tokens is None:
        told = "--tokens names the file of the tokens that their requests must carry"
        raise PolicyError(f"others can reach `{host}`: {told}")
    if policy.hosts:
        return policy
    if is_wildcard(host):
        raise PolicyError(f"`{host}` is every address of this machine: --allow-host names those that are served")
    return replace(policy, hosts=(host,))
