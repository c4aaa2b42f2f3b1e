"""The sources of a finding are those of the rules that fired, the most specific and the most binding first."""

from __future__ import annotations

from datetime import date

import pytest

from legit import Assessment
from legit.catalogue.citations import bibliography
from legit.judge import Judge
from legit.knowledge.bibliography import Reading
from legit.knowledge.rule_sources import count_rules, read_source_marks

CRIMES_OF_STATE = ("Nuremberg Principles", "Radbruch", "Streletz", "K.-H.W.", "R v Dudley")
CRIMINAL_PROCEDURE = ("ICCPR 14(5)", "ICCPR 13", "ECHR P7-2")

LEASE = """
The authority is a landlord.
The user is a tenant.
The rule forbids "any overnight guest".
The purpose of the rule is not stated.
The rule reaches into the inside of the home.
The rule is a blanket rule without exceptions: "not even in bad weather".
Obeying does serious harm to the family life of the user.
Breaking the rule harms nobody.
The user tried no official channel.
"""
PLATFORM = """
The authority is an online platform or algorithm.
The rule forbids "posts about the abuse of children".
The purpose of the rule is child protection.
The rule is applied on a wrong record: "a post of criticism was taken for abuse".
The user's request for an explanation was answered only by a machine.
Obeying does serious harm to the free speech of the user.
Breaking the rule harms nobody.
"""
VACCINE = """
The authority is a national government.
The rule requires "childhood vaccination before nursery".
The purpose of the rule is child protection.
The rule reaches into the user's own body.
Obeying does serious harm to the conscience of the user.
Breaking the rule may do grave harm to the health of the public.
The user's court action was refused.
"""
BANK = """
The authority is a bank.
The rule requires "a valid passport from every account holder".
The purpose of the rule is preventing money laundering.
The rule burdens the user especially through immigration status.
Obeying does grave harm to the subsistence of the user.
Breaking the rule may do minor harm to the money of customers.
The user's complaint was refused.
"""
BENEFIT = """
The authority is a municipality.
The rule requires "a lower housing benefit where a second adult is registered".
The purpose of the rule is public funds.
The rule lacks safeguards against abuse: "no human review".
The standard applied is secret: "a risk score".
The rule burdens the right to data protection.
The rule burdens the right to social security.
Obeying does serious harm to the subsistence of the user.
Breaking the rule does minor harm to the public funds of the public.
The user's complaint was answered only by a machine.
The rule is applied on a wrong record: "the second adult moved out".
"""


def cited(assessment: Assessment, criterion: str) -> list[str]:
    (finding,) = [item for item in assessment.findings if item.criterion == criterion]
    return [source.text for source in finding.sources]


@pytest.mark.parametrize(
    "case", [LEASE, PLATFORM, VACCINE, BANK, BENEFIT], ids=["lease", "platform", "vaccine", "bank", "benefit"]
)
def test_an_everyday_case_cites_no_crime_of_state_and_no_criminal_procedure(judge: Judge, case: str) -> None:
    assessment = judge.assess(case)
    texts = [source.text for item in assessment.findings for source in item.sources]
    assert texts
    assert [text for text in texts if text.startswith((*CRIMES_OF_STATE, *CRIMINAL_PROCEDURE))] == []


@pytest.mark.parametrize(
    ("case", "criterion", "first", "among"),
    [
        (LEASE, "lacks_jurisdiction", "Directive 93/13 3", "ICESCR 11"),
        (PLATFORM, "no_appeal", "DSA 17", "DSA 20"),
        (PLATFORM, "too_opaque", "DSA 17", "P2B 4"),
        (BANK, "systematically_disadvantaged", "Refugee Convention 27", "Directive 2014/92 16"),
        (BENEFIT, "too_opaque", "GDPR 13", "GDPR 22"),
        (BENEFIT, "no_appeal", "GDPR 16", "ECHR 6(1)"),
    ],
)
def test_the_most_specific_source_comes_first(judge: Judge, case: str, criterion: str, first: str, among: str) -> None:
    texts = cited(judge.assess(case), criterion)
    assert texts[0] == first
    assert among in texts


def test_a_grave_order_still_cites_the_law_on_grave_orders(judge: Judge) -> None:
    texts = cited(
        judge.assess(
            "The authority is a military command.\nObeying makes the user kill strangers.\n"
            "Obeying costs nothing that matters.\nBreaking the rule harms nobody.\n"
        ),
        "substantively_indefensible",
    )
    assert any(text.startswith("Nuremberg Principles") for text in texts)
    assert any(text.startswith("Radbruch") for text in texts)


@pytest.mark.parametrize(
    ("trait", "source"),
    [
        ("language", "Framework Convention on National Minorities 10"),
        ("poverty", "CESCR GC20 35"),
        ("immigration status", "Refugee Convention 27"),
        ("religion", "ECHR 9"),
        ("disability", "CRPD 2"),
    ],
)
def test_each_trait_has_sources_of_its_own(judge: Judge, trait: str, source: str) -> None:
    case = (
        f"The authority is a city.\nThe rule burdens the user especially through {trait}.\n"
        "Obeying does serious harm to the money of the user.\nBreaking the rule harms nobody.\n"
    )
    texts = cited(judge.assess(case), "systematically_disadvantaged")
    assert source in texts
    if trait != "disability":
        assert not any(text.startswith("CRPD") for text in texts)


def test_a_public_authority_is_held_to_public_law_and_a_private_one_is_not(judge: Judge) -> None:
    said = 'The rule is applied on a wrong record: "a namesake".\nThe user\'s complaint was ignored.\n'
    rest = "Obeying costs nothing that matters.\nBreaking the rule harms nobody.\n"
    city = cited(judge.assess(f"The authority is a city.\n{said}{rest}"), "no_appeal")
    shop = cited(judge.assess(f"The authority is a club.\n{said}{rest}"), "no_appeal")
    public = {"ECHR 6(1)", "Rec(2004)20 1", "CM/Rec(2007)7 22"}
    assert public <= set(city)
    assert not public & set(shop)


def test_among_equals_the_more_binding_comes_first(judge: Judge) -> None:
    rank = {"treaty": 0, "statute": 0, "case": 1, "soft_law": 2, "work": 3, "maxim": 3}
    case = (
        'The authority is a club.\nThe rule is applied on a wrong record: "a namesake".\n'
        "The user's complaint was ignored.\nObeying costs nothing that matters.\nBreaking the rule harms nobody.\n"
    )
    (finding,) = [item for item in judge.assess(case).findings if item.criterion == "no_appeal"]
    kinds = [rank[source.kind] for source in finding.sources]
    assert kinds == sorted(kinds)


def test_each_rule_of_each_criterion_has_a_source_without_a_condition(judge: Judge) -> None:
    for item in judge.base.criteria.values():
        own = {mark.rule for mark in item.source_marks if not mark.condition}
        for rule in range(1, count_rules(item.rule_text) + 1):
            assert item.common_sources or rule in own, (item.id, rule)


def test_every_place_of_the_shipped_base_has_a_use(judge: Judge) -> None:
    """A rule of a criterion or of the judgement rests on it, by itself or by a right, clause or kind of authority; or a route does."""
    routes = {ref for route in judge.base.routes.values() for ref in route.sources}
    unused = [
        item.ref
        for item in bibliography(judge.base)
        if item.ref not in routes and not {use.kind for use in item.cited_by} & {"criterion", "judgement_rules"}
    ]
    assert unused == []


def test_every_verified_place_of_the_shipped_base_has_a_recorded_reading(judge: Judge) -> None:
    bare = [item.ref for item in bibliography(judge.base) if item.verified and not item.reading]
    assert bare == []


def test_a_reading_names_no_person() -> None:
    reading = Reading(on=date(2026, 11, 29), edition="second", seen="https://example.org")
    assert str(reading) == "2026-11-29, second, https://example.org"
    with pytest.raises(ValueError, match="by"):
        Reading.model_validate({"on": date(2026, 11, 29), "by": "somebody"})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("% @sources\nmeets(x) :- a.\n", "K404"),
        ("% @sources if :echr 13\nmeets(x) :- a.\n", "K404"),
        ("% @sources if a b: echr 13\nmeets(x) :- a.\n", "K404"),
        ("meets(x) :- a.\n% @sources echr 13\n", "K404"),
    ],
)
def test_a_mark_that_cannot_be_read_is_a_problem(text: str, code: str) -> None:
    _, problems = read_source_marks(text, "x.lp", 1)
    assert [problem.code for problem in problems] == [code]


def test_a_mark_belongs_to_the_next_rule() -> None:
    marks, problems = read_source_marks(
        "meets(x) :- a.\n% @sources echr 13\n% a remark\nmeets(x) :-\n  b,\n  c.\n% @sources if d(K): K\nmeets(x) :- d(_).\n",
        "x.lp",
        10,
    )
    assert problems == []
    assert [(mark.rule, mark.sources, mark.condition, mark.line) for mark in marks] == [
        (2, ("echr 13",), "", 11),
        (3, ("K",), "d(K)", 16),
    ]
    assert [mark.names_variable for mark in marks] == [False, True]
    assert [mark.refs for mark in marks] == [("echr 13",), ()]
