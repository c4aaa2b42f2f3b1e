"""The shipped knowledge base holds together, and a broken one is caught with a code and a place."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from legit.audit.check import check
from legit.audit.examples import criterion_outcomes, load_precedents, precedent_outcome
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase, shipped

SUBTYPES = {
    "just_policies_illegitimate_power", "unjust_policies_legitimate_power", "unjust_policies_illegitimate_power",
    "lacks_jurisdiction", "exceeded_delegated_authority", "excessive_personal_costs", "substantively_indefensible",
    "unfair_distributive", "absurd_or_arbitrary", "lacking_coordination", "obsolete", "selective_non_enforcement",
    "singled_out_unfairly", "unpredictable_application", "applied_retroactively", "changed_without_notice",
    "no_appeal_mechanism", "dead_letter", "conflicts_with_higher_rule", "impossible_to_comply",
    "too_opaque_to_understand", "letter_not_spirit", "spirit_not_letter", "both_letter_and_spirit",
    "conscientious_objection", "civil_disobedience", "collective_breach", "never_agreed", "lacked_representation",
    "systematically_disadvantaged", "temporal_urgency", "lack_of_alternatives", "factual_uncertainty",
    "no_enforcement_prospect",
}  # fmt: skip


def test_the_shipped_base_holds_together() -> None:
    assert [str(problem) for problem in check()] == []


def test_every_subtype_has_a_criterion(judge: Judge) -> None:
    assert len(SUBTYPES) == 34
    assert {name for item in judge.base.criteria.values() for name in item.subtypes} >= SUBTYPES


def test_every_kind_of_authority_has_a_scope_and_a_source(judge: Judge) -> None:
    for kind in judge.base.vocabulary.values("authority_kind"):
        table = judge.base.attributes["authority_kind"][kind]
        assert isinstance(table["scope"], list), kind
        assert all(judge.base.library.resolve(ref) for ref in table["sources"]), kind


def test_the_catalogue_of_rights(judge: Judge) -> None:
    assert len(judge.base.library.rights) == 68
    assert all(right.sources for right in judge.base.library.rights.values())


def test_unverified_sources_stay_marked(judge: Judge) -> None:
    (citation,) = judge.base.library.resolve("alexy_2002")
    assert not citation.verified


CRITERIA = sorted(path.stem for path in shipped().glob("[cfh]*s/**/*.lp") if path.parts[-2] != "judgement")


def test_examples_of_every_criterion_come_out(judge: Judge) -> None:
    failed = [
        f"{outcome.name}: {outcome.message}"
        for criterion in judge.base.criteria.values()
        for outcome in criterion_outcomes(judge, criterion)
        if not outcome.passed
    ]
    assert failed == []


def test_precedents_agree(judge: Judge) -> None:
    precedents = load_precedents(shipped() / "precedents")
    assert len(precedents) >= 90
    settled = [item for item in precedents if item.outcome in {"defeated", "upheld"}]
    agreeing = [item for item in settled if not item.deviation]
    assert len(agreeing) / len(settled) >= 0.95
    assert [item.id for item in precedents if not precedent_outcome(judge, item).passed] == []
    assert all(item.note for item in precedents if item.deviation)


def test_python_knows_no_criterion_interest_or_authority_by_name(judge: Judge, root: Path) -> None:
    names = set(judge.base.criteria)
    for kind in ("authority_kind", "interest", "purpose", "method_kind", "sphere"):
        names |= {name for name in judge.base.vocabulary.values(kind) if "_" in name}
    names |= {name for name in judge.base.vocabulary.predicates if "_" in name}
    code = "\n".join(path.read_text(encoding="utf-8") for path in (root / "legit").rglob("*.py"))
    assert sorted(name for name in names if re.search(rf"\b{name}\b", code)) == []


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    target = tmp_path / "base"
    shutil.copytree(shipped(), target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def edit(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, encoding="utf-8")


RETROACTIVE = "criteria/application/retroactive.lp"
BREAKS: list[tuple[str, str, Callable[[str], str], str]] = [
    ("unknown predicate", RETROACTIVE, lambda text: text + "\nmeets(retroactive) :- applied_backward.\n", "K502"),
    ("syntax", RETROACTIVE, lambda text: text + "\nmeets(retroactive) :- \n", "K501"),
    ("directive", RETROACTIVE, lambda text: text + '\n#include "x".\n', "K105"),
    ("script", RETROACTIVE, lambda text: text + "\n  #script (python)\n#end.\n", "K105"),
    ("no header", RETROACTIVE, lambda text: text.replace("%*", "%", 1), "K104"),
    ("broken header", RETROACTIVE, lambda text: text.replace("title =", "title", 1), "K103"),
    ("unknown key", RETROACTIVE, lambda text: text.replace("title =", "tittle =", 1), "K201"),
    ("missing source", RETROACTIVE, lambda text: text.replace('"FD-03"', '"FD-99"'), "K401"),
    ("no source", RETROACTIVE, lambda text: re.sub(r"sources = \[.*?\]", "sources = []", text), "K402"),
    ("id used twice", RETROACTIVE, lambda text: text.replace('id = "retroactive"', 'id = "dead_letter"'), "K204"),
    ("unreachable", RETROACTIVE, lambda text: text[: text.index("*%")] + "*%\nmeets(retroactive) :- applied_backwards, not applied_backwards.\n", "K603"),
    ("sign flipped", RETROACTIVE, lambda text: text.replace(":- applied_backwards.", ":- not applied_backwards."), "K602"),
    ("undercutter dropped", RETROACTIVE, lambda text: re.sub(r"(?m)^ *undercut\(.*\n", "", text), "K604"),
    ("template clash", "vocabulary/2_content.toml", lambda text: text.replace('says = "Breaking the rule harms nobody."', 'says = "Obeying costs nothing that matters."'), "K301"),
    ("phrase clash", "vocabulary/types.toml", lambda text: text.replace('grave = { phrase = "grave"', 'grave = { phrase = "serious"'), "K302"),
    ("unknown type", "vocabulary/2_content.toml", lambda text: text.replace('args = ["purpose"]', 'args = ["porpoise"]'), "K202"),
    ("slot not used", "vocabulary/2_content.toml", lambda text: text.replace('says = "The purpose of the rule is {purpose}."', 'says = "The purpose of the rule is known."'), "K203"),
    ("unknown value", "attributes/norms.toml", lambda text: text.replace("[statute]", "[statue]"), "K202"),
    ("level moved", "profiles/default.toml", lambda text: text.replace("heavy = 6", "heavy = 12"), "K602"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "change", "code"), [item[1:] for item in BREAKS], ids=[item[0] for item in BREAKS])
def test_a_broken_base_is_caught(copy: Path, file: str, change: Callable[[str], str], code: str) -> None:
    edit(copy / file, change)
    problems = check(copy)
    assert code in {problem.code for problem in problems}, [str(problem) for problem in problems][:5]
    assert all(problem.source or problem.code in {"K501"} for problem in problems)


def test_the_digest_follows_every_file(copy: Path) -> None:
    before = KnowledgeBase.load(copy)
    edit(copy / RETROACTIVE, lambda text: text + "\n% a comment\n")
    assert KnowledgeBase.load(copy).digest != before.digest


def test_another_base_is_judged_by_its_own_rules(copy: Path) -> None:
    text = "The rule is applied retroactively.\nObeying costs nothing that matters.\nBreaking the rule harms nobody.\nThe user tried no official channel."
    assert Judge(KnowledgeBase.load(copy)).assess(text).verdict == "defeated"
    edit(copy / RETROACTIVE, lambda old: re.sub(r"(?m)^ *meets\(retroactive\) :- applied_backwards\.\n", "", old))
    assert Judge(KnowledgeBase.load(copy)).assess(text).verdict == "stands"


def test_a_predicate_may_be_open_until_something_is_said_of_it(copy: Path) -> None:
    text = "Obeying costs nothing that matters.\nBreaking the rule harms nobody.\nThe user tried no official channel.\n"
    edit(
        copy / "vocabulary/3_application.toml",
        lambda old: old.replace("[applied_backwards]\n", '[applied_backwards]\ndefault = "open"\n'),
    )
    judge = Judge(KnowledgeBase.load(copy))
    silent = judge.assess(text)
    assert silent.verdict == "undetermined"
    assert [question.text for question in silent.questions if question.decisive] == [
        "Is the rule applied to what was done or agreed before it?"
    ]
    assert judge.assess(text + "The rule is not applied to what was done or agreed before it.").verdict == "stands"
    assert judge.assess(text + "The rule is applied retroactively.").verdict == "defeated"


def test_the_vocabulary_for_agents_is_short_and_complete(judge: Judge) -> None:
    from legit.language.page import VocabularyPages
    from legit.language.tokens import count_tokens

    page = VocabularyPages(judge.base.vocabulary, judge.base.guide).for_agents()
    _, tokens = count_tokens(page)
    assert tokens <= 2_500
    json.dumps(page)
    for line in page.splitlines():
        if line.endswith(".") and "<" not in line and "…" not in line and line[0].isupper() and " | " not in line:
            cases, problems = judge.reader.read(line)
            assert not problems or line in judge.base.guide, line
            assert cases
