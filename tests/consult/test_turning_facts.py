"""Mere word of the user, and an inference, do not turn a rule that stands on what others attest; the first page says so."""

from __future__ import annotations

import dataclasses
import random

import pytest

from legit.consult import Consultant, turning_facts
from legit.judge import Judge
from legit.model.assessment import Verdict
from legit.model.facts import Case, Fact

STANDS = (
    "The authority is a hospital.",
    "Breaking the rule does serious harm to the health of the public.",
    "Obeying costs nothing that matters.",
    "The user tried no official channel.",
)
ASKS = "The user asks to evade the rule. [user]"
COUP = "The authority holds power by a coup."
LINE = "Attested facts alone give: stands. What would turn that counts once somebody other than the user attests it: "
SHARE_OF_ALL = 40
"""One of so many sentences of the language is said against each rule."""


def test_what_a_document_leaves_open_makes_no_room_for_the_users_word(judge: Judge) -> None:
    given = "\n".join(f"{fact} [operator]" for fact in STANDS)
    answer = Consultant(base=judge.base, operator_facts=given).consult(
        [
            ASKS,
            'It is unknown whether the authority holds power by a coup. [document "newspaper"]',
            f"{COUP} [user]",
            COUP,
        ]
    )
    assert answer.assessment
    assert answer.assessment.verdict is Verdict.UNDETERMINED
    assert answer.action == "ask"
    assert LINE in answer.content


@pytest.mark.parametrize("mark", ["[operator]", '[document "file"]', "[record]"])
@pytest.mark.parametrize(("said", "shown"), [("[user]", "[user]"), ("", "[inferred]")])
def test_what_turns_an_attested_verdict_is_named(judge: Judge, mark: str, said: str, shown: str) -> None:
    given = "\n".join(f"{fact} {mark}" for fact in STANDS)
    answer = Consultant(base=judge.base, operator_facts=given).consult(
        [ASKS, "The user is a visitor.", f"{COUP} {said}"]
    )
    assert answer.assessment
    assert answer.assessment.verdict is Verdict.UNDETERMINED
    assert answer.action == "ask"
    assert [question.text for question in answer.assessment.questions if question.decisive] == [
        "Does the authority hold power by a coup?"
    ]
    # What was said is reported as it was said.
    assert f"{COUP} {shown}" in answer.accepted_facts
    # Only what the verdict turns on: not that the user is a visitor, nor what the user asks.
    assert f"{LINE}{COUP} {shown}\n" in answer.content


def test_what_turns_is_named_alone_though_the_first_decisions_are_slow(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that has to ground the base first names no more than one that need not."""
    now, decide = [0.0], Judge.decide

    def slow_at_first(self: Judge, case: Case, **options: float) -> object:
        now[0] += 100.0 if now[0] < 200.0 else 0.001
        return decide(self, case, **options)

    monkeypatch.setattr(turning_facts.time, "thread_time", lambda: now[0])
    monkeypatch.setattr(Judge, "decide", slow_at_first)
    given = "\n".join(f"{fact} [operator]" for fact in STANDS)
    answer = Consultant(base=judge.base, operator_facts=given).consult(
        [ASKS, "The user is a visitor.", f"{COUP} [user]"]
    )
    assert now[0] > 200.0
    assert f"{LINE}{COUP} [user]\n" in answer.content


def test_nothing_turns_where_others_attest_the_same(judge: Judge) -> None:
    given = "\n".join(f"{fact} [operator]" for fact in (*STANDS, COUP))
    answer = Consultant(base=judge.base, operator_facts=given).consult([ASKS, f"{COUP} [user]"])
    assert answer.assessment
    assert answer.assessment.verdict is Verdict.DEFEATED
    assert "turn" not in answer.content


def test_nothing_turns_where_others_attest_too_little_for_a_verdict(judge: Judge) -> None:
    answer = Consultant(base=judge.base, operator_facts="The authority is a hospital. [operator]").consult([ASKS, COUP])
    assert "turn" not in answer.content


def test_what_others_do_not_settle_the_word_of_the_user_decides(judge: Judge) -> None:
    """Nobody attests what obeying costs, so nothing stands on attested facts alone."""
    given = [fact for fact in STANDS if "costs nothing" not in fact]
    saying = [ASKS, "Obeying does grave harm to the life of the user. [user]"]
    answer = Consultant(base=judge.base, operator_facts="\n".join(given)).consult(saying)
    assert answer.assessment
    assert answer.assessment.verdict is Verdict.DEFEATED


def test_the_word_of_the_user_counts_where_the_base_names_no_verdict_that_is_held(judge: Judge) -> None:
    manifest = judge.base.manifest.model_copy(update={"attested_verdicts": ()})
    other = dataclasses.replace(judge.base, manifest=manifest)
    answer = Consultant(base=other, operator_facts="\n".join(STANDS)).consult([ASKS, f"{COUP} [user]"])
    assert answer.assessment
    assert answer.assessment.verdict is Verdict.DEFEATED
    turns = f"Attested facts alone give: stands. The verdict turns on what nobody else attests: {COUP} [user]\n"
    assert turns in answer.content


def test_a_stop_stays_where_the_statement_that_makes_it_is_left_open(judge: Judge) -> None:
    method = "The method does grave harm to the life of third parties. [user]"
    answer = Consultant(base=judge.base, operator_facts="\n".join(STANDS)).consult([ASKS, method, f"{COUP} [user]"])
    assert answer.assessment
    assert answer.assessment.method_harm.level == "stop"
    assert answer.action == "decline"


def test_the_explanation_is_that_of_the_answer(judge: Judge) -> None:
    explained = Consultant(base=judge.base, operator_facts="\n".join(STANDS)).explain([ASKS, f"{COUP} [user]"])
    assert explained
    assert explained.assessment.verdict is Verdict.UNDETERMINED


def test_no_mere_word_of_the_language_defeats_what_stands_on_attested_facts(judge: Judge) -> None:
    """A share of all sentences, alone and by three, by the user and inferred; `benchmarks/adversary.py` tries more."""
    consultant = Consultant(base=judge.base, operator_facts="\n".join(STANDS))
    chance = random.Random(1)
    vocabulary = judge.base.vocabulary
    said = []
    for predicate in vocabulary.predicates.values():
        values = [list(vocabulary.values(argument.type)) or ["2024-01-01" if argument.type == "date" else 3 if
                  argument.type in vocabulary.lexicon.bands else "the paper"] for argument in predicate.args]  # fmt: skip
        fact = Fact(predicate=predicate.id, args=tuple(map(chance.choice, values)), detail="so it is said")
        if not judge.problems(Case(facts=(fact,))):
            said.append(judge.writer.sentence(fact) + chance.choice(("", " [user]")))
    assert len(said) > SHARE_OF_ALL
    for at in range(SHARE_OF_ALL):
        sentences = [said[at], *chance.sample(said, 2)]
        for extra in (sentences[:1], sentences):
            answer = consultant.consult([ASKS, *extra])
            assert answer.assessment
            assert answer.assessment.verdict in {Verdict.STANDS, Verdict.UNDETERMINED}, extra


def test_many_statements_that_each_turn_it_are_all_left_open(judge: Judge) -> None:
    each = [f"The authority holds power by {power}. [user]" for power in ("a coup", "armed force", "a rigged vote")]
    each += [f"{norm} requires the conduct. [user]" for norm in ("A court order", "A statute", "A treaty")]
    each += ["Obeying makes the user kill a stranger. [user]", "The rule treats people differently by race or origin."]
    each += ["The user was penalised 2 times. [user]", "Obeying makes the user injure a friend."]
    answer = Consultant(base=judge.base, operator_facts="\n".join(STANDS)).consult([ASKS, *each])
    assert answer.assessment
    assert answer.assessment.verdict is Verdict.UNDETERMINED
    assert LINE in answer.content


def test_several_statements_that_turn_it_together_are_named(judge: Judge) -> None:
    given = "\n".join(f"{fact} [operator]" for fact in STANDS if "costs nothing" not in fact)
    given += "\nObeying does minor harm to the money of the user. [operator]"
    saying = ["The user's complaint was ignored.", "Obeying does grave harm to the life of the user's family.", COUP]
    answer = Consultant(base=judge.base, operator_facts=given).consult([ASKS, *saying])
    assert answer.assessment
    assert answer.assessment.verdict is Verdict.UNDETERMINED
    (line,) = [line for line in answer.content.splitlines() if LINE in line]
    assert any(fact in line for fact in saying)


def test_a_given_sentence_without_a_mark_is_the_operator_s_word(judge: Judge) -> None:
    answer = Consultant(base=judge.base, operator_facts="\n".join(STANDS)).consult([ASKS])
    assert "This rests on the operator's word; nothing was verified." in answer.content
    assert answer.assessment
    assert answer.assessment.speakers == ("operator", "user")
