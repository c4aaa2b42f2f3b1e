"""What is asked again is answered from its bytes: the same bytes, for the same token alone, and never a refusal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from legit.guard import Guard, GuardPolicy
from legit.guard.tokens import TokenFile
from legit.judge import Judge
from legit.serve import ServiceSettings, create_app
from legit.serve.service import Service
from tests.serve.conftest import CASE, Send, sender

ASKED = {
    "/v1/assess": {"case": CASE},
    "/v1/decide": {"case": CASE},
    "/v1/explain": {"case": CASE, "counterfactuals": False},
    "/v1/why-not": {"case": CASE, "target": "stands"},
    "/v1/what-if": {"case": CASE, "assume": "The user agreed to the rule freely."},
    "/v1/questions": {"case": CASE},
    "/v1/parse": {"text": CASE + "The authority is a banana."},
    "/v1/complete": {"text": "The auth", "cursor": 8},
    "/v1/workbench/case": {"text": CASE},
}

Counted = tuple[Send, list[str]]


@pytest.fixture
def counting(app: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Counted]:
    """An application with settings, and the names of what it has run in its threads."""

    def made(guard: GuardPolicy | None = None, **settings: Any) -> Counted:
        own = create_app(ServiceSettings(**{"time_limit": 60.0, **settings}))
        ran: list[str] = []
        run = Service.run

        async def counted(self: Service, function: Any, /, *args: Any, **kwargs: Any) -> Any:
            ran.append(function.__qualname__)
            return await run(self, function, *args, **kwargs)

        monkeypatch.setattr(Service, "run", counted)
        monkeypatch.setattr("legit.serve.kept_answers._QUICK_SECONDS", 30.0)  # the first of a kind loads its modules
        return sender(Guard(own, guard) if guard else own), ran

    return made


def test_every_question_is_answered_alike_again_and_judged_once(counting: Callable[..., Counted]) -> None:
    send, ran = counting()
    for path, body in ASKED.items():
        first, again = (send("POST", path, json=body) for _ in range(2))
        assert first.status_code == again.status_code == 200, path
        assert first.content == again.content, path
        assert first.headers["content-type"] == again.headers["content-type"], path
    assert len(ran) == len(ASKED)


def test_other_words_or_another_profile_are_judged_anew(counting: Callable[..., Counted], judge: Judge) -> None:
    send, ran = counting()
    bodies = [{"case": CASE}, {"case": CASE + "The user is a tenant."}, {"case": CASE, "profile": "corroborated"}]
    for _ in range(2):
        answers = [send("POST", "/v1/assess", json=body).content for body in bodies]
    assert len(ran) == 3
    assert answers[1] == judge.assess(bodies[1]["case"]).model_dump_json().encode()
    assert answers[2] == judge.with_profile("corroborated").assess(CASE).model_dump_json().encode()


def test_what_is_refused_is_not_kept(counting: Callable[..., Counted]) -> None:
    send, ran = counting()
    for _ in range(2):
        assert send("POST", "/v1/assess", json={"case": "The authority is a banana."}).status_code == 422
        assert send("POST", "/v1/assess", content=b'{"case": ""}').status_code == 415
    assert len(ran) == 2
    assert send("POST", "/v1/assess", json={"case": CASE}).status_code == 200
    body = json.dumps({"case": CASE}).encode()
    for media_type, status in (("application/json", 200), ("text/plain", 415), ("application/json", 200)):
        assert send("POST", "/v1/assess", content=body, headers={"content-type": media_type}).status_code == status


def test_every_decision_is_on_record_although_it_was_made_before(
    counting: Callable[..., Counted], tmp_path: Path
) -> None:
    send, _ = counting(log=tmp_path / "decisions.log")
    entries = [send("POST", "/v1/assess", json={"case": CASE}).headers["legit-entry"] for _ in range(3)]
    assert len(set(entries)) == 3
    assert "legit-entry" not in send("POST", "/v1/assess", json={"case": CASE, "record": False}).headers


def test_no_token_learns_what_another_asked(counting: Callable[..., Counted], tmp_path: Path) -> None:
    tokens = TokenFile(tmp_path / "tokens.json")
    made = [tokens.make(name, ["judge"])[1] for name in ("desk", "clerk")]
    send, ran = counting(GuardPolicy(tokens=tmp_path / "tokens.json", hosts=("localhost",)))
    for _ in range(2):
        for token in made:
            headers = {"Authorization": f"Bearer {token}"}
            assert send("POST", "/v1/assess", json={"case": CASE}, headers=headers).status_code == 200
    assert len(ran) == 2
    assert send("POST", "/v1/assess", json={"case": CASE}).status_code == 401


def test_what_is_kept_stays_within_its_bytes(counting: Callable[..., Counted]) -> None:
    from legit.serve.kept_answers import KeptAnswers, _Kept

    kept = KeptAnswers(1000)
    for number in range(100):
        kept.put(b"%d" % number, _Kept(b"x" * 50, None))
    assert kept.size == 1000
    assert kept.get(b"99") is not None
    assert kept.get(b"0") is None
    kept.put(b"large", _Kept(b"x" * 500, None))  # one answer does not push out all others
    assert kept.get(b"large") is None
    send, ran = counting(kept_bytes=0)
    for _ in range(2):
        send("POST", "/v1/decide", json={"case": CASE})
    assert len(ran) == 2


def test_an_answer_that_a_time_limit_may_have_cut_short_is_not_kept(counting: Callable[..., Counted]) -> None:
    send, ran = counting(time_limit=1e-9)
    for _ in range(2):
        assert send("POST", "/v1/assess", json={"case": CASE}).status_code == 200
    assert len(ran) == 2


def test_what_is_kept_is_counted_under_its_address(counting: Callable[..., Counted]) -> None:
    send, _ = counting()
    for _ in range(3):
        send("POST", "/v1/decide", json={"case": CASE})
    assert (
        'legit_http_requests_total{method="POST",route="/v1/decide",status="200"} 3.0' in send("GET", "/metrics").text
    )
