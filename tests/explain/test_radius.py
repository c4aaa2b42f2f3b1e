"""The radius of a verdict is what changing the sentences one step at a time finds, and every form of an explanation says it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from legit.catalogue.precedents import load_precedents
from legit.engine.ground_rule import Bounds
from legit.judge import Judge
from legit.model.assessment import Verdict
from legit.model.facts import Case, Truth
from legit.render.explanation_html import render_explanation_html
from legit.render.explanation_text import render_explanation

CLOSE = """
The authority is a payment provider.
The purpose of the rule is fraud prevention.
Obeying does minor harm to the privacy of the user. [inferred]
Breaking the rule may do serious harm to the money of customers. [user]
The user tried no official channel.
The user asks to evade the rule.
"""
"""Cost noticeable, protection noticeable: one notch opens the balance (docs/balance.md, section 4)."""


def one_step(judge: Judge, case: Case) -> Iterator[tuple[str, Case]]:
    """The cases that differ by one step of one degree in one affirmed sentence, each with the sentence."""
    types = judge.base.vocabulary.types
    for place, fact in enumerate(case.facts):
        if fact.truth is not Truth.TRUE:
            continue
        for number, argument in enumerate(judge.base.vocabulary.predicates[fact.predicate].args):
            enum = types.get(argument.type)
            if enum is None or not enum.degree:
                continue
            values = list(enum.values)
            at = values.index(str(fact.args[number]))
            for value in (values[index] for index in (at - 1, at + 1) if 0 <= index < len(values)):
                args = (*fact.args[:number], value, *fact.args[number + 1 :])
                moved = fact.model_copy(update={"args": args})
                facts = (*case.facts[:place], moved, *case.facts[place + 1 :])
                yield judge.writer.sentence(moved), case.model_copy(update={"facts": facts})


def decided_matters(judge: Judge) -> list[Case]:
    """Every third precedent, with each sentence once: two speakers of one fact would have to move together."""
    cases = [judge.parse_case(item.facts) for item in load_precedents(judge.base.layers)][::3]
    return [case for case in cases if len({fact.atom for fact in case.facts}) == len(case.facts)]


def test_the_degrees_are_how_severe_how_likely_and_how_many(judge: Judge) -> None:
    degrees = {enum.description for enum in judge.base.vocabulary.types.values() if enum.degree}
    assert degrees == {"how bad", "how likely", "how many people are hurt"}


def test_what_a_verdict_decisive_steps_is_every_single_step_that_changes_it(judge: Judge) -> None:
    hanging = free = 0
    for case in decided_matters(judge):
        assessment = judge.assess(case)
        if assessment.verdict is Verdict.UNDETERMINED:
            assert assessment.decisive_steps == ()
            continue
        expected = {
            (sentence, judge.decide(other).verdict)
            for sentence, other in one_step(judge, case)
            if judge.decide(other).verdict is not assessment.verdict
        }
        assert {(turn.shifts[0].becomes, turn.verdict) for turn in assessment.decisive_steps} == expected, case
        hanging += bool(expected)
        free += not expected
    assert hanging > 5
    assert free > 5


def test_no_smaller_number_of_steps_than_the_radius_changes_the_verdict(judge: Judge) -> None:
    seen = set()
    for case in decided_matters(judge):
        explained = judge.explain(case, counterfactuals=False)
        radius = explained.radius
        if radius is None or radius.shifts > 12:
            continue
        seen.add(radius.distance)
        single = [judge.decide(other).verdict for _, other in one_step(judge, case)]
        turned = any(verdict is not explained.assessment.verdict for verdict in single)
        assert turned == (radius.distance == 1)
        assert all(sum(shift.steps for shift in turn.shifts) == radius.distance for turn in radius.turns)
        if radius.distance > 1:
            for turn in radius.turns[:4]:
                assert _decide_turned(judge, case, turn.shifts) is turn.verdict
    assert {0, 1, 2} <= seen


def _decide_turned(judge: Judge, case: Case, shifts: tuple[object, ...]) -> Verdict:
    becomes = {shift.evidence.sentence: shift.becomes for shift in shifts}  # type: ignore[attr-defined]
    sentences = [judge.writer.sentence(fact) for fact in case.facts]
    assert set(becomes) <= set(sentences)
    return judge.decide("\n".join(becomes.get(sentence, sentence) for sentence in sentences)).verdict


def test_a_close_case_says_what_it_decisive_steps_and_which_degree_was_inferred(judge: Judge) -> None:
    assessment = judge.assess(CLOSE)
    assert assessment.verdict is Verdict.STANDS
    turns = {
        (turn.shifts[0].becomes, str(turn.shifts[0].evidence.speaker), turn.verdict)
        for turn in assessment.decisive_steps
    }
    assert turns == {
        ("Obeying does serious harm to the privacy of the user.", "inferred", Verdict.CONTESTED),
        ("Breaking the rule may do minor harm to the money of customers.", "user", Verdict.CONTESTED),
    }
    assert {turn.shifts[0].degree for turn in assessment.decisive_steps} == {"serious", "minor"}


def test_text_and_page_say_the_radius_and_the_balance(judge: Judge) -> None:
    explanation = judge.explain(CLOSE, counterfactuals=False)
    for shown in (render_explanation(explanation), render_explanation_html(explanation)):
        words = " ".join(shown.split())
        assert "One step of one described degree changes the verdict:" in words
        assert "The cost of obeying is noticeable (line 4)." in words
        assert "What breaking it costs others is noticeable (line 5)." in words


@pytest.mark.parametrize(
    "facts",
    ["Breaking the rule harms nobody.", "The authority is a city.\nObeying does serious harm to the home of the user."],
)
def test_an_undetermined_verdict_has_no_radius(judge: Judge, facts: str) -> None:
    explained = judge.explain(facts, counterfactuals=False)
    assert explained.assessment.verdict is Verdict.UNDETERMINED
    assert explained.radius is None


def test_the_balance_names_the_gravest_harm_on_each_side_and_what_moves_it(judge: Judge) -> None:
    assessment = judge.assess("""
        The authority is a city.
        The rule limits the right to free expression.
        Others reach the same aim by a milder means: "the neighbouring town uses a notice".
        Obeying does serious harm to the free speech of the user.
        Obeying does minor harm to the convenience of the user.
        Breaking the rule does minor harm to the privacy of the public.
        The user tried no official channel.
    """)
    parts = {part.part: part for part in assessment.balance}
    assert {name: part.value for name, part in parts.items()} == {"cost": 3, "protection": 2, "lead": 1, "faults": 1}
    assert [item.sentence for item in parts["cost"].evidence] == [
        "Obeying does serious harm to the free speech of the user."
    ]
    assert any("milder means" in item.sentence for item in parts["faults"].evidence)


def test_the_balance_names_safeguards_of_two_kinds_and_the_aim_of_a_law_maker(judge: Judge) -> None:
    """Each line of step 3 in docs/balance.md that moves the lead is told, with its facts."""
    assessment = judge.assess("""
        The authority is a regulator.
        The limit has a clear basis in law: "the shops act".
        The limit can be reviewed independently: "a court".
        The limit is narrow: "two streets".
        The limit is temporary: "until May".
        The purpose of the rule is public health.
        Obeying does grave harm to the livelihood of the user.
        Breaking the rule does minor harm to the convenience of neighbours.
        The user tried no official channel.
    """)
    parts = {part.part: part for part in assessment.balance}
    assert {name: part.value for name, part in parts.items()} == {
        "cost": 4, "protection": 1, "lead": 3, "safeguards": 2, "aim": 1,
    }  # fmt: skip
    shown = {name: {item.sentence for item in part.evidence} for name, part in parts.items()}
    assert 'The limit is temporary: "until May".' in shown["safeguards"]
    assert any("health" in sentence for sentence in shown["aim"])
    assert assessment.verdict is Verdict.STANDS


def test_every_value_that_a_measure_of_the_balance_can_have_has_words(judge: Judge) -> None:
    """A value without words would be left out in silence. Nothing is said of what moves nothing."""
    phrases, index = judge.base.phrases, judge.engines.within(Bounds()).index
    assert {"cost", "protection", "lead", "faults", "safeguards", "aim", "consent", "numbers"} == set(
        judge.base.balance_measures
    )
    for part, measure in judge.base.balance_measures.items():
        values = {value for value, _ in index.numbered_atoms(measure.partition(" if ")[0])}
        silent = set() if part == "lead" else {0}
        assert {value for value in values - silent if f"balance_{part}_{value}" not in phrases} == set(), part
    for part in ("cost", "protection"):
        assert f"balance_{part}_none" in phrases
