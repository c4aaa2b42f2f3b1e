"""The metrics of the service, in the text format of Prometheus, of all processes together."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

Message = MutableMapping[str, Any]

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable with the folder in which the processes of one service share their counts."""

_OTHER = "other"
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The counts of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "legit_http_requests", "Requests answered", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "legit_http_request_seconds", "The time until the answer was sent", ("route",),
            registry=self.registry, buckets=_BUCKETS,
        )  # fmt: skip
        self._in_progress = Gauge(
            "legit_requests_in_progress", "Requests that are judged or waiting", registry=self.registry,
            multiprocess_mode="livesum",
        )  # fmt: skip

    def set_busy(self, busy: int) -> None:
        """Say how many requests are judged or waiting from now on, as others can ask another process for it."""
        self._in_progress.set(busy)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """The metrics of all processes of the service."""
        if FOLDER_VARIABLE not in os.environ:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)

    media_type = CONTENT_TYPE_LATEST


class MetricsMiddleware:
    """ASGI middleware that counts requests by their route, never by their path: a path is what a client chooses."""

    def __init__(self, app: Callable[..., Awaitable[None]], metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            route = getattr(scope.get("route"), "path", _OTHER)
            method = scope["method"] if route != _OTHER else _OTHER
            self._metrics.count(method, route, status, time.perf_counter() - begun)
