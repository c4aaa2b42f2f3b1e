"""The order of findings: the ground that the user pleads comes first, and changes nothing else."""

from __future__ import annotations

from legit.judge import Judge
from legit.model.assessment import Assessment
from legit.model.facts import Case, Fact
from legit.testing.generate import CaseGenerator, RandomChoices


def pleaded(case: Case, family: str) -> Case:
    return case.model_copy(update={"facts": (*case.facts, Fact(predicate="objects_to", args=(family,)))})


def of_effect(found: Assessment, effect: str) -> list[tuple[str, str]]:
    return [(item.criterion, item.family) for item in found.findings if item.effect == effect]


def test_a_plea_orders_the_findings_and_changes_none(judge: Judge) -> None:
    """Over random cases and each family: the same findings; those of the family come first of their effect, after those
    of a leading standard."""
    generator = CaseGenerator(judge.base.vocabulary)
    leading = judge.base.leading_criteria
    families = judge.base.vocabulary.values("ground_kind")
    moved = 0
    for number in range(120):
        case = generator.case(RandomChoices(number), 9)
        case = case.model_copy(update={"facts": tuple(item for item in case.facts if item.predicate != "objects_to")})
        if judge.problems(case):
            continue
        before = judge.assess(case)
        for family in families:
            after = judge.assess(pleaded(case, family))
            assert (after.verdict, after.guidance, after.method_harm) == (
                before.verdict,
                before.guidance,
                before.method_harm,
            )
            for effect in {item.effect for item in before.findings}:
                first, now = of_effect(before, effect), of_effect(after, effect)
                assert sorted(first) == sorted(now)
                rest = [item_family == family for criterion, item_family in now if criterion not in leading]
                assert rest == sorted(rest, reverse=True)
                moved += first != now
    assert moved > 50


def test_a_denied_or_unknown_plea_orders_nothing(judge: Judge) -> None:
    text = (
        "The authority is an employer.\n"
        'The rule does not further its purpose: "noise".\n'
        "Obeying does serious harm to the health of the user.\n"
        "The user's complaint was ignored.\n"
        "The authority acts outside the domain it was given.\n"
    )
    before = [item.criterion for item in judge.assess(text).findings]
    plea = "The user mainly objects to who made it.\n"
    assert judge.assess(text + plea).findings[0].criterion == "exceeded_delegation"
    for mark in ("It is not the case that", "It is unknown whether"):
        found = judge.assess(f"{text}{mark} the user mainly objects to who made it.\n")
        assert [item.criterion for item in found.findings] == before
