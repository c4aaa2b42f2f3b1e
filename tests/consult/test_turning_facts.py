"""A verdict that turns on the word of the user or on an inference, against what others attest, says so on its first page."""

from __future__ import annotations

import pytest

from legit.consult import Consultant
from legit.judge import Judge
from legit.model.assessment import Verdict

STANDS = (
    "The authority is a hospital.",
    "Breaking the rule does serious harm to the health of the public.",
    "Obeying costs nothing that matters.",
    "The user tried no official channel.",
)
ASKS = "The user asks to evade the rule. [user]"
COUP = "The authority holds power by a coup."
LINE = "Attested facts alone give: stands. The verdict turns on what nobody else attests: "


@pytest.mark.parametrize("mark", ["[operator]", '[document "file"]', "[record]"])
@pytest.mark.parametrize(("said", "shown"), [("[user]", "[user]"), ("", "[inferred]")])
def test_what_turns_an_attested_verdict_is_named(judge: Judge, mark: str, said: str, shown: str) -> None:
    given = "\n".join(f"{fact} {mark}" for fact in STANDS)
    answer = Consultant(base=judge.base, operator_facts=given).consult(
        [ASKS, "The user is a visitor.", f"{COUP} {said}"]
    )
    assert answer.assessment
    assert answer.assessment.verdict is Verdict.DEFEATED
    # Only what the verdict turns on: not that the user is a visitor, nor what the user asks.
    assert f"{LINE}{COUP} {shown}\n" in answer.content


def test_nothing_turns_where_others_attest_the_same(judge: Judge) -> None:
    given = "\n".join(f"{fact} [operator]" for fact in (*STANDS, COUP))
    answer = Consultant(base=judge.base, operator_facts=given).consult([ASKS, f"{COUP} [user]"])
    assert answer.assessment
    assert answer.assessment.verdict is Verdict.DEFEATED
    assert "turns on" not in answer.content


def test_nothing_turns_where_others_attest_too_little_for_a_verdict(judge: Judge) -> None:
    answer = Consultant(base=judge.base, operator_facts="The authority is a hospital. [operator]").consult([ASKS, COUP])
    assert "turns on" not in answer.content


def test_several_statements_that_turn_it_together_are_named(judge: Judge) -> None:
    given = "\n".join(f"{fact} [operator]" for fact in STANDS if "costs nothing" not in fact)
    given += "\nObeying does minor harm to the money of the user. [operator]"
    saying = ["The user's complaint was ignored.", "Obeying does grave harm to the life of the user's family.", COUP]
    answer = Consultant(base=judge.base, operator_facts=given).consult([ASKS, *saying])
    assert answer.assessment
    assert answer.assessment.verdict is Verdict.DEFEATED
    (line,) = [line for line in answer.content.splitlines() if "turns on" in line]
    assert any(fact in line for fact in saying)


def test_a_given_sentence_without_a_mark_is_the_operator_s_word(judge: Judge) -> None:
    answer = Consultant(base=judge.base, operator_facts="\n".join(STANDS)).consult([ASKS])
    assert "This rests on the operator's word; nothing was verified." in answer.content
    assert answer.assessment
    assert answer.assessment.speakers == ("operator", "user")
