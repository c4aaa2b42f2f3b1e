"""What is told counts: the kinds of facts that had no effect or no word, with their reasons."""

from __future__ import annotations

import functools

import pytest

from legit import Assessment, Judge, Verdict
from legit.assurance.lint import lint_warnings
from legit.assurance.value_effects import Slot, effective_slots
from legit.consult import Consultant

NOTHING = "Obeying costs nothing that matters.\nBreaking the rule harms nobody.\nThe user tried no official channel.\n"
LITTLE = (
    "Obeying does minor harm to the convenience of the user.\nBreaking the rule harms nobody.\n"
    "The user's complaint was refused.\n"
)


@functools.cache
def consultant() -> Consultant:
    return Consultant()


def defeating(assessment: Assessment) -> set[str]:
    return {item.criterion for item in assessment.findings if item.effect == "defeats"}


@pytest.mark.parametrize(
    ("facts", "ground"),
    [
        ("The authority is a regulator.\nThe user holds a valid permit.\nThe authority ignores what the user holds.\n", "legitimate_expectation"),
        ("The authority is a city.\nThe user holds documents that prove the case.\nThe authority ignores what the user holds.\n", "evidence_ignored"),
        ("The authority is a school.\nThe user holds a prescription.\nThe authority ignores what the user holds.\n", "evidence_ignored"),
        ("The authority is a landlord.\nThe user holds written approval.\n", "legitimate_expectation"),
        ('The authority is an airline.\nThe authority\'s own assistant promised otherwise: "ninety days are enough".\n', "legitimate_expectation"),
        ("The authority is a seller or service business.\nAn agent imposes this without the authority behind it.\n", "exceeded_delegation"),
        ("The authority is a seller or service business.\nNobody made this rule.\n", "exceeded_delegation"),
        ('The authority is a city.\nThe rule has no basis in law: "no statute makes the form a duty".\n', "no_legal_basis"),
        ("The authority is a national agency.\nA regulation forbids what the rule demands.\n", "conflict_of_norms"),
        ("The authority is a national government.\nAn EU regulation forbids what the rule demands.\n", "conflict_of_norms"),
        ("The authority is a national government.\nA treaty forbids what the rule demands.\n", "conflict_of_norms"),
        ("The authority is an official.\nThe end of the mandate dates from 2023.\nThe rule dates from 2024-02.\n", "exceeded_delegation"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("stakes", [NOTHING, LITTLE], ids=["nothing", "little"])
def test_what_is_told_against_a_rule_defeats_it_whatever_it_costs(
    judge: Judge, facts: str, ground: str, stakes: str
) -> None:
    assert judge.assess("The authority is a city.\n" + NOTHING).verdict is Verdict.STANDS
    assessment = judge.assess(facts + stakes)
    assert assessment.verdict is Verdict.DEFEATED
    assert ground in defeating(assessment)


@pytest.mark.parametrize("below", ["A contract", "An agency guideline", "The authority's own policy"])
def test_a_norm_below_the_rule_does_not_defeat_it(judge: Judge, below: str) -> None:
    rule = f"The authority is a national government.\n{below} forbids what the rule demands.\n{NOTHING}"
    assert judge.assess(rule).verdict is Verdict.STANDS


def test_a_bank_does_what_a_statute_demands_of_it(judge: Judge) -> None:
    bank = (
        "The authority is a bank.\nThe purpose of the rule is fraud prevention.\n{}"
        "Obeying does serious harm to the subsistence of the user.\n"
        "Breaking the rule may do serious harm to the security of the public.\nThe user's complaint was refused.\n"
        "The authority gave clear reasons or examples.\n"
    )
    for norm in ("A statute forbids the conduct.\n", "A statute requires what the rule demands.\n"):
        assessment = judge.assess(bank.format(norm))
        assert assessment.verdict is Verdict.STANDS
        assert "for_higher_norm" in {item.criterion for item in assessment.justifications}
    assert judge.assess(bank.format("")).verdict is Verdict.DEFEATED


LEASE = (
    "The authority is a landlord.\nThe purpose of the rule is upkeep.\nThe user agreed to the rule freely.\n"
    "Obeying costs nothing that matters.\nBreaking the rule harms nobody.\nThe user tried no official channel.\n"
)


@pytest.mark.parametrize(
    ("request_", "action"),
    [
        ("The user asks to evade the rule.\nThe method is writing a letter.", "help"),
        ("The user asks to evade the rule.\nThe method is an appeal.", "help"),
        ("The user asks to evade the rule.\nThe method is gathering evidence.", "help"),
        ("The user asks to contest the rule.", "help"),
        ("The user asks to challenge the rule.", "help"),
        ("The user asks to contest the rule.\nThe method is a forged document.", "help_otherwise"),
        ("The user asks to evade the rule.\nThe method is quiet breach.", "decline"),
        ("The user asks to evade the rule.\nThe method is an appeal.\nThe method is a forged document.", "decline"),
    ],
)
def test_asking_is_help_on_a_rule_that_stands(judge: Judge, request_: str, action: str) -> None:
    assessment = judge.assess(LEASE + request_ + "\n")
    assert (assessment.verdict, assessment.guidance.action) == (Verdict.STANDS, action)


@pytest.mark.parametrize("method", ["a forged document", "carrying a weapon", "payment fraud", "quiet breach"])
def test_the_method_of_the_person_is_not_the_enforcers(judge: Judge, method: str) -> None:
    case = f"{LEASE}The assistant is asked to enforce the rule.\nThe method is {method}.\n"
    assert judge.assess(case).guidance.action == "help"
    assert (
        judge.assess(f"{case}The measure does serious harm to the home of the user.\n").guidance.action
        == "help_otherwise"
    )
    grave = judge.assess(f"{case}The measure does grave harm to the health of the user.\n")
    assert grave.guidance.action == "decline"


HARMS = [
    ("The method may do grave harm to the life of the user.", "harm_risk_to_user", "risk"),
    ("The method does minor harm to the money of the user.", "harm_risk_to_user", "risk"),
    ("Breaking the rule is punished by violence or death.", "harm_penalty", "risk"),
    ("Breaking the rule is punished by a warning.", "harm_penalty", "risk"),
    ("The method may do serious harm to the security of the authority.", "harm_to_authority", "told"),
    ("The method does minor harm to the convenience of neighbours.", "harm_to_others", "told"),
]


@pytest.mark.parametrize(("sentence", "criterion", "level"), HARMS)
def test_a_stated_harm_is_told_and_is_no_reason_by_itself(
    judge: Judge, sentence: str, criterion: str, level: str
) -> None:
    case = f"{LEASE}The user asks to evade the rule.\nThe method is technical bypass.\n"
    plain, told = judge.assess(case), judge.assess(f"{case}{sentence}\n")
    assert {(item.criterion, item.level) for item in told.method_harm.reasons} == {(criterion, level)}
    assert (told.method_harm.level, told.guidance.action) == (plain.method_harm.level, plain.guidance.action)
    content = consultant().consult(f"{case}{sentence}").content
    assert f"Method harm, {level}: {sentence}" in content
    assert "none found" not in content


def test_each_of_several_harms_is_told(judge: Judge) -> None:
    several = [sentence for sentence, criterion, _ in HARMS if criterion in ("harm_risk_to_user", "harm_penalty")]
    content = consultant().consult(LEASE + "The user asks to evade the rule.\n" + "\n".join(several)).content
    assert all(sentence in content for sentence in several)


def test_what_is_unknown_is_perhaps_so(judge: Judge) -> None:
    case = f"{LEASE}The user asks to evade the rule.\nThe method is a false excuse.\n"
    unknown = judge.assess(
        f"{case}It is unknown whether others than the authority rely on what the method falsifies.\n"
    )
    (reason,) = unknown.method_harm.reasons
    assert (reason.criterion, reason.certain) == ("harm_deceived_third_party", False)
    assert (
        "Method harm, perhaps caution: "
        in consultant()
        .consult(f"{case}It is unknown whether others than the authority rely on what the method falsifies.")
        .content
    )


@pytest.mark.parametrize("method", ["lawful self-defence", "open refusal", "acting anonymously", "hiding a thing"])
def test_what_is_no_weapon_no_forgery_and_no_false_name_does_no_harm(judge: Judge, method: str) -> None:
    assert not judge.assess(f"{LEASE}The method is {method}.\n").method_harm.reasons


@pytest.mark.parametrize(
    ("method", "criterion"),
    [
        ("a spoofed sender", "harm_impersonation"),
        ("doxxing", "harm_doxxing"),
        ("tampering with another's lock or camera", "harm_intrusion"),
        ("cloning a key", "harm_intrusion"),
        ("dumping waste", "harm_damage"),
    ],
)
def test_methods_have_words_of_their_own(judge: Judge, method: str, criterion: str) -> None:
    reasons = judge.assess(f"{LEASE}The method is {method}.\n").method_harm.reasons
    assert criterion in {item.criterion for item in reasons}


@pytest.mark.parametrize(
    ("type_name", "one", "other"),
    [
        ("ground", "nationality", "race"), ("ground", "pregnancy", "illness"), ("sanction_kind", "deportation", "prison"),
        ("status", "resident", "citizen"), ("stance_kind", "contest", "assess"), ("method_kind", "keeping evidence", "secret recording"),
        ("outcome", "answered with a form letter", "answered only by a machine"), ("purpose", "punishment", "retaliation"),
        ("norm", "a treaty", "human-rights law"), ("norm", "EU law", "a regulation"), ("paper", "a receipt", "a permit"),
        ("authority_kind", "a national agency", "the government"), ("sanction_kind", "discipline at work", "dismissal"),
    ],
)  # fmt: skip
def test_no_synonym_changes_the_legal_meaning(judge: Judge, type_name: str, one: str, other: str) -> None:
    values = judge.base.vocabulary.values(type_name)
    named = {
        phrase.removeprefix("a "): name for name, item in values.items() for phrase in (item.phrase, *item.synonyms)
    }
    assert named[one.removeprefix("a ")] != named[other.removeprefix("a ")]


def test_to_limit_a_right_is_not_to_destroy_it(judge: Judge) -> None:
    limits, destroys = (
        judge.parse_case(f"The authority is a city.\nThe rule {verb} the right to privacy.\n").facts[1].predicate
        for verb in ("limits", "destroys")
    )
    assert limits != destroys
    assert (
        judge.parse_case("The authority is a city.\nThe rule burdens the right to privacy.\n").facts[1].predicate
        == limits
    )


@pytest.mark.parametrize(
    "shared", ["assembly and association", "personal relationships", "belief", "privacy", "free speech", "money", "property", "bodily safety"]
)  # fmt: skip
def test_spheres_and_interests_are_understood_in_both_lists(judge: Judge, shared: str) -> None:
    judge.parse_case(f"The rule reaches into {shared}.\nObeying does minor harm to the {shared} of the user.\n")


@pytest.mark.parametrize(
    "purpose", ["social cohesion", "integration", "professional civility", "housing supply", "protection against exploitation"]
)  # fmt: skip
def test_purposes_have_values(judge: Judge, purpose: str) -> None:
    judge.parse_case(f"The purpose of the rule is {purpose}.\n")


def test_every_value_has_an_effect_or_says_why_not(judge: Judge) -> None:
    assert [note for note in lint_warnings(judge.base) if note.code == "K704"] == []
    effective = effective_slots(judge.base)
    assert {Slot("holds_document", 0, value) for value in judge.base.vocabulary.values("paper")} <= effective
    assert Slot("power_from", 0, "coup") in effective
    assert Slot("power_from", 0, "election") not in effective


def test_a_loss_of_the_authority_that_does_not_count_is_named(judge: Judge) -> None:
    case = "The authority is an online platform.\nBreaking the rule does minor harm to the money of the authority.\nObeying costs nothing that matters.\nThe user tried no official channel.\n"
    assert any("does not count" in text for text in judge.assess(case).guidance.advice)
    assert not any(
        "does not count" in text
        for text in judge.assess(case + "The user agreed to the rule freely.\n").guidance.advice
    )
