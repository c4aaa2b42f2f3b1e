"""The file of tokens: no token is in it, none is found by trying, and it is whole at every moment."""

from __future__ import annotations

import asyncio
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from legit.cli import main
from legit.errors import ServiceError
from legit.guard import Guard, GuardPolicy, TokenFile
from legit.guard.rates import RateLimit


def test_the_file_holds_no_token_and_nobody_else_may_read_it(tokens: Path) -> None:
    file = TokenFile(tokens)
    made = [file.make(f"client {number}", ["judge"])[1] for number in range(3)]
    text = tokens.read_text(encoding="utf-8")
    for token in made:
        secret = token[19:]
        assert token not in text
        assert secret not in text
        assert file.recognise(token)
    assert len(set(made)) == 3
    assert stat.S_IMODE(tokens.stat().st_mode) == 0o600


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="files have no rights here")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o666, 0o610])
def test_a_file_that_others_may_use_lets_nobody_in(mode: int, tokens: Path) -> None:
    file = TokenFile(tokens)
    _, token = file.make("x", ["judge"])
    assert file.recognise(token)
    tokens.chmod(mode)
    for use in (lambda: file.recognise(token), file.records, lambda: file.make("y", ["judge"])):
        with pytest.raises(ServiceError, match=r"H016: the file of tokens can be read or written by others"):
            use()
    with pytest.raises(ServiceError, match="H016"):
        Guard(None, GuardPolicy(tokens=tokens))  # type: ignore[arg-type]
    tokens.chmod(0o400)
    assert file.recognise(token)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only the administrator gives files away")
def test_a_file_of_another_user_and_a_pipe_let_nobody_in(tokens: Path, tmp_path: Path) -> None:
    TokenFile(tokens).make("x", ["judge"])
    os.chown(tokens, 12345, -1)
    with pytest.raises(ServiceError, match="H016: the file of tokens belongs to another user"):
        TokenFile(tokens).records()
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(ServiceError, match="H016: the file of tokens is no regular file"):
        TokenFile(tmp_path / "pipe").records()


def test_a_token_of_another_file_is_none(tokens: Path, tmp_path: Path) -> None:
    _, token = TokenFile(tmp_path / "other").make("x", ["judge"])
    record, own = TokenFile(tokens).make("x", ["judge"])
    assert TokenFile(tokens).recognise(token) is None
    forged = f"legit_{record.id}_{token[19:]}"
    assert TokenFile(tokens).recognise(forged) is None
    assert TokenFile(tokens).recognise(f"{own}x") is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 2}', b'{"tokens": [{"id": "x"}]}', b"\xff"])
def test_a_file_that_is_none_lets_nobody_in(content: bytes, tokens: Path) -> None:
    tokens.touch(0o600)
    tokens.write_bytes(content)
    with pytest.raises(ServiceError, match="H016: the file of tokens is no file of tokens"):
        TokenFile(tokens).recognise("legit_" + "0" * 12 + "_" + "A" * 43)
    with pytest.raises(ServiceError):
        Guard(None, GuardPolicy(tokens=tokens))  # type: ignore[arg-type]


def test_the_command_makes_lists_and_revokes(tokens: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["serve", "token", "make", "desk", "--scope", "judge", "--scope", "read-log", "--tokens", str(tokens)])
        == 0
    )
    out, err = capsys.readouterr()
    token = out.strip()
    record = TokenFile(tokens).recognise(token)
    assert record
    assert record.scopes == ("judge", "read-log")
    assert token not in err
    assert main(["serve", "token", "list", "--tokens", str(tokens), "--format", "json"]) == 0
    listed = capsys.readouterr().out
    assert record.id in listed
    assert record.digest not in listed
    assert main(["serve", "token", "revoke", record.id, "--tokens", str(tokens)]) == 0
    assert TokenFile(tokens).recognise(token) is None
    assert main(["serve", "token", "revoke", record.id, "--tokens", str(tokens)]) == 2
    assert "H017" in capsys.readouterr().err
    assert main(["serve", "token", "make", "--tokens", str(tokens)]) == 2
    assert main(["serve", "token", "make", "x", "--ends", "soon", "--tokens", str(tokens)]) == 2


def test_a_client_may_ask_again_when_its_time_has_come() -> None:
    limit = RateLimit(2.0)
    assert [limit.wait("a", 0.0) for _ in range(5)] == [0.0, 0.0, 0.0, 0.0, 0.5]
    assert limit.wait("b", 0.0) == 0.0
    assert limit.wait("a", 0.5) == 0.0
    for number in range(10_000):
        limit.wait(f"client {number}", 1.0)
    assert len(limit._clients) <= 4096


def _body(policy: GuardPolicy, streamed: bool, parts: int) -> int:
    """The status of a request whose body stops after so many parts, the last never being said to be the last."""
    sent: list[Any] = []
    left = parts

    async def receive() -> Any:
        nonlocal left
        if not left:
            await asyncio.Event().wait()
        left -= 1
        return {"type": "http.request", "body": b"x" * 10, "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        while True:
            await receive()

    policy = GuardPolicy(
        request_seconds=policy.request_seconds, max_body=policy.max_body,
        streamed=frozenset({"/x"}) if streamed else frozenset(),
    )  # fmt: skip
    scope = {"type": "http", "path": "/x", "method": "POST", "headers": [(b"host", b"localhost")]}
    asyncio.run(Guard(app, policy)(scope, receive, send))
    return int(sent[0]["status"])


def test_a_body_that_does_not_arrive_is_not_waited_for() -> None:
    assert _body(GuardPolicy(request_seconds=0.01), streamed=False, parts=1) == 408
    assert _body(GuardPolicy(request_seconds=0.01), streamed=True, parts=3) == 408


def test_a_streamed_body_may_have_any_size_and_another_may_not() -> None:
    assert _body(GuardPolicy(request_seconds=0.2, max_body=50), streamed=False, parts=100) == 413
    assert (
        _body(GuardPolicy(request_seconds=0.01, max_body=50), streamed=True, parts=100) == 408
    )  # the end of it never came


def test_who_changes_the_file_at_the_same_time_loses_no_token_and_brings_none_back(tokens: Path) -> None:
    revoked, _ = TokenFile(tokens).make("revoked", ["judge"])

    def make(number: int) -> None:
        for place in range(10):
            TokenFile(tokens).make(f"{number}-{place}", ["judge"])

    with ThreadPoolExecutor(4) as pool:
        made = [pool.submit(make, number) for number in range(3)]
        made.append(pool.submit(lambda: TokenFile(tokens).revoke(revoked.id) and None))
        for item in made:
            item.result()
    names = [record.name for record in TokenFile(tokens).records()]
    assert sorted(names) == sorted(f"{number}-{place}" for number in range(3) for place in range(10))
    assert [path.name for path in tokens.parent.iterdir()] == [tokens.name]
