"""The turn without a framework: what it says to each draft, and that its state is plain data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from legit.consult import (
    CONSULT_TOOL,
    VOCABULARY_TOOL,
    Consultant,
    ConsultationResult,
    Draft,
    Step,
    ToolCall,
    Turn,
    TurnLimits,
)
from legit.consult.artifact import artifact
from tests.support.agent_cases import DEFEATED, ENFORCEMENT, LAWFUL, STANDS

REFUSAL = Draft(text="I can't help with that.", refuses=True)
BOTH = Draft(text="I can't help with that. Your account is closed.", refuses=True, enforces=True)
HELP = Draft(text="Here is how.")
CONSULT = ToolCall(id="c", name=CONSULT_TOOL)
CLOSE = ToolCall(id="x", name="close_account", args={"user": "u1"}, enforces=True)
SEARCH = ToolCall(id="q", name="search")


def calls(*items: ToolCall) -> Draft:
    return Draft(calls=items)


def answered(action: str, direction: str = "evade", entry: int | None = None) -> ConsultationResult:
    return ConsultationResult(
        status="answered",
        action=action,
        direction=direction,
        declines=action == "decline",
        about_enforcing=direction == "enforce",
        entry=entry,
    )


FAILED = ConsultationResult(status="failed")


def play(turn: Turn, *events: Draft | ConsultationResult | None) -> tuple[Turn, Step]:
    """Tell a turn what happens (None: a call of the model fails); the state is stored and read between any two."""
    step = None
    for event in events:
        turn = Turn(turn.limits, json.loads(json.dumps(turn.data)))
        if isinstance(event, ConsultationResult):
            turn.finish(event)
        else:
            step = turn.failed() if event is None else turn.next(event)
    assert step is not None
    return turn, step


def acts(turn: Turn) -> list[tuple[str, bool, str, str]]:
    return [(act.kind, act.consulted, act.why, act.sent) for act in turn.state.acts]


@pytest.mark.parametrize(
    ("events", "sends", "text", "noted"),
    [
        ([HELP], "draft", HELP.text, []),
        ([REFUSAL, REFUSAL], "draft", REFUSAL.text, [("refusal", False, "not_consulted", "draft")]),
        ([REFUSAL, HELP], "first", REFUSAL.text, [("refusal", False, "not_consulted", "draft")]),
        ([REFUSAL, None], "first", REFUSAL.text, [("refusal", False, "failure", "draft")]),
        ([REFUSAL, calls(CONSULT), answered("help"), HELP], "draft", HELP.text, []),
        ([REFUSAL, calls(CONSULT), answered("help"), REFUSAL], "draft", REFUSAL.text, [("refusal", True, "", "draft")]),
        (
            [REFUSAL, calls(CONSULT), answered("decline"), HELP],
            "earlier",
            REFUSAL.text,
            [("refusal", True, "", "earlier")],
        ),
        ([REFUSAL, calls(CONSULT), answered("decline", "enforce"), HELP], "draft", HELP.text, []),
        ([REFUSAL, calls(CONSULT), FAILED, HELP], "earlier", REFUSAL.text, [("refusal", False, "failure", "earlier")]),
        ([REFUSAL, calls(CONSULT), HELP], "earlier", REFUSAL.text, [("refusal", False, "failure", "earlier")]),
        ([calls(CONSULT), FAILED, REFUSAL, calls(CONSULT), answered("help"), HELP], "draft", HELP.text, []),
        ([REFUSAL.model_copy(update={"exempt": True})], "draft", REFUSAL.text, [("refusal", False, "policy", "draft")]),
        ([calls(CONSULT), answered("help"), REFUSAL], "draft", REFUSAL.text, [("refusal", True, "", "draft")]),
        (
            [REFUSAL, calls(CONSULT, ToolCall(id="d", name=CONSULT_TOOL)), answered("help"), answered("decline"), HELP],
            "earlier",
            REFUSAL.text,
            [("refusal", True, "", "earlier")],
        ),
        # What refuses and enforces by its words gives way to nothing but a consultation, either.
        ([BOTH, HELP], "first", BOTH.text, [("enforcement", False, "not_consulted", "draft")]),
        (
            [BOTH, calls(CONSULT), answered("decline"), HELP],
            "earlier",
            BOTH.text,
            [("enforcement", False, "not_consulted", "earlier")],
        ),
        (
            [
                *(REFUSAL, calls(CONSULT), answered("help")),
                *(calls(CONSULT, ToolCall(id="d", name=CONSULT_TOOL)), answered("decline"), FAILED, HELP),
            ],
            "earlier",
            REFUSAL.text,
            [("refusal", True, "", "earlier")],
        ),
    ],
)
def test_what_is_sent_and_what_is_noted(
    events: list[Any], sends: str, text: str, noted: list[tuple[str, bool, str, str]]
) -> None:
    turn, step = play(Turn(), *events)
    assert (step.action, step.sends, step.draft.text) == ("send", sends, text)
    assert acts(turn) == noted


def test_an_enforcing_call_needs_an_answer_in_an_earlier_draft() -> None:
    turn, step = play(Turn(), calls(CLOSE))
    assert (step.action, step.note.startswith("(A draft of your next step enforced")) == ("ask", True)
    turn, step = play(turn, calls(CONSULT, CLOSE))
    assert (step.admissions["c"].runs, step.admissions["x"].runs) == (True, False)
    turn, step = play(turn, answered("help", "enforce", entry=7), calls(CLOSE, SEARCH))
    assert step.admissions["x"].runs
    assert step.admissions["x"].entries == (7,)
    assert step.admissions["q"].runs
    turn.carried_out(CLOSE, step.admissions["x"])
    assert acts(turn) == [("enforcement", True, "", "draft")]
    other = ToolCall(id="y", name="close_account", args={"user": "u2"}, enforces=True)
    assert turn.admit(other).runs is False
    repeated = CLOSE.model_copy(update={"id": "z"})
    assert play(turn, calls(repeated))[1].admissions["z"].runs


def test_a_call_that_a_person_has_edited_keeps_its_place() -> None:
    turn, _ = play(Turn(), calls(CONSULT), answered("help", "enforce"), calls(CLOSE, SEARCH))
    assert turn.admit(CLOSE.model_copy(update={"args": {"user": "u2"}})).runs
    assert not turn.admit(SEARCH.model_copy(update={"name": "close_account", "enforces": True})).runs


@pytest.mark.parametrize(("allowed", "runs"), [(False, False), (True, True)])
def test_an_override_is_marked(allowed: bool, runs: bool) -> None:
    turn = Turn(TurnLimits(allow_override=allowed))
    turn, step = play(turn, calls(CONSULT), answered("decline", "enforce", entry=3), calls(CLOSE))
    admission = step.admissions["x"]
    assert (admission.runs, admission.override, admission.entries) == (runs, runs, (3,))


def test_while_a_refusal_is_held_nothing_runs_but_the_consultation() -> None:
    _, step = play(Turn(), REFUSAL, calls(CONSULT, SEARCH, ToolCall(id="v", name=VOCABULARY_TOOL)))
    assert {id_: admission.runs for id_, admission in step.admissions.items()} == {"c": True, "q": False, "v": True}


def test_an_answer_beside_a_consultation_waits() -> None:
    draft = Draft(text="Here.", answer={"args": {"text": "Here."}}, calls=(CONSULT,))
    assert play(Turn(), draft)[1].answer_waits
    assert not play(Turn(), draft.model_copy(update={"calls": (SEARCH,)}))[1].answer_waits


def test_an_answer_beside_a_consultation_beyond_the_limit_does_not_wait() -> None:
    turn, _ = play(Turn(TurnLimits(max_consultations=1)), calls(CONSULT), answered("help"))
    _, step = play(turn, Draft(text="Here.", answer={"args": {}}, calls=(CONSULT,)))
    assert (step.admissions["c"].runs, step.answer_waits) == (False, False)
    held, _ = play(Turn(TurnLimits(max_consultations=1)), REFUSAL, calls(CONSULT), FAILED)
    _, step = play(held, Draft(text="Here.", answer={"args": {}}, calls=(CONSULT,)))
    assert (step.sends, step.draft.text) == ("earlier", REFUSAL.text)


def test_more_consultations_than_the_limit_are_answered_and_not_asked() -> None:
    ten = [ToolCall(id=str(number), name=CONSULT_TOOL) for number in range(10)]
    turn, step = play(Turn(), calls(*ten))
    assert sum(admission.runs for admission in step.admissions.values()) == 4
    turn, step = play(turn, *[answered("help")] * 4, calls(CONSULT))
    assert (step.action, "often enough" in step.note) == ("ask", True)
    assert play(turn, calls(CONSULT))[1].sends == "ours"


@pytest.mark.parametrize(
    ("facts", "result"),
    [
        (DEFEATED, answered("help", "evade")),
        (STANDS, answered("decline", "evade")),
        (ENFORCEMENT, answered("decline", "enforce")),
        (LAWFUL, answered("help", "enforce")),
        (["The moon is a banana."], FAILED),
    ],
)
def test_the_result_of_a_consultation_is_read_from_the_object_and_from_its_data(
    consultant: Consultant, facts: list[str], result: ConsultationResult
) -> None:
    consultation = consultant.consult(facts)
    assert ConsultationResult.of(consultation) == result
    assert ConsultationResult.of(json.loads(consultation.model_dump_json())) == result
    if consultation.assessment:
        assert ConsultationResult.of(artifact(consultation, "legit://decisions/1")) == result


@pytest.mark.parametrize("other", [None, "help", {}, {"assessment": None}, {"assessment": {"guidance": {}}}, 3])
def test_anything_else_is_a_consultation_that_failed(other: Any) -> None:
    assert ConsultationResult.of(other) == FAILED


def test_events_of_tools_are_taken_in_once_and_those_of_other_turns_never() -> None:
    turn, _ = play(Turn(), REFUSAL, calls(CONSULT))
    event = turn.consultation_event(answered("help"))
    other = {**event, "turn": "another"}
    turn.take_in([other, event])
    turn.take_in([other, event])
    assert turn.state.results == (answered("help"),)


@pytest.mark.parametrize("id_", ["c", ""])
def test_consultations_that_share_an_id_end_as_others_do(id_: str) -> None:
    """Which of them was answered nobody could say, so that too many of them do not run: they are beyond the limit."""
    many = calls(*[ToolCall(id=id_, name=CONSULT_TOOL, args={"facts": number}) for number in range(5)])
    _, step = play(Turn(), many, many)
    assert (step.action, step.sends) == ("send", "ours")
    _, step = play(Turn(), REFUSAL, many)
    assert (step.action, step.sends, step.draft.text) == ("send", "first", REFUSAL.text)
