"""What the strategies give is well-formed, of the kind that they name, and small and readable once shrunk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, assume, find, given, settings
from hypothesis import strategies as st

from legit.assurance.examples import applies
from legit.errors import LegitError, Problem
from legit.judge import Judge, cached_judge
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.case_validation import validate_case
from legit.model.facts import Case, Truth
from legit.testing import strategies
from legit.testing.generate import CaseGenerator, RandomChoices
from legit.testing.strategies import Document

JUDGE = cached_judge()
VOCABULARY = JUDGE.base.vocabulary
RELAXED = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize(
    "strategy",
    [
        strategies.cases(VOCABULARY),
        strategies.delegation_chains(VOCABULARY),
        strategies.prerequisite_graphs(VOCABULARY),
        strategies.timelines(VOCABULARY),
        strategies.near_misses(JUDGE, "no_appeal"),
    ],
    ids=["cases", "authorities", "prerequisite_graphs", "timelines", "near_misses"],
)
def test_cases_fit_the_vocabulary_and_do_not_contradict_themselves(strategy: st.SearchStrategy[Case]) -> None:
    @RELAXED
    @given(strategy)
    def check(case: Case) -> None:
        assert validate_case(VOCABULARY, case) == []

    check()


def test_cases_keep_to_what_they_are_asked_for() -> None:
    @RELAXED
    @given(strategies.cases(VOCABULARY, 5, max_unknown=1, topics=["request"]))
    def check(case: Case) -> None:
        assert len(case.facts) <= 5
        assert {VOCABULARY.predicates[fact.predicate].topic for fact in case.facts} <= {"request"}
        assert sum(fact.truth is Truth.UNKNOWN for fact in case.facts) <= 1

    check()
    with pytest.raises(ValueError, match="there is no topic `weather`; there are application, authority"):
        strategies.cases(VOCABULARY, topics=["weather"])
    with pytest.raises(ValueError, match="there is no predicate `rains`"):
        strategies.facts(VOCABULARY, predicates=["rains"])


def _holds(finding: str) -> Callable[[Case], bool]:
    return lambda case: any(name == finding for name, _ in JUDGE.decide(case).findings)


@pytest.mark.parametrize(
    ("strategy", "condition", "smallest"),
    [
        (strategies.cases(VOCABULARY), _holds("usurped_power"), "\nThe authority holds power by armed force.\n"),
        (
            strategies.delegation_chains(VOCABULARY),
            _holds("exceeded_delegation"),
            "\nAn agent imposes this without the authority behind it.\n",
        ),
        (strategies.prerequisite_graphs(VOCABULARY), _holds("impossible_to_comply"), '\n"A" needs "A" first.\n'),
        (
            strategies.timelines(VOCABULARY),
            _holds("retroactive"),
            "\nThe agreement dates from 2012.\nThe rule dates from 2013.\n",
        ),
    ],
    ids=["cases", "authorities", "prerequisite_graphs", "timelines"],
)
def test_what_is_found_shrinks_to_the_smallest_case_in_controlled_english(
    strategy: st.SearchStrategy[Case], condition: Callable[[Case], bool], smallest: str
) -> None:
    found = find(
        strategy, condition, settings=settings(max_examples=5000, deadline=None, derandomize=True, database=None)
    )
    assert sorted(repr(found).splitlines()) == sorted(smallest.splitlines())


def test_a_broken_chain_of_delegation_is_drawn_and_a_whole_one() -> None:
    strategy = strategies.delegation_chains(VOCABULARY)
    links = ("delegates", "rule_made_by")

    def chained(case: Case) -> bool:
        told = {fact.predicate for fact in case.facts if fact.truth is Truth.TRUE}
        return told == set(links)

    for broken in (True, False):
        find(
            strategy,
            lambda case: chained(case) and _holds("exceeded_delegation")(case) is broken,  # noqa: B023
            settings=settings(max_examples=20_000, deadline=None, derandomize=True, database=None),
        )


@RELAXED
@given(strategies.near_misses(JUDGE, "singled_out"))
def test_near_misses_do_not_meet_the_criterion(case: Case) -> None:
    assert not applies(JUDGE.assess(case), "singled_out")


@RELAXED
@given(strategies.documents(VOCABULARY))
def test_a_case_in_any_of_its_wordings_is_read_as_that_case(document: Document) -> None:
    assume(document.case.facts or document.case.opinions)
    assert JUDGE.parse_cases(document.text) == (document.case,)


@settings(RELAXED, max_examples=300)
@given(strategies.malformed_documents(VOCABULARY))
def test_damaged_texts_are_read_or_refused_with_a_place(text: str) -> None:
    found: tuple[Problem, ...] = ()
    try:
        JUDGE.parse_cases(text)
    except LegitError as error:
        found = error.problems
    assert all(problem.code[0] in "LC" and problem.line > 0 for problem in found)


def test_every_phrase_of_every_value_is_understood(judge: Judge) -> None:
    for predicate in VOCABULARY.predicates.values():
        kinds = {argument.type for argument in predicate.args}
        if predicate.arity != 1 or not VOCABULARY.values(predicate.args[0].type):
            continue
        (kind,) = kinds
        for value_id, value in VOCABULARY.values(kind).items():
            for phrase in (value.phrase, *value.synonyms):
                (fact,) = judge.parse_case(f'{predicate.affirmative_forms[0].format((phrase,))}: "x".').facts
                assert fact.args == (value_id,), phrase


@settings(RELAXED, max_examples=10)
@given(strategies.reweighted_bases(JUDGE.base))
def test_profiles_move_weights_and_make_none_nothing_or_negative(base: KnowledgeBase) -> None:
    def numbers(base: KnowledgeBase) -> list[int]:
        return [
            number
            for table in base.profile.tables.values()
            for value in table.values.values()
            for number in (value.values() if isinstance(value, dict) else (value,))
        ]

    assert all(one >= min(1, other) for one, other in zip(numbers(base), numbers(JUDGE.base), strict=True))
    moved = sum(one != other for one, other in zip(numbers(base), numbers(JUDGE.base), strict=True))
    assert moved <= 3
    assert (base.digest == JUDGE.base.digest) is False


def test_the_same_seed_gives_the_same_case() -> None:
    generator = CaseGenerator(VOCABULARY)
    cases = [generator.case(RandomChoices(seed)) for seed in (7, 7, 8)]
    assert cases[0] == cases[1] != cases[2]
