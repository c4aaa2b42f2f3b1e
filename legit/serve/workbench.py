"""The workbench: its pages at `/`, and the endpoints that they ask while a case is written."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Final

from fastapi import APIRouter, Request, Response
from pydantic import Field
from starlette.convertors import StringConvertor, register_url_convertor

from legit.serve.answers import cache_headers, no_such_address, unchanged
from legit.serve.kept_answers import lasting_answer
from legit.serve.requests import JsonRoute, TextRequest
from legit.serve.service import Service
from legit.workbench.case_view import CaseView
from legit.workbench.pages import FILE_PATTERN, WorkbenchPages
from legit.workbench.proof_view import ProofView, WhyNotView
from legit.workbench.views import Workbench

_MEDIA_TYPES: Final = {"html": "text/html", "js": "text/javascript", "css": "text/css", "txt": "text/plain"}


class WorkbenchRequest(TextRequest):
    """The text of the editor, and the profile under which it is judged."""

    profile: Annotated[str, Field(max_length=200)] = ""


class CaseTextRequest(WorkbenchRequest):
    """The text of the editor, and a pack with which it is compared."""

    pack: Annotated[str, Field(max_length=200)] = ""


class WhyNotTextRequest(WorkbenchRequest):
    """The text of the editor, and what was expected of it: the id of a criterion, or a verdict."""

    target: Annotated[str, Field(max_length=200)]


class _PageConvertor(StringConvertor):
    """The paths of pages. Any other address is answered as one that is not there."""

    regex = FILE_PATTERN


class _Parts:
    """What is made when the first page is asked for."""

    def __init__(self, service: Service) -> None:
        self._service = service

    @cached_property
    def views(self) -> Workbench:
        service = self._service
        return Workbench(service.judge, time_limit=service.settings.time_limit, entries=service.entries)

    @cached_property
    def pages(self) -> WorkbenchPages:
        service = self._service
        return WorkbenchPages(service.judge, service=True, log=service.log is not None, entries=service.entries)


def workbench_router(service: Service) -> APIRouter:
    """`/v1/workbench/...`, and every page of the workbench.

    What the pages ask for is shaped by them. It is no part of the interface, and the description leaves it out.
    """
    router = APIRouter(route_class=JsonRoute)
    parts = _Parts(service)
    _add_views(router, service, parts)
    _add_pages(router, service, parts)
    return router


def _add_views(router: APIRouter, service: Service, parts: _Parts) -> None:
    @router.post(
        "/v1/workbench/case", response_model=CaseView, include_in_schema=False,
    )  # fmt: skip
    async def case(body: CaseTextRequest) -> Response:
        def made() -> CaseView:
            service.judge_for(body.profile)
            return parts.views.case(body.text, body.profile, body.pack)

        return await lasting_answer(service, made)

    @router.post(
        "/v1/workbench/proof", response_model=ProofView, include_in_schema=False,
    )  # fmt: skip
    async def proof(body: WorkbenchRequest) -> Response:
        def made() -> ProofView:
            service.judge_for(body.profile)
            return parts.views.proof(body.text, body.profile)

        return await lasting_answer(service, made)

    @router.post(
        "/v1/workbench/why-not", response_model=WhyNotView, include_in_schema=False,
    )  # fmt: skip
    async def why_not(body: WhyNotTextRequest) -> Response:
        def made() -> WhyNotView:
            service.judge_for(body.profile)
            return parts.views.why_not(body.text, body.target, body.profile)

        return await lasting_answer(service, made)


def _add_pages(router: APIRouter, service: Service, parts: _Parts) -> None:
    async def page(request: Request) -> Response:
        name = request.path_params.get("name", "case.html")
        text = await service.run(parts.pages.file, name)
        if text is None:
            raise no_such_address(request)
        same = unchanged(service, request)
        if same is not None:
            return same
        kind = _MEDIA_TYPES[name.rpartition(".")[2]]
        return Response(text, media_type=kind, headers=cache_headers(service))

    register_url_convertor("page", _PageConvertor())
    for path in ("/", "/{name:page}"):
        router.add_api_route(path, page, methods=["GET"], include_in_schema=False)
