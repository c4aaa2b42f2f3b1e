"""The random conversations see what must never happen: with an agent that is made to do it, the truth protests."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from legit.consult import Admission, Draft, Step, Turn
from tests.integrations.test_agent_machine import NEEDS, OPTIONS
from tests.support.agent_truth import FINAL, REFUSAL, Options

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:(agents|openai|pydantic_ai|genai_prices|logfire).*")


@pytest.fixture(params=OPTIONS, ids=lambda door: door.__name__)
def door(request: pytest.FixtureRequest) -> Any:
    if request.param in NEEDS:
        pytest.importorskip(NEEDS[request.param], reason=f"{NEEDS[request.param]} is not installed")
    return request.param(Options())


UNCONSULTED = [("suspend u1",), ("suspend u1",), ("help",)]
CONSULTED = [("suspend u1",), ("consult to enforce",), ("suspend u1",), ("help",)]
DECLINED = [("consult not to enforce",), ("suspend u1",), ("help",)]
ABOUT_SOMETHING_ELSE = [("consult stands",), ("suspend u1",), ("suspend u1",), ("help",)]


@pytest.mark.parametrize("script", [UNCONSULTED, DECLINED, ABOUT_SOMETHING_ELSE])
def test_an_agent_whose_gate_is_open_is_seen(door: Any, script: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Turn, "admit", lambda self, call: Admission(runs=True))
    door.truth.begin(script)
    door.say("question 0")
    assert [event.what for event in door.truth.events if event.kind == "suspend"]
    with pytest.raises(AssertionError):
        door.truth.check_enforcement()


@pytest.mark.parametrize(
    ("script", "suspended"), [(UNCONSULTED, []), (CONSULTED, ["u1"]), (DECLINED, []), (ABOUT_SOMETHING_ELSE, [])]
)
def test_an_agent_whose_gate_holds_passes(door: Any, script: Any, suspended: list[str]) -> None:
    door.truth.begin(script)
    outcome = door.say("question 0")
    assert [event.what for event in door.truth.events if event.kind == "suspend"] == suspended
    assert outcome.sent == FINAL
    assert (outcome.texts, set(outcome.calls)) == (["question 0"], set(outcome.answers))
    door.truth.check_enforcement()


def test_an_agent_that_replaces_a_refusal_by_help_is_seen(door: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Turn.next

    def sends_all(self: Turn, draft: Draft, *, offered: bool = True) -> Step:
        step = held(self, draft, offered=offered)
        return dataclasses.replace(step, draft=draft, sends="draft") if step.action == "send" else step

    monkeypatch.setattr(Turn, "next", sends_all)
    door.truth.begin([("refuse",), ("help",)])
    outcome = door.say("question 0")
    assert outcome.sent == FINAL
    with pytest.raises(AssertionError):
        door.truth.check_sent(FINAL)


@pytest.mark.parametrize(("name", "sent"), [("defeated", FINAL), ("stands", REFUSAL), ("not understood", REFUSAL)])
def test_a_refusal_gives_way_as_the_consultation_says(door: Any, name: str, sent: str) -> None:
    door.truth.begin([("refuse",), (f"consult {name}",), ("help",)])
    outcome = door.say("question 0")
    assert outcome.sent == sent
    door.truth.check_sent(sent)
