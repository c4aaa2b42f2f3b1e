"""The endpoints that judge answer the bytes of the Python API, and problem documents for what cannot be judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from legit.consult import Consultant
from legit.errors import LegitError
from legit.judge import Judge, cached_judge
from tests.conftest import ROOT
from tests.serve.conftest import CASE, Send

EXAMPLES = sorted((ROOT / "examples").glob("*.legit"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_assessment_has_the_bytes_of_the_python_api(path: Path, judge: Judge, send: Send) -> None:
    for case in judge.parse_cases(path.read_text(encoding="utf-8")):
        answer = send("POST", "/v1/assess", json={"case": case.model_dump(mode="json")})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.content == judge.assess(case).model_dump_json().encode()
        decided = send("POST", "/v1/decide", json={"case": judge.writer.case(case)})
        assert decided.content == judge.decide(judge.writer.case(case)).model_dump_json().encode()


def test_the_other_questions_have_the_bytes_of_the_python_api(judge: Judge, consultant: Consultant, send: Send) -> None:
    def bytes_of(path: str, **body: object) -> bytes:
        answer = send("POST", path, json=body)
        assert answer.status_code == 200, answer.text
        return bytes(answer.content)

    explained = bytes_of("/v1/explain", case=CASE)
    assert explained == judge.explain(CASE).model_dump_json().encode()
    assert bytes_of("/v1/explain", case=CASE, counterfactuals=False) != explained
    assert (
        bytes_of("/v1/why-not", case=CASE, target="stands") == judge.why_not(CASE, "stands").model_dump_json().encode()
    )
    found, difference = judge.what_if(CASE, "The user agreed to the rule freely.", "Breaking the rule harms nobody.")
    changed = bytes_of(
        "/v1/what-if",
        case=CASE,
        assume="The user agreed to the rule freely.",
        without="Breaking the rule harms nobody.",
    )
    assert changed == f'{{"assessment":{found.model_dump_json()},"difference":{difference.model_dump_json()}}}'.encode()
    asked = ",".join(question.model_dump_json() for question in judge.next_questions(CASE))
    assert bytes_of("/v1/questions", case=CASE) == f'{{"questions":[{asked}]}}'.encode()
    consulted = consultant.consult(CASE.splitlines(), rule="no pets", request="may I keep a dog?")
    assert (
        bytes_of("/v1/consult", facts=CASE.splitlines(), rule="no pets", request="may I keep a dog?")
        == consulted.model_dump_json().encode()
    )


def test_a_profile_is_the_one_that_the_request_names(judge: Judge, send: Send) -> None:
    body = {"case": CASE, "profile": "corroborated"}
    other = judge.with_profile("corroborated").assess(CASE)
    assert send("POST", "/v1/assess", json=body).content == other.model_dump_json().encode()
    unknown = send("POST", "/v1/assess", json={**body, "profile": "corroboratd"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "K107")


def test_a_text_that_is_not_understood_is_a_problem_document(judge: Judge, send: Send) -> None:
    text = "The authority is a landlord.\nThe usr is a tenant.\nThe authority is a banana."
    with pytest.raises(LegitError) as raised:
        judge.assess(text)
    answer = send("POST", "/v1/assess", json={"case": text})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["type"] == f"urn:legit:problem:{raised.value.problems[0].code}"
    assert document["status"] == 422
    told = [(item["code"], item["line"], item["column"], tuple(item["nearest"])) for item in document["problems"]]
    assert told == [(item.code, item.line, item.column, item.nearest) for item in raised.value.problems]


def test_reading_tells_problems_and_keeps_the_rest(judge: Judge, send: Send) -> None:
    answer = send(
        "POST", "/v1/parse", json={"text": f"{CASE}The authority is a banana.\nBreaking the rule harms nobody."}
    ).json()
    (case,) = answer["cases"]
    assert [fact["span"]["line"] for fact in case["facts"]] == [1, 2, 3, 5]
    assert [(item["code"], item["line"]) for item in answer["problems"]] == [("L105", 4)]


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 400, "H001"),
        ({"content": b"[" * 100_000, "headers": {"content-type": "application/json"}}, 400, "H001"),
        ({"content": b"\xff\xfe", "headers": {"content-type": "application/json"}}, 400, "H001"),
        ({"content": b'{"case": ""}', "headers": {"content-type": "text/plain"}}, 415, "H006"),
        ({"content": b'{"case": ""}'}, 415, "H006"),
        ({"json": {}}, 422, "H002"),
        ({"json": []}, 422, "H002"),
        ({"json": {"case": 5}}, 422, "H002"),
        ({"json": {"case": "", "more": 1}}, 422, "H002"),
        ({"json": {"case": {"facts": [{"predicate": "no_such_thing"}]}}}, 422, "C101"),
        ({"content": b'{"case": "\\ud800"}', "headers": {"content-type": "application/json"}}, 422, "L002"),
        ({"content": b'{"case": "", "profile": "\\ud800"}', "headers": {"content-type": "application/json"}}, 422, "H002"),
        ({"content": b'{"case": {"name": "\\ud800"}}', "headers": {"content-type": "application/json"}}, 422, "C102"),
        ({"json": {"case": CASE, "profile": "x" * 300}}, 422, "H002"),
    ],
)  # fmt: skip
def test_a_request_of_another_form_is_told_so(request_: dict[str, object], status: int, code: str, send: Send) -> None:
    answer = send("POST", "/v1/assess", **request_)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


_BODIES = {
    "/v1/assess": '{"case": "", "caller": %s}',
    "/v1/parse": '{"text": %s}',
    "/v1/consult": '{"facts": "", "page": %s}',
    "/v1/workbench/case": '{"text": "", "more": %s}',
    "/access/v1/evaluation": '{"subject": {"type": "u", "id": "1"}, "action": {"name": "a"}, '
    '"resource": {"type": "r", "id": "1"}, "context": {"facts": "", "x": %s}}',
    "/access/v1/evaluations": '{"context": {"x": [%s]}}',
    "/v1/log/decisions/1/redact": '{"by": "a", "why": %s}',
}


@pytest.mark.parametrize("path", _BODIES)
@pytest.mark.parametrize(
    ("value", "told"),
    [("NaN", "is not JSON"), ("Infinity", "is not JSON"), ("-Infinity", "is not JSON"), ("1e999", "a number is too large"),
     ("-1e999", "a number is too large")],
)  # fmt: skip
def test_a_number_that_json_does_not_have_is_refused_in_every_body(
    path: str, value: str, told: str, send: Send
) -> None:
    body = (_BODIES[path] % value).encode()
    answer = send("POST", path, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "H001"), answer.text
    assert told in answer.json()["detail"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_a_body_is_read_in_utf_8_alone(encoding: str, send: Send) -> None:
    headers = {"content-type": "application/json"}
    answer = send("POST", "/v1/parse", content='{"text": ""}'.encode(encoding), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "H001")
    assert send("POST", "/v1/parse", content='{"text": ""}'.encode("utf-8-sig"), headers=headers).status_code == 200


def test_the_number_of_a_page_has_an_end(send: Send) -> None:
    told = send("POST", "/v1/consult", json={"facts": CASE, "page": 9999}).json()
    assert told["page"] == told["pages"]
    assert "no page 9999" in told["content"]
    answer = send("POST", "/v1/consult", json={"facts": CASE, "page": 10_000})
    assert (answer.status_code, answer.json()["code"]) == (422, "H002")


def test_an_address_or_method_that_is_not_there_is_told_so(send: Send) -> None:
    assert (send("GET", "/v1/nothing").status_code, send("GET", "/v1/nothing").json()["code"]) == (404, "H003")
    answer = send("GET", "/v1/assess")
    assert (answer.status_code, answer.json()["code"], answer.headers["allow"]) == (405, "H004", "POST")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("/v1/asses", "/v1/assess"), ("/v1/whynot", "/v1/why-not"), ("/v1/kb/criterion/ad_hoc", "/v1/kb/criteria/{name}"),
     ("/acces/v1/evaluation", "/access/v1/evaluation"), ("/asses.html", None)],
)  # fmt: skip
def test_the_nearest_addresses_are_told(written: str, meant: str | None, send: Send) -> None:
    answer = send("GET", written)
    assert (answer.status_code, answer.json()["code"]) == (404, "H003")
    (problem,) = answer.json()["problems"]
    assert written in problem["message"]
    assert (problem["nearest"] or [None])[0] == meant
    assert not [path for path in problem["nearest"] if "workbench" in path]


@pytest.mark.parametrize("path", ["/v1/kb", "/v1/vocabulary", "/healthz", "/", "/openapi.json", "/v1/nothing"])
def test_head_is_answered_as_get_is_without_a_body(path: str, send: Send) -> None:
    got, asked = send("GET", path), send("HEAD", path)
    assert asked.status_code == got.status_code
    assert asked.content == b""
    assert dict(asked.headers) == dict(got.headers)


def test_head_is_refused_where_nothing_can_be_got(send: Send) -> None:
    assert send("HEAD", "/v1/assess").status_code == 405


def test_completions_count_characters_as_the_request_says(send: Send) -> None:
    text = 'Case "\U0001d54f".\nThe authority is a landl'
    plain = send("POST", "/v1/complete", json={"text": text, "cursor": len(text)}).json()["completions"][0]
    assert plain["insert"] == "The authority is a landlord."
    assert text[plain["start"] : plain["end"]] == "The authority is a landl"
    units = len(text.encode("utf-16-le")) // 2
    body = {"text": text, "cursor": units, "utf16": True}
    moved = send("POST", "/v1/complete", json=body).json()["completions"][0]
    assert (moved["start"], moved["end"]) == (plain["start"] + 1, plain["end"] + 1)


@pytest.mark.parametrize("path", ["/v1/parse", "/v1/workbench/case"])
def test_half_a_character_is_a_problem_at_its_place(path: str, send: Send) -> None:
    body = b'{"text": "Breaking the rule harms nobody.\\nThe authority is a \\ud83d."}'
    answer = send("POST", path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 200
    (told,) = answer.json()["problems"]
    assert (told["code"], told["line"], told["column"]) == ("L002", 2, 20)


@pytest.mark.parametrize("tag", ["sv", "nb", "da", "fi", "de"])
def test_a_text_is_read_judged_and_completed_in_its_language(tag: str, judge: Judge, send: Send) -> None:
    own = judge.in_language(tag)
    text = own.writer.case(judge.parse_case(CASE + "The user is a tenant.\nThe rule is 12 years old.\n"))
    view = send("POST", "/v1/workbench/case", json={"text": text}).json()
    assert (view["language"], view["problems"]) == (tag, [])
    with own.speaking():
        assert view["answer"]["summary"].startswith(own.assess(text).verdict_summary)
    sentence = text.splitlines()[0]
    misspelt = text.replace(sentence, sentence[:-3] + sentence[-2:])
    (problem,) = send("POST", "/v1/workbench/case", json={"text": misspelt}).json()["problems"]
    assert sentence in problem["repairs"]
    started = f"{text}{sentence[: len(sentence) // 2]}"
    body = {"text": started, "cursor": len(started)}
    found = [item["insert"] for item in send("POST", "/v1/complete", json=body).json()["completions"]]
    assert found
    assert all(own.reader.parse(item.replace("\u2026", "x"), strict=False).problems == () for item in found[:5]), found
    parsed = send("POST", "/v1/parse", json={"text": text}).json()
    assert parsed["problems"] == []
    assert [item["predicate"] for item in parsed["cases"][0]["facts"]] == [
        fact.predicate for fact in own.parse_case(text).facts
    ]


def test_a_language_that_the_base_does_not_have_is_told_and_the_rest_is_judged(send: Send) -> None:
    text = f"Language: tlh\n{CASE}"
    view = send("POST", "/v1/workbench/case", json={"text": text}).json()
    assert [(item["code"], item["line"]) for item in view["problems"]] == [("L008", 1)]
    assert view["answer"]["verdict"] == "defeated"
    assert [fact["line"] for fact in view["facts"]] == [2, 3, 4]


def test_a_case_is_judged_with_a_pack_beside_the_base(judge: Judge, send: Send) -> None:
    with_pack = cached_judge(packs=("nordic_public",))
    text = next(
        example.text
        for name, criterion in with_pack.base.criteria.items()
        if name not in judge.base.criteria
        for example in criterion.examples
    )
    view = send("POST", "/v1/workbench/case", json={"text": text, "pack": "nordic_public"}).json()
    assert (view["problems"], view["digest"]) == ([], with_pack.base.digest)
    assert view["answer"]["verdict"] == with_pack.assess(text).verdict.value
    assert send("POST", "/v1/workbench/case", json={"text": text}).json()["digest"] == judge.base.digest
    for pack in ("nordic_publik", "../rules_kb", "/etc"):
        answer = send("POST", "/v1/workbench/case", json={"text": text, "pack": pack})
        assert (answer.status_code, answer.json()["code"]) == (422, "K111")
