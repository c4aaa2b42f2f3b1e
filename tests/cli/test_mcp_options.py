"""`legit mcp --http` and `legit serve`: who may be served on which address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from legit.cli import main

DOORS = [["mcp", "--http"], ["serve"]]


@pytest.mark.parametrize("door", DOORS, ids=["mcp", "serve"])
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_an_address_that_others_reach_needs_tokens(
    door: list[str], host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*door, "--host", host]) == 2
    assert f"others can reach `{host}`: --tokens names the file" in capsys.readouterr().err


@pytest.mark.parametrize("door", DOORS, ids=["mcp", "serve"])
@pytest.mark.parametrize("content", ["", "short", "{}x"])
def test_a_file_without_tokens_is_refused(
    door: list[str], content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "tokens"
    file.write_text(content, encoding="utf-8")
    assert main([*door, "--host", "192.0.2.1", "--tokens", str(file)]) == 2
    assert "H016" in capsys.readouterr().err
    assert main([*door, "--host", "192.0.2.1", "--tokens", str(tmp_path / "none")]) == 2


@pytest.mark.parametrize("door", DOORS, ids=["mcp", "serve"])
def test_options_that_belong_together(door: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*door, "--audit", str(tmp_path / "audit")]) == 2
    assert "--audit is for --tokens" in capsys.readouterr().err
    assert main([*door, "--port", "70000"]) == 2
    assert main([*door, "--text-policy", "hashed"]) == 2


def test_who_is_let_in_is_for_http(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mcp", "--tokens", str(tmp_path / "token")]) == 2
    assert "are for --http" in capsys.readouterr().err


def test_requests_over_http_do_not_hold_up_the_end_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    uvicorn = pytest.importorskip("uvicorn")
    pytest.importorskip("mcp")
    from legit.cli.mcp import _SHUTDOWN_SECONDS

    served = []

    async def serve(server: Any, sockets: Any) -> None:
        served.append(server.config.timeout_graceful_shutdown)

    monkeypatch.setattr(uvicorn.Server, "serve", serve)
    assert main(["mcp", "--http", "--port", "0"]) == 0
    assert served == [_SHUTDOWN_SECONDS]
    assert _SHUTDOWN_SECONDS <= 30
