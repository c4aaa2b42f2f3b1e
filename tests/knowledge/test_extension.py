"""A base that extends another adds to it, and changes nothing of it."""

from __future__ import annotations

from pathlib import Path

from legit.assurance.examples import expected_cases
from legit.assurance.impact import find_divergences
from legit.assurance.lint import lint_warnings
from legit.assurance.scaffold import new_base
from legit.assurance.text_diff import diff_bases
from legit.engine.ground_rule import Bounds
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from tests.conftest import edit
from tests.knowledge.conftest import OWN, STANDS, UNREAD, put


def test_what_is_new_is_added_and_the_rest_is_as_it_was(judge: Judge, extended: Judge) -> None:
    base, below = extended.base, judge.base
    assert set(base.criteria) - set(below.criteria) == OWN
    assert list(base.criteria)[: len(below.criteria)] == list(below.criteria)
    assert all(base.criteria[name] == item for name, item in below.criteria.items())
    assert all(base.vocabulary.predicates[name] == item for name, item in below.vocabulary.predicates.items())
    assert base.vocabulary.types == below.vocabulary.types
    assert (base.profile, base.attributes, base.phrases) == (below.profile, below.attributes, below.phrases)
    assert base.bibliography.sources.keys() - below.bibliography.sources.keys() == {"kamasinski"}
    assert {change.status for change in diff_bases(below, base)} == {"added"}


def test_every_example_and_precedent_comes_out_the_same(judge: Judge, extended: Judge) -> None:
    told = list(expected_cases(judge.base))
    assert len(told) > 600
    for item in told:
        case = judge.parse_case(item.text)
        assert extended.parse_case(item.text) == case, item.name
        before = judge.assess(case).model_dump(exclude={"provenance"})
        assert extended.assess(case).model_dump(exclude={"provenance"}) == before, item.name


def test_no_case_that_the_extended_base_can_state_is_judged_otherwise(own: Path, judge: Judge) -> None:
    (own / "criteria" / "no_way_out.lp").unlink()  # the other criterion reads sentences of its own alone
    found = find_divergences(judge, Judge(KnowledgeBase.load(own)), Bounds(1, 1), 300.0)
    assert found.divergences == ()


def test_the_cases_that_are_judged_otherwise_are_found_by_the_criterion(own: Path, judge: Judge) -> None:
    found = find_divergences(judge, Judge(KnowledgeBase.load(own)), Bounds(1, 1), 300.0)
    assert found.divergences
    assert "no_way_out" in str(found.divergences)


def test_a_criterion_of_the_extension_decides_with_its_sources(extended: Judge) -> None:
    found = extended.assess(UNREAD)
    assert found.verdict == "defeated"
    (finding,) = found.findings
    assert (finding.criterion, finding.effect) == ("unread_language", "defeats")
    assert any("Kamasinski" in source.text for source in finding.sources)
    assert extended.assess(STANDS).verdict == "stands"
    saved = extended.assess(UNREAD + "Somebody explained the rule to the user.\n")
    assert (saved.verdict, [item.criterion for item in saved.undercut]) == ("stands", ["unread_language"])


def test_extensions_of_extensions_add_in_any_order(tmp_path: Path) -> None:
    for name, other in (("one", "two"), ("two", "one")):
        folder = tmp_path / f"{name}_below"
        new_base(name, folder / name)
        new_base(other, folder / other)
        (folder / other / "criteria" / "unread_language.lp").unlink()
        for path in ("criteria/no_way_out.lp", "vocabulary/language.toml", "sources/cases.toml", "invariants.toml"):
            (folder / other / path).unlink()
        (folder / other / "properties" / "explaining_never_hurts.lp").unlink()
        file = folder / name / "criteria" / "no_way_out.lp"
        file.rename(folder / other / "criteria.lp")
        (folder / other / "criteria").mkdir(exist_ok=True)
        (folder / other / "criteria.lp").rename(folder / other / "criteria" / "no_way_out.lp")
        edit(folder / other / "base.toml", lambda text, below=name: text.replace('"legit"', f'"../{below}"'))
    bases = [KnowledgeBase.load(tmp_path / f"{name}_below" / other) for name, other in (("one", "two"), ("two", "one"))]
    judges = [Judge(base) for base in bases]
    assert {part.display_name for part in bases[0].layers} == {"rules_kb", "one", "two"}
    assert bases[0].version == "0.1.0 (extends one 0.1.0 (extends legit 0.1.0))"
    assert bases[0].criteria.keys() == bases[1].criteria.keys()
    for item in expected_cases(bases[0], own_only=True):
        found = [judge.assess(item.text).model_dump(exclude={"provenance"}) for judge in judges]
        assert found[0] == found[1]


def test_the_order_of_files_does_not_matter(own: Path, extended: Judge) -> None:
    (own / "criteria" / "no_way_out.lp").rename(own / "criteria" / "zz.lp")
    (own / "vocabulary" / "language.toml").rename(own / "vocabulary" / "0.toml")
    moved = Judge(KnowledgeBase.load(own))
    for item in expected_cases(extended.base, own_only=True):
        found = moved.assess(item.text).model_dump(exclude={"provenance"})
        assert found == extended.assess(item.text).model_dump(exclude={"provenance"})


def test_values_weights_and_attributes_of_its_own_are_added(own: Path) -> None:
    put(own, "vocabulary/types.toml", '[interest.values]\nsleep = { phrase = "sleep", bodily = true }')
    weight = '[abstract_weight]\nwhy = "Who does not sleep falls ill."\nsources = ["LT-05"]\n[abstract_weight.values]\nsleep = 3'
    put(own, "profiles/default.toml", weight)
    put(own, "base.toml", '[attributes.nightly]\ngloss = "{value} is harmed by night"')
    put(own, "attributes/nightly.toml", 'of = "interest"\n[health]\nnightly = true\n[sleep]\nnightly = true')
    judge = Judge(KnowledgeBase.load(own))
    text = STANDS.replace("costs nothing that matters", "does grave harm to the sleep of the user")
    assert judge.assess(text).verdict == "defeated"
    assert judge.base.attributes["interest"]["health"]["nightly"] is True
    assert judge.base.profile.tables["abstract_weight"].values["life"] == 4
    assert "Who does not sleep falls ill." in judge.base.profile.tables["abstract_weight"].why
    assert "nightly" in str(lint_warnings(judge.base))
