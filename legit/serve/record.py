"""The endpoints of the decision log. A token needs `read-log`, and `write-log` to override and to redact."""

from __future__ import annotations

import tempfile
from functools import partial
from typing import IO, Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

from legit.decision_log import LogReader
from legit.decision_log.columns import COLUMNS
from legit.errors import DecisionLogError, Problem
from legit.model.assessment import Assessment, FrozenModel
from legit.serve import log_queries
from legit.serve.answers import json_answer, problem_responses
from legit.serve.log_queries import DecisionOnRecord, DecisionPage, VerificationResult
from legit.serve.requests import JsonRoute, OverrideRequest, RedactRequest
from legit.serve.service import Service

_READ = problem_responses(401, 403, 404, 408, 413, 422, 429, 503)
_WRITE = problem_responses(400, 401, 403, 404, 408, 413, 415, 422, 429, 503)
_MANY = 10_000_000_000
_PART = 65_536
"""The bytes of an export that are read at once."""


class LogHead(FrozenModel):
    """The log: its name, how many entries it has, and its checkpoint as `legit log checkpoint` prints it, unsigned."""

    name: str
    entries: int
    checkpoint: str


class ColumnHead(FrozenModel):
    """A column of a decision: its name, what it holds, and the type of its values."""

    name: str
    help: str
    type: str


class Recorded(FrozenModel):
    """The number of a new entry of the log."""

    entry: int


class Replayed(FrozenModel):
    """A decision decided again: whether it is the same, what changed, and the assessment of today."""

    same: bool
    changes: tuple[str, ...]
    assessment: Assessment


def record_router(service: Service) -> APIRouter:
    """The endpoints under `/v1/log`."""
    router = APIRouter(prefix="/v1/log", route_class=JsonRoute)
    _add_reading(router, service)
    _add_whole_log(router, service)
    _add_decision(router, service)
    _add_writing(router, service)
    return router


def _reader(service: Service) -> LogReader:
    return LogReader(service.required_log().path)


def _add_reading(router: APIRouter, service: Service) -> None:
    @router.get("", response_model=LogHead, responses=_READ, summary="The log: its name, size and checkpoint")
    async def head() -> Response:
        def answer() -> Response:
            checkpoint = _reader(service).checkpoint()
            return json_answer(LogHead(name=checkpoint.log_name, entries=checkpoint.size, checkpoint=str(checkpoint)))

        return await service.run(answer)

    @router.get("/columns", response_model=list[ColumnHead], responses=_READ, summary="The columns of a decision")
    async def columns() -> list[ColumnHead]:
        return [
            ColumnHead(name=column.name, help=column.help, type="number" if column.type is int else "text")
            for column in COLUMNS
        ]

    @router.get("/decisions", response_model=DecisionPage, responses=_READ, summary="The decisions that fit a filter")
    async def decisions(
        request: Request,
        verdict: Annotated[list[str], Query()] = [],  # noqa: B006
        guidance: Annotated[list[str], Query()] = [],  # noqa: B006
        criterion: Annotated[list[str], Query()] = [],  # noqa: B006
        family: Annotated[list[str], Query()] = [],  # noqa: B006
        right: Annotated[list[str], Query()] = [],  # noqa: B006
        fact: Annotated[list[str], Query(description="a sentence that somebody stated")] = [],  # noqa: B006
        caller: Annotated[list[str], Query(description="KEY=VALUE")] = [],  # noqa: B006
        where: Annotated[list[str], Query(description="a condition on a column, as open_questions>0")] = [],  # noqa: B006
        needs_source: str = "",
        sole_source: str = "",
        since: str = "",
        until: str = "",
        overridden: bool | None = None,
        after: Annotated[int, Query(ge=-1, le=_MANY)] = -1,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        query = {name: request.query_params.getlist(name) for name in request.query_params}
        query["overridden"] = ["" if overridden is None else str(overridden).lower()]
        reader = _reader(service)
        return await service.run(
            lambda: json_answer(log_queries.page(reader, log_queries.build_filter(service.judge, query), after, limit))
        )


def _add_whole_log(router: APIRouter, service: Service) -> None:
    @router.get(
        "/verify", response_model=VerificationResult, responses=_READ, summary="Whether the log fits its own tree"
    )
    async def verify() -> Response:
        reader = _reader(service)
        return await service.run(lambda: json_answer(log_queries.verification(reader)))

    @router.get(
        "/export", summary="All entries as JSON lines that can be verified", response_class=Response,
        responses={**_READ, 200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}}},
    )  # fmt: skip
    async def export() -> Response:
        # A file without a name: whatever happens, nothing is left of it when it is closed.
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
        try:
            await service.run(_write_export, _reader(service), file)
        except BaseException:
            file.close()
            raise
        size = file.tell()
        file.seek(0)
        return StreamingResponse(
            iter(partial(file.read, _PART), b""), media_type="application/x-ndjson",
            headers={"Content-Length": str(size)}, background=BackgroundTask(file.close),
        )  # fmt: skip


def _write_export(reader: LogReader, file: IO[bytes]) -> None:
    """Write the entries of a log to a file: a log of any size is then sent without being held in memory."""
    from legit.decision_log.export import export_lines

    file.writelines(export_lines(reader))


def _add_decision(router: APIRouter, service: Service) -> None:
    @router.get("/decisions/{number}", response_model=DecisionOnRecord, responses=_READ, summary="One decision")
    async def decision(number: int) -> Response:
        reader = _reader(service)
        return await service.run(lambda: json_answer(log_queries.on_record(reader, _entry(number))))

    @router.get(
        "/decisions/{number}/replay", response_model=Replayed, responses=_READ,
        summary="A decision decided again, by the base that it was decided with or by a profile of the service",
    )  # fmt: skip
    async def replay(number: int, current: bool = False, profile: str = "") -> Response:
        def answer() -> Response:
            from legit.decision_log.redaction import restore_model
            from legit.decision_log.replay import ArchivedJudges, replay_case

            reader = _reader(service)
            recorded = reader.decision(_entry(number))
            with ArchivedJudges(reader) as judges:
                judge, exact = (service.judge_for(profile), False) if current or profile else judges.judge_of(recorded)
                case = replay_case(number, recorded, judge, byte_exact=exact, time_limit=service.settings.time_limit)
            found = restore_model(case.assessment, reader.stored_texts(number))
            return json_answer(Replayed(same=case.result.same, changes=case.result.changes, assessment=found))

        return await service.run(answer)


def _add_writing(router: APIRouter, service: Service) -> None:
    @router.post(
        "/decisions/{number}/override", response_model=Recorded, responses=_WRITE,
        summary="Record that somebody acted differently from the guidance",
    )  # fmt: skip
    async def override(number: int, body: OverrideRequest) -> Response:
        log = service.required_log()
        return await service.run(
            lambda: json_answer(
                Recorded(entry=log.override(_entry(number), action=body.action or None, by=body.by, why=body.why))
            )
        )

    @router.post(
        "/decisions/{number}/redact", response_model=Recorded, responses=_WRITE,
        summary="Erase the texts of a decision for good",
    )  # fmt: skip
    async def redact(number: int, body: RedactRequest) -> Response:
        log = service.required_log()
        return await service.run(
            lambda: json_answer(
                Recorded(entry=log.redact(_entry(number), by=body.by, why=body.why, placeholders=body.placeholders))
            )
        )


def _entry(number: int) -> int:
    """A number that an entry can have. Raises DecisionLogError (R108) for any other."""
    if 0 <= number < _MANY:
        return number
    raise DecisionLogError(Problem("R108", f"there is no decision {str(number)[:20]}"))
