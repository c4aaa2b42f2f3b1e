"""The endpoints about the knowledge base: its vocabulary, entries, search and graph. They depend on the base alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from legit._util.suggest import suggest
from legit.catalogue.citation_graph import CitationGraph, build_citation_graph
from legit.catalogue.entry import Entry
from legit.catalogue.search import Search
from legit.errors import Problem, ServiceError
from legit.knowledge.criteria import Example
from legit.model.assessment import FrozenModel
from legit.serve.answers import cache_headers, json_bytes, problem_responses, unchanged
from legit.serve.service import Service
from legit.serve.vocabulary import VocabularyData, vocabulary_data

_Topics = Annotated[list[str], Query(description="only these topics", max_length=100)]
_Criteria = Annotated[list[str], Query(description="only these criteria", max_length=1000)]
_Answer = Callable[..., Awaitable[Response]]

_PROBLEMS = problem_responses(401, 403, 404, 408, 413, 422, 429, 503)


class EntryHead(FrozenModel):
    """An entry of the knowledge base by its kind, id and title; of a criterion, its family too."""

    kind: str
    id: str
    title: str
    family: str = ""


class KnowledgeBaseHead(FrozenModel):
    """What a knowledge base is: its name, version, digest and profile, its profiles, and how many entries it has."""

    name: str
    version: str
    digest: str
    profile: str
    profiles: tuple[str, ...]
    families: dict[str, str]
    kinds: dict[str, int]


class ExampleData(FrozenModel):
    """A case that a criterion gives as an example, and what is expected of it; `meets` whether it meets it."""

    meets: bool
    expected: Example


class CriterionData(FrozenModel):
    """A criterion: its entry, its rules as they are written, and its examples and counterexamples."""

    entry: Entry
    rules: str
    examples: tuple[ExampleData, ...]


def knowledge_router(service: Service) -> APIRouter:
    """The endpoints `/v1/vocabulary` and `/v1/kb/...`."""
    router = APIRouter(prefix="/v1", responses=_PROBLEMS)

    async def answer(
        request: Request, make: Callable[[], bytes], media_type: str = "application/json", may_miss: bool = False
    ) -> Response:
        # What is not there is told also to a client that has the tag of the base.
        body = await service.run(make) if may_miss else b""
        same = unchanged(service, request)
        if same is not None:
            return same
        body = body or await service.run(make)
        return Response(body, media_type=media_type, headers=cache_headers(service))

    _add_vocabulary(router, service, answer)
    _add_entries(router, service, answer)
    return router


def _add_vocabulary(router: APIRouter, service: Service, answer: _Answer) -> None:
    @router.get(
        "/vocabulary",
        response_model=VocabularyData,
        summary="The sentences that are understood",
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def vocabulary(
        request: Request,
        topic: _Topics = [],  # noqa: B006  # FastAPI copies it
        format: Annotated[Literal["json", "text"], Query(description="text is what a model is given")] = "json",  # noqa: A002
    ) -> Response:
        known = service.base.vocabulary.topics
        for name in topic:
            if name not in known:
                raise _missing("topic", name, tuple(known))
        if format == "text":
            return await answer(request, lambda: service.consultant.vocabulary(topic).encode(), "text/plain")
        return await answer(request, lambda: vocabulary_data(service.base, topic).model_dump_json().encode())


def _add_entries(router: APIRouter, service: Service, answer: _Answer) -> None:
    @router.get("/kb", response_model=KnowledgeBaseHead, summary="The knowledge base: name, version, digest, profiles")
    async def kb(request: Request) -> Response:
        return await answer(request, lambda: _head(service).model_dump_json().encode())

    @router.get("/kb/entries", response_model=list[EntryHead], summary="The entries, all or those of one kind")
    async def entries(request: Request, kind: Annotated[str, Query(max_length=100)] = "") -> Response:
        def make() -> bytes:
            found = [_entry_head(service, item) for item in service.entries.all if kind in ("", item.kind)]
            if not found:
                raise _missing("kind of entry", kind, tuple({item.kind: 0 for item in service.entries.all}))
            return json_bytes(found, list[EntryHead])

        return await answer(request, make, may_miss=True)

    @router.get("/kb/entries/{kind}/{name:path}", response_model=Entry, summary="One entry")
    async def entry(request: Request, kind: str, name: str) -> Response:
        return await answer(request, lambda: _entry(service, kind, name).model_dump_json().encode(), may_miss=True)

    @router.get("/kb/criteria/{name}", response_model=CriterionData, summary="A criterion with its rules and examples")
    async def criterion(request: Request, name: str) -> Response:
        return await answer(request, lambda: _criterion(service, name).model_dump_json().encode(), may_miss=True)

    @router.get("/kb/search", response_model=list[Entry], summary="The entries that speak of some words")
    async def search(
        request: Request,
        q: Annotated[str, Query(min_length=1, max_length=1000)],
        limit: Annotated[int, Query(ge=1, le=100)] = 10,
    ) -> Response:
        return await answer(
            request,
            lambda: json_bytes([hit.entry for hit in Search(service.entries.all).find(q, limit)], list[Entry]),
        )

    @router.get("/kb/graph", response_model=CitationGraph, summary="What criteria rest on, as a graph")
    async def graph(
        request: Request,
        criterion: _Criteria = [],  # noqa: B006
    ) -> Response:
        known = service.base.criteria
        for name in criterion:
            if name not in known:
                raise _missing("criterion", name, tuple(known))
        return await answer(
            request, lambda: build_citation_graph(service.base, criterion or list(known)).model_dump_json().encode()
        )


def _head(service: Service) -> KnowledgeBaseHead:
    base = service.base
    kinds: dict[str, int] = {}
    for item in service.entries.all:
        kinds[item.kind] = kinds.get(item.kind, 0) + 1
    return KnowledgeBaseHead(
        name=base.name,
        version=base.version,
        digest=base.digest,
        profile=base.profile.id,
        profiles=base.profile_ids,
        families=dict(base.manifest.families),
        kinds=kinds,
    )


def _entry_head(service: Service, item: Entry) -> EntryHead:
    criterion = service.base.criteria.get(item.id)
    family = criterion.family if criterion and criterion.path == item.path else ""
    return EntryHead(kind=item.kind, id=item.id, title=item.title, family=family)


def _entry(service: Service, kind: str, name: str) -> Entry:
    of_kind = [item for item in service.entries.all if item.kind == kind]
    if not of_kind:
        raise _missing("kind of entry", kind, tuple({item.kind: 0 for item in service.entries.all}))
    for item in of_kind:
        if item.id == name:
            return item
    raise _missing(kind, name, tuple(item.id for item in of_kind))


def _criterion(service: Service, name: str) -> CriterionData:
    found = service.base.criteria.get(name)
    if found is None:
        raise _missing("criterion", name, tuple(service.base.criteria))
    entry = next(item for item in service.entries.all if item.id == name and item.path == found.path)
    examples = [ExampleData(meets=True, expected=example) for example in found.examples]
    examples += [ExampleData(meets=False, expected=example) for example in found.counterexamples]
    return CriterionData(entry=entry, rules=found.rule_text, examples=tuple(examples))


def _missing(what: str, name: str, known: tuple[str, ...]) -> ServiceError:
    return ServiceError(
        404, Problem("H003", f"there is no {what} `{name[:60]}`", source=what, nearest=suggest(name, known))
    )
