"""The two doors: the service and the MCP server over HTTP, each behind the same guard, spoken to without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from legit.guard import Guard, GuardPolicy
from legit.guard.policy import judging_scope

httpx = pytest.importorskip("httpx")

INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "0"}},
}  # fmt: skip
ACCEPT = {"accept": "application/json, text/event-stream"}


class Door:
    """A server behind a guard. `ask` makes the request that every client makes first, with other headers or body."""

    def __init__(self, name: str, make: Callable[[], Any], path: str, body: dict[str, Any], scope_of: Any) -> None:
        self.name = name
        self.make = make
        self.path = path
        self.body = body
        self.scope_of = scope_of

    def ask(self, policy: GuardPolicy, *, headers: Any = (), times: int = 1, **options: Any) -> list[Any]:
        """The answers to the same request, made so many times on one server with the policy."""
        return asyncio.run(self._ask(policy, dict(headers), times, options))

    async def _ask(
        self, policy: GuardPolicy, headers: dict[str, str], times: int, options: dict[str, Any]
    ) -> list[Any]:
        app = self.make()
        if self.name == "service":
            return await self._send(app, policy, headers, times, options)
        begun, ended = asyncio.Event(), asyncio.Event()

        async def live() -> None:
            async with app.router.lifespan_context(app):
                begun.set()
                await ended.wait()

        living = asyncio.create_task(live())
        await begun.wait()
        found = await self._send(app, policy, headers, times, options)
        ended.set()
        await living
        return found

    async def _send(
        self, app: Any, policy: GuardPolicy, headers: dict[str, str], times: int, options: dict[str, Any]
    ) -> list[Any]:
        transport = httpx.ASGITransport(Guard(app, policy), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            request = {"json": self.body} | options
            return [
                await client.request("POST", self.path, headers={**ACCEPT, **headers}, **request) for _ in range(times)
            ]


@cache
def _service() -> Any:
    pytest.importorskip("prometheus_client")
    from legit.serve import ServiceSettings, create_app

    return create_app(ServiceSettings())


def _mcp() -> Any:
    pytest.importorskip("mcp")
    from legit.integrations.mcp import server

    return server().streamable_http_app(host="0.0.0.0")


def _service_scope(method: str, path: str) -> str:
    from legit.serve.scopes import service_scope

    return service_scope(method, path)


@pytest.fixture(params=["service", "mcp"])
def door(request: pytest.FixtureRequest) -> Door:
    if request.param == "service":
        return Door("service", _service, "/v1/parse", {"text": ""}, _service_scope)
    return Door("mcp", _mcp, "/mcp", INITIALIZE, judging_scope)


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    return tmp_path / "tokens.json"
