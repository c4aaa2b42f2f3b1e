"""What a verdict is made of."""

from __future__ import annotations

import random
import threading

import pytest
from hypothesis import HealthCheck, given, settings

from legit.engine.decided_case import EFFECT_ORDER
from legit.judge import Judge, cached_judge
from legit.model.assessment import Assessment, Verdict
from legit.model.facts import Case, Truth
from legit.render.assessment_text import render_assessment
from legit.testing.strategies import cases

VOCABULARY = cached_judge().base.vocabulary
RELAXED = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

STAMP = """
The authority is a bank.
What the rule depends on does not exist: "the office is gone".
The user's exemption request was refused.
Obeying does grave harm to the subsistence of the user's family.
Breaking the rule harms nobody.
The user asks to evade the rule.
The method is another lawful means.
"""


def criteria(assessment: Assessment, effect: str = "defeats") -> set[str]:
    return {finding.criterion for finding in assessment.findings if finding.effect == effect}


def test_a_verdict_comes_with_criteria_grounds_and_sources(judge: Judge) -> None:
    assessment = judge.assess(STAMP)
    assert assessment.verdict is Verdict.DEFEATED
    assert {"impossible_to_comply", "letter_not_spirit"} <= criteria(assessment)
    assert "no_appeal" not in criteria(assessment)  # a refusal on the merits is a remedy that was open
    finding = next(item for item in assessment.findings if item.criterion == "impossible_to_comply")
    assert [ground.line for ground in finding.evidence] == [3]
    assert finding.sources
    assert assessment.guidance.action == "help"
    assert assessment.method_harm.level == "none"


@pytest.mark.parametrize(
    ("left_out", "topic"),
    [("Obeying", "obeying the rule cost"), ("Breaking", "breaking the rule do"), ("exemption", "official channel")],
)
def test_silence_on_a_mandatory_question_is_a_question(judge: Judge, left_out: str, topic: str) -> None:
    lines = [
        "The authority is a club.",
        "The purpose of the rule is order.",
        "Obeying does minor harm to the convenience of the user.",
        "Breaking the rule does serious harm to the home of neighbours.",
        "The user's exemption request was not tried.",
        "The user asks to evade the rule.",
    ]
    whole = judge.assess("\n".join(lines))
    assert whole.verdict is Verdict.STANDS
    assert not whole.questions
    silent = judge.assess("\n".join(line for line in lines if left_out not in line))
    asked = [question.text for question in silent.questions if topic in question.text]
    assert len(asked) == 1
    decisive = any(question.decisive for question in silent.questions)
    assert decisive == (silent.verdict is Verdict.UNDETERMINED)


def test_the_rights_that_obeying_touches_are_named(judge: Judge) -> None:
    assessment = judge.assess(STAMP + "The rule denies or destroys the right to liberty.\n")
    assert {"R07", "R53"} <= {right.right for right in assessment.rights_touched}
    food = next(right for right in assessment.rights_touched if right.right == "R53")
    assert (food.right_class, food.sources[0].kind) == ("progressive", "soft_law")


def test_silence_on_cost_and_protection_is_undetermined(judge: Judge) -> None:
    for silent_on in ("Obeying", "Breaking"):
        text = "\n".join(line for line in STAMP.splitlines() if silent_on not in line)
        text = text.replace("What the rule depends on does not exist", "Another thing with the same effect is allowed")
        text = text.replace("another lawful means", "quiet breach")
        assessment = judge.assess(text.replace("exemption request was refused", "exemption request was not tried"))
        if silent_on == "Breaking":
            assert assessment.verdict is Verdict.UNDETERMINED
            assert assessment.guidance.action == "ask"
            assert any(question.decisive for question in assessment.questions)


@RELAXED
@given(cases(VOCABULARY, max_facts=10))
def test_order_and_repetition_change_nothing(case: Case) -> None:
    judge = cached_judge()
    first = judge.decide(case)
    shuffled = list(case.facts * 2)
    random.Random(7).shuffle(shuffled)
    assert judge.decide(case.model_copy(update={"facts": tuple(shuffled)})) == first


@RELAXED
@given(cases(VOCABULARY, max_facts=8))
def test_the_same_case_gives_the_same_bytes_and_grounds_are_among_its_facts(case: Case) -> None:
    judge = cached_judge()
    one, two = judge.assess(case), judge.assess(case)
    assert one.model_dump_json() == two.model_dump_json()
    said = {judge.writer.sentence(fact) for fact in case.facts if fact.truth is Truth.TRUE}
    parts = (*one.findings, *one.justifications, *one.method_harm.reasons)
    assert all(ground.sentence in said for part in parts for ground in part.evidence)
    undetermined = one.verdict is Verdict.UNDETERMINED
    assert undetermined == any(question.decisive for question in one.questions)


@RELAXED
@given(cases(VOCABULARY, max_facts=8))
def test_an_opinion_changes_no_verdict(case: Case) -> None:
    judge = cached_judge()
    silent = case.model_copy(update={"opinions": ()})
    assert judge.decide(case) == judge.decide(silent)


def test_opinions_about_every_criterion_change_nothing(judge: Judge) -> None:
    base = "The authority is a club.\nObeying costs nothing that matters.\nBreaking the rule harms nobody.\nThe user tried no official channel.\n"
    plain = judge.assess(base)
    for criterion in judge.base.criteria.values():
        told = judge.assess(f"{base}The user believes that the rule is {criterion.title.lower()}.\n")
        assert (told.verdict, told.findings) == (plain.verdict, plain.findings), criterion.id


def test_what_speakers_dispute_is_open(judge: Judge) -> None:
    text = "The authority is a club.\nObeying costs nothing that matters.\nBreaking the rule harms nobody.\nThe user tried no official channel.\n"
    text += 'The reason for the rule has ended: "the flood is over".\n'
    assert judge.assess(text).verdict is Verdict.DEFEATED
    disputed = judge.assess(text + 'The reason for the rule persists: "the river rises again". [record]\n')
    assert disputed.verdict is Verdict.UNDETERMINED
    assert [question.text for question in disputed.questions] == ["Has the reason for the rule ended?"]


def test_a_fact_left_open_is_completed_both_ways(judge: Judge) -> None:
    text = "The authority is a club.\nObeying costs nothing that matters.\nThe user tried no official channel.\n"
    text += "It is unknown whether breaking the rule does grave harm to the life of a child.\nThe rule is applied retroactively.\n"
    assessment = judge.assess(text)
    assert assessment.verdict is Verdict.UNDETERMINED
    assert "retroactive" in criteria(assessment, "open")


def test_names_beyond_the_first_grounding_are_still_judged(judge: Judge) -> None:
    steps = [f'"step {number}" needs "step {number + 1}" first.' for number in range(9)]
    common = "The authority is a city.\nObeying costs nothing that matters.\nBreaking the rule harms nobody.\nThe user tried no official channel.\n"
    line = judge.assess(common + "\n".join(steps))
    assert line.verdict is Verdict.STANDS
    circle = judge.assess(common + "\n".join([*steps, '"step 9" needs "step 0" first.']))
    assert "impossible_to_comply" in criteria(circle)
    assert circle.provenance.bounds == "names 12, dates 0"


def test_renaming_changes_nothing(judge: Judge) -> None:
    text = '"{a}" needs "{b}" first.\n"{b}" needs "{a}" first.\nObeying costs nothing that matters.\nBreaking the rule harms nobody.\n'
    one = judge.assess(text.format(a="permit", b="form"))
    two = judge.assess(text.format(a="zz", b="aa"))
    assert criteria(one) == criteria(two) != set()


@pytest.mark.parametrize(
    ("facts", "broken"),
    [
        ('"parliament" gives "agency" power over "food".\nThe rule was made by "agency" and concerns "food".', False),
        ('"parliament" gives "agency" power over "food".\nThe rule was made by "agency" and concerns "housing".', True),
        ('"parliament" gives "agency" power over "food".\n"agency" gives "clerk" power over "food".\nThe rule was made by "clerk" and concerns "food".', False),
        ('"parliament" gives "agency" power over "food".\nThe power of "agency" ended on 2020.\nThe rule dates from 2021.\nThe rule was made by "agency" and concerns "food".', True),
        ('"parliament" is a root of authority.\n"guild" gives "clerk" power over "food".\nThe rule was made by "clerk" and concerns "food".', True),
    ],
)  # fmt: skip
def test_the_chain_of_delegation(judge: Judge, facts: str, broken: bool) -> None:
    common = (
        "Obeying costs nothing that matters.\nBreaking the rule harms nobody.\nThe user tried no official channel.\n"
    )
    assert ("exceeded_delegation" in criteria(judge.assess(common + facts))) == broken


@pytest.mark.parametrize(
    ("rule", "conduct", "backwards"),
    [("2015", "2012", True), ("2015", "2015-03", False), ("2012", "2015", False), ("2015-02", "2015-01-31", True)],
)
def test_dated_events(judge: Judge, rule: str, conduct: str, backwards: bool) -> None:
    text = f"The rule dates from {rule}.\nThe conduct dates from {conduct}.\nObeying costs nothing that matters.\nBreaking the rule harms nobody.\n"
    assert ("retroactive" in criteria(judge.assess(text))) == backwards


def test_threads_agree(judge: Judge) -> None:
    expected = judge.assess(STAMP).model_dump_json()
    found: list[str] = []

    def work() -> None:
        found.extend(judge.assess(STAMP).model_dump_json() for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {expected}
    assert len(found) == 30


def test_harm_is_judged_apart_from_the_rule(judge: Judge) -> None:
    forged = judge.assess(STAMP.replace("another lawful means", "a forged document"))
    assert forged.verdict is Verdict.DEFEATED
    assert (forged.method_harm.level, forged.guidance.action) == ("stop", "help_otherwise")
    assert [reason.criterion for reason in forged.method_harm.reasons] == ["harm_forgery"]


@pytest.mark.parametrize(
    ("stance", "action"), [("evade", "help"), ("follow", "help"), ("enforce", "decline"), ("assess", "explain")]
)
def test_stances_on_a_defeated_rule(judge: Judge, stance: str, action: str) -> None:
    assessment = judge.assess(STAMP.replace("to evade", f"to {stance}"))
    assert (assessment.guidance.stance, assessment.guidance.action) == (stance, action)
    assert assessment.guidance.reason


def test_no_text_of_the_user_reaches_the_solver(judge: Judge) -> None:
    case = judge.parse_case(STAMP + 'The rule forbids "zebra crossing".\n"zebra" needs "quagga" first.\n')
    inputs = judge.encoder.encode(case)
    shown = " ".join(map(str, [*inputs.true_inputs, *inputs.open_inputs]))
    assert "zebra" not in shown
    assert "quagga" not in shown
    assert "gone" not in shown


def test_where_the_harm_is_open_the_careful_guidance_counts(judge: Judge) -> None:
    unknown = STAMP.replace(
        "The method is another lawful means.", "It is unknown whether the method is a false identity."
    )
    assessment = judge.assess(unknown)
    assert assessment.verdict is Verdict.DEFEATED
    assert (assessment.method_harm.level, assessment.guidance.action) == ("caution", "help_otherwise")
    stop = judge.assess(unknown.replace("a false identity", "a forged document"))
    assert (stop.method_harm.level, stop.guidance.action) == ("stop", "help_otherwise")


@pytest.mark.parametrize("stance", ["", "The user asks to evade the rule.", "The user asks to assess the rule."])
def test_a_method_that_must_stop_never_comes_with_help(judge: Judge, stance: str) -> None:
    text = STAMP.replace("The user asks to evade the rule.\n", "")
    assessment = judge.assess(f"{text}{stance}\nThe method is a forged document.\n")
    assert assessment.method_harm.level == "stop"
    assert assessment.guidance.action != "help"


def test_out_of_time_says_what_to_do(judge: Judge, much_open: str) -> None:
    assessment = judge.assess(much_open, time_limit=1e-9)
    assert (assessment.verdict, assessment.undetermined_reason) == (Verdict.UNDETERMINED, "time")
    assert assessment.guidance.action == "ask"
    assert "no time" in assessment.guidance.reason
    assert assessment.method_harm.level == judge.assess(much_open).method_harm.level == "none"
    assert "None found in the method." in render_assessment(assessment)
    assert judge.assess(STAMP).verdict is Verdict.DEFEATED


def test_more_open_points_than_are_gone_through_are_still_judged(judge: Judge, much_open: str) -> None:
    assessment = judge.assess(much_open)
    assert (assessment.verdict, assessment.undetermined_reason) == (Verdict.UNDETERMINED, "")
    assert {question.decisive for question in assessment.questions} == {True}
    assert {question.topic for question in assessment.questions} == {"", "cost", "protection", "remedy"}
    defeated = judge.assess(STAMP + much_open)
    assert defeated.verdict is Verdict.DEFEATED
    assert "impossible_to_comply" in criteria(defeated)
    impossible = next(item for item in defeated.findings if item.criterion == "impossible_to_comply")
    assert ["the office is gone" in ground.sentence for ground in impossible.evidence] == [True]


def test_what_is_particular_to_the_case_leads_and_a_fact_of_its_own_comes_before_a_repetition(judge: Judge) -> None:
    case = judge.parse_case(STAMP)
    detailed = {judge.writer.sentence(fact) for fact in case.facts if fact.detail}
    findings = judge.assess(STAMP).findings
    sentences = [{ground.sentence for ground in finding.evidence} for finding in findings]
    classes = [
        (
            EFFECT_ORDER.index(finding.effect),
            judge.base.criteria[finding.criterion].standard_of_review not in judge.base.manifest.leading_standards,
            not any(text in detailed and sum(text in other for other in sentences) == 1 for text in named),
            not named & detailed,
            judge.base.specificity_steps[finding.criterion],
        )
        for finding, named in zip(findings, sentences, strict=True)
    ]
    assert classes == sorted(classes)
    assert findings[0].criterion == "impossible_to_comply"
    for kind in set(classes):
        seen: set[str] = set().union(*(named for named, other in zip(sentences, classes, strict=True) if other < kind))
        repeated = False
        for named in (named for named, other in zip(sentences, classes, strict=True) if other == kind):
            assert not (repeated and named - seen), "a finding with a fact of its own comes after one without"
            repeated = repeated or not named - seen
            seen |= named


def test_a_title_that_is_wanting_leads(judge: Judge) -> None:
    assessment = judge.assess("""
        The authority is a national government.
        The authority holds power by occupation.
        The rule requires "a stamp on every letter".
        What the rule requires achieves nothing: "the stamp office is closed".
        Obeying does serious harm to the free speech of the user.
        Breaking the rule harms nobody.
    """)
    assert judge.base.criteria[assessment.findings[0].criterion].standard_of_review == "categorical"


@pytest.mark.parametrize("case", [None, 3, ["The user is a tenant."]])
def test_what_is_no_case_is_refused_by_its_type(judge: Judge, case: object) -> None:
    with pytest.raises(TypeError, match="a case is a text"):
        judge.assess(case)  # type: ignore[arg-type]


def test_an_unknown_stance_never_gets_help(judge: Judge) -> None:
    text = STAMP.replace("The user asks to evade the rule.", "It is unknown whether the user asks to evade the rule.")
    assert judge.assess(text).guidance.action != "help"


WEIGHED = """
The user is an outsider.
Obeying costs nothing that matters.
Breaking the rule does grave harm to the liberty of the authority.
The user's request for an explanation was not tried.
The user did the very thing that the rule targets.
"""


def test_what_outweighs_a_criterion_is_shown_where_no_justification_is_named(judge: Judge) -> None:
    assessment = judge.assess(WEIGHED)
    (finding,) = assessment.findings
    assert (assessment.verdict, finding.effect, assessment.justifications) == ("stands", "outweighed", ())
    assert [ground.line for ground in finding.evidence] == [2]
    assert {ground.line for ground in finding.counterweights} == {4, 6}
    text = " ".join(render_assessment(assessment).split())
    assert finding.title == "Outside its jurisdiction"
    assert "outweighed by what the rule protects; jurisdiction weighed: lines 4, 6)" in text
    assert "For the rule What it protects was weighed; no justification that the base names was stated." in text


def test_what_ties_with_a_criterion_is_shown(judge: Judge) -> None:
    assessment = judge.assess(
        "Obeying does grave harm to the subsistence of the user.\n"
        "Breaking the rule does grave harm to the subsistence of neighbours.\n"
        "The user tried no official channel.\n"
    )
    assert assessment.verdict is Verdict.CONTESTED
    tied = [item for item in assessment.findings if item.effect == "tied"]
    assert tied
    assert all([ground.line for ground in item.counterweights] == [2] for item in tied)


def test_where_nothing_is_weighed_no_protection_is_spoken_of(judge: Judge) -> None:
    assessment = judge.assess(WEIGHED.replace("does grave harm to the liberty of the authority", "harms nobody"))
    assert [(item.effect, item.counterweights) for item in assessment.findings] == [("defeats", ())]
    text = " ".join(render_assessment(assessment).split())
    assert "For the rule No justification that the base names was stated." in text
    assert "weighed" not in text
