"""Packs combine with the shipped base and with each other, or are refused with both places named."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from legit.assurance.examples import expected_cases
from legit.assurance.lint import check_base
from legit.assurance.scaffold import new_base
from legit.batch.job import BatchOptions
from legit.consult import Consultant
from legit.consult.tools import tool_definitions
from legit.decision_log import DecisionLog, LogReader
from legit.decision_log.entries import Decision
from legit.decision_log.replay import replay
from legit.errors import KnowledgeBaseError, Problem
from legit.judge import Judge, cached_judge
from legit.knowledge.base import KnowledgeBase, shipped_base
from legit.knowledge.layers import digested_files
from legit.knowledge.packs import shipped_packs
from tests.conftest import edit
from tests.knowledge.conftest import UNREAD, put

SHIPPED = sorted(shipped_packs())
UNHEARD = """The authority is a municipality.
The authority decided before hearing the user: "the letter came after the decision".
Obeying costs nothing that matters.
Breaking the rule harms nobody.
The user tried no official channel.
"""


def refused(*packs: str | Path, folder: Path | None = None) -> list[Problem]:
    with pytest.raises(KnowledgeBaseError) as caught:
        Judge(KnowledgeBase.load(folder, packs=packs)).reader  # noqa: B018  (builds the grammar)
    return list(caught.value.problems)


def test_the_packs_of_the_package_are_named_as_their_folders() -> None:
    assert "nordic_public" in SHIPPED
    for name in SHIPPED:
        base = KnowledgeBase.load(packs=[name])
        assert base.name == name
        assert (base.is_shipped, base.layers[0].display_name) == (True, "rules_kb")
        below = base.parent()
        assert below is not None
        assert below.criteria.items() <= base.criteria.items() or base.manifest.extensions


def test_the_base_without_packs_does_not_depend_on_them(judge: Judge) -> None:
    names = digested_files(judge.base.layers)
    assert (shipped_base() / "packs").is_dir()
    assert "base.toml" in names
    assert not [name for name in names if name.startswith("packs/")]
    assert cached_judge(packs=[]) is cached_judge()


def test_the_order_of_packs_does_not_matter(own: Path) -> None:
    chosen: list[str | Path] = [*SHIPPED, own]
    loaded = [KnowledgeBase.load(packs=order) for order in (chosen, chosen[::-1], [*chosen, *chosen])]
    assert len({base.digest for base in loaded}) == 1
    assert len({base.name for base in loaded}) == 1
    assert sorted(loaded[0].name.split("+")) == sorted([*(name for name in SHIPPED if name in loaded[0].name), "own"])


def test_packs_conclude_the_same_in_either_order_of_loading(own: Path) -> None:
    base = KnowledgeBase.load(packs=["nordic_public", own])
    tops = [part for part in base.layers if part.display_name in ("nordic_public", "own")]
    fixed = [part for part in base.layers if part not in tops]
    assert len(tops) == 2
    judges = [Judge(KnowledgeBase.load_layers((*fixed, *order))) for order in itertools.permutations(tops)]
    for item in expected_cases(base, own_only=True):
        found = [judge.assess(item.text).model_dump(exclude={"provenance"}) for judge in judges]
        assert found[0] == found[1], item.name


def test_each_pack_decides_in_the_other_as_it_does_alone(own: Path) -> None:
    both = Judge(KnowledgeBase.load(packs=["nordic_public", own]))
    for text, criterion in ((UNREAD, "unread_language"), (UNHEARD, "unheard_before_decision")):
        found = both.assess(text)
        assert (found.verdict, [item.criterion for item in found.findings]) == ("defeated", [criterion])
    assert {name for name in both.base.criteria if both.base.owns_path(both.base.criteria[name].path)} >= {
        "unread_language", "unheard_before_decision",
    }  # fmt: skip


def second(own: Path, **files: str) -> Path:
    """Another pack of one file, beside `own`."""
    folder = own.parent / "second"
    put(folder, "base.toml", 'name = "second"\nversion = "0.1.0"\nextends = "legit"')
    for name, text in files.items():
        put(folder, name.replace("__", "/").replace("_toml", ".toml").replace("_lp", ".lp"), text)
    return folder


TERMS = 'topic = "terms"\ntitle = "Terms"\n[{name}]\naffirm = "{affirm}"\ndeny = "Not so: {affirm}"\nask = "Is it so? {affirm}"'


@pytest.mark.parametrize(
    ("files", "code", "place"),
    [
        ({"sources__x_toml": '[kamasinski]\ntitle = "x"\nshort_title = "x"\nkind = "case"\nverified = false'}, "K210", "own/sources/cases.toml"),
        ({"vocabulary__terms_toml": TERMS.format(name="foreign_language_only", affirm="The words are strange.")}, "K210", "own/vocabulary/language.toml"),
        ({"vocabulary__terms_toml": TERMS.format(name="strange", affirm="The rule was announced only in a language that the user does not read.")}, "K301", "own/vocabulary/language.toml"),
        ({"base_toml": '[subtypes]\nno_way_out = "x"'}, "", ""),
    ],
)  # fmt: skip
def test_packs_that_clash_are_refused_with_both_places(own: Path, files: dict[str, str], code: str, place: str) -> None:
    other = second(own, **files)
    if not code:
        KnowledgeBase.load(packs=[own, other])
        return
    for packs in ((own, other), (other, own)):
        problems = refused(*packs)
        assert [problem.code for problem in problems] == [code]
        assert place in str(problems[0])
        assert "second/" in str(problems[0])


def test_a_criterion_of_two_packs_is_refused_with_both_places(own: Path) -> None:
    other = second(own)
    text = (own / "criteria" / "no_way_out.lp").read_text(encoding="utf-8")
    put(other, "criteria/no_way_out.lp", text.replace("%*\n", "%*\n", 1).lstrip())
    (other / "criteria/no_way_out.lp").write_text(text, encoding="utf-8")
    problems = refused(own, other)
    assert "K210" in {problem.code for problem in problems}
    assert "own/criteria/no_way_out.lp" in str(problems[0])
    assert "second/criteria/no_way_out.lp" in str(problems[0])


def test_a_pack_that_needs_another_is_refused_alone_and_in_company(own: Path) -> None:
    other = second(own, properties__p_toml="")
    criterion = (own / "criteria" / "unread_language.lp").read_text(encoding="utf-8")
    put(other, "criteria/borrowed.lp", "")
    (other / "criteria/borrowed.lp").write_text(criterion.replace("unread_language", "borrowed"), encoding="utf-8")
    alone = refused(other)
    assert alone
    assert {problem.code for problem in refused(own, other)} == {problem.code for problem in alone}


def test_what_is_no_pack_is_refused_with_the_nearest(tmp_path: Path) -> None:
    (problem,) = refused("nordic_publik")
    assert (problem.code, problem.nearest) == ("K111", ("nordic_public",))
    (problem,) = refused(tmp_path)
    assert problem.code == "K111"
    with pytest.raises(TypeError):
        KnowledgeBase.load(packs="nordic_public")


def test_a_pack_goes_with_the_base_that_it_extends(own: Path, tmp_path: Path) -> None:
    base = KnowledgeBase.load(own, packs=["nordic_public"])
    assert base.digest == KnowledgeBase.load(packs=[own, "nordic_public"]).digest
    other = tmp_path / "copy"
    put(other, "base.toml", 'name = "copy"\nversion = "1"\n[families]')
    (problem,) = refused("nordic_public", folder=other)
    assert (problem.code, problem.source) == ("K111", "nordic_public/base.toml")


def test_packs_that_share_a_third_one_hold_it_once(own: Path) -> None:
    folders = []
    for name in ("left", "right"):
        folders.append(own.parent / name)
        put(
            folders[-1],
            "base.toml",
            f'name = "{name}"\nversion = "0.1.0"\nextends = "../own"\nprompt_tokens_at_most = 3100',
        )
    base = KnowledgeBase.load(packs=folders)
    assert [part.display_name for part in base.layers] == ["rules_kb", "own", "left", "right"]
    assert base.name == "left+right"
    assert base.version == ", ".join(["0.1.0 (extends own 0.1.0 (extends legit 0.1.0))"] * 2)
    below = base.parent()
    assert below is not None
    assert below.name == "own"
    # What each adds to the bound of what it extends is added up: 3000 in `own`, and 100 for each.
    assert base.manifest.prompt_tokens_at_most == 3200
    edit(folders[0] / "base.toml", lambda text: text.replace("../own", "../own/../own/."))
    assert KnowledgeBase.load(packs=folders).name == "left+right"
    own.rename(own.parent / "moved")
    for folder in folders:
        edit(
            folder / "base.toml",
            lambda text: text.replace('"../own/../own/."', '"../own"').replace("../own", "../moved"),
        )
    assert {problem.code for problem in refused(*folders)} == {"K111"}


def test_a_decision_with_packs_is_replayed_with_them(own: Path, tmp_path: Path) -> None:
    other = second(own)
    judge = Judge(KnowledgeBase.load(packs=["nordic_public", own, other]))
    with DecisionLog(tmp_path / "decisions.log") as log:
        for text in (UNHEARD, UNREAD):
            log.assess(text, judge=judge)
    read = LogReader(tmp_path / "decisions.log")
    numbers = [number for number, entry in read.entries() if isinstance(entry, Decision)]
    results = list(replay(read, numbers))
    assert [(result.same, result.byte_exact, result.changes) for result in results] == [(True, True, ())] * 2


def test_the_tools_speak_of_the_packs() -> None:
    sentence = "decided before hearing user"  # lists for agents leave out articles
    informed = Consultant(packs=["nordic_public"])
    assert sentence in str(tool_definitions(consultant=informed))
    assert sentence not in str(tool_definitions())
    answer = informed.consult(UNHEARD)
    assert not answer.problems
    assert answer.assessment is not None
    assert answer.assessment.verdict == "defeated"
    assert Consultant().consult(UNHEARD).problems
    assert BatchOptions(packs=("nordic_public",)).judge().base.name == "nordic_public"


def test_further_sources_add_to_a_criterion_of_the_extended_base(own: Path, judge: Judge) -> None:
    put(own, "base.toml", '[[further_sources]]\ncriterion = "obsolete"\nsources = ["kamasinski"]')
    put(
        own,
        "base.toml",
        '[[further_sources]]\ncriterion = "obsolete"\ncondition = "authority(club)"\nsources = ["FD-18"]',
    )
    added = Judge(KnowledgeBase.load(own))
    text = 'The authority is a club.\nThe reason for the rule has ended: "the hall burnt down".\nObeying costs nothing that matters.\nBreaking the rule harms nobody.\nThe user tried no official channel.\n'
    before = [source.text for source in judge.assess(text).findings[0].sources]
    for authority in ("club", "bank"):
        after = [source.text for source in added.assess(text.replace("club", authority)).findings[0].sources]
        assert set(before) < set(after)
        assert any("Kamasinski" in source for source in after)
        assert any("Fuller" in source for source in set(after) - set(before)) == (authority == "club")
    for wrong, code in (
        ('criterion = "obsolet"', "K207"),
        ('criterion = "no_way_out"', "K207"),
        ('criterion = "obsolete"\ncondition = "a b"', "K404"),
    ):
        folder = own.parent / "wrong" / "own"
        if folder.exists():
            edit(folder / "base.toml", lambda text: text[: text.rindex("[[further_sources]]")])
        else:
            new_base("own", folder)
        put(folder, "base.toml", f'[[further_sources]]\n{wrong}\nsources = ["FD-18"]')
        with pytest.raises(KnowledgeBaseError) as caught:
            KnowledgeBase.load(folder)
        assert [problem.code for problem in caught.value.problems] == [code]


@pytest.mark.parametrize("name", SHIPPED)
def test_each_shipped_pack_is_valid_alone(name: str) -> None:
    assert check_base(packs=[name]) == []
