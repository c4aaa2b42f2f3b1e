"""A client that speaks JSON-RPC to `legit lsp`, as an editor does."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("pygls")

URI = "file:///nowhere/case.legit"
TEXT = 'Case "\U0001d54f".\nThe authority is a landlord.\nThe athority is a bank.\n'


class Client:
    """A client of a server in a process of its own."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "legit", "lsp"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._id = 0
        self.notified: list[dict[str, Any]] = []

    def notify(self, method: str, params: Any) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: Any) -> Any:
        self._id += 1
        self._send({"jsonrpc": "2.0", "id": self._id, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == self._id and "method" not in message:
                assert "error" not in message, message
                return message["result"]
            self.notified.append(message)

    def diagnostics(self) -> list[dict[str, Any]]:
        """The diagnostics that come next."""
        while True:
            message = self.notified.pop(0) if self.notified else self._receive()
            if message.get("method") == "textDocument/publishDiagnostics":
                found: list[dict[str, Any]] = message["params"]["diagnostics"]
                return found

    def end(self) -> int:
        self.ask("shutdown", None)
        self.notify("exit", None)
        status = self._process.wait(60)
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        return status

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        assert self._process.stdin
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        found: dict[str, Any] = json.loads(self._process.stdout.read(length))
        return found


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    made = Client()
    told = made.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})["capabilities"]
    assert told["completionProvider"]["triggerCharacters"]
    for name in ("hoverProvider", "definitionProvider", "renameProvider", "codeActionProvider", "codeLensProvider"):
        assert told[name], name
    made.notify("initialized", {})
    opened = {"uri": URI, "languageId": "legit", "version": 1, "text": TEXT}
    made.notify("textDocument/didOpen", {"textDocument": opened})
    yield made
    assert made.end() == 0


def test_a_session_of_an_editor(client: Client) -> None:
    document = {"uri": URI}
    (wrong,) = client.diagnostics()
    assert (wrong["code"], wrong["source"], wrong["range"]["start"]) == ("L108", "legit", {"line": 2, "character": 4})

    fixes = client.ask(
        "textDocument/codeAction",
        {"textDocument": document, "range": wrong["range"], "context": {"diagnostics": [wrong]}},
    )
    (edit,) = fixes[0]["edit"]["changes"][URI]
    assert (edit["newText"], edit["range"]["start"]) == ("The authority is a bank.", {"line": 2, "character": 0})

    changes = [{"range": edit["range"], "text": edit["newText"]}]
    client.notify("textDocument/didChange", {"textDocument": {**document, "version": 2}, "contentChanges": changes})
    assert client.diagnostics() == []

    shown = client.ask("textDocument/hover", {"textDocument": document, "position": {"line": 1, "character": 3}})
    assert "The authority is" in shown["contents"]["value"]
    places = client.ask("textDocument/definition", {"textDocument": document, "position": {"line": 1, "character": 3}})
    assert places[0]["uri"].endswith("/vocabulary/authority.toml")


def test_completions_replace_what_was_typed_behind_a_wide_character(client: Client) -> None:
    line = '- "\U0001d54f" is a root of authority. Obeying does gra'
    place = {"line": 0, "character": len(line.encode("utf-16-le")) // 2}
    changes = [{"text": line}]
    client.notify("textDocument/didChange", {"textDocument": {"uri": URI, "version": 3}, "contentChanges": changes})
    client.diagnostics()
    found = client.ask("textDocument/completion", {"textDocument": {"uri": URI}, "position": place})["items"]
    assert found
    for item in found:
        assert item["textEdit"]["range"]["end"] == place
        assert item["textEdit"]["range"]["start"]["character"] == place["character"] - len("Obeying does gra")
    assert found[0]["textEdit"]["newText"].startswith("Obeying does grave harm to the ${1:")
