"""With a place, an answer tells what binds there then, puts it first, and leaves out what was not in force."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from legit.assurance.examples import expected_cases
from legit.decision_log import DecisionLog, LogReader
from legit.judge import Judge
from legit.model.assessment import Assessment, Citation
from legit.render.assessment_text import TextStyle, render_assessment
from legit.render.explanation_html import render_explanation_html

PLATFORM = """The authority is an online platform.
The rule requires "an appeal by post".
The user's appeal was ignored.
Obeying does serious harm to the livelihood of the user.
Breaking the rule harms nobody.
"""
CITY = """The authority is a city.
The rule forbids "posters".
The rule burdens the user through origin.
Obeying does serious harm to the expression of the user.
Breaking the rule harms nobody.
The user tried no official channel.
"""


def citations(assessment: Assessment) -> list[Citation]:
    reasons = (
        *assessment.findings,
        *assessment.justifications,
        *assessment.rights_touched,
        *assessment.method_harm.reasons,
    )
    return [source for item in reasons for source in item.sources]


def forces(assessment: Assessment) -> dict[str, str]:
    assert assessment.law is not None
    return {source.ref: source.force for source in assessment.law.sources}


def test_without_a_place_nothing_is_told_of_the_law(judge: Judge) -> None:
    for text in (CITY, CITY + "The decision fell on 2019-05-01.\n"):
        found = judge.assess(text)
        assert found.law is None
        assert {(source.force, source.why) for source in citations(found)} == {("", "")}


def test_a_place_changes_the_law_and_adds_sources_that_bind_there_alone(judge: Judge) -> None:
    """Over every tenth example and precedent: the same verdict, the same reasons, every source that applies and more law."""
    unplaced = [item for item in expected_cases(judge.base) if "The case arises" not in item.text]
    for item in unplaced[::10]:
        before = judge.assess(item.text)
        after = judge.assess(item.text + "\nThe case arises in Sweden.\n")
        left_out = ("law", "findings", "justifications", "rights_touched", "method_harm", "provenance")
        assert after.model_dump(exclude=set(left_out)) == before.model_dump(exclude=set(left_out)), item.name
        for mine, others in zip(after.findings, before.findings, strict=True):
            assert mine.model_dump(exclude={"sources"}) == others.model_dump(exclude={"sources"})
            gone = {name for name, force in forces(after).items() if force == "not_applicable"}
            known = {source.ref for source in others.sources} - gone
            assert known <= {source.ref for source in mine.sources}
            assert all(source.force == "binding" for source in mine.sources if source.ref not in known)
            order = [source.force for source in mine.sources]
            assert order == sorted(order), "what binds comes before what persuades"


def test_what_was_not_in_force_is_not_cited_and_the_report_says_so(judge: Judge) -> None:
    now, then = (
        judge.assess(f"{PLATFORM}The case arises in Sweden.\nThe decision fell on {on}.\n")
        for on in ("2025", "2019-03-01")
    )
    assert forces(now)["dsa 20"] == "binding"
    assert forces(then)["dsa 20"] == "not_applicable"
    assert "dsa 20" in {source.ref for source in citations(now)}
    assert "dsa 20" not in {source.ref for source in citations(then)}
    assert then.verdict is now.verdict
    text = " ".join(render_assessment(then, TextStyle(width=200)).split())
    assert "Sweden, on 2019-03-01 (decision)" in text
    assert "DSA 20 (in force from 2024-02-17 on)" in text


@pytest.mark.parametrize(
    ("place", "force"), [("Sweden", "binding"), ("the UK", "persuasive"), ("Brazil", "persuasive")]
)
def test_the_law_of_a_union_binds_within_it(judge: Judge, place: str, force: str) -> None:
    found = judge.assess(f"{PLATFORM}The case arises in {place}.\n")
    assert forces(found)["dsa 20"] == force
    assert found.law is not None
    assert {source.on for source in found.law.sources} == {"2026-11-30"}


def test_a_directive_binds_public_authorities_alone(judge: Judge) -> None:
    """Marshall, 152/84; Faccini Dori, C-91/92."""
    text = """The authority is {}.
The rule treats people differently by origin.
Obeying does serious harm to the dignity of the user.
Breaking the rule harms nobody.
The user tried no official channel.
The case arises in Denmark.
"""
    public, private = (judge.assess(text.format(kind)) for kind in ("a city", "a landlord"))
    found = [
        {name: force for name, force in forces(item).items() if name.startswith("directive_")}
        for item in (public, private)
    ]
    assert [set(item.values()) for item in found] == [{"binding"}, {"persuasive"}]
    assert "directive_2000_43 2" in found[0].keys() & found[1].keys()


def test_speakers_who_differ_on_the_place_leave_it_open(judge: Judge) -> None:
    said = CITY + 'The case arises in Sweden. [document "letter"]\nThe case arises in Norway. [user]\n'
    assert judge.assess(said).law is None
    assert judge.assess(CITY + "It is unknown whether the case arises in Sweden.\n").law is None


def test_every_output_marks_the_force(judge: Judge, tmp_path: Path) -> None:
    text = PLATFORM + "The case arises in Sweden.\nThe decision fell on 2025-03-01.\n"
    assert "[binding]" in render_assessment(judge.assess(text), TextStyle(full=True))
    assert "[persuasive]" in render_assessment(judge.assess(text), TextStyle(full=True))
    page = render_explanation_html(judge.explain(text, counterfactuals=False))
    assert "[binding]" in page
    assert "Sweden, on 2025-03-01 (decision)" in page
    with DecisionLog(tmp_path / "log") as log:
        log.assess(text, judge=judge)
    (entry,) = (item for _, item in LogReader(tmp_path / "log").entries() if item.kind == "decision")
    law = json.loads(entry.model_dump_json())["answer"]["law"]
    assert law["place"] == "se"
    (dsa,) = (source for source in law["sources"] if source["ref"] == "dsa 20")
    assert dsa["force"] == "binding"
    assert (dsa["in_force_from"], dsa["on"], dsa["judged_at"]) == ("2024-02-17", "2025-03-01", "decision")
    assert "in force in Sweden, through the European Union" in dsa["why"]
