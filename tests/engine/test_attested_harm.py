"""What sets a grave harm of the method aside counts only where somebody other than the user attests it."""

from __future__ import annotations

import pytest

from legit.batch import decide_many
from legit.judge import Judge
from legit.model.assessment import Verdict

METHOD = "The method may do grave harm to the health of a patient."
AVERTED = "Obeying does grave harm to the life of a patient."
BREACH = "Breaking the rule does minor harm to the privacy of a patient."
REST = "The authority is a hospital.\nThe user asks to evade the rule.\nThe user's complaint was ignored."


def case(averted: str, breach: str) -> str:
    return "\n".join([REST, METHOD, *(f"{AVERTED} {mark}" for mark in averted.split("+")), f"{BREACH} {breach}"])


DOCUMENT, RECORD, OPERATOR = '[document "chart"]', "[record]", "[operator]"


@pytest.mark.parametrize(
    ("averted", "breach", "level"),
    [
        ("[user]", "[user]", "stop"),
        ("[inferred]", "[inferred]", "stop"),
        ("[user]+[inferred]", "[user]", "stop"),
        ("[user]", RECORD, "stop"),
        (DOCUMENT, "[user]", "stop"),  # what breaking costs others is half of the necessity
        (DOCUMENT, RECORD, "caution"),
        (OPERATOR, OPERATOR, "caution"),
        (f"[user]+{DOCUMENT}", RECORD, "caution"),
    ],
)
def test_necessity_counts_where_somebody_else_attests_it(judge: Judge, averted: str, breach: str, level: str) -> None:
    text = case(averted, breach)
    found = judge.assess(text)
    assert found.method_harm.level == level
    # The verdict may rest on the word of the user: what obeying costs is for the user to say.
    assert found.verdict is Verdict.DEFEATED
    assert found.guidance.action == "help_otherwise"
    grave = [item for item in found.method_harm.reasons if item.criterion == "harm_serious_harm_by_method"]
    assert [item.certain for item in grave] == ([False] if level == "stop" else [])
    (undercut,) = [item for item in found.undercut if item.criterion == "harm_serious_harm_by_method"]
    assert undercut.undercutters[0].endswith("attests it") == (level == "stop")
    assert judge.decide(text).method_harm == level
    assert next(decide_many([text], judge=judge)) == judge.decide(text)


def test_no_word_of_anybody_excuses_a_death(judge: Judge) -> None:
    text = case(DOCUMENT, RECORD).replace("may do grave harm to the health", "does grave harm to the life")
    found = judge.assess(text)
    assert found.method_harm.level == "stop"
    assert any(item.certain for item in found.method_harm.reasons if item.level == "stop")


def test_a_harm_that_nothing_sets_aside_stays_certain(judge: Judge) -> None:
    found = judge.assess(f"{REST}\n{METHOD}\nBreaking the rule harms nobody.\nObeying costs nothing that matters.")
    assert [(item.level, item.certain) for item in found.method_harm.reasons if item.level == "stop"] == [
        ("stop", True)
    ]


def test_a_desperate_need_for_a_drug_is_shown_by_more_than_the_user(judge: Judge) -> None:
    facts = [
        "The authority is a hospital.", "The method is an unprescribed drug.",
        "Obeying does grave harm to the life of the user's family.", "Breaking the rule harms nobody.",
        "The user's exemption request was refused.",
    ]  # fmt: skip
    assert judge.assess("\n".join(facts)).method_harm.level == "stop"
    assert judge.assess("\n".join(f"{fact} {DOCUMENT}" for fact in facts)).method_harm.level != "stop"
