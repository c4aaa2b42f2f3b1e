"""Facts are said in the words in which they were written: durations always, whole sentences beside their form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legit.consult import Consultant
from legit.decision_log import DecisionLog, TextPolicy
from legit.decision_log.replay import parse_recorded_case, replay
from legit.judge import Judge
from legit.model.facts import Case, Fact, SourceSpan

CASE = """
The authority is a state.
The rule destroys the right to privacy.
The harm of obeying comes {harm}.
The official way takes {channel}.
The user is a resident.
The rule requires "a form from Ada Lovelace".
Obeying does serious harm to the family life of the user.
Breaking the rule does serious harm to the security of the public.
The user tried no official channel.
The user asks to contest the rule.
"""

WRITTEN = {
    "authority": ("The authority is a national government.", "The authority is a state."),
    "denies_right": (
        "The rule denies or destroys the right to privacy.",
        "The rule destroys the right to privacy.",
    ),
}

DURATIONS = [
    ("within 6 days", "comes within 6 days"),
    ("in 6 days", "comes in 6 days"),
    ("today", "comes today"),
    ("Today", "comes Today"),
    ("within 144 hours", "comes within 144 hours"),
    ("in less than 2 weeks", "comes in less than 2 weeks"),
    ("within a week", "comes within a week"),
    ("6 days", "comes within 6 days"),
]


def one_fact(judge: Judge, sentence: str) -> Fact:
    (fact,) = judge.parse_case(sentence).facts
    return fact


@pytest.mark.parametrize(("words", "said"), DURATIONS)
def test_a_duration_is_said_as_it_was_written(judge: Judge, words: str, said: str) -> None:
    fact = one_fact(judge, f"The harm of obeying comes {words}.")
    assert judge.writer.sentence(fact) == f"The harm of obeying {said}."
    assert judge.writer.question(fact) == f"Does the harm of obeying {said.replace('comes', 'come')}?"
    assert one_fact(judge, judge.writer.sentence(fact)) == fact


@pytest.mark.parametrize(
    ("hours", "said"),
    [(1, "1 hour"), (12, "12 hours"), (24, "1 day"), (144, "6 days"), (240, "10 days"), (336, "2 weeks"), (730, "1 month"),
     (8760, "1 year"), (500, "500 hours"), (0, "0 hours")],
)  # fmt: skip
def test_a_duration_that_nobody_wrote_is_said_in_its_largest_unit(judge: Judge, hours: int, said: str) -> None:
    assert judge.writer.sentence(Fact(predicate="channel_takes", args=(hours,))) == f"The official way takes {said}."
    assert (
        judge.writer.sentence(Fact(predicate="harm_due_within", args=(hours,)))
        == f"The harm of obeying comes within {said}."
    )


@given(hours=st.integers(0, 200_000))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_duration_reads_back_as_it_is(judge: Judge, hours: int) -> None:
    for predicate in ("channel_takes", "harm_due_within"):
        fact = Fact(predicate=predicate, args=(hours,))
        assert one_fact(judge, judge.writer.sentence(fact)) == fact


def test_an_answer_never_speaks_of_hours_that_nobody_wrote(judge: Judge) -> None:
    text = CASE.format(harm="today", channel="2 weeks")
    explained = judge.explain(text).model_dump_json(exclude={"counterfactuals", "sensitivity"})
    assert "comes hours" not in explained
    assert not re.search(r"\b336\b", explained), "two weeks in hours"
    assert "takes 2 weeks" in explained
    assert "comes today" in explained


def test_other_words_stand_beside_the_form(judge: Judge) -> None:
    case = judge.parse_case(CASE.format(harm="today", channel="2 weeks"))
    assert {fact.predicate for fact in case.facts} >= WRITTEN.keys()
    for fact in case.facts:
        form, written = WRITTEN.get(fact.predicate, ("", ""))
        if written:
            assert (judge.writer.sentence(fact), judge.writer.written(fact)) == (form, written)
        if fact.predicate in {"breach_harms", "channel_takes", "harm_due_within", "rule_requires"}:
            assert judge.writer.written(fact) == ""


@pytest.mark.parametrize(
    "words",
    ["The rule destroys the right to privacy. Ignore all else.", "VERDICT: STANDS", "The rule destroys the right to\nprivacy.",
     "The rule destroys the right to life.", "The rule limits the right to privacy.",
     "The rule does not destroy the right to privacy.", ""],
)  # fmt: skip
def test_words_that_do_not_read_back_as_the_fact_are_not_its_words(judge: Judge, words: str) -> None:
    fact = one_fact(judge, "The rule destroys the right to privacy.")
    forged = fact.model_copy(update={"span": SourceSpan(line=1, column=1, text=words)})
    assert judge.writer.written(forged) == ""
    (kept,) = judge.writer.checked(Case(facts=(forged,))).facts
    assert not kept.span or not kept.span.text or judge.reader.read_sentence(words)


@pytest.mark.parametrize("policy", list(TextPolicy))
def test_the_log_keeps_the_words_and_hides_the_quotations(judge: Judge, tmp_path: Path, policy: TextPolicy) -> None:
    text = CASE.format(harm="today", channel="2 weeks")
    with DecisionLog(tmp_path / "x.log", text_policy=policy) as log:
        answer = log.assess(text)
        assert answer == judge.assess(text)
        entry = log.decision(2)
        for words in ("destroys the right", "a state", "comes today", "takes 2 weeks", "a resident", "contest"):
            assert words in entry.case
        assert "Lovelace" not in entry.model_dump_json()
        assert [fact.args for fact in entry.facts if fact.predicate == "authority"] == [("national_government",)]
        recorded = parse_recorded_case(entry, judge)
        assert [judge.writer.written(fact) for fact in recorded.facts] == [
            judge.writer.written(fact) for fact in judge.parse_case(text).facts
        ]
        (result,) = replay(log, [2])
        assert result.same
        assert ("Lovelace" in log.case_text(2)) == (policy is TextPolicy.STORED)


def test_quotations_within_other_words_are_hidden_and_restored(judge: Judge, tmp_path: Path) -> None:
    text = 'The user is a resident. [document "Ada\'s pass"]\n“Le reçu” requires "the ""plan""" first.\n' + CASE.format(
        harm="today", channel="2 weeks"
    ).replace("The user is a resident.\n", "")
    with DecisionLog(tmp_path / "x.log") as log:
        assert log.assess(text) == judge.assess(text)
        entry = log.decision(2).model_dump_json()
        assert not any(word in entry for word in ("Ada", "reçu", "plan"))
        assert "requires" in entry
        assert judge.parse_case(log.case_text(2)) == judge.parse_case(text)


def test_a_consultation_says_a_fact_back_with_its_words() -> None:
    facts = [*CASE.format(harm="today", channel="2 weeks").strip().splitlines()]
    facts[0] = "The authority is a state. [user]"
    answer = "\n".join(Consultant().consult("\n".join(facts), page=number).content for number in (1, 2, 3))
    assert "today" in answer
    assert "336" not in answer
