"""A criterion of positive law holds only where and when a source of it binds; where a case lies, the rules may ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from legit.assurance.examples import expected_cases
from legit.assurance.lint import check_base
from legit.assurance.scaffold import new_base
from legit.batch.batch_judge import BatchJudge
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.testing.oracle.answer import Oracle
from legit.testing.oracle.comparison import disagreements

DUTY = """%*
id = "{name}"
title = "A duty of positive law"
family = "application_defeat"
standard_of_review = "categorical"
positive_law = true
statement = "What a source in force demands is owed where and when it is in force."
sources = ["{source}"]
[undercutters]
out_of_force = "no source of this duty binds where and when the case arises"
*%

meets({name}) :- no_channel.
undercut({name},out_of_force) :- no_binding_source({name}).
undercut({name},out_of_force) :- binds_public_only({name}), not public_authority.
"""
CASE = """The authority is {authority}.
The rule requires "a form".
Obeying costs nothing that matters.
Breaking the rule does serious harm to the health of neighbours.
There is no official channel to be heard.
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    folder = tmp_path_factory.mktemp("positive") / "own"
    new_base("own", folder)
    for name, source in (("duty", "dsa 20"), ("directive_duty", "directive_2014_92 16")):
        (folder / "criteria" / f"{name}.lp").write_text(DUTY.format(name=name, source=source), encoding="utf-8")
    return Judge(KnowledgeBase.load(folder))


def effects(judge: Judge, text: str) -> tuple[set[str], set[str]]:
    found = judge.assess(text)
    saved = {item.criterion for item in found.undercut if "no source of this duty binds" in item.undercutters[0]}
    return {item.criterion for item in found.findings} & {"duty", "directive_duty"}, saved


BOTH = {"duty", "directive_duty"}
# Who made the rule, where and when: the duties that count, and those that nothing binds to. The Digital Services Act
# applies from 17 February 2024, Directive 2014/92 is a directive (transposition by 18 September 2016).
FORCE = [
    ("a city", "", BOTH, set()),
    ("a bank", "", BOTH, set()),
    ("a city", "The case arises in Sweden.", BOTH, set()),
    ("a bank", "The case arises in Sweden.", {"duty"}, {"directive_duty"}),
    ("a city", "The case arises in Brazil.", set(), BOTH),
    ("a city", "The case arises in Sweden.\nThe decision fell on 2019-05-01.", {"directive_duty"}, {"duty"}),
    ("a city", "The case arises in Sweden.\nThe decision fell on 2015-05-01.", set(), BOTH),
    ("a city", "The case arises in the UK.\nThe decision fell on 2019-05-01.", {"directive_duty"}, {"duty"}),
    ("a city", "The case arises in the UK.", set(), BOTH),
    ("a city", "It is unknown whether the case arises in Brazil.", BOTH, set()),
    ("a city", "The case does not arise in Sweden.", BOTH, set()),
]  # fmt: skip


@pytest.mark.parametrize(("authority", "more", "counts", "saved"), FORCE)
def test_positive_law_counts_where_it_binds(
    own: Judge, authority: str, more: str, counts: set[str], saved: set[str]
) -> None:
    assert effects(own, CASE.format(authority=authority) + more) == (counts, saved)


def test_many_cases_are_judged_as_one_is(own: Judge) -> None:
    cases = [own.parse_case(CASE.format(authority=authority) + more) for authority, more, _, _ in FORCE]
    assert BatchJudge(own).decide_cases(cases) == [own.decide(case) for case in cases]


@pytest.mark.slow
def test_the_oracle_agrees_on_cases_with_places(judge: Judge, own: Judge) -> None:
    """Every tenth example and precedent, in four places, two of them at a time of their own."""
    where = [
        "The case arises in Sweden.", "The case arises in Iceland.\nThe decision fell on 2001-01-01.",
        "The case arises in Brazil.", "The case arises in the UK.\nThe conduct dates from 2019.",
    ]  # fmt: skip
    oracle = Oracle(own.base)
    unplaced = [item for item in expected_cases(judge.base) if "The case arises" not in item.text]
    for number, item in enumerate(unplaced[::10]):
        case = own.parse_case(f"{item.text}\n{where[number % len(where)]}\n")
        assert disagreements(own, oracle, case) == [], item.name


CHECKS = [
    ("undercut({name},out_of_force) :- no_binding_source({name}).", "", "K410"),
    ('sources = ["{source}"]', 'sources = ["fuller_1964"]', "K411"),
    ("no_binding_source({name})", "no_binding_source(retroactive)", "K503"),
    ("no_binding_source({name}).", "no_binding_source({name}), lies_outside(mars).", "K503"),
]


@pytest.mark.parametrize(("old", "new", "code"), CHECKS)
def test_a_criterion_of_positive_law_is_checked(tmp_path: Path, old: str, new: str, code: str) -> None:
    new_base("own", tmp_path / "own")
    text = DUTY.replace(old, new).format(name="duty", source="dsa 20")
    (tmp_path / "own" / "criteria" / "duty.lp").write_text(text, encoding="utf-8")
    found = {problem.code for problem in check_base(tmp_path / "own")}
    assert code in found, found
