"""Decisions with packs, places and dates: engine and oracle agree, and nothing out of force is cited.

The long run takes `LEGIT_PACK_CASES=100000`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from legit.assurance.examples import expected_cases
from legit.judge import Judge, cached_judge
from legit.knowledge.packs import shipped_packs
from legit.model.assessment import Assessment, Citation
from legit.model.facts import Case, Fact
from legit.testing.generate import RandomChoices
from legit.testing.oracle import Oracle, disagreements
from legit.testing.oracle.answer_sets import TooManyAnswerSetsError
from legit.testing.seeded_cases import SeededCases

CASES = int(os.environ.get("LEGIT_PACK_CASES", "60"))
PLACES = ("se", "no", "dk", "fi", "is", "de", "gb", "us", "jp")
EVENTS = ("decision", "rule", "conduct", "enforcement")
DATES = (
    "1975-06-01",
    "1994-01-01",
    "2003-12-31",
    "2012-07-01",
    "2018-05-24",
    "2019-02-01",
    "2024-12-31",
    "2026-02-11",
    "2028-01-01",
)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return cached_judge(packs=sorted(shipped_packs()))


def settled(case: Case, number: int) -> Case:
    """The case at a place, with up to two dates, instead of those that it states."""
    choices = RandomChoices(number)
    dates = {choices.pick(EVENTS): choices.pick(DATES) for _ in range(2)}
    return placed(case, choices.pick(PLACES), dates)


def placed(case: Case, place: str, dates: dict[str, str]) -> Case:
    kept = [fact for fact in case.facts if fact.predicate not in {"arises_in", "dated"}]
    dated = [Fact(predicate="dated", args=item) for item in dates.items()]
    return case.model_copy(update={"facts": (*kept, Fact(predicate="arises_in", args=(place,)), *dated)})


def test_engine_and_oracle_agree_with_packs_places_and_dates(judge: Judge) -> None:
    oracle, source = Oracle(judge.base), SeededCases(judge, max_facts=12, max_unknown=2)
    left_out = 0
    for number in range(CASES):
        case = settled(source.case(number), number)
        try:
            assert disagreements(judge, oracle, case, limit=2_000) == [], judge.writer.case(case)
        except TooManyAnswerSetsError:
            left_out += 1
    assert left_out * 20 <= CASES


def cited(found: Assessment) -> Iterator[Citation]:
    for item in (*found.findings, *found.justifications, *found.rights_touched, *found.method_harm.reasons):
        yield from item.sources


def first_day(date: str) -> str:
    return date + "-01-01"[len(date) - 4 :] if len(date) < 10 else date


def last_day(date: str) -> str:
    return date + "-12-31"[len(date) - 4 :] if len(date) < 10 else date


def test_no_decision_cites_what_was_out_of_force_then(judge: Judge) -> None:
    sources = judge.base.bibliography.sources
    cases = [case for item in expected_cases(judge.base, own_only=True) for case in judge.parse_cases(item.text)]
    seen = 0
    for number, case in enumerate(cases[:: max(1, len(cases) // CASES)]):
        place, date = PLACES[number % len(PLACES)], DATES[number % len(DATES)]
        for citation in cited(judge.assess(placed(case, place, {"decision": date}))):
            name, _, part = citation.ref.partition(" ")
            source = sources[name]
            if source.kind in {"work", "maxim"} or (source.judged_at and "decision" not in source.judged_at):
                continue
            seen += 1
            spans = [source, *([source.pinpoints[part]] if part else [])]
            for span in spans:
                assert not span.in_force_from or first_day(span.in_force_from) <= date, (citation.ref, date)
                assert not span.in_force_to or last_day(span.in_force_to) >= date, (citation.ref, date)
    assert seen > min(CASES, len(cases))


NORMS = ("constitution", "human_rights", "treaty", "eu_law", "statute", "regulation")


@pytest.mark.parametrize("place", ["dk", "fi", "is", "no", "se", "de", ""])
def test_who_reviews_a_statute_depends_on_the_country(place: str) -> None:
    """Every case that the rule reads: place, rank of the rule, norm against it, and what the norm says."""
    judge = cached_judge()
    base = [
        Fact(predicate="rule_requires", args=("a stamp",)), Fact(predicate="compliance_harmless"),
        Fact(predicate="breach_harmless"), Fact(predicate="channel", args=("complaint", "untried")),
    ]  # fmt: skip
    if place:
        base.append(Fact(predicate="arises_in", args=(place,)))
    waits = 0
    for authority in ("national_government", "regional_government", "national_agency", "employer"):
        for norm in NORMS:
            for relation in ("forbids_demand", "requires_conduct"):
                facts = (
                    *base,
                    Fact(predicate="authority", args=(authority,)),
                    Fact(predicate="other_norm", args=(norm, relation)),
                )
                found = judge.assess(Case(facts=facts))
                against_statute = authority == "national_government" and norm in {"constitution", "human_rights"}
                if not any(
                    item.criterion == "conflict_of_norms" and item.effect == "defeats" for item in found.findings
                ):
                    assert not against_statute
                    continue
                expected = "voidable" if against_statute and place in {"dk", "fi", "is", "no"} else "inapplicable"
                assert found.consequence == expected, (place, authority, norm, relation)
                waits += expected == "voidable"
    assert waits == (4 if place in {"dk", "fi", "is", "no"} else 0)
