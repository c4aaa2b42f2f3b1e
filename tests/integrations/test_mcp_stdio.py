"""The server on standard input and output as a process: its end by the client, by the keyboard, by a closed pipe."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from legit.consult import CONSULT_TOOL
from legit.decision_log import LogReader
from tests.support.agent_cases import STANDS

HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "0"},
}


class Server:
    """A server process with one client, which has said hello."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "legit", "mcp", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.send("initialize", HELLO, 1)
        assert self.output.readline()
        self.send("notifications/initialized", {})

    @property
    def output(self) -> Any:
        return self.process.stdout

    def send(self, method: str, params: dict[str, Any], identity: int | None = None) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        assert self.process.stdin
        self.process.stdin.write(json.dumps(message if identity is None else {**message, "id": identity}) + "\n")
        self.process.stdin.flush()

    def consult(self, numbers: range) -> None:
        for number in numbers:
            facts = [*STANDS, f'The rule allows what does the same harm: "case {number}".']
            self.send("tools/call", {"name": CONSULT_TOOL, "arguments": {"facts": facts}}, number)

    def end(self) -> tuple[int, list[dict[str, Any]], str]:
        """The exit status, the messages that came last, and what standard error had."""
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, [json.loads(line) for line in out.splitlines()], err


def test_what_was_asked_before_the_input_ended_is_answered(tmp_path: Path) -> None:
    server = Server("--log", str(tmp_path / "decisions.log"))
    server.consult(range(10, 20))
    status, answers, error = server.end()
    assert (status, error) == (0, "")
    assert sorted(answer["id"] for answer in answers) == list(range(10, 20))
    entries = {answer["result"]["structuredContent"]["entry"] for answer in answers}
    assert len(entries) == 10
    log = LogReader(tmp_path / "decisions.log")
    assert {log.decision(entry).answer.verdict.value for entry in entries} == {"stands"}


def test_a_cancelled_request_does_not_hold_up_the_end() -> None:
    server = Server()
    server.consult(range(10, 12))
    server.send("notifications/cancelled", {"requestId": 11})
    status, answers, _ = server.end()
    assert status == 0
    assert 10 in {answer["id"] for answer in answers}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal for another process")
def test_one_interruption_ends_it() -> None:
    server = Server()
    server.process.send_signal(signal.SIGINT)
    status = server.process.wait(timeout=30)  # with its input open
    assert status == 130
    assert server.process.stderr
    assert server.process.stderr.read() == "legit: stopped\n"
    server.end()


def test_a_client_that_reads_no_more_leaves_no_traceback() -> None:
    server = Server()
    server.consult(range(10, 14))
    server.output.close()
    assert server.process.stdin
    assert server.process.stderr
    server.process.stdin.close()
    assert server.process.wait(timeout=60) == 0
    assert server.process.stderr.read() == ""
    server.process.stderr.close()
