"""The endpoints for operators: whether the service lives and is ready, and its metrics."""

from __future__ import annotations

from fastapi import APIRouter, Response

from legit._version import __version__
from legit.model.assessment import FrozenModel
from legit.serve.answers import json_answer, problem_responses
from legit.serve.metrics import Metrics
from legit.serve.service import Service


class Health(FrozenModel):
    """The state of the service, `ok` or `closing`, with the versions of the engine and of the knowledge base."""

    status: str
    engine: str
    base: str
    base_version: str
    base_digest: str
    profile: str


def operations_router(service: Service, metrics: Metrics) -> APIRouter:
    """`/healthz`, `/readyz` and `/metrics`."""
    router = APIRouter(responses=problem_responses(401, 403, 408, 413, 429))

    def health(status: str) -> Health:
        base = service.base
        return Health(
            status=status,
            engine=__version__,
            base=base.name,
            base_version=base.version,
            base_digest=base.digest,
            profile=base.profile.id,
        )

    @router.get("/healthz", response_model=Health, summary="Whether the process answers")
    async def healthz() -> Response:
        return json_answer(health("ok"))

    @router.get(
        "/readyz", response_model=Health, summary="Whether requests are answered",
        responses={503: {"model": Health, "description": "The service begins or ends"}},
    )  # fmt: skip
    async def readyz() -> Response:
        if service.ready:
            return json_answer(health("ok"))
        answer = json_answer(health("closing"), {"Retry-After": "1"})
        answer.status_code = 503
        return answer

    @router.get(
        "/metrics", summary="The metrics, in the text format of Prometheus",
        response_class=Response, responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )  # fmt: skip
    async def metrics_text() -> Response:
        return Response(metrics.text(), media_type=metrics.media_type)

    return router
