"""Many cases in one request: JSON lines in, JSON lines out, decided as they arrive."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from legit.batch.text_judge import TextJudge
from legit.errors import LegitError, Problem, ServiceError
from legit.guard.problem_documents import ProblemItem, problem_document
from legit.judge import Judge
from legit.model.facts import Case
from legit.serve.answers import problem_responses
from legit.serve.errors import INTERNAL, tell_error
from legit.serve.requests import NUMBER_TOO_LARGE, read_json
from legit.serve.service import Service

NDJSON: Final = "application/x-ndjson"
_ROWS_AT_ONCE: Final = 1024
_MAX_LINE: Final = 1_000_000
_TYPES: Final = frozenset({NDJSON, "application/jsonl", "application/json"})

_INPUT: Final = {"description": "an object a line: `facts` (a text or a list of sentences), and `id` of any kind"}
_OUTPUT: Final = {
    "description": "an object a line, in the order of the rows: `row` from 0, `id`, and the decision, or `problems`"
}


class _Row(NamedTuple):
    """A row that was read: its number, its id, and its sentences, or why it has none."""

    number: int
    id: Any
    text: str
    problem: Problem | None = None


def batch_router(service: Service) -> APIRouter:
    """`POST /v1/batch`."""
    router = APIRouter(prefix="/v1", responses=problem_responses(400, 401, 403, 408, 415, 422, 429, 503))
    schema = {"type": "string"}

    @router.post(
        "/batch", summary="Decide many cases, as JSON lines in and out", response_class=Response,
        responses={200: {**_OUTPUT, "content": {NDJSON: {"schema": schema}}}},
        openapi_extra={"requestBody": {**_INPUT, "required": True, "content": {NDJSON: {"schema": schema}}}},
    )  # fmt: skip
    async def batch(
        request: Request, profile: Annotated[str, Query(max_length=200)] = "", record: bool = True
    ) -> Response:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in _TYPES:
            help_ = f"send Content-Type: {NDJSON}"
            raise ServiceError(415, Problem("H006", f"the body is `{media_type[:60]}`", help=help_, source="body"))
        decider = _Decider(service, service.judge_for(profile), record=record)
        return _StreamedAnswer(decider.answers(request.stream()), media_type=NDJSON)

    return router


class _StreamedAnswer(StreamingResponse):
    """An answer that begins before its request has ended: only the body of the request listens to the client."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with contextlib.suppress(ClientDisconnect):
            await self.stream_response(send)


class _Decider:
    """Decides the rows of one request, in groups of what has arrived."""

    def __init__(self, service: Service, judge: Judge, *, record: bool) -> None:
        self._service = service
        self._judge = judge
        self._texts = TextJudge(judge, time_limit=service.settings.time_limit)
        self._log = service.log if record else None

    async def answers(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The lines of the answer. A last line with `problem` says why rows behind it have none."""
        number, rest = 0, b""
        try:
            async for part in body:
                *lines, rest = (rest + part).split(b"\n")
                if len(rest) > _MAX_LINE:
                    raise ServiceError(413, Problem("H005", f"row {number}: longer than {_MAX_LINE} bytes"))
                for first in range(0, len(lines), _ROWS_AT_ONCE):
                    rows = [
                        _read(number + place, line) for place, line in enumerate(lines[first : first + _ROWS_AT_ONCE])
                    ]
                    number += len(rows)
                    yield await self._service.run(self._decided, rows)
            if rest.strip():
                yield await self._service.run(self._decided, [_read(number, rest)])
        except ClientDisconnect:
            raise
        except LegitError as error:
            yield _last_line(error)
        except Exception as error:
            tell_error(error)
            yield _last_line(ServiceError(500, INTERNAL))

    def _decided(self, rows: Sequence[_Row]) -> bytes:
        """The answers to some rows, recorded where there is a log before any of them is given."""
        good = [row for row in rows if row.problem is None]
        found = dict(zip((row.number for row in good), self._texts.decide([row.text for row in good]), strict=True))
        lines, to_record = [], []
        for row in rows:
            head = {"row": row.number, "id": row.id}
            decided = found.get(row.number)
            problems = [row.problem] if row.problem else list(decided.problems) if decided else []
            if decided and not problems and len(decided.cases) != 1:
                problems = [Problem("L005", f"{len(decided.cases)} cases where one case is expected")]
            if problems or decided is None:
                lines.append({**head, "problems": [ProblemItem.of(item).model_dump(mode="json") for item in problems]})
                continue
            decision = decided.cases[0].decision.model_dump(mode="json")
            decision["findings"] = [{"criterion": name, "effect": effect} for name, effect in decision["findings"]]
            lines.append({**head, **decision})
            to_record.append((lines[-1], self._judge.parse_case(row.text)))
        if self._log is not None:
            self._record(to_record)
        return b"".join(map(_line, lines))

    def _record(self, decided: Sequence[tuple[dict[str, Any], Case]]) -> None:
        assert self._log is not None
        seconds = self._service.settings.time_limit
        entries = [self._log.prepare(case, judge=self._judge, time_limit=seconds) for _, case in decided]
        if entries:
            numbers = self._log.append(entries, judge=self._judge)
            for (line, _), number in zip(decided, numbers, strict=True):
                line["entry"] = number


def _read(number: int, line: bytes) -> _Row:
    try:
        row = read_json(line)
        facts, identity = (row.get("facts"), row.get("id")) if isinstance(row, dict) else (None, None)
        writable = _writable(identity)
    except json.JSONDecodeError as error:
        told = f"the row cannot be read: {NUMBER_TOO_LARGE}" if error.msg == NUMBER_TOO_LARGE else "the row is not JSON"
        return _Row(number, None, "", Problem("H001", told))
    except (ValueError, RecursionError):
        return _Row(number, None, "", Problem("H001", "the row is not JSON"))
    if not writable:
        return _Row(number, None, "", Problem("H002", "`id`: the text holds half of a surrogate pair"))
    if isinstance(facts, list) and all(isinstance(item, str) for item in facts):
        facts = "\n".join(facts)
    if not isinstance(facts, str):
        told = "`facts` is a text or a list of sentences"
        return _Row(number, identity, "", Problem("H002", told))
    return _Row(number, identity, facts)


def _writable(identity: Any) -> bool:
    """Whether an id can be given back: half of a surrogate pair cannot be written in UTF-8."""
    try:
        json.dumps(identity, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _last_line(error: LegitError) -> bytes:
    return _line({"problem": problem_document(error).model_dump(mode="json")})


def _line(row: dict[str, Any]) -> bytes:
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="replace") + b"\n"
