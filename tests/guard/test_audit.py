"""The audit: a line for each request for this host, with the status that was answered, and no answer without its line."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from legit.errors import ServiceError
from legit.guard import Guard, GuardPolicy, TokenFile
from legit.guard.policy import judging_scope


class Audited:
    """A guard with an audit before an application that answers with `status`, fails or says nothing."""

    def __init__(self, tokens: Path, audit: Path, **policy: Any) -> None:
        self.record, self.token = TokenFile(tokens).make("desk", ["judge"])
        self.audit = audit
        self.status: int | None = 200
        self.asked = 0
        self.guard = Guard(self._app, GuardPolicy(tokens=tokens, audit=audit, scope_of=judging_scope, **policy))

    async def _app(self, _scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        await receive()
        if self.status == 500:
            raise ZeroDivisionError
        if self.status:
            await send({"type": "http.response.start", "status": self.status, "headers": []})
            await send({"type": "http.response.body", "body": b"answer"})

    def ask(self, *, host: str = "localhost", token: str = "", body: bytes = b"", size: int = 0) -> tuple[int, bytes]:
        """The status and the body of an answer; 0 for none."""
        sent: list[Any] = []
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Any:
            if not waiting:
                await asyncio.Event().wait()
            return waiting.pop()

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"host", host.encode()), (b"authorization", f"Bearer {token or self.token}".encode())]
        headers += [(b"content-length", str(size).encode())] if size else []
        scope = {"type": "http", "path": "/x", "method": "POST", "headers": headers}
        try:
            asyncio.run(self.guard(scope, receive, send))
        except ZeroDivisionError:
            return 500, b""
        return (sent[0]["status"], sent[1]["body"]) if sent else (0, b"")

    def lines(self) -> list[tuple[str, int]]:
        """The id of the token and the status of each line."""
        found = [json.loads(line) for line in self.audit.read_text(encoding="utf-8").splitlines()]
        assert all(item["scope"] == "judge" for item in found)
        return [(item["token"], item["status"]) for item in found]


@pytest.fixture
def audited(tokens: Path, tmp_path: Path) -> Audited:
    return Audited(tokens, tmp_path / "audit.jsonl")


@pytest.mark.parametrize("status", [200, 404, 422, 500, 503, None])
def test_a_line_has_the_status_that_was_answered(audited: Audited, status: int | None) -> None:
    audited.status = status
    assert audited.ask()[0] == (status or 0)
    assert audited.lines() == [(audited.record.id, status or 0)]


def test_what_the_guard_refuses_is_on_file_as_refused(tokens: Path, tmp_path: Path) -> None:
    often = Audited(tokens, tmp_path / "often", rate=0.01)
    assert [often.ask()[0] for _ in range(3)] == [200, 429, 429]
    assert often.lines() == [(often.record.id, 200), (often.record.id, 429), (often.record.id, 429)]
    many = Audited(tokens, tmp_path / "many", max_requests=0)
    assert (many.ask()[0], many.lines()) == (503, [(many.record.id, 503)])
    large = Audited(tokens, tmp_path / "large", max_body=10)
    assert (large.ask(size=11)[0], large.ask(body=b"x" * 11)[0]) == (413, 413)
    assert large.lines() == [(large.record.id, 413)] * 2
    assert (large.ask(token="none")[0], large.lines()[2:]) == (401, [("", 401)])
    assert (large.ask(host="evil.example")[0], large.lines()[3:]) == (403, [])


def test_a_request_is_on_file_while_the_tokens_cannot_be_read(audited: Audited, tokens: Path) -> None:
    tokens.rename(tokens.with_suffix(".away"))
    status, body = audited.ask()
    assert (status, json.loads(body)["code"]) == (503, "H016")
    assert audited.lines() == [("", 503)]
    assert audited.asked == 0


def test_nothing_is_answered_without_its_line(audited: Audited, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int, _line: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        for asked in (1, 1):  # the second request does not even come to the application
            status, body = audited.ask()
            assert (status, json.loads(body)["code"], audited.asked) == (503, "H018", asked)
        audited.status = None
        assert audited.ask(token="none")[0] == 503
    assert audited.lines() == []
    audited.status = 200
    # The first line that can be written is that of a refusal.
    assert [audited.ask()[0] for _ in range(2)] == [503, 200]
    assert audited.lines() == [(audited.record.id, 503), (audited.record.id, 200)]


def test_without_tokens_there_is_no_audit(tmp_path: Path) -> None:
    Guard(lambda *_: None, GuardPolicy(audit=tmp_path / "audit"))  # type: ignore[arg-type]
    assert not (tmp_path / "audit").exists()
    with pytest.raises(ServiceError, match="audit cannot be written"):
        Audited(tmp_path / "tokens", tmp_path / "no folder" / "audit")


def test_neither_lines_nor_tokens_are_written_into_a_log(tokens: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"SQLite format 3\0" + bytes(84))
    for path in (log, tmp_path / "log-wal"):
        with pytest.raises(ServiceError, match="H018"):
            Audited(tokens, path)
        with pytest.raises(ServiceError, match="H016"):
            TokenFile(path).make("desk", ["judge"])
    assert log.read_bytes() == b"SQLite format 3\0" + bytes(84)
    assert not (tmp_path / "log-wal").exists()
