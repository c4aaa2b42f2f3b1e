"""A knowledge base that was broken on purpose is caught: by check, by test or by verify, each with its evidence."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from legit.assurance.coverage import Coverage
from legit.assurance.examples import expected_cases, run_case
from legit.assurance.lint import check_base
from legit.assurance.verify import Verifier
from legit.engine.bounded_grounding import limited_process
from legit.engine.ground_rule import Bounds
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.properties import load_properties

NOT_PROVEN = "not proven"


class Break(NamedTuple):
    """One way to break a base: a text in a file is replaced. `by` says who must catch it, `evidence` with what."""

    name: str
    file: str
    old: str
    new: str
    by: str
    evidence: str


BREAKS = [
    # The path from criteria to a verdict.
    Break("a sign is flipped", "judgement/verdict.lp", "standard_of_review(C,_), not outweighed(C)", "standard_of_review(C,_), outweighed(C)", "check", "K602"),
    Break("undercutters are forgotten", "judgement/verdict.lp", "applies(C) :- meets(C), not undercut(C,_).", "applies(C) :- meets(C).", "check", "K602"),
    Break("harm is ignored", "judgement/verdict.lp", "harm_level(C,stop).", "harm_level(C,stop), asks_to(evade).", "check", "K602"),
    Break("silence settles a question", "judgement/open_questions.lp", "unanswered(T) :- mandatory_topic(T), not answered(T).", "", "check", "K602"),
    Break("a priority is lost", "judgement/verdict.lp", "outweighed(C) :- applies(C), standard_of_review(C,vital_interests), vital_protection, protection_exceeds_cost.\n", "", "check", "K602"),
    Break("help around a rule that stands", "judgement/guidance.lp", "guidance(stands,decline)          :- stance(evade), not only_lawful_means.", "guidance(stands,help) :- stance(evade), not only_lawful_means.", "check", "K602"),
    Break("a second guidance", "judgement/guidance.lp", "guidance(stands,decline)          :- stance(evade), not only_lawful_means.", "guidance(stands,decline) :- stance(evade), not only_lawful_means.\nguidance(stands,help) :- stance(evade), method_harm_level(none).", "verify", "one_guidance"),
    # Weights and lists.
    Break("a weight is off", "profiles/default.toml", "life = 4", "life = 1", "check", "K602"),
    Break("a weight is off by one", "profiles/default.toml", "conscience = 2", "conscience = 1", "check", "K602"),
    Break("a level is off by one", "profiles/default.toml", "substantial = 3", "substantial = 4", "check", "K602"),
    Break("a grave harm is played down", "harms/drugs.lp", 'harm_level = "stop"', 'harm_level = "caution"', "check", "K602"),
    Break("what is weighed never is weighed", "criteria/authority/usurped_power.lp", 'standard_of_review = "categorical"', 'standard_of_review = "ordinary"', "check", "K602"),
    Break("a ground is protected no more", "vocabulary/types.toml", 'birth = { phrase = "birth or caste", synonyms = ["caste", "birth"], protected_ground = true, suspect_ground = true }', 'birth = { phrase = "birth or caste", synonyms = ["caste", "birth"] }', "verify", "named_grounds_are_protected"),
    Break("an authority reaches too far", "attributes/authorities.toml", 'scope = ["own_premises", "shared_resource"]\nauthority_rank = "contract"', 'scope = ["own_premises", "shared_resource", "home_inside"]\nauthority_rank = "contract"', "verify", "private_life_is_out_of_reach"),
    Break("a norm has the wrong rank", "attributes/norms.toml", '[statute]\nnorm_rank = "statute"', '[statute]\nnorm_rank = "house_rule"', "check", "K602"),
    # Criteria.
    Break("an undercutter is dropped", "criteria/application/singled_out.lp", "undercut(singled_out,relevant_difference) :- others_differ.\n", "", "check", "K604"),
    Break("a rule of a criterion is dropped", "criteria/application/singled_out.lp", "meets(singled_out) :- times_checked(N), more_than(N,2,times).\n", "", "check", "K602"),
    Break("a threshold is raised", "criteria/content/excessive_cost.lp", "meets(excessive_cost) :- cost_reaches(noticeable), cost_exceeds_protection.", "meets(excessive_cost) :- cost_reaches(extreme), cost_exceeds_protection.", "check", "K602"),
    Break("a criterion can never apply", "criteria/exception/ambiguous_wording.lp", ":- wording_allows.", ":- wording_allows, breach_harmless, not breach_harmless.", "check", "K603"),
    Break("a fact is misspelt", "criteria/application/singled_out.lp", ":- others_differ.", ":- others_difer.", "check", "K502"),
    Break("a value is misspelt", "criteria/authority/exceeded_delegation.lp", "beyond_any_mandate :- enriches(enforcer).", "beyond_any_mandate :- enriches(enforcr).", "check", "K503"),
    Break("a citation does not resolve", "criteria/application/dead_letter.lp", "% @sources FD-14, FD-17", "% @sources FD-99, FD-17", "check", "K401"),
    Break("no source at all", "criteria/application/dead_letter.lp", "% @sources FD-14, FD-17\n", "", "check", "K402"),
    Break("a lapsed mandate still holds", "judgement/concepts.lp", "holds_power(N,D)   :- delegates(G,N,D), holds_power(G,D), not power_lapsed(N).", "holds_power(N,D) :- delegates(G,N,D), holds_power(G,D).", "check", "K602"),
    Break("a decided case is turned round", "precedents/defeated.toml", 'expected = "defeated"', 'expected = "stands"', "test", "precedent"),
    Break("a rule that nothing proves", "criteria/application/dead_letter.lp", "meets(dead_letter) :- rarely_enforced, pressured_by_authority.", "meets(dead_letter) :- rarely_enforced, pressured_by_authority.\n% @sources FD-14\nmeets(dead_letter) :- others_unpunished(everyone), no_say_in_rule_making.", "test", NOT_PROVEN),
    # What no example shows, and only a search over all cases finds.
    Break("what is asked moves the verdict", "criteria/application/no_appeal.lp", "undercut(no_appeal,admitted) :-", "undercut(no_appeal,admitted) :- asks_to(evade), plans_targeted_conduct.\nundercut(no_appeal,admitted) :-", "verify", "what_is_asked_does_not_matter"),
    Break("a protective purpose hurts", "judgement/concepts.lp", "unjust_content :- pays_without_use.", "unjust_content :- pays_without_use.\nunjust_content :- purpose(equal_treatment), conceals(_).\nunjust_content :- purpose(quiet), purpose(equal_treatment).", "verify", "protective_purpose_never_hurts"),
    Break("one group is protected less", "criteria/content/discrimination.lp", "meets(discrimination) :- distinguishes_by(G), protected_ground(G).", "meets(discrimination) :- distinguishes_by(G), protected_ground(G), G != language.", "verify", "protected_groups_are_alike"),
    Break("some people weigh less", "judgement/weighing.lp", "of_others(I,H)         :- weighed_interest(I), holder_group(H,others).", "of_others(I,H) :- weighed_interest(I), holder_group(H,others), H != competitor.", "verify", "others_are_alike"),
    Break("a weight of nothing counts", "judgement/weighing.lp", "cost_at_least(W)   :- cost_weight(W), W > 0.", "cost_at_least(W) :- cost_weight(W).", "verify", "weightless_harm_changes_nothing"),
    Break("more protection ends the margin", "judgement/weighing.lp", "safeguards_hold, not cost_leads_by(2),", "safeguards_hold, cost_leads_by(1), not cost_leads_by(2),", "verify", "more_harm_by_breach_never_hurts"),
    Break("the method judges the rule", "criteria/exception/never_agreed.lp", "undercut(", "undercut(never_agreed,benefit) :- method(forge).\nundercut(", "verify", "method_does_not_judge_the_rule"),
    Break("a bad rule excuses the method", "harms/forgery.lp", "meets(harm_forgery) :- method(forge)", "meets(harm_forgery) :- not forces_profession_of_belief, method(forge)", "verify", "rule_does_not_excuse_the_method"),
    Break("one criterion is swallowed by another", "criteria/exception/civil_disobedience.lp", "meets(civil_disobedience) :- open_breach, unjust_content.", "meets(civil_disobedience) :- open_breach, unjust_content, did_not_agree, cost_reaches(noticeable), not took_benefit.\nundercut(civil_disobedience,violent) :- power_by_law.\nundercut(civil_disobedience,violent) :- owners_terms_of_entry.\nundercut(civil_disobedience,violent) :- power_from(contract).", "verify", "no_criterion_implies_another"),
]  # fmt: skip


def test_there_are_at_least_twenty_ways() -> None:
    assert len({broken.name for broken in BREAKS}) >= 20
    assert {broken.by for broken in BREAKS} == {"check", "test", "verify"}


@pytest.mark.parametrize("broken", BREAKS, ids=lambda item: item.name)
def test_a_broken_base_is_caught(broken: Break, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGIT_CACHE", "")
    copy = tmp_path / "base"
    shutil.copytree(root / "rules_kb", copy)
    file = copy / broken.file
    text = file.read_text(encoding="utf-8")
    assert broken.old in text
    file.write_text(text.replace(broken.old, broken.new, 1), encoding="utf-8")
    with limited_process():  # no worker for each of these bases
        assert broken.evidence in _CATCHERS[broken.by](copy, broken)


def _checked(copy: Path, broken: Break) -> str:
    return " ".join(problem.code for problem in check_base(copy))


def _tested(copy: Path, broken: Break) -> str:
    judge = Judge(KnowledgeBase.load(copy))
    covered = Coverage(judge)
    for item in expected_cases(judge.base):
        found = run_case(judge, item)
        if not found.passed:
            return f"failed: {found.kind} {found.name}"
        if broken.evidence == NOT_PROVEN:
            covered.add_case(item)
    return NOT_PROVEN if broken.evidence == NOT_PROVEN and any(part.uncovered for part in covered.categories) else ""


def _verified(copy: Path, broken: Break) -> str:
    judge = Judge(KnowledgeBase.load(copy))
    (question,) = (item for item in load_properties(judge.base) if item.id == broken.evidence)
    answer = Verifier(judge, Bounds()).check(question, 300.0)
    assert answer.conclusive
    assert all(item.case is None or item.case.replayed for item in answer.counterexamples)
    return "" if answer.holds else answer.id


_CATCHERS = {"check": _checked, "test": _tested, "verify": _verified}
