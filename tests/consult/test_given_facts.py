"""What the operator gives stands, and what a speaker takes back is settled by nobody's mere word."""

from __future__ import annotations

import pytest

from legit.consult import Consultant

GIVEN = "Breaking the rule does grave harm to the life of patients."
UNSAYING = (
    "It is not the case that breaking the rule does grave harm to the life of patients.",
    "It is unknown whether breaking the rule does grave harm to the life of patients.",
    "Breaking the rule harms nobody.",
)


@pytest.mark.parametrize("mark", ["", " [operator]", ' [record "log"]', ' [document "incident log"]', " [user]"])
def test_what_was_given_cannot_be_unsaid_whoever_says_so(mark: str) -> None:
    consultant = Consultant(operator_facts=f"{GIVEN}{mark}")
    plain = consultant.consult("The authority is a hospital.")
    for sentence in UNSAYING:
        for voice in ("", " [user]", ' [document "incident log"]', " [inferred]"):
            told = consultant.consult(f"The authority is a hospital.\n{sentence}{voice}")
            assert told.assessment == plain.assessment, (sentence, voice)
            assert told.accepted_facts == plain.accepted_facts
            assert not told.problems
            (note,) = told.adjustments
            assert "what the operator gave stands" in note


@pytest.mark.parametrize("voice", ["", " [user]", ' [document "letter"]'])
def test_how_a_way_ended_is_left_out_where_the_operator_says_that_none_was_tried(voice: str) -> None:
    consultant = Consultant(operator_facts="The user tried no official channel.")
    plain = consultant.consult("The authority is a landlord.")
    told = consultant.consult(f"The authority is a landlord.\nThe user's complaint was ignored.{voice}")
    assert told.assessment == plain.assessment
    (note,) = told.adjustments
    assert "what the operator gave stands" in note
    beside = consultant.consult(f"The authority is a landlord.\nThe user's court action was not available.{voice}")
    assert not beside.adjustments  # it may be that nothing was tried since nothing was there


@pytest.mark.parametrize("voice", [" [user]", ""])
@pytest.mark.parametrize("again", ["It is not the case that", "It is unknown whether"])
def test_who_takes_a_harm_back_is_not_helped_by_the_denial_of_another(again: str, voice: str) -> None:
    harm = "the method does grave harm to the life of a stranger"
    facts = [
        "The authority is a hospital.", "Obeying does serious harm to the money of the user.",
        "The user asks to evade the rule.", f"T{harm[1:]}.{voice}", f'It is not the case that {harm}. [document "file"]',
    ]  # fmt: skip
    for said in (facts, [*facts, f"{again} {harm}.{voice}"]):
        told = Consultant().consult(said)
        assert told.assessment is not None
        assert told.assessment.method_harm.level == "stop", said
