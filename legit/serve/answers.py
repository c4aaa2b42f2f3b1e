"""Answers: the JSON that the models write, and what the document of the interface says of each endpoint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter

from legit._util.suggest import suggest
from legit.errors import LegitError, Problem, ServiceError
from legit.guard.problem_documents import PROBLEM_TYPE, ProblemDocument, problem_document
from legit.serve.service import Service

JSON_TYPE: Final = "application/json"
ENTRY_HEADER: Final = "Legit-Entry"
"""The header with the number of the entry of a decision in the log."""

_LONGEST_PATH: Final = 100
_PROBLEMS: Final = {
    400: "The request is not JSON, or no HTTP of this service",
    401: "A token is needed",
    403: "The token does not allow this, or the request comes from another site",
    404: "There is no such thing",
    408: "The request did not arrive in time",
    413: "The request is too large",
    415: "The body is not JSON",
    422: "The sentences were not understood, or the request has another form",
    429: "Too many requests",
    501: "A part of the service is not installed",
    503: "The service is busy, or a file that it needs cannot be used",
}


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems of an endpoint for the document of the interface."""
    return {
        status: {"model": ProblemDocument, "description": _PROBLEMS[status], "content": {PROBLEM_TYPE: {}}}
        for status in statuses
    }


def json_answer(model: BaseModel | bytes, headers: dict[str, str] | None = None) -> Response:
    """An answer whose body is the JSON of a model, as `model_dump_json` writes it."""
    body = model if isinstance(model, bytes) else model.model_dump_json().encode()
    return Response(body, media_type=JSON_TYPE, headers=headers)


def json_bytes(value: Any, kind: Any) -> bytes:
    """The JSON of a value of a type."""
    return TypeAdapter(kind).dump_json(value)


def unchanged(service: Service, request: Request) -> Response | None:
    """The answer 304 where the client has what depends on the base alone; None where it has not."""
    given = request.headers.getlist("if-none-match")
    tags = {tag.strip().removeprefix("W/") for line in given for tag in line.split(",")}
    if service.etag in tags or "*" in tags:
        return Response(status_code=304, headers=cache_headers(service))
    return None


def cache_headers(service: Service) -> dict[str, str]:
    """The headers of what depends on the base alone: it is asked for again, and seldom sent again."""
    return {"ETag": service.etag, "Cache-Control": "no-cache", "Vary": "Authorization, Accept"}


def addresses_of(routers: Iterable[APIRouter]) -> Iterator[str]:
    """The paths of the routes that the document of the interface describes."""
    for router in routers:
        yield from (route.path for route in router.routes if isinstance(route, APIRoute) and route.include_in_schema)


def no_such_address(request: Request) -> ServiceError:
    """The error for a path that nothing is at (H003), with the addresses of the interface that are nearest to it."""
    near = suggest(request.url.path[:_LONGEST_PATH], request.app.state.addresses)
    told = f"there is no address `{request.url.path[:_LONGEST_PATH]}`"
    return ServiceError(404, Problem("H003", told, help="GET /openapi.json lists them", nearest=near))


def problem_answer(error: LegitError) -> Response:
    """The answer to a request that cannot be answered otherwise."""
    document = problem_document(error)
    headers = {}
    if isinstance(error, ServiceError) and error.retry_after:
        headers["Retry-After"] = str(error.retry_after)
    elif document.status == 503:
        headers["Retry-After"] = "1"
    return Response(
        document.model_dump_json().encode(), status_code=document.status, media_type=PROBLEM_TYPE, headers=headers
    )
