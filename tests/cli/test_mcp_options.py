"""`legit mcp --http`: who may be served on which address."""

from __future__ import annotations

from pathlib import Path

import pytest

from legit.cli import main


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_an_address_that_others_reach_needs_a_token(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mcp", "--http", "--host", host]) == 2
    assert f"others can reach `{host}`: --token-file names the secret" in capsys.readouterr().err


@pytest.mark.parametrize("token", ["", "short", "with a\nline break in it", "w\u00edth letters of others"])
def test_a_file_without_a_token_is_refused(token: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "token"
    file.write_text(token, encoding="utf-8")
    assert main(["mcp", "--http", "--host", "0.0.0.0", "--token-file", str(file)]) == 2
    assert "a token has at least 16 printable ASCII characters" in capsys.readouterr().err


def test_a_token_is_for_http(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mcp", "--token-file", str(tmp_path / "token")]) == 2
    assert "--host, --port and --token-file are for --http" in capsys.readouterr().err
