"""Who is meant by a name: loopback in every spelling, and the hosts and origins that an operator allows."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
from collections.abc import Collection
from urllib.parse import urlsplit

_AUTHORITY = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")
"""A host or an address, perhaps with a port: a reader of addresses that is kind to others takes more for loopback."""

_LOOPBACK_NAME = "localhost"


def is_loopback(host: str) -> bool:
    """Whether an address or name means this machine alone: `127.1`, `127.0.0.2`, `[::1]`, `localhost` and others."""
    name = _bare(host)
    if name == _LOOPBACK_NAME or name.endswith(f".{_LOOPBACK_NAME}"):
        return True
    address = _address(name)
    return address is not None and address.is_loopback


def is_wildcard(host: str) -> bool:
    """Whether an address to listen on means every address of the machine: `0.0.0.0`, `0`, `::`, an empty text and
    others.
    """
    name = _bare(host)
    if not name.isascii():
        # A socket reads a name as an international one, in which other digits and full stops are those of ASCII.
        with contextlib.suppress(UnicodeError):
            name = name.encode("idna").decode("ascii")
    address = _address(name)
    return not name or (address is not None and address.is_unspecified)


def _bare(host: str) -> str:
    return host.strip().removeprefix("[").removesuffix("]").rstrip(".").lower()


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a text is, in any spelling; that of IPv4 where one is mapped into IPv6. None for a name."""
    try:
        found = ipaddress.ip_address(name)
    except ValueError:
        try:
            found = ipaddress.ip_address(socket.inet_aton(name))  # the short, the octal and the hexadecimal spellings
        except (OSError, ValueError):
            return None
    return getattr(found, "ipv4_mapped", None) or found


def allows_host(authority: str, hosts: Collection[str]) -> bool:
    """Whether `HOST` or `HOST:PORT` of a header is one of `hosts`, or means this machine where there are none.

    An entry with a port allows that port alone. User information makes it another authority.
    """
    if not _AUTHORITY.fullmatch(authority):
        return False
    try:
        parts = urlsplit(f"//{authority}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if parts.netloc != authority or "@" in authority or not host:
        return False
    if not hosts:
        return is_loopback(host)
    name = host.rstrip(".")
    shown = f"[{name}]" if ":" in name else name
    return bool({name, shown, f"{shown}:{port}"} & {allowed.lower() for allowed in hosts})


def allows_origin(origin: str, hosts: Collection[str], origins: Collection[str]) -> bool:
    """Whether a page of an origin may ask: one of `origins`, or one whose host is allowed."""
    if origin in origins:
        return True
    scheme, mark, authority = origin.partition("://")
    return bool(mark) and scheme in {"http", "https"} and "/" not in authority and allows_host(authority, hosts)
