"""Contradictions are found wherever they are, though most cases are not looked at pair by pair."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legit.errors import CaseError
from legit.judge import Judge
from legit.knowledge.case_validation import mutually_exclusive, validate_case
from legit.knowledge.vocabulary import Vocabulary
from legit.model.facts import Case, Fact, Truth
from legit.testing.strategies import facts


def contradict(vocabulary: Vocabulary, one: Fact, other: Fact) -> str:
    """What is wrong with two facts of one speaker, by what the vocabulary says of their predicates alone."""
    if one.speaker.witness_id != other.speaker.witness_id:
        return ""
    if one.atom == other.atom:
        return "" if one.truth is other.truth else "C201"
    if not one.truth is other.truth is Truth.TRUE:
        return ""
    first, second = (vocabulary.predicates[fact.predicate].spec for fact in (one, other))
    if one.predicate == other.predicate and first.functional:
        return "C202"
    named = other.predicate in first.excludes or one.predicate in second.excludes
    return "C203" if named and mutually_exclusive(vocabulary, one.atom, other.atom) else ""


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_contradictions_are_those_of_all_pairs(judge: Judge, data: st.DataObject) -> None:
    vocabulary = judge.base.vocabulary
    # Predicates that exclude others are drawn as often as all the rest, so that contradictions are common.
    everything, excluding = sorted(vocabulary.predicates), sorted(vocabulary.exclusive_predicates)
    name = st.sampled_from(everything) | st.sampled_from(excluding)
    one = name.flatmap(lambda found: facts(vocabulary, predicates=[found]))
    stated = data.draw(st.lists(one, max_size=8))
    expected = {contradict(vocabulary, *pair) for pair in combinations(stated, 2)} - {""}
    assert {problem.code for problem in validate_case(vocabulary, Case(facts=tuple(stated)))} == expected


def test_rivals_are_those_that_the_vocabulary_names(judge: Judge) -> None:
    vocabulary = judge.base.vocabulary
    for name, predicate in vocabulary.predicates.items():
        for other in predicate.spec.excludes:
            assert other in vocabulary.exclusive_predicates[name]
            assert name in vocabulary.exclusive_predicates[other]
        assert (name in vocabulary.exclusive_predicates.get(name, ())) == predicate.spec.functional


def test_the_fact_is_named_that_another_excludes(judge: Judge) -> None:
    covers = (
        "The authority's written powers cover the inside of the home.\nThe authority's written powers cover the body.\n"
    )
    with pytest.raises(CaseError) as caught:
        judge.parse_cases(covers + "The authority's written powers exclude the body.")
    (problem,) = caught.value.problems
    assert (problem.code, problem.line) == ("C203", 3)
    assert "`The authority's written powers cover the body.` in line 2" in problem.message
