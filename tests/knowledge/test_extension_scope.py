"""An extension that takes or replaces something of the extended base is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase, shipped_base
from legit.testing.invariants import all_invariants
from tests.knowledge.conftest import CRITERION, STANDS, UNREAD, put, refused, shared

PREDICATE = '[{id}]\naffirm = "The moon is full."\ndeny = "The moon is not full."\nask = "Is the moon full?"'
DEFAULTS = 'why = "x"\nsources = ["LT-05"]\n'


# What is taken, the file of the extension in which it is, the text, the code, and what the message names.
TAKEN: list[tuple[str, str, str, str, str]] = [
    ("a criterion", "criteria/x.lp", CRITERION, "K210", "rules_kb/criteria/application/retroactive.lp"),
    ("a file of the judgement", "judgement/x.lp", shared("verdict"), "K210", "rules_kb/judgement/verdict.lp"),
    ("the examples of the judgement", "judgement/verdict.examples.toml", '[[examples]]\ntext = "The user is a tenant."', "K109", "verdict.lp"),
    ("a sentence", "vocabulary/x.toml", PREDICATE.format(id="notice"), "K210", "rules_kb/vocabulary/application.toml"),
    ("a sentence in other words", "vocabulary/x.toml", PREDICATE.format(id="mine").replace("The moon is full.", "Breaking the rule harms nobody."), "K301", "breach_harmless"),
    ("a title", "vocabulary/x.toml", 'topic = "authority"\ntitle = "Mine"', "K210", "rules_kb/vocabulary/authority.toml"),
    ("the frame words", "vocabulary/lexicon.toml", (shipped_base() / "vocabulary/lexicon.toml").read_text(encoding="utf-8"), "K210", "rules_kb/vocabulary/lexicon.toml"),
    ("a value", "vocabulary/types.toml", '[interest.values]\nhealth = { phrase = "a good life" }', "K210", "rules_kb/vocabulary/types.toml"),
    ("a type", "vocabulary/types.toml", '[interest]\ndescription = "mine"\n[interest.values]\nsleep = { phrase = "sleep" }', "K201", "description"),
    ("rights as values", "vocabulary/types.toml", '[right.values]\nr99 = { phrase = "the right to sleep" }', "K204", "right"),
    ("a phrase of a value", "vocabulary/types.toml", '[interest.values]\nsleep = { phrase = "health" }', "K302", "health"),
    ("an attribute", "base.toml", '[attributes.protected_ground]\ngloss = "{value} is mine"', "K210", "rules_kb/base.toml"),
    ("an attribute of a value that is not its own", "attributes/x.toml", 'of = "ground"\n[taste]\nprotected_ground = true', "K202", "taste"),
    ("another attribute of a value that is not its own", "attributes/x.toml", 'of = "interest"\n[convenience]\nbodily = true', "K210", "rules_kb/vocabulary/types.toml"),
    ("a family", "base.toml", '[families]\nharm = "mine"', "K210", "rules_kb/base.toml"),
    ("a subtype", "base.toml", '[subtypes]\nnever_agreed = "mine"', "K210", "rules_kb/base.toml"),
    ("a standard of review", "base.toml", '[standards_of_review]\nmine = "mine"', "K201", "standards_of_review"),
    ("a level of harm", "base.toml", '[harm_levels]\nmine = "mine"', "K201", "harm_levels"),
    ("a weight", "profiles/default.toml", f"[abstract_weight]\n{DEFAULTS}[abstract_weight.values]\nlife = 1", "K210", "rules_kb/profiles/default.toml"),
    ("a weight for a value that is not its own", "profiles/default.toml", f"[abstract_weight]\n{DEFAULTS}[abstract_weight.values]\nwater = 1", "K210", "rules_kb/profiles/default.toml"),
    ("a nested weight", "profiles/default.toml", f"[corroboration]\n{DEFAULTS}[corroboration.values.defeated]\nanything = 9", "K210", "rules_kb/profiles/default.toml"),
    ("a level of weight", "profiles/default.toml", f"[threshold]\n{DEFAULTS}[threshold.values]\nmild = 1", "K210", "rules_kb/profiles/default.toml"),
    ("trust in a speaker", "profiles/default.toml", f"[trust]\n{DEFAULTS}[trust.values]\nuser = 0", "K210", "rules_kb/profiles/default.toml"),
    ("the name of a profile", "profiles/default.toml", 'name = "mine"', "K210", "rules_kb/profiles/default.toml"),
    ("the step of a table", "profiles/default.toml", f"[abstract_weight]\n{DEFAULTS}step = 3\n[abstract_weight.values]", "K210", "rules_kb/profiles/default.toml"),
    ("a table that data gives", "profiles/default.toml", f"[standard_of_review]\n{DEFAULTS}[standard_of_review.values]\nlife = 1", "K210", "standard_of_review"),
    ("an attribute that data gives", "base.toml", '[attributes.standard_of_review]\ngloss = "{value} is mine"', "K210", "standard_of_review"),
    ("an attribute that rules derive", "base.toml", '[attributes.cost_reaches]\ngloss = "{value} is mine"', "K210", "rules_kb/"),
    ("a sentence that rules derive", "vocabulary/x.toml", PREDICATE.format(id="margin_of_appreciation"), "K210", "rules_kb/judgement/weighing.lp"),
    ("a source", "sources/x.toml", '[iccpr]\ntitle = "x"\nshort = "x"\nkind = "maxim"\nverified = false', "K210", "rules_kb/sources/treaties.toml"),
    ("a source by a doctrine", "doctrines/x.toml", '[iccpr]\nname = "x"\nstatement = "x"\nsources = ["kamasinski"]', "K210", "rules_kb/sources/treaties.toml"),
    ("a place in a source", "doctrines/x.toml", '["iccpr 14(1)"]\nname = "x"\nstatement = "x"\nsources = ["kamasinski"]', "K210", "rules_kb/sources/treaties.toml"),
    ("a doctrine", "doctrines/x.toml", '[FD-18]\nname = "x"\nstatement = "x"\nsources = ["kamasinski"]', "K210", "rules_kb/doctrines/formal_defects.toml"),
    ("a right", "rights/x.toml", '[R01]\nname = "x"\nphrase = "x"\nclass = "qualified"', "K210", "rules_kb/rights/catalogue.toml"),
    ("a limitation clause", "rights/limitation_clauses.toml", '[L10]\nclause = "x"', "K210", "rules_kb/rights/limitation_clauses.toml"),
    ("a precedent", "precedents/x.toml", f'[ru001_handyside]\ntitle = "x"\ncitation = "x"\noutcome = "upheld"\nexpected = "stands"\nfacts = """{STANDS}"""', "K210", "rules_kb/precedents/upheld.toml"),
    ("a law", "invariants.toml", '[added.benefit_taken]\npredicate = "took_benefit"\ncounts = "for"\nwhy = "x"\nsources = []', "", ""),
    ("a law that is there", "invariants.toml", '[interchangeable.protected_grounds]\ntype = "ground"\nwhere = "protected_ground"\nwhy = "x"\nsources = []', "K210", "rules_kb/invariants.toml"),
    ("the name of a law", "invariants.toml", '[added.protected_grounds]\npredicate = "took_benefit"\ncounts = "for"\nwhy = "x"\nsources = []', "K210", "rules_kb/invariants.toml"),
    ("an exception from a law", "invariants.toml", (shipped_base() / "invariants.toml").read_text(encoding="utf-8").partition("[known_violations")[1] + (shipped_base() / "invariants.toml").read_text(encoding="utf-8").partition("[known_violations")[2], "K210", "rules_kb/invariants.toml"),
    ("a question", "properties/x.lp", (shipped_base() / "properties/one_verdict.lp").read_text(encoding="utf-8"), "K210", "rules_kb/properties/one_verdict.lp"),
    ("a phrase", "judgement/x.lp", shared(keys='[phrases]\nstands = "the rule falls"'), "K210", "rules_kb/judgement/verdict.lp"),
    ("a phrase that the base leaves out", "judgement/x.lp", shared(keys='[phrases]\nconsult_evade_defeated_help = "no"'), "K507", "consult_evade_defeated_help"),
    ("a phrase that looks like one about a criterion", "judgement/x.lp", shared(keys='[phrases]\nconsult_no_way_out = "no"'), "K507", "consult_no_way_out"),
    ("words for what the base derives", "judgement/x.lp", shared(keys='[glosses]\n"heavy_tie" = "nothing"'), "K507", "heavy_tie"),
    ("which result is careful", "judgement/x.lp", shared(keys='[caution_order]\nmethod_harm_level = ["none", "stop"]'), "K507", "caution_order"),
    ("a mandatory topic", "judgement/x.lp", shared(keys='[mandatory_questions]\nmine = "is it mine"'), "K507", "mandatory_questions"),
    # rules
    ("the verdict", "judgement/x.lp", shared(rules="verdict(defeated) :- rule_explained."), "K507", "rules_kb/judgement/verdict.lp"),
    ("what a criterion outweighs", "judgement/x.lp", shared(rules="outweighed(C) :- applies(C)."), "K507", "rules_kb/judgement/verdict.lp"),
    ("a shared idea", "judgement/x.lp", shared(rules="remedy_failed :- rule_explained."), "K507", "rules_kb/judgement/concepts.lp"),
    ("a shared idea with other arguments", "judgement/x.lp", shared(rules="remedy_failed(yes) :- rule_explained."), "K507", "rules_kb/judgement/concepts.lp"),
    ("a helper of a criterion", "judgement/x.lp", shared(rules="beyond_any_mandate :- rule_explained."), "K507", "exceeded_delegation.lp"),
    ("an advice", "judgement/x.lp", shared(rules="advice(untried) :- rule_explained."), "K507", "advice"),
    ("how many witnesses are required", "judgement/x.lp", shared(rules="requires_witnesses(9)."), "K507", "requires_witnesses"),
    ("a criterion met", "judgement/x.lp", shared(rules="meets(retroactive) :- rule_explained."), "K507", "retroactive.lp"),
    ("a criterion undercut", "judgement/x.lp", shared(rules="undercut(retroactive,mine) :- rule_explained."), "K507", "retroactive.lp"),
    ("a criterion undercut on its own ground", "judgement/x.lp", shared(rules="undercut(retroactive,continues) :- rule_explained."), "K507", "retroactive.lp"),
    ("every criterion undercut", "judgement/x.lp", shared(rules="undercut(C,mine) :- criterion(C)."), "K504", "undercut(C,mine)"),
    ("a fact of a case", "judgement/x.lp", shared(rules="retroactive_application :- rule_explained."), "K504", "retroactive_application"),
    ("what is open", "judgement/x.lp", shared(rules="1 { mine(a); mine(b) } 1."), "K507", "choice"),
    ("a criterion undercut from another criterion", "criteria/unread_language.lp", "undercut(retroactive,mine) :- rule_explained.", "K507", "retroactive.lp"),
    # declarations
    ("an undercut of nothing", "base.toml", '[undercuts.retroactiv.mine]\ngloss = "x"\nwhy = "x"', "K207", "retroactiv"),
    ("an undercut of its own criterion", "base.toml", '[undercuts.no_way_out.mine]\ngloss = "x"\nwhy = "x"', "K207", "no_way_out"),
    ("an undercut without a reason", "base.toml", '[undercuts.retroactive.mine]\ngloss = "x"\nwhy = ""', "K201", "why"),
    ("a ground that is there", "base.toml", '[undercuts.retroactive.continues]\ngloss = "x"\nwhy = "x"', "K210", "retroactive.lp"),
    ("a key that is ours", "base.toml", "[places]", "K201", "places"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "text", "code", "says"),
    [item[1:] for item in TAKEN if item[3]],
    ids=[item[0] for item in TAKEN if item[3]],
)
def test_an_extension_takes_nothing(own: Path, file: str, text: str, code: str, says: str) -> None:
    put(own, file, text)
    problems = refused(own)
    found = [item for item in problems if item.code == code and says in f"{item.source} {item.message}"]
    assert found, [str(problem) for problem in problems][:5]
    assert code in {"K301", "K302"} or all(item.source == f"own/{file}" for item in found)
    assert code != "K210" or all("take another name" in item.help or "its own" in item.help for item in found)


@pytest.mark.parametrize("table", ["threshold", "trust", "corroboration"])
def test_only_what_weighs_values_of_a_type_gets_weights_for_its_own(own: Path, table: str) -> None:
    """`threshold` is enumerated where a question is open: another entry would open every case further."""
    put(own, "vocabulary/types.toml", '[interest.values]\nsleep = { phrase = "sleep" }')
    put(own, "profiles/default.toml", f"[{table}]\n{DEFAULTS}[{table}.values]\nsleep = 1")
    (problem,) = refused(own)
    assert (problem.code, problem.source) == ("K210", "own/profiles/default.toml")
    assert f"{table} entry `sleep`" in problem.message


def test_a_law_of_its_own_is_among_the_laws(own: Path) -> None:
    put(own, *next(item for item in TAKEN if item[0] == "a law")[1:3])
    base = KnowledgeBase.load(own)
    mine = {law.name for law in all_invariants(base) if base.owns_path(law.defined_at)}
    assert mine == {"foreign language only", "benefit taken"}


def test_a_profile_of_its_own_has_its_own_weights_under_its_own_name(own: Path) -> None:
    strict = f'based_on = "default"\nname = "strict"\n[corroboration]\n{DEFAULTS}[corroboration.values.defeated]\nanything = 2'
    put(own, "profiles/strict.toml", strict)
    assert KnowledgeBase.load(own).profile.tables["corroboration"].values == {"defeated": {"anything": 1}}
    judge = Judge(KnowledgeBase.load(own, "strict"))
    assert judge.assess(UNREAD).provenance.profile == "strict"
    assert judge.base.profile.tables["corroboration"].values == {"defeated": {"anything": 2}}
    below = judge.base.parent()
    assert below is not None
    assert below.profile.id == "default"
