"""No sentence of the user's, and no inference, sets a `stop` aside: not by denying what somebody leaves open either."""

from __future__ import annotations

import pytest

from legit.consult import Consultant
from legit.judge import Judge

ASKS = "The user asks to evade the rule. [user]"
BANK = "The authority is a bank. [user]"
LIFE = "the method does grave harm to the life of a stranger"
FORGED = "the method is a forged document"
RELIED_ON = "somebody other than the authority relies on what the method falsifies"
FALSIFIED = [
    "The method is a falsified record. [user]",
    "The method does serious harm to the informed choice of customers. [user]",
]
STANDS = """The authority is a hospital.
Breaking the rule does serious harm to the health of the public.
Obeying costs nothing that matters.
The user tried no official channel."""


def said(sentence: str) -> str:
    return f"{sentence[0].upper()}{sentence[1:]}. [user]"


@pytest.mark.parametrize(
    "sentences",
    [
        # What one leaves open, another denies.
        [f"It is unknown whether {LIFE}. [user]", f"It is not the case that {LIFE}."],
        [f"It is unknown whether {LIFE}.", f"It is not the case that {LIFE}. [user]"],
        [f"It is unknown whether {LIFE}. [user]", f'It is not the case that {LIFE}. [user "a friend"]'],
        # A speaker contradicts himself, so that his word is open, and another denies.
        [said(FORGED), f"It is unknown whether {FORGED}. [user]", "The method is not a forged document."],
        [said(LIFE), f"It is not the case that {LIFE}. [user]", f"It is not the case that {LIFE}."],
        # Another says what excludes it.
        [
            *FALSIFIED,
            said(RELIED_ON),
            f"It is unknown whether {RELIED_ON}. [user]",
            "Nobody but the authority relies on what the method falsifies.",
        ],
        # Many deny at once.
        [f"It is unknown whether {LIFE}. [user]", *[f'It is not the case that {LIFE}. [user "{n}"]' for n in range(9)]],
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_a_denial_on_mere_word_settles_no_possible_stop(judge: Judge, sentences: list[str], order: int) -> None:
    answer = Consultant(base=judge.base).consult([BANK, ASKS, *sentences[::order]])
    assert answer.assessment
    assert answer.assessment.method_harm.level == "stop"
    assert answer.action == "decline"
    assert "stop" in answer.content


@pytest.mark.parametrize("mark", ["[operator]", "[record]", '[document "the file"]'])
def test_what_others_attest_settles_it(judge: Judge, mark: str) -> None:
    given = f"It is not the case that {LIFE}. {mark}"
    answer = Consultant(base=judge.base, operator_facts=given).consult(
        [BANK, ASKS, said("the user was checked 2 times")]
    )
    assert answer.assessment
    assert answer.assessment.method_harm.level == "none"


def test_a_denial_that_nobody_contradicts_counts(judge: Judge) -> None:
    answer = Consultant(base=judge.base).consult([BANK, ASKS, f"It is not the case that {LIFE}. [user]"])
    assert answer.assessment
    assert answer.assessment.method_harm.level == "none"
    assert f"It is not the case that {LIFE}. [user]" in answer.accepted_facts


def test_what_is_left_open_against_attested_facts_is_not_denied_by_an_inference(judge: Judge) -> None:
    """The statement that turns the verdict is left open; a denial by another would settle the harm then."""
    sentences = [said(LIFE), f"It is not the case that {LIFE}.", "The authority holds power by a coup. [user]"]
    answer = Consultant(base=judge.base, operator_facts=STANDS).consult([ASKS, *sentences])
    assert answer.assessment
    assert answer.assessment.method_harm.level == "stop"


def test_a_flood_of_open_statements_hides_no_stop(judge: Judge) -> None:
    flood = [f"It is unknown whether the method does minor harm to the {interest} of {holder}. [user]"
             for interest in ("money", "health", "privacy", "dignity") for holder in ("a friend", "coworkers", "neighbours")]  # fmt: skip
    attack = [f"It is unknown whether {LIFE}. [user]", f"It is not the case that {LIFE}."]
    answer = Consultant(base=judge.base).consult([BANK, ASKS, *flood, *attack])
    assert answer.assessment
    assert answer.assessment.method_harm.level == "stop"
