"""Rules compare measures with the bounds of bands, and steps of attributes with steps, by name (K508)."""

from __future__ import annotations

import clingo
import pytest

from legit.engine.program import Bounds
from legit.engine.program_text import program_text
from legit.errors import Problem
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.lexicon import MEASURES
from legit.knowledge.rules.measures import check_comparisons, infer_kinds
from legit.knowledge.rules.rule_parser import parse_rules


def problems(base: KnowledgeBase, text: str) -> list[Problem]:
    rules, unread = parse_rules(text, "x.lp")
    assert not unread
    more = [(base.rules[0][0], rules)]
    kinds = infer_kinds([*base.rules, *more], base.given_kinds())
    return list(check_comparisons(more, kinds, base.scales))


@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_a_named_bound_holds_of_a_band_as_it_holds_of_every_value_in_it(judge: Judge, measure: str) -> None:
    lexicon = judge.base.vocabulary.lexicon
    lines = [line for line in program_text(judge.base, Bounds()).splitlines() if line[:7] in ("more_th", "at_most")]
    control = clingo.Control()
    control.add("base", [], "\n".join(line for line in lines if "(" in line and ":-" not in line))
    control.ground([("base", [])])
    known = {str(item.symbol) for item in control.symbolic_atoms}
    bounds = list(lexicon.bounds(measure))
    assert bounds
    for bound in bounds:
        limit = bound.number * lexicon.units_of(measure)[bound.unit]
        for value in range(lexicon.bands[measure][-1] + 2):
            band = lexicon.band_index(measure, value)
            named = f"({band},{bound.number},{bound.unit})"
            assert (f"more_than{named}" in known) == (value > limit)
            assert (f"at_most{named}" in known) == (value <= limit)


def test_a_number_that_is_no_bound_is_refused_with_the_nearest(judge: Judge) -> None:
    (problem,) = problems(judge.base, "x :- rule_age(A), more_than(A,20,years).")
    assert problem.code == "K508"
    assert problem.nearest == ("19,years", "49,years")
    assert problem.line == 1
    assert "49 years" in problem.help
    assert "write" not in problem.help, "only the nearest bounds are suggested"


REFUSED = [
    "x :- rule_age(A), A >= 4.",
    "x :- rule_age(A), 4 < A.",
    "x :- rule_age(A), B = A, B = 4.",
    "x :- rule_age(A), unenforced_for(B), A > B+1.",
    "x :- rule_age(4).",
    "x :- not rule_age(4).",
    "x :- harm_due_within(T), more_than(T,4,years).",
    "x :- channel_takes(C), rule_age(A), C > A.",
    "x :- more_than(4,19,years).",
    "x :- #sum { B : rule_age(B) } > 3.",
    "soon(0..3). x :- harm_due_within(T), soon(T).",
    "p(A+1) :- rule_age(A).",
    "x :- is_a(A,years), A > 3.",
    "{ q(A) : rule_age(A), A > 3 }.",
    "x :- power_ended_on(N,E), E < 3.",
    "x :- punished_by(S), sanction_level(S,L), L >= 2.",
    "x :- punished_by(S), sanction_level(S,L), at_least(L,statute,norm_rank).",
    "x :- punished_by(S), sanction_level(S,L), at_least(L,statute,sanction_level).",
    "found :- input(rule_age(A)), A >= 4.",
    "x :- power_ended_on(N,E), dated(rule,R), E < R.",
    "x :- power_ended_on(N,E), dated(rule,R), E != R.",
    "x :- channel_takes(C), harm_due_within(T), C > T.",
    "x :- channel_takes(C), harm_due_within(T), C = T.",
    "x :- channel_takes(C), harm_due_within(T), exceeds(channel_takes,T,harm_due_within,C).",
    "x :- channel_takes(C), rule_age(A), exceeds(channel_takes,C,rule_age,A).",
    "x :- channel_takes(C), exceeds(channel_takes,C,harm_due_within,T).",
    "x :- channel_takes(C), channel_takes(T), exceeds(channel_takes,C,channel_takes,T).",
    "x :- dated(rule,R), rule_age(A), earlier(R,A).",
]

ALLOWED = [
    "x :- rule_age(A), more_than(A,19,years).",
    "x :- rule_age(A), not at_most(A,19,years).",
    "x :- #count { B : rule_age(B) } > 3.",
    "x :- authority(K), authority_rank(K,L), norm_rank(N,M), M > L.",
    "x :- authority(K), authority_rank(K,L), at_least(L,statute,norm_rank).",
    "x :- power_ended_on(N,E), dated(rule,R), earlier(E,R).",
    "x :- channel_takes(C), harm_due_within(T), exceeds(channel_takes,C,harm_due_within,T).",
    "x :- rule_age(A), B = A, more_than(B,19,years).",
    "x :- cost_weight(W), W > 1, cost_weight(W-1).",
    "found :- before(rule_age(A)), not after(rule_age(A)), more_than(A,19,years).",
]


@pytest.mark.parametrize("rule", REFUSED)
def test_what_is_no_number_is_compared_with_none(judge: Judge, rule: str) -> None:
    assert {problem.code for problem in problems(judge.base, rule)} == {"K508"}


@pytest.mark.parametrize("rule", ALLOWED)
def test_what_is_of_one_kind_is_compared(judge: Judge, rule: str) -> None:
    assert problems(judge.base, rule) == []
