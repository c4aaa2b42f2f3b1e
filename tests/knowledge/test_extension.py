"""A base that extends another adds to it, and never changes it unseen."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legit.assurance.examples import expected_cases, run_case
from legit.assurance.impact import find_divergences
from legit.assurance.lint import check_base, lint_warnings
from legit.assurance.scaffold import new_base
from legit.assurance.text_diff import diff_bases
from legit.catalogue.entries import Entries
from legit.cli import main
from legit.decision_log.archive import pack_base, unpack_base
from legit.engine.ground_rule import Bounds
from legit.errors import KnowledgeBaseError, Problem, ScaffoldError
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase, shipped_base
from legit.knowledge.properties import load_properties
from legit.testing.invariants import all_invariants, expected_violations
from tests.conftest import edit
from tests.knowledge.test_random_damage import DAMAGES

OWN = {"no_way_out", "unread_language"}
STANDS = """The authority is a city.
The rule requires "a permit for a market stall".
Obeying costs nothing that matters.
Breaking the rule harms nobody.
The user tried no official channel.
"""
UNREAD = STANDS + "The rule was announced only in a language that the user does not read.\n"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The base that `kb new` writes."""
    new_base("own", tmp_path / "own")
    return tmp_path / "own"


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    folder = tmp_path_factory.mktemp("extended") / "own"
    new_base("own", folder)
    return Judge(KnowledgeBase.load(folder))


def put(folder: Path, file: str, text: str) -> None:
    """Add to a file of the extension, which may be new."""
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as opened:
        opened.write(f"\n{text}\n")


def load_all(folder: Path, profile: str = "default") -> KnowledgeBase:
    """Load a base, and the files of it that are read when they are needed."""
    base = KnowledgeBase.load(folder, profile)
    for _ in expected_cases(base):
        pass
    load_properties(base)
    expected_violations(base)
    Judge(base).reader  # noqa: B018  (builds the grammar)
    return base


def refused(folder: Path) -> list[Problem]:
    with pytest.raises(KnowledgeBaseError) as caught:
        load_all(folder)
    return list(caught.value.problems)


# composition


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
    tier = '[tier]\nwhy = "Who does not sleep falls ill."\nsources = ["LT-05"]\n[tier.values]\nsleep = 3'
    put(own, "profiles/default.toml", tier)
    put(own, "base.toml", '[attributes.nightly]\ngloss = "{value} is harmed by night"')
    put(own, "attributes/nightly.toml", 'of = "interest"\n[health]\nnightly = true\n[sleep]\nnightly = true')
    judge = Judge(KnowledgeBase.load(own))
    text = STANDS.replace("costs nothing that matters", "does grave harm to the sleep of the user")
    assert judge.assess(text).verdict == "defeated"
    assert judge.base.attributes["interest"]["health"]["nightly"] is True
    assert judge.base.profile.tables["tier"].values["life"] == 4
    assert "Who does not sleep falls ill." in judge.base.profile.tables["tier"].why
    assert "nightly" in str(lint_warnings(judge.base))


# nothing is taken

CRITERION = (shipped_base() / "criteria/application/retroactive.lp").read_text(encoding="utf-8")
SHARED = '%*\nid = "{id}"\ntitle = "x"\nstatement = "x"\nsources = ["FD-18"]\n{keys}\n*%\n{rules}'
PREDICATE = '[{id}]\naffirm = "The moon is full."\ndeny = "The moon is not full."\nask = "Is the moon full?"'
DEFAULTS = 'why = "x"\nsources = ["LT-05"]\n'


def shared(name: str = "mine", keys: str = "", rules: str = "") -> str:
    return SHARED.format(id=name, keys=keys, rules=rules)


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
    ("a weight", "profiles/default.toml", f"[tier]\n{DEFAULTS}[tier.values]\nlife = 1", "K210", "rules_kb/profiles/default.toml"),
    ("a weight for a value that is not its own", "profiles/default.toml", f"[tier]\n{DEFAULTS}[tier.values]\nwater = 1", "K210", "rules_kb/profiles/default.toml"),
    ("a nested weight", "profiles/default.toml", f"[half_steps]\n{DEFAULTS}[half_steps.values.likely]\nminor = 9", "K210", "rules_kb/profiles/default.toml"),
    ("a level of weight", "profiles/default.toml", f"[threshold]\n{DEFAULTS}[threshold.values]\nmild = 1", "K210", "rules_kb/profiles/default.toml"),
    ("trust in a speaker", "profiles/default.toml", f"[trust]\n{DEFAULTS}[trust.values]\nuser = 0", "K210", "rules_kb/profiles/default.toml"),
    ("the name of a profile", "profiles/default.toml", 'name = "mine"', "K210", "rules_kb/profiles/default.toml"),
    ("the step of a table", "profiles/default.toml", f"[tier]\n{DEFAULTS}step = 3\n[tier.values]", "K210", "rules_kb/profiles/default.toml"),
    ("a table that data gives", "profiles/default.toml", f"[standard_of_review]\n{DEFAULTS}[standard_of_review.values]\nlife = 1", "K210", "standard_of_review"),
    ("an attribute that data gives", "base.toml", '[attributes.standard_of_review]\ngloss = "{value} is mine"', "K210", "standard_of_review"),
    ("an attribute that rules derive", "base.toml", '[attributes.cost_reaches]\ngloss = "{value} is mine"', "K210", "rules_kb/"),
    ("a sentence that rules derive", "vocabulary/x.toml", PREDICATE.format(id="margin_of_appreciation"), "K210", "rules_kb/judgement/verdict.lp"),
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


# what is declared is seen

UNDERCUT = '[undercuts.retroactive.explained_before]\ngloss = "somebody explained the rule before"\nwhy = "Who knew is not surprised."'
RULE = shared(rules="undercut(retroactive,explained_before) :- rule_explained.")
BACKWARDS = STANDS + "The rule is applied retroactively.\n"


def test_a_declared_undercut_counts_and_is_seen_everywhere(own: Path, judge: Judge) -> None:
    put(own, "base.toml", UNDERCUT)
    put(own, "judgement/x.lp", RULE)
    here = Judge(KnowledgeBase.load(own))
    text = BACKWARDS + "Somebody explained the rule to the user.\n"
    assert judge.assess(BACKWARDS).verdict == here.assess(BACKWARDS).verdict == "defeated"
    found = here.assess(text)
    assert found.verdict == "stands"
    (saved,) = found.undercut
    assert saved.criterion == "retroactive"
    assert "somebody explained the rule before (added by own)" in saved.model_dump_json()
    assert found.provenance.base_version == "0.1.0 (extends legit 0.1.0)"
    said = [str(note) for note in lint_warnings(here.base) if note.code == "K703"]
    assert said == [
        "own/base.toml: K703: `retroactive` is undercut here where somebody explained the rule before: Who knew is not surprised."
    ]
    (entry,) = Entries(here.base).lookup("own")
    assert entry.details["undercuts"][0].startswith("retroactive, where somebody explained")
    (entry,) = Entries(here.base).lookup("retroactive")
    assert "somebody explained the rule before (added by own)" in str(entry.details["undercut_when"])
    (change,) = (change for change in diff_bases(judge.base, here.base) if change.id == "retroactive")
    assert change.lines == ("undercutters: new `explained_before: somebody explained the rule before (added by own)`",)


def test_a_declared_undercut_that_no_rule_derives_is_an_error_of_the_extension(own: Path) -> None:
    put(own, "base.toml", UNDERCUT)
    assert [(item.code, item.source) for item in check_base(own)] == [("K604", "own/base.toml")]


BROAD = """%*
id = "broad"
title = "Broad"
family = "application_defeat"
standard_of_review = "categorical"
statement = "x"
sources = ["FD-18"]
[[examples]]
text = "The purpose of the rule is child protection."
[[examples]]
text = "The purpose of the rule is child protection. The authority is a city."
[[counterexamples]]
text = "The authority is a city."
[[counterexamples]]
text = "The purpose of the rule is health."
*%
meets(broad) :- purpose(child_protection).
"""


def test_what_comes_out_otherwise_must_be_argued(own: Path, judge: Judge) -> None:
    put(own, "criteria/broad.lp", BROAD)
    turned = {re.findall(r"`([^`]+)`", item.message)[0]: str(item) for item in check_base(own) if item.code == "K606"}
    assert "verdict defeated instead of stands, as `broad` applies" in turned["ru001_handyside"]
    assert "rules_kb/precedents/upheld.toml" in turned["ru001_handyside"]
    assert "[accepted_regressions]" in turned["ru001_handyside"]
    assert all(name in {item.name for item in expected_cases(judge.base)} for name in turned)
    put(own, "base.toml", "\n".join(["[accepted_regressions]", *(f'"{name}" = "because"' for name in turned)]))
    assert check_base(own) == []
    said = [str(note) for note in lint_warnings(KnowledgeBase.load(own))]
    assert "own/base.toml: K703: `ru001_handyside` has a different result here: because" in said


def test_a_harm_of_its_own_has_its_own_phrase(own: Path) -> None:
    harm = BROAD.replace("application_defeat", "harm").replace(
        'standard_of_review = "categorical"', 'harm_level = "stop"'
    )
    put(own, "criteria/broad.lp", harm.replace("purpose(child_protection)", "foreign_language_only"))
    put(own, "judgement/x.lp", shared(keys='[phrases]\notherwise_broad = "another way"'))
    judge = Judge(KnowledgeBase.load(own))
    assert judge.base.phrases["otherwise_broad"] == "another way"
    found = judge.assess(UNREAD)
    assert (found.method_harm.level, [item.criterion for item in found.method_harm.reasons]) == ("stop", ["broad"])


def test_a_departure_that_is_none_is_an_error(own: Path) -> None:
    put(own, "base.toml", '[accepted_regressions]\nru001_handyside = "because"')
    assert [(item.code, item.source) for item in check_base(own)] == [("K606", "own/base.toml")]


# what is extended


@pytest.mark.parametrize(
    "extends", ['"legitt"', '"../nowhere"', '""', "7", '"/dev/null"', '"a\\u0000b"', '"."', '"../own"']
)
def test_a_base_that_cannot_be_extended_is_named(own: Path, extends: str) -> None:
    edit(own / "base.toml", lambda text: text.replace('extends = "legit"', f"extends = {extends}"))
    (problem,) = refused(own)
    assert (problem.code, problem.source) == ("K110", "own/base.toml")
    assert problem.nearest == (("legit",) if "legitt" in extends else ())


def test_two_bases_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    for name, other in (("one", "two"), ("two", "one")):
        new_base(name, tmp_path / name)
        edit(tmp_path / name / "base.toml", lambda text, below=other: text.replace('"legit"', f'"../{below}"'))
    assert [problem.code for problem in refused(tmp_path / "one")] == ["K110"]


def test_folders_of_one_name_are_told_apart(tmp_path: Path) -> None:
    new_base("own", tmp_path / "rules_kb")
    put(tmp_path / "rules_kb", "criteria/x.lp", CRITERION)
    (problem,) = refused(tmp_path / "rules_kb")
    assert (problem.code, problem.source) == ("K210", "rules_kb/criteria/x.lp")
    assert "rules_kb (extended)/criteria/application/retroactive.lp" in problem.message


def test_the_digest_covers_both_parts(own: Path, copy: Path) -> None:
    first = KnowledgeBase.load(own).digest
    assert first != KnowledgeBase.load().digest
    edit(own / "base.toml", lambda text: text.replace('"legit"', '"../base"'))
    assert copy.parent == own.parent
    other = KnowledgeBase.load(own).digest
    edit(copy / "sources" / "doctrine.toml", lambda text: text + "\n# seen\n")
    assert len({first, other, KnowledgeBase.load(own).digest}) == 3


def test_a_pinned_base_is_the_same_base(own: Path, tmp_path: Path) -> None:
    loaded = KnowledgeBase.load(own)
    shutil.copytree(shipped_base(), own / "extended", ignore=shutil.ignore_patterns("__pycache__"))
    pinned = KnowledgeBase.load(own)
    assert pinned.digest == loaded.digest
    assert [part.root for part in pinned.layers] == [own / "extended", own]


def test_a_log_keeps_both_parts(own: Path, tmp_path: Path) -> None:
    base = KnowledgeBase.load(own)
    data = pack_base(base)
    assert data is not None
    kept = tmp_path / "kept"
    kept.mkdir()
    unpack_base(data, kept)
    again = KnowledgeBase.load(kept)
    assert again.digest == base.digest
    assert Judge(again).assess(UNREAD) == Judge(base).assess(UNREAD)


# damage

FILES = ["base.toml", "criteria/unread_language.lp", "invariants.toml", "properties/explaining_never_hurts.lp", "sources/cases.toml", "vocabulary/language.toml"]  # fmt: skip


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("damaged") / "own"
    new_base("own", folder)
    return folder


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(FILES), st.sampled_from(DAMAGES), st.integers(0, 2**32))
def test_a_damaged_extension_gives_errors_with_a_code_and_a_file(
    victim: Path, file: str, damage: Callable[[str, random.Random], str], seed: int
) -> None:
    path = victim / file
    before = path.read_bytes()
    try:
        path.write_text(damage(before.decode(), random.Random(seed)), encoding="utf-8", newline="")
        load_all(victim)
    except KnowledgeBaseError as error:
        for problem in error.problems:
            assert re.fullmatch(r"K\d{3}", problem.code)
            assert problem.source, str(problem)
    finally:
        path.write_bytes(before)


# the commands, and `kb new`


def test_what_kb_new_writes_is_green(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kb", "check", "--kb", str(own)]) == 0
    assert main(["kb", "test", "--kb", str(own), "--min-coverage", "100"]) == 0
    assert "8 passed, 0 failed" in capsys.readouterr().out
    assert main(["kb", "verify", "--kb", str(own)]) == 0
    assert "1 of 1 hold" in capsys.readouterr().out


def test_the_commands_show_both_parts_and_the_own_one_apart(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*command: str) -> str:
        assert main([*command, "--kb", str(own)]) == 0
        return capsys.readouterr().out

    assert [line.split()[0] for line in said("kb", "list", "--own").splitlines()] == sorted(OWN)
    assert "retroactive" in said("kb", "list")
    assert "File: own/criteria/unread_language.lp" in said("kb", "show", "unread_language")
    assert "File: rules_kb/criteria/application/retroactive.lp" in said("kb", "show", "retroactive")
    assert "A base that extends legit." in said("kb", "show", "own")
    assert "foreign_language_only" in said("kb", "search", "language", "not", "read")
    assert "Kamasinski" in said("kb", "citations", "--unverified")
    assert "foreign_language_only" in said("vocabulary")
    assert main(["kb", "diff", str(shipped_base()), str(own), "--text-only"]) == 0
    assert "unread_language" in capsys.readouterr().out
    assert main(["kb", "test", "--kb", str(own), "--include-base", "--only", "retroactive"]) == 0
    assert " passed, 0 failed" in capsys.readouterr().out


def test_a_site_holds_both_parts(own: Path, tmp_path: Path) -> None:
    assert main(["kb", "site", str(tmp_path / "site"), "--kb", str(own)]) == 0
    pages = {path.name for path in (tmp_path / "site").rglob("*.html")}
    assert {"unread_language.html", "retroactive.html", "kamasinski.html", "own.html"} <= pages


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("My KB", "did you mean: my_kb"),
        ("9", "begin with a letter"),
        ("", "begin with a letter"),
        ("../x", "did you mean: x"),
        ("a\nb", "did you mean: a_b"),
        ("legit", "is the name of the shipped base"),
    ],
)
def test_a_bad_name_is_refused(name: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match=re.escape(says)):
        new_base(name, tmp_path / "own")
    assert not (tmp_path / "own").exists()


def test_nothing_is_overwritten(own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in own.rglob("*") if path.is_file()}
    assert main(["kb", "new", "own", str(own)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in own.rglob("*") if path.is_file()} == before
    (tmp_path / "file").write_text("x")
    assert main(["kb", "new", "own", str(tmp_path / "file")]) == 2
    assert main(["kb", "new", "own", str(tmp_path / "file" / "below")]) == 2
    assert main(["kb", "new", "Own"]) == 2
    assert "did you mean: own" in capsys.readouterr().err


def test_the_criteria_of_the_template_load_as_they_stand(own: Path) -> None:
    for path in own.glob("criteria/*.lp"):
        assert "@" not in path.read_text(encoding="utf-8")
    assert "@" not in (own / "README.md").read_text(encoding="utf-8")
    assert run_case(Judge(KnowledgeBase.load(own)), next(expected_cases(KnowledgeBase.load(own), own_only=True))).passed
