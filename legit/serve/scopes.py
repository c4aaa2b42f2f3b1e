"""Which scope of a token an address of the service needs."""

from __future__ import annotations

from typing import Final

STREAMED: Final = frozenset({"/v1/batch"})
"""The addresses whose bodies have any size and are answered while they arrive."""

_LOG: Final = "/v1/log"
_OPERATIONS: Final = frozenset({"/healthz", "/readyz", "/metrics"})


def service_scope(method: str, path: str) -> str:
    """The scope that a method and a path need; empty where any token will do."""
    if path in _OPERATIONS:
        return ""
    if path == _LOG or path.startswith(f"{_LOG}/"):
        return "read-log" if method in {"GET", "HEAD"} else "write-log"
    return "judge"
