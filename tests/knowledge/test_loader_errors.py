"""A broken knowledge base is refused with a code, the file, the line where there is one, and the nearest known name."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from legit.assurance.lint import check_base
from legit.errors import KnowledgeBaseError, Problem
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.rules.rule_parser import parse_rules
from tests.conftest import edit

Change = Callable[[str], str]

RETROACTIVE = "criteria/application/retroactive.lp"
FORGERY = "harms/forgery.lp"
VERDICT = "judgement/verdict.lp"
BASE = "base.toml"
TYPES = "vocabulary/types.toml"
CONTENT = "vocabulary/content.toml"
FRAME = "vocabulary/lexicon.toml"
PROFILE = "profiles/default.toml"
AUTHORITIES = "attributes/authorities.toml"
RIGHTS = "rights/catalogue.toml"
CASES = "sources/cases.toml"
STATUTES = "sources/statutes.toml"
PRECEDENTS = "precedents/defeated.toml"
PLACES = "places.toml"


def swap(old: str, new: str) -> Change:
    return lambda text: text.replace(old, new, 1)


def add(text: str) -> Change:
    return lambda old: f"{old}\n{text}\n"


# What is wrong, in which file, the change that makes it so, the code, and the nearest name ("" where there is none).
LOADING: list[tuple[str, str, Change, str, str]] = [
    # files
    ("null character", RETROACTIVE, add("meets(retroactive) :- \0retroactive_application."), "K101", ""),
    ("too long", RETROACTIVE, add("% a comment\n" * 50_000), "K102", ""),
    ("no header", RETROACTIVE, swap("%*", "%"), "K104", ""),
    ("broken header", RETROACTIVE, swap("title =", "title"), "K103", ""),
    ("too deep", BASE, add("deep = " + "[" * 5000), "K103", ""),
    ("too long a number", BASE, add("long = " + "9" * 5000), "K103", ""),
    # in force
    ("a place that does not exist", STATUTES, swap('places = ["eu", {', 'places = ["eux", {'), "K406", "eu"),
    ("a place left out that does not exist", "sources/treaties.toml", swap('"tw"]', '"taiwan"]'), "K406", ""),
    ("a place within no place", PLACES, swap('place = "echr_parties", from = 1953-09-03', 'place = "echr_party"'), "K406", "echr_parties"),
    ("a place within itself", PLACES, swap('within = [{ place = "coe" }]', 'within = [{ place = "se" }]'), "K406", ""),
    ("a membership that ends before it begins", PLACES, swap("from = 1973-01-01, to = 2020-12-31", "from = 1973-01-01, to = 1972"), "K407", ""),
    ("a source that ends before it begins", STATUTES, swap("in_force_from = 2018-05-25", "in_force_from = 2018-05-25\nin_force_to = 2018-05-24"), "K407", ""),
    ("a part that ends before it begins", STATUTES, swap('"14" = {', '"14" = { in_force_from = 2024, in_force_to = 2023,'), "K407", ""),
    ("a successor that does not exist", STATUTES, swap("in_force_from = 2018-05-25", 'in_force_from = 2018-05-25\nin_force_to = 2030\nsuccessor = "dsaa"'), "K408", "dsa"),
    ("a successor that overlaps", STATUTES, swap("in_force_from = 2018-05-25", 'in_force_from = 2018-05-25\nin_force_to = 2024-02-17\nsuccessor = "dsa"'), "K408", ""),
    ("a successor of what never ends", STATUTES, swap("in_force_from = 2018-05-25", 'in_force_from = 2018-05-25\nsuccessor = "dsa"'), "K408", ""),
    ("a date that is none", STATUTES, swap("in_force_from = 2018-05-25", 'in_force_from = "2018-02-30"'), "K201", ""),
    # shape
    ("unknown key", RETROACTIVE, swap("title =", "tittle ="), "K201", "title"),
    ("examples of a judgement file in its header", VERDICT, swap("*%", '[[examples]]\ntext = "The user is a tenant."\n*%'), "K201", ""),
    ("an example with an unknown key", "judgement/verdict.examples.toml", swap("verdict =", "verdickt ="), "K201", ""),
    ("an examples file that is no TOML", "judgement/verdict.examples.toml", add("text ="), "K103", ""),
    ("a key that is ours", RETROACTIVE, swap("title =", 'path = "x"\ntitle ='), "K201", ""),
    ("wrong type", RETROACTIVE, swap('title = "Applied backwards"', "title = 7"), "K201", ""),
    ("unknown verdict", RETROACTIVE, swap('verdict = "defeated"', 'verdict = "defeted"'), "K201", "defeated"),
    ("an order that is no number", CONTENT, swap("order = 2", 'order = "second"'), "K201", ""),
    ("unknown kind of source", "sources/treaties.toml", swap('kind = "treaty"', 'kind = "treatty"'), "K201", "treaty"),
    ("unknown class of right", RIGHTS, swap('class = "absolute"', 'class = "absolut"'), "K209", "absolute"),
    ("unknown speaker", "vocabulary/authority.toml", swap('answerable_by = "record"', 'answerable_by = "recrod"'), "K201", "record"),
    ("a predicate that is no table", CONTENT, swap("[rule_forbids]", "lonely = 3\n[rule_forbids]"), "K201", ""),
    ("missing frame phrase", FRAME, swap("deny =", "denny ="), "K201", "denny"),
    ("a frame phrase without a word", FRAME, swap('case = ["case"]', 'case = ["the"]'), "K201", ""),
    ("bands that fall", FRAME, swap("years = [1, 4,", "years = [4, 1,"), "K201", ""),
    ("a value without a word", TYPES, swap('phrase = "grave"', 'phrase = "a"'), "K201", ""),
    ("a weight too large", PROFILE, swap("life = 4", "life = 4000000"), "K201", ""),
    ("attributes that are no table", AUTHORITIES, lambda text: re.sub(r"(?s)\[police\].*?\n\[", "[", text).replace("[national_government]", "police = 3\n[national_government]", 1), "K201", ""),
    # names
    ("unknown type", CONTENT, swap('args = ["purpose"]', 'args = ["porpoise"]'), "K202", "purpose"),
    ("unknown value", "attributes/norms.toml", swap("[statute]", "[statue]"), "K202", "statute"),
    ("unknown type of attributes", "attributes/norms.toml", swap('of = "norm"', 'of = "norms"'), "K202", "norm"),
    ("slot not used", CONTENT, swap('affirm = "The purpose of the rule is {purpose}."', 'affirm = "The purpose is known."'), "K203", ""),
    ("unknown slot", CONTENT, swap('affirm = "The purpose of the rule is {purpose}."', 'affirm = "The purpose is {porpose}."'), "K203", "purpose"),
    ("id used twice", RETROACTIVE, swap('id = "retroactive"', 'id = "dead_letter"'), "K204", ""),
    ("a value that is no name", TYPES, swap("grave = {", '"x). #include" = {'), "K204", ""),
    ("a value named not", TYPES, swap("grave = {", "not = {"), "K204", ""),
    ("a table that is no name", PROFILE, lambda text: text.replace("[threshold", '["threshold(1). x"'), "K204", ""),
    ("a predicate with the name of an attribute", CONTENT, add('[protected_ground]\nargs = ["ground"]\naffirm = "{ground} looks bad."\ndeny = "{ground} looks good."\nask = "Does {ground} look bad?"'), "K204", ""),
    ("unknown excluded predicate", CONTENT, swap('excludes = ["breach_harms"]', 'excludes = ["breach_harm"]'), "K205", "breach_harms"),
    ("unknown family", RETROACTIVE, swap('family = "application_defeat"', 'family = "aplication_defeat"'), "K207", "application_defeat"),
    ("pleaded ground that is no predicate", "base.toml", swap('pleaded_ground = "objects_to"', 'pleaded_ground = "objects"'), "K207", "objects_to"),
    ("pleaded ground without families", "base.toml", swap('pleaded_ground = "objects_to"', 'pleaded_ground = "asks_to"'), "K207", ""),
    ("unknown standard of review", RETROACTIVE, swap('standard_of_review = "ordinary"', 'standard_of_review = "ordinery"'), "K207", "ordinary"),
    ("unknown level", FORGERY, swap('harm_level = "stop"', 'harm_level = "stopp"'), "K207", "stop"),
    ("unknown subtype", RETROACTIVE, swap('"applied_retroactively"', '"applied_retroactivly"'), "K207", "applied_retroactively"),
    ("unknown attribute", TYPES, swap('purpose_legitimacy = "protective"', 'purpose_legitimac = "protective"'), "K207", "purpose_legitimacy"),
    ("unknown interest in a profile", PROFILE, swap("bodily_safety = 3", "bodily_safty = 3"), "K207", "bodily_safety"),
    ("unknown threshold in a profile", PROFILE, swap("substantial = 3", "substantal = 3"), "K207", "substantial"),
    ("unknown table in a profile", PROFILE, lambda text: text.replace("[abstract_weight", "[abstract_wieght"), "K207", "abstract_weight"),
    ("unknown speaker in a profile", PROFILE, swap("inferred = 1", "infered = 1"), "K207", "inferred"),
    ("unknown question", CONTENT, swap('answers_topic = "protection"', 'answers_topic = "protecton"'), "K207", "protection"),
    ("unknown value of an attribute", TYPES, swap('purpose_legitimacy = "protective"', 'purpose_legitimacy = "protektive"'), "K209", "protective"),
    ("unknown domain", AUTHORITIES, swap('"home_inside"', '"hom_inside"'), "K209", "home_inside"),
    ("a flag that is a text", TYPES, swap("private_sphere = true", 'private_sphere = "yes"'), "K209", ""),
    ("a nested attribute", TYPES, swap("private_sphere = true", "private_sphere = { deep = [[1]] }"), "K209", ""),
    ("a saying over no argument", VERDICT, swap('"tied(criterion)"', '"tied(criterio)"'), "K208", ""),
    ("a saying of nothing", VERDICT, swap('"heavy_tie" =', '"heavy_tye" ='), "K208", "heavy_tie"),
    # sources
    ("missing source", RETROACTIVE, swap('"FD-03"', '"FD-033"'), "K401", "FD-03"),
    ("missing article", RIGHTS, swap('"udhr 3"', '"udhr 33"'), "K401", "udhr 3"),
    ("missing limitation clause", RIGHTS, swap('["L10", "L19"]', '["L10", "L199"]'), "K401", "L19"),
    ("no source", RETROACTIVE, lambda text: re.sub(r"% @sources .*\n", "", re.sub(r"sources = \[.*?\]", "sources = []", text)), "K402", ""),
    # rules
    ("syntax", RETROACTIVE, add("meets(retroactive) :- "), "K501", ""),
    ("open comment", RETROACTIVE, add("%* and so on"), "K501", ""),
    ("unknown predicate", RETROACTIVE, add("meets(retroactive) :- retroactive_applicatio."), "K502", "retroactive_application"),
    ("unknown predicate, denied", RETROACTIVE, add("meets(retroactive) :- not retroactive_applicatio."), "K502", "retroactive_application"),
    ("wrong number of arguments of what is answered", VERDICT, add("undercut(C) :- undercut(C,_)."), "K502", ""),
    ("wrong number of arguments", RETROACTIVE, add("meets(retroactive) :- retroactive_application(yes)."), "K502", ""),
    ("wrong number of arguments derived", VERDICT, add("verdict(stands,yes) :- retroactive_application."), "K502", ""),
    ("unknown value in a rule", FORGERY, add("meets(harm_forgery) :- method(forges)."), "K503", "forge"),
    ("unknown threshold in a rule", FORGERY, add("meets(harm_forgery) :- cost_reaches(hevy)."), "K503", "heavy"),
    ("unknown standard of review in a rule", VERDICT, swap("standard_of_review(C,proportionality)", "standard_of_review(C,proportionalty)"), "K503", "proportionality"),
    ("unknown family in a rule", VERDICT, swap("in_family(F,function)", "in_family(F,functions)"), "K503", "function"),
    ("unknown value in a comparison", "criteria/application/impossible_to_comply.lp", swap("B != user", "B != usr"), "K503", "user"),
    ("unknown value in an aggregate", FORGERY, add("meets(harm_forgery) :- #count { M : method(M), method(forges) } > 1."), "K503", "forge"),
    ("misspelt criterion met", RETROACTIVE, add("meets(retroactiv) :- retroactive_application."), "K504", "retroactive"),
    ("misspelt criterion undercut", RETROACTIVE, add("undercut(retroactiv,continues) :- retroactive_application."), "K504", "retroactive"),
    ("another's criterion met", RETROACTIVE, add("meets(dead_letter) :- retroactive_application."), "K504", "retroactive"),
    ("another's criterion undercut", RETROACTIVE, add("undercut(dead_letter,continues) :- retroactive_application."), "K504", "retroactive"),
    ("any criterion met", RETROACTIVE, add("meets(C) :- criterion(C)."), "K504", "retroactive"),
    ("a criterion met in a shared file", VERDICT, add("meets(retroactive) :- retroactive_application."), "K504", ""),
    ("the verdict from a criterion", RETROACTIVE, add("verdict(stands)."), "K504", ""),
    ("a shared concept from a criterion", RETROACTIVE, add("remedy_failed."), "K504", ""),
    ("what another criterion says of itself", RETROACTIVE, add("shown(singled_out) :- retroactive_application."), "K504", ""),
    ("what every criterion says of itself, of all", RETROACTIVE, add("shown(C) :- criterion(C)."), "K504", ""),
    ("a fact of the case from a rule", RETROACTIVE, add("retroactive_application."), "K504", ""),
    ("a constraint", VERDICT, add(":- retroactive_application."), "K505", ""),
    ("odd denial", VERDICT, add("odd :- not odd."), "K505", ""),
    ("even denial", VERDICT, add("one :- not other.\nother :- not one."), "K505", ""),
    ("denial in a long circle", VERDICT, add("one :- not two.\ntwo :- three.\nthree :- one."), "K505", ""),
    ("denial through a count", VERDICT, add("one :- #count { 1 : one } < 1."), "K505", ""),
    ("a choice that may be empty", VERDICT, add("1 { pick(V) : threshold(V,_) } 1."), "K505", ""),
    ("a choice that others add to", VERDICT, add("1 { pick(a); pick(b) } 1. pick(a). pick(b)."), "K505", ""),
    ("a choice with an odd bound", VERDICT, add("0 < { pick(a); pick(b) }."), "K505", ""),
    ("an endless step", VERDICT, add("step(1). step(N+1) :- step(N)."), "K506", ""),
    ("a step bounded on the wrong side", VERDICT, add("step(1). step(N+1) :- step(N), N > 0."), "K506", ""),
    ("a step bounded by the denial of its bound", VERDICT, add("step(9). step(N-1) :- step(N), not N > 1."), "K506", ""),
    ("a step bounded by the denial of a chain", VERDICT, add("step(9). step(N-1) :- step(N), not 1 < N < 9."), "K506", ""),
    ("an endless circle", VERDICT, add("step(1). other(N*2) :- step(N). step(N) :- other(N)."), "K506", ""),
    ("an endless term", VERDICT, add("nest(a). nest(f(X)) :- nest(X)."), "K506", ""),
    ("a range too long", VERDICT, add("many(1..100000000)."), "K506", ""),
    ("a range too long in a body", VERDICT, add("many(X) :- X = 1..100000000."), "K506", ""),
    ("undercutter without a phrase", RETROACTIVE, swap("undercut(retroactive,continues)", "undercut(retroactive,continue)"), "K604", "continues"),
]  # fmt: skip

DIRECTIVES = [
    '#include "/etc/hostname".', "#script (python)\n#end.", "#external a.", "#const a = 1.", "#show a/1.", "#defined a/1.",
    "#program other.", "#minimize { 1 }.", "#theory t { }.", "#project a.", "#heuristic a. [1,sign]", "#edge (1,2).",
    ":~ retroactive_application. [1]", "&sum { 1 } < 2.", "a :- b(@run(1)).", "a ; b.", "-a.", "not a.",
]  # fmt: skip


def refused(base: Path) -> list[Problem]:
    with pytest.raises(KnowledgeBaseError) as caught:
        KnowledgeBase.load(base)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("file", "change", "code", "near"), [item[1:] for item in LOADING], ids=[item[0] for item in LOADING]
)
def test_loading_refuses(copy: Path, file: str, change: Change, code: str, near: str) -> None:
    edit(copy / file, change)
    problems = refused(copy)
    found = [problem for problem in problems if problem.code == code and problem.source.startswith(f"base/{file[:12]}")]
    assert found, [str(problem) for problem in problems][:5]
    if near:
        assert near in {name for problem in found for name in problem.nearest}
    if file.endswith(".lp") and code not in {"K102", "K204", "K208"}:
        assert all(problem.line for problem in found)


@pytest.mark.parametrize(
    ("old", "new", "says", "near"),
    [
        ("family_life =", "famly_life =", "K207: `abstract_weight`: `famly_life` is not known", "family_life"),
        ("home = 2", "home = three", "K103: not valid TOML: invalid value in `home = three`", ""),
        (
            "home = 2",
            'home = "three"',
            "K201: `abstract_weight`: values.home: `three` should be a whole number or a table",
            "",
        ),
        (
            "home = 2",
            "home = 300",
            "K201: `abstract_weight`: values.home: `300` should be less than or equal to 100",
            "",
        ),
    ],
)
def test_a_weight_that_is_none_is_named_with_its_line_and_nothing_else(
    copy: Path, old: str, new: str, says: str, near: str
) -> None:
    profile = copy / "profiles/default.toml"
    line = next(at for at, text in enumerate(profile.read_text("utf-8").splitlines(), 1) if text.startswith(old))
    edit(profile, swap(f"\n{old}", f"\n{new}"))
    (problem,) = refused(copy)
    assert f"{problem.code}: {problem.message}" == says
    assert (problem.line, problem.source) == (line, "base/profiles/default.toml")
    assert near in (*problem.nearest, "")
    assert new.partition(" ")[0] not in problem.nearest


def test_a_bounded_step_is_no_problem(copy: Path) -> None:
    edit(copy / VERDICT, add("step(1). step(N+1) :- step(N), N < 9. back(9). back(N-1) :- back(N), 1 < N. few(1..9)."))
    assert KnowledgeBase.load(copy)


def test_checking_finds_what_loading_finds(copy: Path) -> None:
    edit(copy / RETROACTIVE, add("meets(retroactiv) :- retroactive_applicatio."))
    problems = refused(copy)
    assert {problem.code for problem in problems} == {"K502", "K504"}
    assert check_base(copy) == problems


def test_the_line_is_that_of_the_file(copy: Path) -> None:
    edit(copy / RETROACTIVE, add("meets(retroactive) :- retroactive_application,\n  dated(conductt,_)."))
    (problem,) = refused(copy)
    lines = (copy / RETROACTIVE).read_text(encoding="utf-8").splitlines()
    assert "conductt" in lines[problem.line - 1]
    assert lines[problem.line - 1][problem.column - 1 :].startswith("dated(")
    assert problem.nearest == ("conduct",)
    edit(copy / RETROACTIVE, swap("conductt", "conduct"))
    edit(copy / RETROACTIVE, swap('standard_of_review = "ordinary"', 'standard_of_review = "ordinery"'))
    (problem,) = refused(copy)
    assert "ordinery" in lines_of(copy / RETROACTIVE)[problem.line - 1]


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("directive", DIRECTIVES)
@pytest.mark.parametrize("before", ["", "  ", "a :- b. ", "% a comment\n", '%* a comment *% a("text"). '])
def test_a_directive_is_refused_wherever_it_stands(directive: str, before: str) -> None:
    _, problems = parse_rules(before + directive, "file.lp", 10)
    assert {problem.code for problem in problems} == {"K105"}
    assert {problem.line for problem in problems} <= {10 + before.count("\n"), 11 + before.count("\n")}


def test_a_base_with_a_directive_is_not_loaded(copy: Path) -> None:
    edit(copy / RETROACTIVE, add('meets(retroactive) :- retroactive_application. #include "/etc/hostname".'))
    assert [(problem.code, problem.source) for problem in refused(copy)] == [("K105", f"base/{RETROACTIVE}")]


def test_words_of_directives_in_texts_and_comments_are_no_directives(copy: Path) -> None:
    edit(copy / RETROACTIVE, add('% #include "x".\n%* #script %* nested *% @f *%\nnote("#external \\" %* ").'))
    assert KnowledgeBase.load(copy).criteria["retroactive"].rule_text.count("#external") == 1


@pytest.mark.parametrize("text", ['a("\\x. #include "secret.lp". ").', 'a. # include "secret.lp".', 'a.#include"secret.lp".', '%* *% #include "secret.lp".', '%*%\n*% #include "secret.lp".'])  # fmt: skip
def test_no_spelling_makes_loading_read_another_file(
    tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret.lp").write_text("secret.\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    rules, problems = parse_rules(text, "file.lp")
    assert rules == ()
    assert {problem.code for problem in problems} <= {"K105", "K501"}
    assert problems


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
def test_a_link_out_of_the_base_is_refused(copy: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.toml"
    (copy / "sources" / "statutes.toml").rename(outside)
    (copy / "sources" / "statutes.toml").symlink_to(outside)
    assert [(problem.code, problem.source) for problem in refused(copy)] == [("K108", "base/sources/statutes.toml")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_in_place_of_a_file_is_not_waited_for(copy: Path) -> None:
    (copy / FRAME).unlink()
    os.mkfifo(copy / FRAME)
    assert [problem.code for problem in refused(copy)] == ["K101"]


def test_examples_in_the_header_of_a_judgement_file_are_sent_to_their_file(copy: Path) -> None:
    edit(copy / VERDICT, swap("*%", '[[examples]]\ntext = "The user is a tenant."\n*%'))
    (problem,) = refused(copy)
    assert (problem.code, problem.message) == ("K201", "examples: there is no such key")
    assert problem.help == "put them into `verdict.examples.toml` beside this file"
    assert (copy / VERDICT).read_text(encoding="utf-8").splitlines()[problem.line - 1] == "[[examples]]"


@pytest.mark.parametrize(
    ("name", "says", "near"),
    [
        ("verdct.examples.toml", "`verdct.examples.toml` has no rule file `verdct.lp` beside it", ("verdict",)),
        ("verdict.toml", "`verdict.toml` has no place in `judgement/`", ()),
    ],
)
def test_a_toml_file_of_no_judgement_file_is_refused(copy: Path, name: str, says: str, near: tuple[str, ...]) -> None:
    (copy / "judgement" / "verdict.examples.toml").rename(copy / "judgement" / name)
    (problem,) = refused(copy)
    assert (problem.code, problem.source, problem.message) == ("K109", f"base/judgement/{name}", says)
    assert problem.nearest == near
    assert problem.help


@pytest.mark.usefixtures("no_worker")
def test_an_example_that_fails_is_named_by_its_file_and_line(copy: Path) -> None:
    file = copy / "judgement" / "verdict.examples.toml"
    edit(file, add('\n[[examples]]\nverdict = "defeated"\ntext = "The user is a tenant."'))
    (problem,) = check_base(copy)
    assert (problem.code, problem.source) == ("K602", "base/judgement/verdict.examples.toml")
    lines = file.read_text(encoding="utf-8").splitlines()
    assert problem.line == len(lines) - 2
    assert lines[problem.line - 1] == "[[examples]]"


def test_an_unknown_profile_gives_the_nearest(copy: Path) -> None:
    with pytest.raises(KnowledgeBaseError) as caught:
        KnowledgeBase.load(copy, "defualt")
    (problem,) = caught.value.problems
    assert (problem.code, problem.nearest) == ("K107", ("default",))


def test_the_name_of_the_folder_stays_out_of_the_program(copy: Path) -> None:
    renamed = copy.rename(copy.with_name('x\n#include "y".\nz'))
    assert Judge(KnowledgeBase.load(renamed)).assess("The user is a tenant.").verdict == "undetermined"


# What only `kb check` finds, as it needs the program or the grammar.
CHECKING: list[tuple[str, str, Change, str, str]] = [
    ("template clash", CONTENT, swap('affirm = "Breaking the rule harms nobody."', 'affirm = "Obeying costs nothing that matters."'), "K301", "compliance_harmless"),
    ("phrase clash", TYPES, swap('grave = { phrase = "grave"', 'grave = { phrase = "serious"'), "K302", "serious"),
    ("a unit that ages are written with", FRAME, swap("years = 8760\n", ""), "K503", "`years` cannot stand there"),
    ("a mark in the words of opinions", FRAME, swap('opine = ["the user believes that"', "opine = ['the user believes that\"'"), "K303", "believes"),
    ("sentence that is read as another", FRAME, swap("opine = [", 'opine = ["the method is", '), "K303", "taken for something else"),
    ("too few examples", RETROACTIVE, lambda text: re.sub(r"(?s)\[\[counterexamples\]\].*?\*%", "*%", text), "K601", "retroactive"),
    ("failing example", RETROACTIVE, swap(":- retroactive_application.", ":- not retroactive_application."), "K602", "retroactive"),
    ("example that is not understood", RETROACTIVE, swap("The rule is applied retroactively.", "The rule is applied retroactivly."), "K602", "retroactivly"),
    ("threshold moved", PROFILE, swap("heavy = 4", "heavy = 12"), "K602", "expected"),
    ("unreachable", RETROACTIVE, lambda text: text[: text.rindex("*%")] + "*%\nmeets(retroactive) :- retroactive_application, not retroactive_application.\nundercut(retroactive,continues) :- continues_after_notice.\nexempt_from_balancing(retroactive) :- retroactive_application.\n", "K603", "retroactive"),
    ("always undercut", RETROACTIVE, swap("undercut(retroactive,continues) :- continues_after_notice.", "undercut(retroactive,continues)."), "K603", "retroactive"),
    ("undercutter dropped", RETROACTIVE, lambda text: re.sub(r"(?m)^ *undercut\(.*\n", "", text), "K604", "continues"),
    ("case from memory marked as seen", CASES, swap('verified = false\nnote = "citation from memory"', 'verified = true\nnote = "citation from memory"'), "K403", "awas_tingni_v_nicaragua"),
    ("place from memory marked as seen", STATUTES, swap('complaint to a supervisory authority", verified = false', 'complaint to a supervisory authority", verified = true'), "K403", "`gdpr 77`"),
    ("precedent of no verdict", PRECEDENTS, swap('expected = "defeated"', 'expected = "defeeted"'), "K201", "defeated"),
    ("precedent of no outcome", PRECEDENTS, swap('outcome = "defeated"', 'outcome = "defeeted"'), "K201", "defeated"),
    ("precedent with a misspelt key", PRECEDENTS, swap("citation =", "citaton ="), "K201", "citation"),
    ("precedent without facts", PRECEDENTS, lambda text: re.sub(r"(?s)facts = '''.*?'''", "", text, count=1), "K201", "facts"),
    ("precedent that is no table", PRECEDENTS, lambda text: "lonely = 3\n" + text, "K201", "lonely"),
    ("precedent decided twice", PRECEDENTS, swap("[rc001_yick_wo]", "[ru001_handyside]"), "K204", "ru001_handyside"),
    ("deviation that nothing argues", PRECEDENTS, swap('expected = "defeated"', 'expected = "defeated"\ndeviation = "stands"'), "K402", "rc001_yick_wo"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "change", "code", "says"), [item[1:] for item in CHECKING], ids=[item[0] for item in CHECKING])  # fmt: skip
@pytest.mark.usefixtures("no_worker")
def test_checking_refuses(copy: Path, file: str, change: Change, code: str, says: str) -> None:
    edit(copy / file, change)
    problems = [problem for problem in check_base(copy) if problem.code == code]
    assert problems
    assert any(says in str(problem) for problem in problems), [str(problem) for problem in problems][:5]
    assert all(problem.source for problem in problems)
