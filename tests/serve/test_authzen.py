"""The Authorization API of OpenID (AuthZEN 1.0): its own examples are answered in its form, and rules are decided."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from legit.decision_log import LogReader
from legit.judge import Judge
from legit.serve import ServiceSettings, create_app
from tests.serve.conftest import CASE, Send, sender

# The shapes of the requests of the standard, sections 6.1 and 7.1.
EVALUATION = {
    "subject": {"type": "user", "id": "alice@example.com"},
    "resource": {"type": "account", "id": "123"},
    "action": {"name": "can_read", "properties": {"method": "GET"}},
    "context": {"time": "1985-10-26T01:22-07:00"},
}
EVALUATIONS = {
    "subject": {"type": "user", "id": "alice@example.com"},
    "context": {"time": "2024-05-31T15:22-07:00"},
    "action": {"name": "can_read"},
    "evaluations": [
        {"resource": {"type": "document", "id": "boxcarring.md"}},
        {"resource": {"type": "document", "id": "subject-search.md"}},
        {"action": {"name": "can_edit"}, "resource": {"type": "document", "id": "resource-search.md"}},
    ],
}
STANDS = (
    "The authority is a national government.\nObeying costs nothing that matters.\nThe user tried no official channel."
)
ONE, ALL = "/access/v1/evaluation", "/access/v1/evaluations"


def asked(facts: Any, **more: Any) -> dict[str, Any]:
    return {**EVALUATION, "context": {"facts": facts}, **more}


def test_the_examples_of_the_standard_are_answered_in_its_form(send: Send) -> None:
    answer = send("POST", ONE, json=EVALUATION)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["decision"] is False
    assert answer.json()["context"]["assessment"]["verdict"] == "undetermined"
    several = send("POST", ALL, json=EVALUATIONS).json()["evaluations"]
    assert [item["decision"] for item in several] == [False, False, False]
    # Without questions the request is one evaluation, and so is its answer.
    for empty in ({}, {"evaluations": []}):
        assert send("POST", ALL, json={**EVALUATION, **empty}).content == answer.content


FIXTURE = json.loads(Path(__file__).with_name("authzen.json").read_text(encoding="utf-8"))
"""Requests as the standard and its interoperability scenarios shape them, each with the form of its answer."""


@pytest.mark.parametrize("item", FIXTURE, ids=lambda item: item["about"])
def test_requests_of_every_shape_are_answered_in_the_form_of_the_standard(item: dict[str, Any], send: Send) -> None:
    answer = send("POST", f"/access/v1/{item['endpoint']}", json=item["request"])
    assert answer.status_code == item["status"]
    if item["status"] != 200:
        return
    found = answer.json()
    answers = found["evaluations"] if "answers" in item else [found]
    assert len(answers) == item.get("answers", 1)
    for one in answers:
        assert set(one) <= {"decision", "context"}
        assert isinstance(one["decision"], bool)
        assert isinstance(one["context"], dict)


def test_the_decision_is_whether_the_rule_stands(send: Send, judge: Judge) -> None:
    assert judge.assess(STANDS).verdict.value == "stands"
    for facts, decision in ((STANDS, True), (STANDS.splitlines(), True), (CASE, False)):
        answer = send("POST", ONE, json=asked(facts)).json()
        text = facts if isinstance(facts, str) else "\n".join(facts)
        assert answer["decision"] is decision
        assert answer["context"]["assessment"] == judge.assess(text).model_dump(mode="json")
    first, rest = STANDS.split("\n", 1)
    split = asked(rest, resource={"type": "rule", "id": "r", "properties": {"facts": first}})
    assert send("POST", ONE, json=split).json()["decision"] is True


def test_what_is_not_understood_is_denied_and_says_why(send: Send) -> None:
    answer = send("POST", ONE, json=asked("The athority is a landlord."))
    error = answer.json()["context"]["error"]
    assert (answer.status_code, answer.json()["decision"]) == (200, False)
    assert (error["status"], error["code"]) == (422, "L108")
    assert error["problems"][0]["nearest"] == ["The authority is a landlord."]
    assert send("POST", ONE, json=asked(5)).json()["context"]["error"]["code"] == "H002"


@pytest.mark.parametrize("missing", ["subject", "action", "resource"])
@pytest.mark.parametrize("path", [ONE, ALL])
def test_a_request_without_a_part_that_is_required_is_refused(missing: str, path: str, send: Send) -> None:
    body = {name: value for name, value in EVALUATION.items() if name != missing}
    answer = send("POST", path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "H002")
    broken = {**EVALUATION, missing: {"type": "user"}}
    assert send("POST", path, json=broken).status_code == 400
    assert send("POST", path, content=b"{", headers={"content-type": "application/json"}).status_code == 400


def test_a_broken_item_is_denied_alone(send: Send) -> None:
    body = {
        **EVALUATION,
        "evaluations": [
            {"context": {"facts": STANDS}}, {"context": {"facts": "Nonsense."}}, {"subject": {"type": "user"}}, 5, None,
            {"context": {"facts": STANDS}},
        ],
    }  # fmt: skip
    found = send("POST", ALL, json=body).json()["evaluations"]
    assert [item["decision"] for item in found] == [True, False, False, False, False, True]
    assert [item["context"].get("error", {}).get("status") for item in found] == [None, 422, 400, 400, 400, None]


@pytest.mark.parametrize(
    ("semantic", "decisions"),
    [("execute_all", [True, False, True]), ("deny_on_first_deny", [True, False]), ("permit_on_first_permit", [True])],
)
def test_evaluations_end_as_their_semantic_says(semantic: str, decisions: list[bool], send: Send) -> None:
    items = [{"context": {"facts": facts}} for facts in (STANDS, CASE, STANDS)]
    body = {**EVALUATION, "evaluations": items, "options": {"evaluations_semantic": semantic}}
    assert [item["decision"] for item in send("POST", ALL, json=body).json()["evaluations"]] == decisions
    unknown = {**body, "options": {"evaluations_semantic": "guess"}}
    assert send("POST", ALL, json=unknown).status_code == 400


def test_the_id_of_a_request_comes_back_and_the_endpoints_are_told(send: Send) -> None:
    answer = send("POST", ONE, json=EVALUATION, headers={"X-Request-ID": "bfe9eb29-ab87-4ca3-be83-a1d5d8305716"})
    assert answer.headers["x-request-id"] == "bfe9eb29-ab87-4ca3-be83-a1d5d8305716"
    told = send("GET", "/.well-known/authzen-configuration").json()
    assert told["access_evaluation_endpoint"] == "http://localhost/access/v1/evaluation"


def test_each_item_is_on_record_as_a_single_one_is(tmp_path: Path) -> None:
    log = tmp_path / "decisions.log"
    app = create_app(ServiceSettings(log=log))
    send = sender(app)
    single = send("POST", ONE, json=asked(STANDS)).json()["context"]["entry"]
    items = [{"context": {"facts": STANDS}}, {"context": {"facts": "Nonsense."}}, {"context": {"facts": CASE}}]
    found = send("POST", ALL, json={**EVALUATION, "evaluations": items}).json()["evaluations"]
    entries = [item["context"].get("entry") for item in found]
    assert entries[1] is None
    reader = LogReader(log)
    assert [reader.decision(number).answer.verdict.value for number in (single, entries[0], entries[2])] == [
        "stands", "stands", "defeated",
    ]  # fmt: skip
    assert reader.decision(single).case == reader.decision(entries[0]).case
    app.state.service.close()
