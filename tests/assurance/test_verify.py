"""Questions over all cases: the answers are those of judging, the witnesses are minimal, and they replay."""

from __future__ import annotations

import itertools
import json
import shutil
import time
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legit.assurance.adhoc_properties import check_adhoc
from legit.assurance.case_search import CaseSearch
from legit.assurance.case_space import CaseSpace, _independent_sets
from legit.assurance.verify import Verifier, format_count
from legit.cli import main
from legit.engine.case_encoder import CaseEncoder
from legit.engine.ground_rule import Bounds
from legit.errors import CaseError, KnowledgeBaseError
from legit.judge import Judge
from legit.knowledge.base import shipped_base
from legit.knowledge.properties import Property, load_properties
from legit.model.facts import Truth
from legit.testing.strategies import cases

NAMES = sorted(path.stem for path in (shipped_base() / "properties").glob("*.lp"))


@pytest.fixture(scope="module")
def verifier(judge: Judge) -> Verifier:
    return Verifier(judge, Bounds(1, 1))


def make_property(rules: str, answer: str = "no", **other: object) -> Property:
    return Property.model_validate(
        {"id": "q", "title": "q", "question": "q?", "statement": "q", "answer": answer, "rule_text": rules, **other}
    )


def test_there_are_at_least_fifteen_questions() -> None:
    assert len(NAMES) >= 15


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_base_answers_as_it_should(verifier: Verifier, name: str) -> None:
    item = next(item for item in load_properties(verifier.judge.base) if item.id == name)
    answer = verifier.check(item, 600.0)
    assert answer.conclusive
    assert [found.instance for found in answer.counterexamples] == []
    assert answer.stale_exceptions == ()
    assert answer.confirmed_exceptions.keys() == item.exceptions.keys()


@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_searched_is_what_is_judged(judge: Judge, searched: CaseSearch, data: st.DataObject) -> None:
    case = data.draw(cases(judge.base.vocabulary, 14))
    known = tuple(fact for fact in case.facts if fact.truth is not Truth.UNKNOWN)
    case = case.model_copy(update={"facts": known})
    inputs = CaseEncoder(judge.base).encode(case)
    if inputs.open_inputs or inputs.names or inputs.date_count:
        return
    decision = judge.decide(case)
    fixed = [(literal, symbol in set(inputs.true_inputs)) for symbol, literal in searched._input_literals[0].items()]
    model = searched._solve(fixed, time.monotonic() + 60)
    assert model is not None
    verdicts = {text for text in model.results[0] if text.startswith("verdict(")}
    if decision.verdict != "undetermined":
        assert verdicts == {f"verdict({decision.verdict})"}
        assert {f"applies({name})" for name, effect in decision.findings if effect != "possible"} <= model.results[0]
    assert len(verdicts) == 1


@pytest.fixture(scope="module")
def searched(judge: Judge) -> CaseSearch:
    from legit.engine.program import Program

    return CaseSearch([CaseSpace(judge.base, Program(judge.base, Bounds()))], "found :- verdict(_).")


@pytest.mark.parametrize(
    "wanted", ["verdict(contested)", "method_harm_level(stop)", "applies(exceeded_delegation), delegation_chain_broken"]
)
def test_a_witness_replays_and_says_no_more_than_it_must(verifier: Verifier, wanted: str) -> None:
    answer = verifier.check(make_property(f"found :- {wanted}."), 60.0)
    assert not answer.holds
    (found,) = answer.counterexamples
    assert found.case is not None
    assert found.case.replayed
    judge = verifier.judge
    case = judge.parse_case(found.case.text)
    whole = (judge.decide(case).verdict, judge.decide(case).method_harm)
    if wanted == "verdict(contested)":
        for fact in case.facts:
            if judge.base.vocabulary.predicates[fact.predicate].spec.answers_topic:
                continue  # the mandatory topics stay answered
            less = case.model_copy(update={"facts": tuple(item for item in case.facts if item != fact)})
            assert (judge.decide(less).verdict, judge.decide(less).method_harm) != whole, fact


def test_a_witness_replays_where_one_word_is_not_enough(judge: Judge) -> None:
    verifier = Verifier(judge.with_profile("corroborated"), Bounds())
    answer = verifier.check(make_property("found :- verdict(defeated), protection_reaches(substantial)."), 60.0)
    (found,) = answer.counterexamples
    assert found.case is not None
    assert found.case.replayed
    assert verifier.judge.assess(found.case.text).undetermined_reason == "corroboration"
    assert judge.decide(found.case.text).verdict == "defeated"


def test_two_cases_differ_only_in_what_may_differ(verifier: Verifier) -> None:
    rules = "may_add(F) :- input(F), F = others_differ.\nfound :- before(verdict(defeated)), after(verdict(stands))."
    answer = verifier.check(make_property(rules, compares=True), 60.0)
    (found,) = answer.counterexamples
    assert found.case is not None
    before, after = verifier.judge.parse_cases(found.case.text)
    assert {fact.predicate for fact in after.facts} - {fact.predicate for fact in before.facts} == {"others_differ"}
    assert set(before.facts) <= set(after.facts)
    assert [verifier.judge.decide(case).verdict for case in (before, after)] == ["defeated", "stands"]


@pytest.mark.parametrize(
    ("kind", "about", "yes"),
    [
        ("always-implies", ["usurped_power_unjust_rule", "usurped_power"], True),
        ("always-implies", ["usurped_power", "usurped_power_unjust_rule"], False),
        ("always-implies", ["usurped_power_unjust_rule", "power wrongly Acquired"], True),
        ("conflict", ["jurisdiction", "lacks_jurisdiction"], False),
        ("never-applies", ["dead_letter"], False),
        ("equivalent", ["ambiguous_wording", "spirit_not_letter"], True),
        ("conflict", ["The user granted nothing.", "stands"], None),
        ("conflict", ["Obeying costs nothing that matters.", "excessive_cost"], False),
        ("conflict", ["method_harm_level(stop)", "method_harm_level(none)"], True),
        ("always-implies", ["usurped_power", "defeated"], True),
        ("never-applies", ["The rule does not spare those who made it or their favourites."], False),
    ],
)
def test_questions_on_the_spot(verifier: Verifier, kind: str, about: list[str], yes: bool | None) -> None:
    if yes is None:
        with pytest.raises(Exception, match="L10"):
            check_adhoc(verifier, kind, about, 60.0)
        return
    answer = check_adhoc(verifier, kind, about, 60.0)
    assert (answer.conclusive, answer.holds) == (True, yes)
    assert all(found.case and found.case.replayed for found in answer.counterexamples)


def test_nothing_that_is_known_by_this_name(verifier: Verifier) -> None:
    with pytest.raises(CaseError) as error:
        check_adhoc(verifier, "never-applies", ["ded_letter"], 60.0)
    assert error.value.problems[0].code == "C302"
    assert error.value.problems[0].nearest[0] == "dead_letter"


def test_a_title_with_a_slip_is_offered_its_criterion(verifier: Verifier) -> None:
    with pytest.raises(CaseError) as error:
        check_adhoc(verifier, "never-applies", ["dead leter"], 60.0)
    assert [(problem.code, problem.nearest) for problem in error.value.problems] == [("C302", ("dead_letter",))]


def test_a_word_of_several_titles_is_refused_with_all_of_them(verifier: Verifier) -> None:
    with pytest.raises(CaseError) as error:
        check_adhoc(verifier, "never-applies", ["power wrongly"], 60.0)
    (problem,) = error.value.problems
    assert problem.code == "C302"
    assert set(problem.nearest) == {"usurped_power", "usurped_power_unjust_rule"}


@pytest.mark.parametrize(
    ("question", "says"),
    [
        (
            ["never-applies", "outside its jurisdiction"],
            "Is there a case of `Outside its jurisdiction`?\nThere is such a case, so `never-applies` is answered no:\n",
        ),
        (
            ["always-implies", "usurped_power_unjust_rule", "usurped_power"],
            "Is there a case of `usurped_power_unjust_rule` without `usurped_power`?\nThere is none among more than 10^",
        ),
    ],
)
def test_a_question_on_the_spot_is_answered_in_a_plain_sentence(
    question: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["kb", "verify", "--bound", "0", "--property", *question]) == 0
    assert capsys.readouterr().out.startswith(says)
    assert main(["kb", "verify", "--bound", "0", "--format", "json", "--property", *question]) == 0
    (answer,) = json.loads(capsys.readouterr().out)
    assert answer["question"] == says.partition("\n")[0]
    assert (answer["expected"], answer["holds"]) == ("no", "There is none" in says)


def test_what_was_not_found_out_in_time_is_not_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--bound", "0", "--time-limit", "1e-6", "--property", "never-applies", "stands"]
    assert main(["kb", "verify", *arguments]) == 4
    shown = capsys.readouterr().out
    assert "There is" not in shown
    assert "so `never-applies` is not answered" in shown
    assert "not all cases" in shown


def test_a_question_of_the_base_is_known_by_its_title(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kb", "verify", "--bound", "0", "exactly one verdict"]) == 0
    assert "one_verdict, " in capsys.readouterr().out
    assert main(["kb", "verify", "one_verdit"]) == 2
    assert "did you mean one_verdict" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ("found :- verdict(defeatd).", "K605"),
        ("found :- verdct(defeated).", "K502"),
        ("found :- verdict(defeated)", "K501"),
        ("found :- not verdct(defeated).", "K502"),
        ("find :- verdict(defeated).", "K605"),
    ],
)
def test_a_question_that_asks_nothing_is_refused(verifier: Verifier, rules: str, code: str) -> None:
    with pytest.raises(KnowledgeBaseError) as error:
        verifier.check(make_property(rules), 60.0)
    assert error.value.problems[0].code == code


def test_an_exception_that_is_none_any_more_is_told(verifier: Verifier) -> None:
    item = make_property(
        "found(V) :- verdict(V), method_harm_level(none), method_harm_level(stop).",
        exceptions={"defeated": "it was so once"},
    )
    answer = verifier.check(item, 60.0)
    assert not answer.holds
    assert answer.stale_exceptions == ("defeated",)


def test_time_can_run_out(verifier: Verifier) -> None:
    answer = verifier.check(make_property("found :- verdict(contested)."), 1e-6)
    assert (answer.conclusive, answer.holds) == (False, False)


@given(edges=st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda pair: pair[0] < pair[1])))
def test_cases_are_counted(edges: set[tuple[int, int]]) -> None:
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(7))
    graph.add_edges_from(edges)
    subsets = itertools.chain.from_iterable(itertools.combinations(range(7), size) for size in range(8))
    expected = sum(not any(a in chosen and b in chosen for a, b in edges) for chosen in map(set, subsets))
    assert _independent_sets(graph) == expected


def test_numbers_of_cases_are_rounded_down() -> None:
    assert format_count(999_999_999) == "999,999,999"
    assert format_count(10**9) == "more than 10^9"
    assert format_count(2 * 10**100) == "more than 10^100"


@pytest.mark.parametrize(
    "arguments",
    [
        ["nobody_asked"],
        ["--bound", "13"],
        ["--time-limit", "0"],
        ["--property", "why", "x"],
        ["--property", "conflict", "x"],
    ],
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kb", "verify", *arguments]) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(("legit: ", "legit kb verify: error: ", " "))


def test_a_broken_question_is_found_by_check(tmp_path: Path, root: Path) -> None:
    from legit.assurance.lint import check_base

    copy = tmp_path / "base"
    shutil.copytree(root / "rules_kb", copy)
    path = copy / "properties" / "one_verdict.lp"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace("found :- not", "found - not"), encoding="utf-8")
    assert [(problem.code, problem.source) for problem in check_base(copy)] == [
        ("K501", "base/properties/one_verdict.lp")
    ]
    path.write_text(whole + '#include "/etc/hostname".\n', encoding="utf-8")
    assert [problem.code for problem in check_base(copy)] == ["K105"]
    path.write_text(whole.replace('question = "', 'asks = "'), encoding="utf-8")
    assert {problem.code for problem in check_base(copy)} == {"K201"}


def test_an_author_adds_a_question(tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "base"
    shutil.copytree(root / "rules_kb", copy)
    text = '%*\nid = "mine"\ntitle = "Mine"\nquestion = "Is a rule ever contested?"\nstatement = "It should not be."\n*%\nfound :- verdict(contested).\n'
    (copy / "properties" / "mine.lp").write_text(text, encoding="utf-8")
    out = tmp_path / "witnesses"
    arguments = ["kb", "verify", "mine", "--kb", str(copy), "--write-cases", str(out), "--bound", "0"]
    assert main(arguments) == 3
    shown = capsys.readouterr().out
    assert shown.startswith("FAILS  Is a rule ever contested?  yes")
    assert "       There is such a case:\n" in shown
    assert main(["assess", str(out / "mine_1.legit"), "--exit-status"]) == 11
    capsys.readouterr()
    assert main([*arguments, "--format", "json"]) == 3
    (answer,) = json.loads(capsys.readouterr().out)
    assert (answer["id"], answer["holds"], answer["counterexamples"][0]["case"]["replayed"]) == ("mine", False, True)


def test_what_should_have_a_case_and_has_none_is_told(
    tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "base"
    shutil.copytree(root / "rules_kb", copy)
    text = (
        '%*\nid = "mine"\ntitle = "Mine"\nquestion = "Is there a case?"\nstatement = "There should be."\nanswer = "yes"\n*%\n'
        "asked(defeated).\nfound(V) :- asked(V), verdict(V), method_harm_level(none), method_harm_level(stop).\n"
    )
    (copy / "properties" / "mine.lp").write_text(text, encoding="utf-8")
    assert main(["kb", "verify", "mine", "--kb", str(copy), "--bound", "0"]) == 3
    shown = capsys.readouterr().out
    assert shown.startswith("FAILS  Is there a case?  not for all\n")
    assert "       There is no such case for defeated among more than 10^" in shown
