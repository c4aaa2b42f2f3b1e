"""Decisions on record: recorded before they are answered, found by filters, overridden, redacted, replayed, verified."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from legit.decision_log import LogReader, export
from legit.decision_log.columns import COLUMNS
from legit.decision_log.export import export_lines
from legit.judge import Judge
from legit.serve import ServiceSettings, create_app
from tests.serve.conftest import CASE, Send, sender

QUOTED = 'Case "of the stamp".\nThe rule requires "a stamp".\n' + CASE


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "decisions.log"


@pytest.fixture
def recording(log: Path) -> Any:
    app = create_app(ServiceSettings(log=log))
    yield sender(app)
    app.state.service.close()


def recorded(send: Send, case: str = CASE, **more: Any) -> int:
    return int(send("POST", "/v1/assess", json={"case": case, **more}).headers["legit-entry"])


def test_a_decision_is_on_record_before_it_is_answered(recording: Send, log: Path, judge: Judge) -> None:
    answer = recording("POST", "/v1/assess", json={"case": QUOTED, "caller": {"session": "s1"}})
    assert answer.content == judge.assess(QUOTED).model_dump_json().encode()
    number = int(answer.headers["legit-entry"])
    assert LogReader(log).decision(number).caller == {"session": "s1"}
    assert LogReader(log).case_text(number) == judge.writer.case(judge.parse_case(QUOTED))
    tried = recording("POST", "/v1/assess", json={"case": CASE, "record": False})
    assert "legit-entry" not in tried.headers
    consulted = recording("POST", "/v1/consult", json={"facts": CASE})
    assert consulted.json()["entry"] == int(consulted.headers["legit-entry"]) == number + 1


def test_decisions_are_found_by_filters_a_page_at_a_time(recording: Send) -> None:
    numbers = [recorded(recording, QUOTED, caller={"place": place}) for place in "abc"]
    undecided = recorded(recording, "The authority is a landlord.")

    def found(**query: Any) -> list[int]:
        answer = recording("GET", "/v1/log/decisions", params=query)
        assert answer.status_code == 200, answer.text
        return [row["number"] for row in answer.json()["decisions"]]

    assert found() == [*numbers, undecided]
    assert found(verdict="defeated") == numbers
    assert found(verdict=["defeated", "undetermined"]) == [*numbers, undecided]
    assert found(caller="place=b") == numbers[1:2]
    assert found(where="open_questions>0") == [undecided]
    assert found(fact="Breaking the rule harms nobody.") == numbers
    assert found(until="2000-01-01") == []
    first = recording("GET", "/v1/log/decisions", params={"limit": 2}).json()
    assert [row["number"] for row in first["decisions"]] == numbers[:2]
    assert set(first["decisions"][0]) == {*(column.name for column in COLUMNS), "case"}
    assert first["decisions"][0]["case"] == "of the stamp"
    rest = recording("GET", "/v1/log/decisions", params={"limit": 2, "after": first["next"]}).json()
    assert ([row["number"] for row in rest["decisions"]], rest["next"]) == ([numbers[2], undecided], None)
    for wrong in (
        {"where": "nothing=1"},
        {"where": "nothing"},
        {"since": "soon"},
        {"caller": "x"},
        {"fact": "Nonsense."},
    ):
        assert recording("GET", "/v1/log/decisions", params=wrong).status_code == 422


def test_a_decision_is_shown_overridden_redacted_and_replayed(recording: Send, log: Path) -> None:
    number = recorded(recording, QUOTED)
    path = f"/v1/log/decisions/{number}"
    overridden = recording("POST", f"{path}/override", json={"by": "a clerk", "why": "the matter is urgent"})
    shown = recording("GET", path).json()
    assert (shown["case"], shown["warnings"]) == (LogReader(log).case_text(number), [])
    assert [(item["number"], item["entry"]["why"]) for item in shown["annotations"]] == [
        (overridden.json()["entry"], "the matter is urgent")
    ]
    replayed = recording("GET", f"{path}/replay", params={"current": True}).json()
    assert (replayed["same"], replayed["changes"], replayed["assessment"]["verdict"]) == (True, [], "defeated")
    redacted = recording("POST", f"{path}/redact", json={"by": "a clerk", "why": "asked for"})
    assert redacted.status_code == 200
    assert "a stamp" not in recording("GET", path).text
    assert b"a stamp" not in log.read_bytes()
    verified = recording("GET", "/v1/log/verify").json()
    assert (verified["valid"], verified["problems"], verified["entries"]["decision"]) == (True, [], 1)
    assert recording("GET", "/v1/log/export").content == b"".join(export_lines(LogReader(log)))
    checkpoint = LogReader(log).checkpoint()
    assert recording("GET", "/v1/log").json()["checkpoint"] == str(checkpoint)


@pytest.mark.parametrize(("number", "status"), [(0, 404), (99, 404), (-1, 404), (10**30, 404), ("x", 422)])
def test_a_decision_that_is_not_there_is_told_so(number: Any, status: int, recording: Send) -> None:
    for path in (f"/v1/log/decisions/{number}", f"/v1/log/decisions/{number}/replay"):
        assert recording("GET", path).status_code == status
    for path in ("override", "redact"):
        body = {"by": "x", "why": "y"}
        assert recording("POST", f"/v1/log/decisions/{number}/{path}", json=body).status_code == status


def test_without_a_log_there_is_nothing_to_read(send: Send) -> None:
    for path in ("", "/decisions", "/decisions/1", "/verify", "/export"):
        answer = send("GET", f"/v1/log{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "H014")


def test_a_log_that_cannot_be_written_gives_no_answer(recording: Send, log: Path) -> None:
    recorded(recording)
    log.unlink()
    answer = recording("POST", "/v1/assess", json={"case": CASE})
    assert answer.status_code == 503
    assert answer.json()["code"].startswith("R1")
    assert answer.headers["retry-after"]


def lines(answer: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.content.splitlines()]


ROWS = [
    {"id": "a", "facts": CASE.splitlines()}, {"id": 2, "facts": CASE}, {"id": None, "facts": "The athority is a landlord."},
    {"facts": ""}, {"id": "e"}, {"facts": 5}, {"facts": 'Case "a".\nThe user is a tenant.\nCase "b".\nThe user is a tenant.'},
]  # fmt: skip


def test_a_batch_is_decided_as_each_case_alone(send: Send, judge: Judge) -> None:
    body = "".join(json.dumps(row) + "\n" for row in ROWS) + "not JSON\n" + json.dumps({"id": "last", "facts": CASE})
    found = lines(send("POST", "/v1/batch", content=body, headers={"content-type": "application/x-ndjson"}))
    assert [row["row"] for row in found] == list(range(9))
    decided = judge.decide(CASE).model_dump(mode="json")
    decided["findings"] = [{"criterion": name, "effect": effect} for name, effect in decided["findings"]]
    for place, name in ((0, "a"), (1, 2), (8, "last")):
        assert found[place] == {"row": place, "id": name, **decided}
    codes = [[item["code"] for item in row.get("problems", ())] for row in found]
    assert codes == [[], [], ["L108"], ["L005"], ["H002"], ["H002"], ["L005"], ["H001"], []]


def test_a_batch_is_answered_while_it_arrives(app: Any) -> None:
    import asyncio

    async def run() -> list[bytes]:
        sent: list[bytes] = []
        answered = asyncio.Event()
        parts = [json.dumps({"id": name, "facts": CASE}).encode() + b"\n" for name in "ab"]

        async def receive() -> Any:
            if len(parts) == 1:  # the second row is sent when the first was answered
                await answered.wait()
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.body" and message.get("body"):
                sent.append(message["body"])
                answered.set()

        headers = [(b"content-type", b"application/x-ndjson"), (b"host", b"localhost")]
        scope = {
            "type": "http", "method": "POST", "path": "/v1/batch", "query_string": b"", "headers": headers,
            "http_version": "1.1", "scheme": "http", "server": ("localhost", 80), "root_path": "",
        }  # fmt: skip
        await asyncio.wait_for(app(scope, receive, send), 60)
        return sent

    assert [json.loads(part)["id"] for part in asyncio.run(run())] == ["a", "b"]


def test_a_batch_answers_json_to_what_is_none(send: Send) -> None:
    rows = (
        b'{"id": NaN, "facts": "x"}\n{"id": "a", "facts": "\\ud83d"}\n{"id": -Infinity, "facts": []}\n'
        b'{"id": 1e999, "facts": "x"}\n{"id": [{"n": -1e999}], "facts": "x"}\n{"id": {"\\ud83d": 1}, "facts": "x"}\n'
    )
    lines = send("POST", "/v1/batch", content=rows, headers={"content-type": "application/x-ndjson"}).content
    found = [json.loads(line, parse_constant=pytest.fail) for line in lines.splitlines()]
    assert [item["problems"][0]["code"] for item in found] == ["H001", "L002", "H001", "H001", "H001", "H002"]
    assert [item["id"] for item in found] == [None, "a", None, None, None, None]
    assert found[3]["problems"][0]["message"] == "the row cannot be read: a number is too large"


def test_a_batch_is_on_record_row_by_row(recording: Send, log: Path) -> None:
    body = "".join(json.dumps(row) + "\n" for row in ROWS[:3])
    headers = {"content-type": "application/x-ndjson"}
    found = lines(recording("POST", "/v1/batch", content=body, headers=headers))
    assert "entry" not in found[2]
    for row in found[:2]:
        assert LogReader(log).decision(row["entry"]).answer.verdict.value == row["verdict"]
    tried = lines(recording("POST", "/v1/batch?record=false", content=body, headers=headers))
    assert not any("entry" in row for row in tried)


def test_a_list_of_no_placeholders_erases_nothing(recording: Send, log: Path) -> None:
    number = recorded(recording, QUOTED)
    path = f"/v1/log/decisions/{number}"
    signed = {"by": "a clerk", "why": "asked for"}
    refused = recording("POST", f"{path}/redact", json={**signed, "placeholders": []})
    assert (refused.status_code, refused.json()["code"]) == (422, "H002")
    assert "placeholders" in refused.json()["detail"]
    assert "a stamp" in recording("GET", path).json()["case"]
    (placeholder,) = [name for name, text in LogReader(log).stored_texts(number).items() if text == "a stamp"]
    assert recording("POST", f"{path}/redact", json={**signed, "placeholders": [placeholder]}).status_code == 200
    shown = recording("GET", path).json()["case"]
    assert "a stamp" not in shown
    assert "of the stamp" in shown


@pytest.mark.parametrize(("wrong", "status"), [("time", 503), ("error", 500), ("", 200)])
def test_an_export_leaves_no_file(
    wrong: str, status: int, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(ServiceSettings(log=log, wait_seconds=0.05 if wrong == "time" else 30.0))
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    go_on = threading.Event()

    def lines(reader: LogReader) -> Iterator[bytes]:
        yield b"{}\n"
        if wrong == "error":
            raise OSError("no space left")
        assert not wrong or go_on.wait(30)

    monkeypatch.setattr(export, "export_lines", lines)
    answer = sender(app)("GET", "/v1/log/export")
    go_on.set()
    app.state.service.close()
    assert answer.status_code == status
    assert list(folder.iterdir()) == []
