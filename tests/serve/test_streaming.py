"""A batch that ends too early, an error of the program in the middle of it, and what is told of both."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from legit.guard import Guard, GuardPolicy
from legit.serve import ServiceSettings, create_app
from legit.serve.streaming import _Decider
from tests.serve.conftest import CASE

_PATH = "/v1/batch"
_ROW = json.dumps({"facts": CASE}).encode() + b"\n"


def batch(log: Path | None, *parts: bytes, complete: bool = False) -> tuple[int, list[dict[str, Any]], bool]:
    """The status, the lines and whether the answer was complete, for a body whose parts come and then nothing more."""
    app = create_app(ServiceSettings(log=log))
    guard = Guard(app, GuardPolicy(request_seconds=0.05, streamed=frozenset({_PATH})))
    waiting = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    if complete:
        waiting.append({"type": "http.request", "body": b"", "more_body": False})
    sent: list[Any] = []

    async def receive() -> Any:
        if waiting:
            return waiting.pop(0)
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost"), (b"content-type", b"application/x-ndjson")]
    scope = {
        "type": "http", "method": "POST", "path": _PATH, "raw_path": _PATH.encode(), "query_string": b"",
        "headers": headers, "root_path": "", "http_version": "1.1", "scheme": "http", "server": ("localhost", 80),
        "client": ("127.0.0.1", 1),
    }  # fmt: skip
    asyncio.run(guard(scope, receive, send))
    app.state.service.close()
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], [json.loads(line) for line in body.splitlines()], not sent[-1].get("more_body", False)


def test_a_batch_that_stalls_ends_with_the_reason_and_keeps_what_was_recorded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    status, lines, complete = batch(tmp_path / "log", _ROW + _ROW, _ROW)
    assert (status, complete) == (200, True)
    assert [line["row"] for line in lines[:-1]] == [0, 1, 2]
    assert all(line["entry"] for line in lines[:-1])
    assert (lines[-1]["problem"]["code"], lines[-1]["problem"]["status"]) == ("H010", 408)
    assert caplog.text == ""


def test_an_error_of_the_program_ends_a_batch_with_its_code_and_one_line_of_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(*_: Any) -> bytes:
        raise ZeroDivisionError("the words of a request")

    monkeypatch.setattr(_Decider, "_decided", failing)
    status, lines, complete = batch(None, _ROW, complete=True)
    assert (status, complete) == (200, True)
    assert [line["problem"]["code"] for line in lines] == ["H015"]
    assert "recorded" not in lines[0]["problem"]["detail"]
    (told,) = caplog.records
    assert told.getMessage().startswith("ZeroDivisionError at ")
    assert told.exc_info is None
