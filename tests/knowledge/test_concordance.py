"""The concordance: what the law of a place says of the principles that doctrines state, and what is wrong with one."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legit.errors import KnowledgeBaseError
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.concordance import Concordance, Principle

IDS = st.sampled_from(["a", "b", "c"])
LAW = st.dictionaries(IDS, st.dictionaries(IDS, st.lists(IDS, max_size=3).map(tuple)))


@given(st.dictionaries(IDS, LAW, min_size=1), st.sets(IDS), st.sets(IDS))
def test_what_is_found_is_said_of_the_principle_the_branch_and_the_place(
    laws: dict[str, dict[str, dict[str, tuple[str, ...]]]], branches: set[str], places: set[str]
) -> None:
    table = Concordance({name: Principle(name=name, statement=name, law=law) for name, law in laws.items()})
    found = table.references(laws, branches, places)
    said = [
        laws[name][branch][place]
        for name in laws
        for branch in laws[name]
        for place in laws[name][branch]
        if branch in branches and place in places
    ]
    assert set(found) == {ref for refs in said for ref in refs}
    assert len(found) == len(set(found))
    assert set(table.all_references(laws)) >= set(found)


def authority_branches(judge: Judge) -> dict[str, list[str]]:
    return {name: table.get("branch_of_law", []) for name, table in judge.base.attributes["authority_kind"].items()}


UNHEARD = """
The authority is {authority}.
The user was or is being penalised.
The user's appeal was ignored.
Obeying does serious harm to the livelihood of the user.
Breaking the rule harms nobody.
The user asks to contest the rule.
The case arises in {place}.
"""


@pytest.mark.parametrize(
    ("place", "name"), [("se", "Sweden"), ("fi", "Finland"), ("gb", "the United Kingdom"), ("us", "the United States")]
)
@pytest.mark.parametrize(
    ("kind", "authority"), [("national_agency", "a national agency"), ("club", "a club"), ("employer", "an employer")]
)
def test_an_answer_cites_the_law_of_its_place_and_branch_alone(
    judge: Judge, place: str, name: str, kind: str, authority: str
) -> None:
    """Read from the file itself: every source that a place adds stands there for a principle of a doctrine of its
    criterion, for a branch of the authority, in a place around."""
    text = UNHEARD.format(authority=authority, place=name)
    placed = judge.assess(text)
    plain = judge.assess("\n".join(line for line in text.splitlines() if "arises" not in line))
    table: dict[str, Any] = tomllib.loads((judge.base.root / "concordance.toml").read_text(encoding="utf-8"))
    around = judge.base.bibliography.places.around(place, "2026")
    branches = {*authority_branches(judge)[kind], "anybody"}
    added = 0
    for mine, others in zip(placed.findings, plain.findings, strict=True):
        doctrines = [
            judge.base.bibliography.doctrines[ref]
            for ref in judge.base.criteria[mine.criterion].sources
            if ref in judge.base.bibliography.doctrines
        ]
        allowed = {
            ref
            for doctrine in doctrines
            for principle in doctrine.principles
            for branch, places in table[principle].get("law", {}).items()
            for there, refs in places.items()
            for ref in refs
            if branch in branches and there in around
        }
        new = {source.ref for source in mine.sources} - {source.ref for source in others.sources}
        assert new <= allowed
        added += len(new)
    assert (added > 0) is (place != "us"), "the table has no law of the United States"


def test_the_law_of_a_place_is_no_source_of_a_criterion_itself(judge: Judge) -> None:
    """Otherwise a criterion of positive law would be met by a like principle, which imposes no such duty."""
    library = judge.base.bibliography
    for name, item in judge.base.criteria.items():
        named = {citation.ref for ref in item.sources for citation in library.resolve(ref)}
        assert {citation.ref for citation in judge.base.citations(name)} <= named


@pytest.mark.parametrize(
    ("before", "after", "code", "says"),
    [
        ('se = ["swedish_administration_act 5 §"]', 'se = ["swedish_administration_act 99 §"]', "K401", "does not resolve"),
        ('[proportionality.law.administration]\nse', '[proportionality.law.administration]\nsw', "K406", "no place `sw`"),
        ("[proportionality.law.administration]", "[proportionality.law.administratoin]", "K207", "no branch of law"),
        ('[proportionality]\nname = "Proportionality"', '[proportionality]\nnam = "Proportionality"', "K201", "nam"),
        ("[proportionality]\n", "[proportionalty]\n", "K401", "no principle"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(copy: Path, before: str, after: str, code: str, says: str) -> None:
    path = copy / "concordance.toml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(KnowledgeBaseError) as caught:
        KnowledgeBase.load(copy)
    found = {problem.code: str(problem) for problem in caught.value.problems}
    assert says in found[code]
    assert "concordance.toml" in "\n".join(found.values()) or "doctrines" in found[code]
