"""The server on standard input and output as a process: its end by the client, by the keyboard, by a closed pipe."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from legit.consult import CONSULT_TOOL
from legit.decision_log import LogReader
from legit.errors import ServiceError
from legit.integrations import mcp_stdio
from legit.integrations.mcp_sdk import LegitServer
from legit.integrations.mcp_stdio import answering_all
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


class _Message:
    """A message of a session, as far as the input and the output look at it."""

    def __init__(self, identity: int | None, method: str = "", params: Any = None) -> None:
        self.message = self
        self.id = identity
        self.method = method
        self.params = params


@pytest.mark.parametrize("answered", [0, 3, 10])
def test_what_gets_no_answer_in_time_after_the_input_ended_is_counted(answered: int) -> None:
    async def talk() -> tuple[int, list[int]]:
        to_input, read = anyio.create_memory_object_stream[Any](20)
        write, from_output = anyio.create_memory_object_stream[Any](20)
        for number in range(10):
            to_input.send_nowait(_Message(number, "tools/call"))
        to_input.close()

        async def run(server_read: Any, server_write: Any) -> None:
            async with server_read:
                async for item in server_read:
                    if item.id < answered:
                        await server_write.send(_Message(item.id))

        async with read, from_output:
            left = await answering_all(run, read, write, seconds=0.0 if answered < 10 else 60.0)
            return left, [item.id async for item in from_output]

    left, given = anyio.run(talk)
    assert (left, given) == (10 - answered, list(range(answered)))


async def _talk(messages: list[_Message]) -> tuple[int, list[int]]:
    """How many requests are given up at the end of these messages, and the ids that were answered at that end."""
    to_input, read = anyio.create_memory_object_stream[Any](20)
    write, from_output = anyio.create_memory_object_stream[Any](20)
    for message in messages:
        to_input.send_nowait(message)
    to_input.close()

    async def run(server_read: Any, server_write: Any) -> None:
        async with server_read, anyio.create_task_group() as group:
            async for item in server_read:
                if item.id is not None:
                    group.start_soon(server_write.send, _Message(item.id))

    async with read, from_output:
        left = await answering_all(run, read, write, seconds=60.0)
        return left, [item.id async for item in from_output]


@pytest.mark.parametrize(
    "params", [{"requestId": [1]}, {"requestId": {"a": 1}}, {"requestId": None}, {"requestId": 99}, {}, [1], "x", None]
)
def test_a_cancellation_that_names_no_request_is_passed_over(params: Any) -> None:
    cancelled = _Message(None, "notifications/cancelled", params)
    calls = [_Message(number, "tools/call") for number in (1, 2)]
    left, answered = anyio.run(_talk, [calls[0], cancelled, calls[1]])
    assert (left, sorted(answered)) == (0, [1, 2])


def test_each_of_several_requests_with_one_id_is_answered() -> None:
    left, answered = anyio.run(_talk, [_Message(7, "tools/call") for _ in range(3)])
    assert (left, answered) == (0, [7, 7, 7])


def test_requests_that_are_given_up_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def gave_up(*_: Any) -> int:
        return 3

    @contextlib.asynccontextmanager
    async def streams(*_: Any) -> AsyncIterator[tuple[None, None]]:
        yield None, None

    async def run(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(mcp_stdio, "answering_all", gave_up)
    monkeypatch.setattr(mcp_stdio, "stdio_server", streams)
    with pytest.raises(ServiceError, match="none was answered for 30 seconds: 3") as raised:
        anyio.run(lambda: mcp_stdio.serve(run, own_streams=False))
    assert raised.value.problems[0].code == "H012"


def test_calls_over_standard_input_are_answered_four_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is ready as early as it can be; were all of them judged at once, all would be ready late."""
    running, most = 0, 0

    async def run_stdio(*_: Any, **__: Any) -> None:
        async with anyio.create_task_group() as group:
            for _number in range(12):
                group.start_soon(served.call_tool, "count", {})

    async def count() -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await anyio.lowlevel.checkpoint()
        running -= 1
        return ""

    served = LegitServer("test", "0")
    served.add_tool(count, name="count")
    monkeypatch.setattr(mcp_stdio, "serve", run_stdio)
    anyio.run(served.run_stdio_async)
    assert most == 4


def test_a_cancelled_request_does_not_hold_up_the_end() -> None:
    server = Server()
    for nobody in ([1], {"a": 1}, None):
        server.send("notifications/cancelled", {"requestId": nobody})
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
