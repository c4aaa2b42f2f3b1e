"""The guarded protocol by an address that uvicorn imports."""

from __future__ import annotations

from legit.guard.connections import guarded_protocol

GuardedProtocol = guarded_protocol()
