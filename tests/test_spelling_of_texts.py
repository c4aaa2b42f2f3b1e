"""Two spellings of one name or one document are one: case, spaces, and how accents are encoded do not matter."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legit.decision_log.redaction import pseudonymise
from legit.errors import CaseError
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.model.facts import Speaker, SpeakerKind, fold_text
from legit.testing.oracle import Oracle

CIRCLE = """
The authority is a city.
The rule requires "a permit".
"{one}" needs "the plan" first.
"the plan" needs "{other}" first.
Obeying costs nothing that matters.
Breaking the rule harms nobody.
The user tried no official channel.
"""

COUP = """
The authority took power by a coup. [document "{one}"]
The authority took power by a coup. [document "{other}"]
The user asks to evade the rule.
Obeying costs nothing that matters.
Breaking the rule does serious harm to the health of the public.
The user tried no official channel.
"""

NFC, NFD = unicodedata.normalize("NFC", "le reçu"), unicodedata.normalize("NFD", "le reçu")
SPELLINGS = [(NFC, NFD), (NFD, NFC), ("Le  Reçu", NFD), ("LE REÇU", NFC), ("straße", "STRASSE")]


@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_a_circle_of_prerequisites_is_one_in_any_spelling(judge: Judge, one: str, other: str) -> None:
    case = judge.parse_case(CIRCLE.format(one=one, other=other))
    found = judge.assess(case)
    assert found.verdict == "defeated"
    assert [item.criterion for item in found.findings] == ["impossible_to_comply"]
    assert Oracle(judge.base).answer(case).verdict == "defeated"
    hidden, _ = pseudonymise(case, judge.base.vocabulary)
    assert judge.assess(hidden).verdict == "defeated"


@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_one_document_in_two_spellings_is_one_witness(one: str, other: str) -> None:
    judge = Judge(KnowledgeBase.load(profile="corroborated"))
    assert judge.assess(COUP.format(one=one, other=other)).undetermined_reason == "corroboration"
    assert judge.assess(COUP.format(one=one, other="another")).verdict == "defeated"


@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_a_document_that_contradicts_itself_does_so_in_any_spelling(judge: Judge, one: str, other: str) -> None:
    text = (
        f'The rule went unenforced for 5 years. [document "{one}"]\n'
        f'The rule did not go unenforced for 5 years. [document "{other}"]\n'
    )
    with pytest.raises(CaseError) as caught:
        judge.assess(text)
    assert [problem.code for problem in caught.value.problems] == ["C201"]


def test_a_speaker_who_denies_a_name_in_another_spelling_contradicts_himself(judge: Judge) -> None:
    with pytest.raises(CaseError) as caught:
        judge.assess(f'"{NFC}" needs "x" first.\n"{NFD}" does not need "X" first.\n')
    assert [problem.code for problem in caught.value.problems] == ["C201"]


@given(text=st.text(max_size=12))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_folding_forgets_the_spelling_and_nothing_is_left_to_fold(text: str) -> None:
    folded = fold_text(text)
    assert fold_text(folded) == folded
    assert fold_text(unicodedata.normalize("NFD", text)) == folded
    witness = Speaker(kind=SpeakerKind.DOCUMENT, reference=text).witness_id
    assert witness == Speaker(kind=SpeakerKind.DOCUMENT, reference=f" {unicodedata.normalize('NFD', text)} ").witness_id
