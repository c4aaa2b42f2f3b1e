"""The harm of the method is derived apart from the verdict, and by bounds where there are too many scenarios."""

from __future__ import annotations

import random

import pytest

from legit.engine.case_encoder import CaseEncoder
from legit.engine.certainty import certainty
from legit.engine.engine import Engine
from legit.engine.ground_rule import Bounds, GroundRule
from legit.judge import Judge
from legit.model.facts import Truth
from legit.testing.generate import CaseGenerator, RandomChoices


def rule(head: int, *body: int) -> GroundRule:
    return GroundRule(False, (head,), body)


@pytest.mark.parametrize(
    ("rules", "certain", "possible"),
    [
        ([rule(3, 1), rule(4, 2), rule(5, -2), rule(6, -1), rule(7, 4, 5)], {1, 3}, {1, 2, 3, 4, 5, 7}),
        ([rule(3, -4), rule(4, -3)], {1}, {1, 2, 3, 4}),  # each the denial of the other
        ([rule(3, 4), rule(4, 3)], {1}, {1, 2}),  # nothing holds itself up
        ([rule(3, 2), rule(4, -3), rule(5, -4, 1)], {1}, {1, 2, 3, 4, 5}),
        ([GroundRule(True, (3, 4), (1,)), rule(5, 3)], {1}, {1, 2, 3, 4, 5}),  # a choice
        ([GroundRule(False, (3,), (1, 2, -4), (1, 1, 1), 2)], {1, 3}, {1, 2, 3}),  # weights: 1 and the denial of 4
        ([GroundRule(False, (3,), (1, 2, -4), (1, 1, 1), 3)], {1}, {1, 2, 3}),
        ([GroundRule(False, (), (1,))], {1}, {1, 2}),  # a constraint derives nothing
    ],
)
def test_bounds_of_small_programs(rules: list[GroundRule], certain: set[int], possible: set[int]) -> None:
    """Atom 1 is true, atom 2 is open, all others are derived or false."""
    assert certainty(rules, {1}, {2}) == (certain, possible)


def test_the_harm_apart_is_that_of_the_decision_and_bounds_enclose_it(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For random cases with open facts: the same harm, and no harm outside of the bounds."""
    engine = Engine(judge.base, Bounds())
    encoder = CaseEncoder(judge.base)
    generator = CaseGenerator(judge.base.vocabulary)
    finder = engine.method_harm
    compared = harmful = 0
    for number in range(300):
        case = generator.case(RandomChoices(number), 8)
        facts = [fact for fact in case.facts if not encoder.has_name_or_date(fact)]
        opened = random.Random(number).sample(range(len(facts)), min(2, len(facts)))
        facts = [f.model_copy(update={"truth": Truth.UNKNOWN}) if n in opened else f for n, f in enumerate(facts)]
        case = case.model_copy(update={"facts": tuple(facts)})
        if judge.problems(case):
            continue
        encoded = encoder.encode(case)
        whole, apart = engine.decide(encoded, 5.0), finder.find(encoded)
        with monkeypatch.context() as patched:
            patched.setattr(engine.decider, "scenarios", lambda *_, **__: None)
            wide = finder.find(encoded)
        for name in ("method_harm_level", "harm_finding", "stance"):
            every, some = (set(found.get(name, ())) for found in (whole.cautious, whole.brave))
            assert set(apart.cautious.get(name, ())) == every, number
            assert set(apart.brave.get(name, ())) == some, number
            assert set(wide.cautious.get(name, ())) <= every <= some <= set(wide.brave.get(name, ())), number
        compared += 1
        harmful += ("stop",) in whole.brave["method_harm_level"]
    assert compared > 50
    assert harmful > 1


def test_a_harm_rests_on_methods_and_not_on_what_excuses_them(judge: Judge) -> None:
    predicates = Engine(judge.base, Bounds()).method_harm.predicates
    assert {"method", "method_harms"} <= predicates
    assert not {"breach_harmless", "compliance_harmless", "no_channel"} & predicates
