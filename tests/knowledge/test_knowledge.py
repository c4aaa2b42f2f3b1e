"""The shipped knowledge base is valid, and a broken one is caught with a code and a place."""

from __future__ import annotations

import json
import re
from pathlib import Path

from legit.assurance.examples import run_criterion_cases, run_precedent
from legit.assurance.lint import check_base
from legit.catalogue.precedents import load_precedents
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase, shipped_base
from legit.knowledge.layers import layers_of
from tests.conftest import edit

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
    assert [str(problem) for problem in check_base()] == []


def test_every_subtype_has_a_criterion(judge: Judge) -> None:
    assert len(SUBTYPES) == 34
    assert {name for item in judge.base.criteria.values() for name in item.subtypes} >= SUBTYPES


def test_every_kind_of_authority_has_a_scope_and_a_source(judge: Judge) -> None:
    for kind in judge.base.vocabulary.values("authority_kind"):
        table = judge.base.attributes["authority_kind"][kind]
        assert isinstance(table["scope"], list), kind
        assert all(judge.base.bibliography.resolve(ref) for ref in table["sources"]), kind


def test_the_catalogue_of_rights(judge: Judge) -> None:
    assert len(judge.base.bibliography.rights) == 68
    assert all(right.sources for right in judge.base.bibliography.rights.values())


def test_unverified_sources_stay_marked(judge: Judge) -> None:
    (citation,) = judge.base.bibliography.resolve("alexy_2002")
    assert not citation.verified


CRITERIA = sorted(path.stem for path in shipped_base().glob("[cfh]*s/**/*.lp") if path.parts[-2] != "judgement")


def test_examples_of_every_criterion_come_out(judge: Judge) -> None:
    failed = [
        f"{outcome.name}: {outcome.message}"
        for criterion in judge.base.criteria.values()
        for outcome in run_criterion_cases(judge, criterion)
        if not outcome.passed
    ]
    assert failed == []


def test_precedents_agree(judge: Judge) -> None:
    precedents = load_precedents(layers_of(shipped_base()))
    assert len(precedents) >= 90
    settled = [item for item in precedents if item.outcome in {"defeated", "upheld"}]
    agreeing = [item for item in settled if not item.deviation]
    assert len(agreeing) / len(settled) >= 0.95
    assert [item.id for item in precedents if not run_precedent(judge, item).passed] == []
    assert all(item.note for item in precedents if item.deviation)


def test_python_knows_no_criterion_interest_or_authority_by_name(judge: Judge, root: Path) -> None:
    names = set(judge.base.criteria)
    for kind in ("authority_kind", "interest", "purpose", "method_kind", "sphere"):
        names |= {name for name in judge.base.vocabulary.values(kind) if "_" in name}
    names |= {name for name in judge.base.vocabulary.predicates if "_" in name}
    code = "\n".join(path.read_text(encoding="utf-8") for path in (root / "legit").rglob("*.py"))
    assert sorted(name for name in names if re.search(rf"\b{name}\b", code)) == []


RETROACTIVE = "criteria/application/retroactive.lp"


def test_the_digest_follows_every_file(copy: Path) -> None:
    before = KnowledgeBase.load(copy)
    edit(copy / RETROACTIVE, lambda text: text + "\n% a comment\n")
    assert KnowledgeBase.load(copy).digest != before.digest


def test_another_base_is_judged_by_its_own_rules(copy: Path) -> None:
    text = "The rule is applied retroactively.\nObeying costs nothing that matters.\nBreaking the rule harms nobody.\nThe user tried no official channel."
    assert Judge(KnowledgeBase.load(copy)).assess(text).verdict == "defeated"
    edit(copy / RETROACTIVE, lambda old: re.sub(r"(?m)^ *meets\(retroactive\) :- retroactive_application\.\n", "", old))
    assert Judge(KnowledgeBase.load(copy)).assess(text).verdict == "stands"


def test_a_predicate_may_be_open_until_something_is_said_of_it(copy: Path) -> None:
    text = "Obeying costs nothing that matters.\nBreaking the rule harms nobody.\nThe user tried no official channel.\n"
    edit(
        copy / "vocabulary/application.toml",
        lambda old: old.replace(
            "[retroactive_application]\n", '[retroactive_application]\nworld_assumption = "open"\n'
        ),
    )
    judge = Judge(KnowledgeBase.load(copy))
    silent = judge.assess(text)
    assert silent.verdict == "undetermined"
    assert [question.text for question in silent.questions if question.decisive] == [
        "Is the rule applied to what was done or agreed before it?"
    ]
    assert judge.assess(text + "The rule is not applied to what was done or agreed before it.").verdict == "stands"
    assert judge.assess(text + "The rule is applied retroactively.").verdict == "defeated"


def test_a_vocabulary_for_agents_beyond_the_bound_of_the_base_is_a_problem(copy: Path) -> None:
    assert "K304" not in {problem.code for problem in check_base(copy)}
    edit(copy / "base.toml", lambda old: old.replace("prompt_tokens_at_most = 2700", "prompt_tokens_at_most = 2000"))
    (problem,) = [problem for problem in check_base(copy) if problem.code == "K304"]
    assert problem.source.endswith("/base.toml")
    assert re.search(r"\d{4} tokens", problem.message) or "about" in problem.message
    assert "allows 2000" in problem.message
    assert "`prompt_form`" in problem.help
    assert "`in_prompt = false`" in problem.help
    assert problem.help.count(" (") == 5, "the longest forms are named with their tokens"


def test_the_vocabulary_for_agents_is_short_and_complete(judge: Judge) -> None:
    from legit.render.vocabulary import VocabularyPages

    pages = VocabularyPages(judge.base.vocabulary, judge.base.prompt_guide)
    page = pages.for_agents()
    exact, tokens = pages.prompt_tokens()
    assert exact, "the exact count needs the extra `stats`"
    assert tokens <= judge.base.manifest.prompt_tokens_at_most == 2_700
    json.dumps(page)
    for line in page.splitlines():
        if line.endswith(".") and "<" not in line and "…" not in line and line[0].isupper() and " | " not in line:
            cases, problems = judge.reader.parse(line, strict=False)
            assert not problems or line in judge.base.prompt_guide, line
            assert cases
