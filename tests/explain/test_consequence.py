"""What a defeat means: its scope and its consequence, in the assessment and in every output."""

from __future__ import annotations

import pytest

import legit
from legit.consult import Consultant
from legit.model.assessment import Assessment
from legit.render.assessment_text import render_assessment

TAX = """
The authority is a national agency.
The rule requires "payment of the tax that the decision names".
The purpose of the rule is taxation.
The standard applied is unintelligible: "standard phrases and no reasons for this case".
The user's request for clarification was answered with a form letter.
Obeying does serious harm to the money of the user.
Breaking the rule does minor harm to the public funds of the public.
"""
EVADE = "The user asks to evade the rule.\nThe method is withholding payment.\n"
FIRE = """
The authority is a landlord.
The rule forbids "breaking the glass of the fire door".
The harm comes within 10 minutes.
There is no lawful other way.
Obeying does grave harm to the life of a child.
Breaking the rule does minor harm to the property of the authority.
The user tried no official channel.
"""


def assessed(text: str) -> Assessment:
    return legit.Judge().assess(text)


def test_a_defective_tax_decision_is_attacked_and_not_ignored() -> None:
    told = assessed(TAX + EVADE)
    assert (told.verdict, told.scope, told.consequence) == ("defeated", "application", "voidable")
    assert [item.criterion for item in told.findings if item.effect == "defeats"] == ["too_opaque"]
    assert told.guidance.action == "help_otherwise"
    assert "no reason to refuse" not in told.guidance.reason
    assert any("appeal" in advice for advice in told.guidance.advice)
    text = render_assessment(told)
    assert "DEFEATED as applied: the decision is defective, but binds until it is set aside" in text
    assert "no reason to refuse" not in text


def test_a_consulted_model_reads_that_a_defective_decision_binds() -> None:
    told = Consultant().consult([line for line in (TAX + EVADE).splitlines() if line])
    first, *rest = told.content.splitlines()
    assert first == "Verdict: defeated as applied: the decision is defective, but binds until it is set aside."
    assert any(line.startswith("Guidance: help_otherwise. The decision is defective, but binds") for line in rest)
    assert "no reason to refuse" not in told.content


@pytest.mark.parametrize(
    ("added", "action"),
    [
        ("", "help_otherwise"),
        ("The decision is payable meanwhile.", "help_otherwise"),
        ("The decision is in force meanwhile.", "help_otherwise"),
        ("The decision is suspended meanwhile.", "help"),
        ("The decision is not suspended meanwhile.", "help_otherwise"),
        ("It is unknown whether the decision is suspended meanwhile.", "help_otherwise"),
    ],
)
def test_what_holds_meanwhile_decides_whether_the_decision_may_wait(added: str, action: str) -> None:
    told = assessed(f"{TAX}{EVADE}{added}\n")
    assert (told.consequence, told.guidance.action) == ("voidable", action)


@pytest.mark.parametrize(
    ("authority", "added", "consequence"),
    [
        ("a seller", "", "inapplicable"),
        ("a landlord", "The user's appeal is pending.\n", "inapplicable"),
        ("a national agency", "There is no official channel to be heard.\n", "inapplicable"),
        ("a national agency", "The user's appeal was ignored.\n", "inapplicable"),
        ("a national agency", "The user's appeal is pending.\n", "voidable"),
        ("a national agency", "The authority holds power by a coup.\n", "void"),
    ],
)
def test_only_a_decision_that_can_be_set_aside_binds_until_it_is(authority: str, added: str, consequence: str) -> None:
    told = assessed((TAX + EVADE + added).replace("a national agency", authority))
    assert told.consequence == consequence
    assert told.guidance.action == ("help_otherwise" if consequence == "voidable" else "help")


def test_an_exception_is_said_as_one() -> None:
    told = assessed(FIRE)
    assert (told.scope, told.consequence) == ("breach", "excused")
    assert "DEFEATED: an exception is justified" in render_assessment(told)
    assert "no claim to compliance" not in render_assessment(told)


def test_a_rule_that_is_not_defeated_has_neither_scope_nor_consequence() -> None:
    told = assessed(
        "Obeying costs nothing that matters.\nBreaking the rule harms nobody.\nThe user tried no official channel."
    )
    assert told.verdict == "stands"
    assert (told.scope, told.consequence, told.qualifier, told.consequence_summary) == ("", "", "", "")


def test_a_decision_says_scope_and_consequence_as_the_assessment_does() -> None:
    judge = legit.Judge()
    for text in (TAX + EVADE, FIRE):
        decided, told = judge.decide(text), judge.assess(text)
        assert (decided.scope, decided.consequence) == (told.scope, told.consequence)


def test_a_generic_ground_is_no_further_ground_beside_a_specific_one() -> None:
    told = assessed(FIRE)
    defeating = [item for item in told.findings if item.effect == "defeats"]
    steps = legit.Judge().base.specificity_steps
    specific = {fact.sentence for item in defeating if steps[item.criterion] < 2 for fact in item.evidence}
    for item in defeating:
        wanted = steps[item.criterion] == 2 and {fact.sentence for fact in item.evidence} <= specific
        assert item.repeats == wanted, item.criterion
    repeated = [item.title for item in defeating if item.repeats]
    assert repeated
    assert not any(title.lower() in render_assessment(told).lower() for title in repeated)
