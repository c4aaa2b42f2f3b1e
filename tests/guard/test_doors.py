"""The guard before both doors: what is not allowed gets no answer of the server, whichever server it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from legit.guard import CONTENT_POLICY, GuardPolicy, TokenFile
from legit.guard.connections import MAX_CONNECTIONS
from tests.guard.conftest import Door

OWN = (
    "127.0.0.1", "127.0.0.1:8000", "localhost", "LOCALHOST:8000", "[::1]", "[::1]:8000", "127.0.0.2:1", "app.localhost",
    "localhost.",
)  # fmt: skip
FOREIGN = (
    "evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "localhost@evil.example",
    "evil.example@localhost", "10.0.0.1", "0.0.0.0", "[::]", "[fe80::1]", "127.0.0.1:x", "[::1", "localhost:80@evil",
    "128.0.0.1", "localhost/", "2130706433.example",
)  # fmt: skip


def problem(answer: Any) -> tuple[int, str]:
    """The status and the code of an answer, which is a problem document."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    return answer.status_code, answer.json()["code"]


def test_requests_of_this_machine_alone_are_answered_on_loopback(door: Door) -> None:
    for host in OWN[:2] if door.name == "mcp" else OWN:
        (answer,) = door.ask(GuardPolicy(), headers={"host": host, "origin": f"http://{host}"})
        assert answer.status_code == 200, (host, answer.text)
    for host in FOREIGN:
        assert problem(*door.ask(GuardPolicy(), headers={"host": host})) == (403, "H009")
        assert problem(*door.ask(GuardPolicy(), headers={"origin": f"http://{host}"})) == (403, "H009")
    for origin in ("null", "file://", "http://localhost/path", "ftp://localhost"):
        assert problem(*door.ask(GuardPolicy(), headers={"origin": origin})) == (403, "H009")


def test_without_a_token_nothing_is_served(door: Door, tokens: Path) -> None:
    _, token = TokenFile(tokens).make("a client", ["judge"])
    policy = GuardPolicy(tokens=tokens, hosts=("rules.example",), scope_of=door.scope_of)
    host = {"host": "rules.example"}
    assert door.ask(policy, headers={**host, "authorization": f"Bearer {token}"})[0].status_code == 200
    assert door.ask(policy, headers={**host, "authorization": f"bearer {token}"})[0].status_code == 200
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    for given in ("", f"Basic {token}", token, f"Bearer {changed}", "Bearer ", "Bearer legit_0_0", "Bearer \xe9"):
        (answer,) = door.ask(policy, headers={**host, "authorization": given.encode("latin-1")})
        assert problem(answer) == (401, "H007"), given
        assert answer.headers["www-authenticate"] == "Bearer"
    # The right token does not help a request for another host, or of a page of another site.
    right = {"authorization": f"Bearer {token}"}
    assert problem(*door.ask(policy, headers={"host": "localhost", **right})) == (403, "H009")
    assert problem(*door.ask(policy, headers={**host, **right, "origin": "https://evil.example"})) == (403, "H009")
    allowed = GuardPolicy(
        tokens=tokens, hosts=("rules.example",), origins=("https://desk.example",), scope_of=door.scope_of
    )
    assert door.ask(allowed, headers={**host, **right, "origin": "https://desk.example"})[0].status_code == 200


def test_a_token_ends_when_it_is_revoked_or_its_time_is_over(door: Door, tokens: Path) -> None:
    file = TokenFile(tokens)
    record, token = file.make("a client", ["judge"])
    _, ended = file.make("of last year", ["judge"], "2020-01-01T00:00:00Z")
    policy = GuardPolicy(tokens=tokens, scope_of=door.scope_of)
    assert door.ask(policy, headers={"authorization": f"Bearer {token}"})[0].status_code == 200
    assert problem(*door.ask(policy, headers={"authorization": f"Bearer {ended}"})) == (401, "H007")
    file.revoke(record.id)
    assert problem(*door.ask(policy, headers={"authorization": f"Bearer {token}"})) == (401, "H007")


def test_a_token_without_the_scope_is_refused(door: Door, tokens: Path) -> None:
    _, token = TokenFile(tokens).make("an auditor", ["read-log"])
    policy = GuardPolicy(tokens=tokens, scope_of=door.scope_of)
    assert problem(*door.ask(policy, headers={"authorization": f"Bearer {token}"})) == (403, "H008")


def test_every_answer_has_the_security_headers_and_is_not_kept(door: Door) -> None:
    for answer in (*door.ask(GuardPolicy()), *door.ask(GuardPolicy(), headers={"host": "evil.example"})):
        assert answer.headers["content-security-policy"] == CONTENT_POLICY
        assert "unsafe" not in CONTENT_POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] in {"no-store", "no-cache, no-transform", "no-cache"}


def test_a_large_body_is_refused_whether_its_size_is_said_or_not(door: Door) -> None:
    policy = GuardPolicy(max_body=1000)
    said = {"content": b" " * 1001, "json": None, "headers": {"content-type": "application/json"}}
    assert problem(*door.ask(policy, **said)) == (413, "H005")
    for size in ("1001", "9223372036854775807", "0" * 30 + "1001", "9" * 40):
        headers = {"content-length": size, "content-type": "application/json"}
        assert problem(*door.ask(policy, content=b"{}", json=None, headers=headers)) == (413, "H005")

    async def parts() -> Any:
        for _ in range(11):
            yield b" " * 100

    assert problem(*door.ask(policy, **{**said, "content": parts()})) == (413, "H005")
    assert door.ask(GuardPolicy(max_body=1000))[0].status_code == 200


def test_a_client_that_asks_too_often_is_told_when_to_come_back(door: Door) -> None:
    answers = door.ask(GuardPolicy(rate=0.5), times=3)
    assert answers[0].status_code == 200
    assert problem(answers[-1]) == (429, "H013")
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 2


def test_more_requests_at_once_than_allowed_are_told_to_come_back(door: Door) -> None:
    (answer,) = door.ask(GuardPolicy(max_requests=0))
    assert problem(answer) == (503, "H011")
    assert answer.headers["retry-after"] == "1"


def test_bodies_that_do_not_arrive_keep_nobody_out_before_every_connection_is_held() -> None:
    assert GuardPolicy().max_requests >= MAX_CONNECTIONS


def test_the_use_of_tokens_is_audited_without_a_word_of_the_request(door: Door, tokens: Path, tmp_path: Path) -> None:
    record, token = TokenFile(tokens).make("a client", ["judge"])
    other, wrong = TokenFile(tokens).make("an auditor", ["read-log"])
    audit = tmp_path / "audit.jsonl"
    policy = GuardPolicy(tokens=tokens, audit=audit, scope_of=door.scope_of)
    for given in (token, wrong, "nonsense"):
        door.ask(policy, headers={"authorization": f"Bearer {given}"})
    lines = [json.loads(line) for line in audit.read_text(encoding="utf-8").splitlines()]
    assert [(line["token"], line["scope"], line["status"]) for line in lines] == [
        (record.id, "judge", 200), (other.id, "judge", 403), ("", "judge", 401),
    ]  # fmt: skip
    assert all(set(line) == {"time", "token", "name", "scope", "status"} for line in lines)
    assert token not in audit.read_text(encoding="utf-8")


def test_nothing_of_a_request_is_logged(door: Door, caplog: pytest.LogCaptureFixture, capsys: Any) -> None:
    caplog.set_level("DEBUG", logger="legit")
    secret = "the-secret-of-the-user"
    door.ask(GuardPolicy(), headers={"x-own": secret, "host": "evil.example"})
    door.ask(GuardPolicy(), json={"text": secret})
    assert secret not in caplog.text + "".join(capsys.readouterr())
