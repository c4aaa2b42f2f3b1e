"""The ASGI application of one process of the service."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from legit._version import __version__
from legit.errors import LegitError, Problem, ServiceError
from legit.guard.problem_documents import MAX_PROBLEMS, lower_first
from legit.serve.answers import addresses_of, no_such_address, problem_answer
from legit.serve.authzen import authzen_router
from legit.serve.errors import INTERNAL, tell_error
from legit.serve.interface import described
from legit.serve.judging import judging_router
from legit.serve.kept_answers import KeptAnswers, KeptAnswersMiddleware
from legit.serve.knowledge import knowledge_router
from legit.serve.metrics import Metrics, MetricsMiddleware
from legit.serve.operations import operations_router
from legit.serve.record import record_router
from legit.serve.requests import NUMBER_TOO_LARGE
from legit.serve.service import Service
from legit.serve.settings import ServiceSettings
from legit.serve.streaming import batch_router

_BRANCHES: Final = frozenset({"str", "Case", "list[str]"})
"""What pydantic calls the alternatives of a field: no part of the body has these names."""

_DESCRIPTION: Final = (
    "Judges whether a rule has a claim to compliance, with reasons that can be checked. "
    "The bodies of the answers are the bytes that the Python API gives for the same case."
)


def create_app(settings: ServiceSettings | None = None, *, beside: Service | None = None) -> FastAPI:
    """The application for one process. It loads the base here, and is warm when its start-up has ended.

    It guards nothing by itself: put `legit.guard` before it, as `legit serve` does. Raises KnowledgeBaseError when the
    base is not valid, and DecisionLogError when the log cannot be opened. With a service `beside`, its base is used,
    and nothing is counted.
    """
    service = Service(settings or ServiceSettings(), beside)
    metrics = Metrics()
    if beside is None:
        service.threads.changed = metrics.set_busy

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.warm()
        yield
        service.close()

    app = FastAPI(
        title="legit", version=__version__, description=_DESCRIPTION, lifespan=lifespan,
        openapi_url=None, redirect_slashes=False,
    )  # fmt: skip
    app.state.service = service
    app.add_middleware(ErrorMiddleware)
    if beside is None:
        app.add_middleware(KeptAnswersMiddleware, kept=KeptAnswers(service.settings.kept_bytes))
        app.add_middleware(MetricsMiddleware, metrics=metrics)
    routers = (
        judging_router(service), batch_router(service), knowledge_router(service), record_router(service),
        authzen_router(service), operations_router(service, metrics),
    )  # fmt: skip
    for router in routers:
        app.include_router(router)
    app.state.addresses = tuple(dict.fromkeys(addresses_of(routers)))
    app.add_api_route("/openapi.json", described(app, service), include_in_schema=False)
    app.add_exception_handler(LegitError, _known_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    from legit.serve.workbench import workbench_router  # slow to import

    app.include_router(workbench_router(service))
    app.add_middleware(HeadMiddleware)
    return app


async def _known_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, LegitError)
    return problem_answer(error)


async def _invalid_request(request: Request, error: Exception) -> Response:
    """The problems of a body or of parameters that have another form than the document of the interface says."""
    assert isinstance(error, RequestValidationError)
    errors = error.errors()[:MAX_PROBLEMS]
    unread = next((item for item in errors if item["type"] == "json_invalid"), None)
    if unread:
        told = "the body is not JSON"
        if unread["ctx"]["error"] == NUMBER_TOO_LARGE:
            told = f"the body cannot be read: {NUMBER_TOO_LARGE}"
        return problem_answer(ServiceError(400, Problem("H001", told, source="body")))
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "POST" and media_type != "application/json":
        told = f"the body is `{media_type[:60]}`" if media_type else "the body has no Content-Type"
        return problem_answer(
            ServiceError(415, Problem("H006", told, help="send Content-Type: application/json", source="body"))
        )
    found: dict[str, Problem] = {}
    for item in errors:
        where = ".".join(str(part) for part in item["loc"][1:] if part not in _BRANCHES)
        told = f"`{where}`: {lower_first(item['msg'])}"
        found.setdefault(where, Problem("H002", told, source=str(item["loc"][0])))
    # AuthZEN says 400 for every request of another form.
    status = 400 if request.url.path.startswith("/access/") else 422
    wrong = ServiceError(status, *found.values())
    return problem_answer(wrong)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return problem_answer(no_such_address(request))
    problem = Problem("H001", "the request cannot be read")
    if error.status_code == 405:
        problem = Problem("H004", "the address does not take this method")
    answer = problem_answer(ServiceError(error.status_code, problem))
    answer.headers.update(error.headers or {})
    return answer


class HeadMiddleware:
    """Answers HEAD as GET is answered, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, sending)


class ErrorMiddleware:
    """Answers where the program has an error, and tells its place without a word of the request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            tell_error(error)
            if scope["type"] != "http":
                raise ServiceError(500, INTERNAL) from None
            if not begun:
                await problem_answer(ServiceError(500, INTERNAL))(scope, receive, send)
            # The server cuts an answer off that has begun and is not complete.
