"""One application for the tests of the service, spoken to without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

httpx = pytest.importorskip("httpx")
pytest.importorskip("fastapi")
pytest.importorskip("prometheus_client")

from legit.serve import ServiceSettings, create_app  # noqa: E402

CASE = (
    "The authority is a landlord.\n"
    "Obeying does serious harm to the livelihood of the user.\n"
    "Breaking the rule harms nobody.\n"
)

Send = Callable[..., Any]


def sender(app: Any) -> Send:
    """A function that sends a request to an application and returns the answer."""

    async def send(method: str, path: str, **options: Any) -> Any:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path, **options)

    return lambda method, path, **options: asyncio.run(send(method, path, **options))


@pytest.fixture(scope="session")
def app() -> Any:
    return create_app(ServiceSettings())


@pytest.fixture(scope="session")
def send(app: Any) -> Send:
    return sender(app)
