"""The endpoints about the knowledge base: its entries, vocabulary and graph, with the tag of the base."""

from __future__ import annotations

import pytest

from legit.catalogue.entries import Entries
from legit.judge import Judge
from tests.serve.conftest import Send

PATHS = (
    "/v1/kb",
    "/v1/kb/entries",
    "/v1/vocabulary",
    "/v1/vocabulary?format=text",
    "/v1/kb/graph",
    "/v1/kb/search?q=appeal",
)


def test_every_entry_has_an_address(judge: Judge, send: Send) -> None:
    entries = Entries(judge.base).all
    heads = send("GET", "/v1/kb/entries").json()
    assert [(head["kind"], head["id"]) for head in heads] == [(item.kind, item.id) for item in entries]
    for kind in dict.fromkeys(item.kind for item in entries):
        first = next(item for item in entries if item.kind == kind)
        found = send("GET", f"/v1/kb/entries/{first.kind}/{first.id}")
        assert found.content == first.model_dump_json().encode()


def test_a_criterion_comes_with_its_rules_and_the_cases_that_it_gives_as_examples(judge: Judge, send: Send) -> None:
    criterion = next(iter(judge.base.criteria.values()))
    answer = send("GET", f"/v1/kb/criteria/{criterion.id}").json()
    assert answer["rules"] == criterion.rule_text
    texts = [(item["meets"], item["expected"]["text"]) for item in answer["examples"]]
    assert texts == [
        *((True, example.text) for example in criterion.examples),
        *((False, example.text) for example in criterion.counterexamples),
    ]


def test_the_vocabulary_has_every_sentence_and_every_value(judge: Judge, send: Send) -> None:
    vocabulary = judge.base.vocabulary
    answer = send("GET", "/v1/vocabulary").json()
    assert [item["id"] for item in answer["sentences"]] == list(vocabulary.predicates)
    listed = {item["id"]: [value["id"] for value in item["values"]] for item in answer["types"]}
    assert all(listed[name] == list(vocabulary.types[name].values) for name in listed)
    topic = next(iter(vocabulary.topics))
    some = send("GET", "/v1/vocabulary", params={"topic": topic}).json()
    assert {item["topic"] for item in some["sentences"]} == {topic}


@pytest.mark.parametrize("path", PATHS)
def test_what_the_client_has_is_not_sent_again(path: str, send: Send) -> None:
    first = send("GET", path)
    assert first.status_code == 200
    again = send("GET", path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert send("GET", path, headers={"If-None-Match": '"another"'}).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/v1/kb/entries/criterion/nothing", "/v1/kb/entries/nothing/x", "/v1/kb/entries?kind=nothing",
     "/v1/kb/criteria/nothing", "/v1/vocabulary?topic=nothing", "/v1/kb/graph?criterion=nothing"],
)  # fmt: skip
def test_what_is_not_there_is_told_so(path: str, send: Send) -> None:
    answer = send("GET", path)
    assert (answer.status_code, answer.json()["code"]) == (404, "H003")
    assert "`nothing`" in answer.json()["detail"]
    tag = send("GET", "/v1/kb").headers["etag"]
    assert send("GET", path, headers={"If-None-Match": tag}).content == answer.content
    assert send("GET", "/nothing.html", headers={"If-None-Match": tag}).status_code == 404


def test_an_entity_tag_is_found_in_every_line_of_the_header(send: Send) -> None:
    tag = send("GET", "/v1/kb").headers["etag"]
    lines = [("If-None-Match", '"other"'), ("If-None-Match", f'"another", W/{tag}')]
    assert send("GET", "/v1/kb", headers=lines).status_code == 304
    assert send("GET", "/v1/kb", headers=lines[:1]).status_code == 200


def test_the_service_says_whether_it_lives_and_what_it_counted(send: Send, judge: Judge) -> None:
    assert send("GET", "/healthz").json()["base_digest"] == judge.base.digest
    text = send("GET", "/metrics").text
    assert 'legit_http_requests_total{method="GET",route="/healthz",status="200"}' in text
    send("GET", "/nobody/chose/this")
    assert "/nobody" not in send("GET", "/metrics").text
