"""Questions over decided cases: what is understood, what is found, and what is said where it is not."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from legit._util.safe_csv import write_table
from legit.assurance.scaffold import new_base
from legit.catalogue.citations import bibliography
from legit.catalogue.entries import Entries
from legit.catalogue.precedents import load_precedents
from legit.cli import main
from legit.decision_log import DecisionLog, LogReader
from legit.decision_log.filters import DecisionFilter, filter_decisions
from legit.errors import Problem, QueryError
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.model.facts import Truth
from legit.query.corpus import Corpus, case_files
from legit.query.evaluator import QueryEvaluator, cached_evaluator
from legit.query.interpreter import MAX_QUERY_CHARACTERS
from legit.query.lexicon import query_lexicon
from legit.query.matching import MAX_BINDINGS
from legit.query.query_ast import All, AnyOf, DecisionAtom, FactAtom, Not, OneOf, Query, Variable, atoms
from tests.conftest import ROOT

CASES = {
    "tenant": """The authority is a landlord. The user is a tenant.
The rule reaches into the inside of the home. [document "lease"]
Obeying does grave harm to the health of the user. Obeying does minor harm to the money of a child.
Breaking the rule does minor harm to the money of a child.
The user was checked 3 times.
It is unknown whether the user tried no official channel.""",
    "guest": """The authority is a landlord. The authority is not a bank.
The rule does not reach into the inside of the home.
The rule reaches into a shared resource.
Breaking the rule harms nobody.
The rule is 12 years old.""",
    "stamp": (ROOT / "examples/01_stamp_that_nobody_can_give.legit").read_text(encoding="utf-8"),
}


@pytest.fixture(scope="module")
def asker(judge: Judge) -> QueryEvaluator:
    return cached_evaluator(judge)


@pytest.fixture(scope="module")
def files(judge: Judge, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("cases")
    for name, text in CASES.items():
        (folder / f"{name}.legit").write_text(text, encoding="utf-8")
    return Corpus("a file of cases", judge, case_files([folder]))


@pytest.fixture(scope="module")
def log(judge: Judge, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    path = tmp_path_factory.mktemp("log") / "decisions.log"
    with DecisionLog(path) as opened:
        for text in CASES.values():
            opened.assess(text, judge=judge)
        opened.override(4, action="decline", by="the desk", why="so decided")
    return Corpus("a log", judge, log=LogReader(path))


def rows(asker: QueryEvaluator, corpus: Corpus, text: str) -> list[dict[str, str | int]]:
    return list(asker.evaluate(asker.parse_query(text, corpus), corpus).rows)


def names(asker: QueryEvaluator, corpus: Corpus, text: str) -> list[str]:
    return [str(row["case"]).removesuffix(".legit") for row in rows(asker, corpus, text)]


def problem(asker: QueryEvaluator, corpus: Corpus, text: str) -> Problem:
    with pytest.raises(QueryError) as caught:
        rows(asker, corpus, text)
    return caught.value.problems[0]


@pytest.mark.parametrize(
    "text",
    [
        "The authority is a landlord. The rule reaches into the inside of the home.",
        "Which rules by a landlord reach the inside of the home?",
        "which cases where the authority is a landlord and the rule covers the home",
        "In which cases does the rule reach into the home, and the authority is a landlord?",
        "rules by landlord that reach the user's home",
    ],
)
def test_one_question_in_many_words(asker: QueryEvaluator, files: Corpus, text: str) -> None:
    condition = asker.parse_query(text, files).condition
    assert {(part.predicate, part.args) for part in condition.parts} == {
        ("authority", ("landlord",)), ("rule_reaches", ("home_inside",)),
    }  # fmt: skip
    assert names(asker, files, text) == ["tenant"]


def test_the_words_for_denied_left_open_and_not_said_differ(asker: QueryEvaluator, files: Corpus) -> None:
    reaches = "the rule reaches into the inside of the home"
    assert names(asker, files, reaches) == ["tenant"]
    assert names(asker, files, f"it is denied that {reaches}") == ["guest"]
    assert names(asker, files, "the rule does not reach into the inside of the home") == ["guest"]
    assert names(asker, files, f"it is denied that {'the rule does not reach into the inside of the home'}") == [
        "tenant"
    ]
    assert names(asker, files, f"it is not said that {reaches}") == ["guest", "stamp"]
    assert names(asker, files, f"nobody says that {reaches}") == ["guest", "stamp"]
    assert names(asker, files, f"nothing is said of whether {reaches}") == ["stamp"]
    tried = "the user tried no official channel"
    assert names(asker, files, f"it is unknown whether {tried}") == ["tenant"]
    assert names(asker, files, f"it is left open whether {tried}") == ["tenant"]
    assert names(asker, files, tried) == []
    assert names(asker, files, f"except where {reaches}") == ["guest", "stamp"]
    # Of a sentence by its id, whatever fills it: `guest` states it, and denies it.
    assert names(asker, files, "which cases say nothing of rule_reaches") == ["stamp"]
    assert names(asker, files, "say nothing of no channel tried") == ["guest", "stamp"]


def test_weak_and_strong_negation_share_no_words() -> None:
    words = query_lexicon().phrases
    strong = {*words["denied"], *words["left_open"]}
    weak = {*words["not_said"], *words["nothing_said"], *words["nothing_of"], *words["except"]}
    assert not strong & weak
    assert not any("deni" in text or "deny" in text for text in weak)
    assert not any(" not " in f" {text} " or "nobody" in text or "nothing" in text for text in strong)


def test_gaps_are_listed_in_the_words_of_the_vocabulary(asker: QueryEvaluator, files: Corpus) -> None:
    found = rows(asker, files, "Obeying does <severity> harm to the … of <holder>")
    assert [(row["severity"], row["interest"], row["holder"]) for row in found if row["case"] == "tenant.legit"] == [
        ("grave", "health", "the user"), ("minor", "money", "a child"),
    ]  # fmt: skip
    assert rows(asker, files, "the rule is <years> old")[0]["years"] == "12 years"
    (forbidden,) = (row["text"] for row in rows(asker, files, "The rule requires what?"))
    assert str(forbidden).startswith("a certificate stamped")


def test_a_letter_is_filled_alike_everywhere(asker: QueryEvaluator, files: Corpus) -> None:
    shared = "Obeying does some harm to some interest of <holder H>. Breaking the rule does some harm to some interest of <H>"
    assert [(row["case"], row["holder"]) for row in rows(asker, files, shared)] == [("tenant.legit", "a child")]
    apart = shared.replace("<holder H>", "<holder>").replace("<H>", "<holder>")
    assert [(row["holder"], row["holder 2"]) for row in rows(asker, files, apart)] == [
        ("the user", "a child"), ("a child", "a child"),
    ]  # fmt: skip


def test_quantifiers(asker: QueryEvaluator, files: Corpus) -> None:
    assert names(asker, files, "the rule reaches into some sphere") == ["guest", "tenant"]
    assert names(asker, files, "the rule reaches into no sphere") == ["stamp"]
    assert names(asker, files, "breaking the rule does minor harm to every interest of every holder") == ["tenant"]
    assert names(asker, files, "obeying does minor harm to every interest of every holder") == []
    assert names(asker, files, "obeying does grave harm to some interest of some holder") == ["stamp", "tenant"]
    assert names(asker, files, "the rule is at least 12 years old") == ["guest"]
    assert names(asker, files, "the rule is more than 12 years old") == []
    assert names(asker, files, "the user was checked at most three times") == ["tenant"]
    assert names(asker, files, "the user was checked less than 3 times") == []


def test_and_or_and_stops(asker: QueryEvaluator, files: Corpus) -> None:
    landlord, tenant, old = "the authority is a landlord", "the user is a tenant", "the rule is 12 years old"
    assert names(asker, files, f"{tenant} and {old} or {landlord}") == ["guest", "tenant"]
    assert names(asker, files, f"{tenant} or {landlord}. {old}.") == ["guest"]
    for but in ("but except where", "except where", "unless"):
        assert names(asker, files, f"{landlord} {but} {old}") == ["tenant"]
    assert names(asker, files, f"{landlord} unless {old} or {tenant}") == ["tenant"]
    condition = asker.parse_query("the authority is a bank or a landlord or the user is a tenant", files).condition
    assert isinstance(condition, AnyOf)
    assert condition.parts[0] == FactAtom(
        "authority", (OneOf(frozenset({"creditor_insurer", "landlord"})),), frozenset({Truth.TRUE})
    )


def test_a_speaker_behind_a_sentence(asker: QueryEvaluator, files: Corpus) -> None:
    assert names(asker, files, "The rule reaches into the home [document]") == ["tenant"]
    assert names(asker, files, "The rule reaches into the home [user]") == []


def test_what_was_decided_agrees_with_the_answers(asker: QueryEvaluator, judge: Judge, log: Corpus) -> None:
    answers = {str(number): judge.assess(text) for number, text in enumerate(CASES.values(), start=2)}

    def those(holds: object) -> list[str]:
        return [number for number, answer in answers.items() if holds(answer)]  # type: ignore[operator]

    assert (
        names(asker, log, "which cases are defeated") == those(lambda found: found.verdict == "defeated") == ["2", "4"]
    )
    assert names(asker, log, "which defeated decisions are based on evidence from the user only") == those(
        lambda found: found.verdict == "defeated" and found.evidence_basis.sole_source == "user"
    )
    assert (
        names(asker, log, "the verdict is not defeated") == names(asker, log, "which cases are not defeated") == ["3"]
    )
    for effect, word in (("defeats", "defeats the rule"), ("outweighed", "is outweighed"), ("possible", "may apply")):
        expected = {
            (number, item.criterion)
            for number, answer in answers.items() for item in answer.findings if item.effect == effect
        }  # fmt: skip
        assert {(row["case"], row["criterion"]) for row in rows(asker, log, f"what {word}")} == expected
    families = {(number, item.family) for number, answer in answers.items() for item in answer.findings
                if item.effect == "defeats"}  # fmt: skip
    assert {(row["case"], row["family"]) for row in rows(asker, log, "which family defeats the rule")} == families
    assert names(asker, log, "impossible to comply with defeats the rule") == ["4"]
    assert names(asker, log, "which cases are defeated by impossible_to_comply") == ["4"]
    assert names(asker, log, "are defeated but not by impossible_to_comply") == ["2"]
    assert {row["question"] for row in rows(asker, log, "what is still to be asked")} == {
        question.text for answer in answers.values() for question in answer.questions if question.decisive
    }
    assert {(row["case"], row["right"]) for row in rows(asker, log, "which cases touch <right>")} == {
        (number, item.right) for number, answer in answers.items() for item in answer.rights_touched
    }
    assert {
        (row["case"], row["guidance"], row["harm"]) for row in rows(asker, log, "guidance <guidance>. method harm …")
    } == {(number, answer.guidance.action, answer.method_harm.level) for number, answer in answers.items()}


@pytest.mark.parametrize(
    ("plain", "others"),
    [
        ("the verdict is defeated", ("in which cases is the verdict defeated", "which cases were defeated")),
        ("guidance is explain", ("for which cases is the guidance to explain", "what cases have the guidance explain")),
        ("touches <right>", ("which right is touched", "what right is touched")),
        ("urgency is outweighed", ("in which cases is urgency outweighed", "is the criterion urgency outweighed")),
        ("urgency applies", ("in which cases does urgency apply", "which cases: urgency applies")),
        ("are defeated by urgency", ("which cases were defeated by urgency", "urgency defeats the rule")),
        ("since 2024-05 before 2024-06", ("cases since 2024-05 and before 2024-06", "since 2024-05 and before 2024-06")),
        ("since 2024-05", ("which decisions were decided since 2024-05", "cases from 2024-05")),
        ("the authority is some authority kind", ("rules by any authority", "cases by some authority", "is there any case by any authority")),
        ("the verdict is defeated", ("which rules are defeated", "the rule is defeated", "is the rule defeated")),
        ("the verdict is not defeated", ("the rule is not defeated", "rules that are not defeated")),
        ("which cases stand", ("the rule stands", "the verdict is stands", "cases: the rule stands")),
        ("which cases do not stand", ("the rule does not stand",)),
        ("touches the right to privacy and is defeated", ("touches the right to privacy and the rule is defeated",)),
        ("the authority is a landlord", ("cases by a landlord", "show the rules made by a landlord")),
    ],
)  # fmt: skip
def test_what_is_asked_in_other_words(asker: QueryEvaluator, log: Corpus, plain: str, others: tuple[str, ...]) -> None:
    def parts(text: str) -> list[object]:
        return [
            replace(atom, args=tuple("gap" if isinstance(arg, Variable) else arg for arg in atom.args))
            for atom in atoms(asker.parse_query(text, log).condition)
        ]

    for text in others:
        assert parts(text) == parts(plain), text


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("which criteria cite ECHR 8", "criteria that cite ECHR 8"),
        ("how many functions rest on ECHR 8(2)", "how many functions that cite ECHR 8(2)"),
        ("what rests on the ICCPR", "what cites ICCPR"),
        ("which doctrines are unverified", "doctrines that rest on unverified places"),
        ("which defeated cases cite ECHR 8",
         "cases in which the rule is defeated and a criterion that counts cites ECHR 8"),
        ("which rules by a landlord reach <sphere>",
         "cases in which the authority is a landlord and the rule reaches into <sphere>"),
        ("how many rules that stand and touch the right to privacy, by authority and year",
         "how many cases in which the rule stands and obeying touches the right to privacy, by each authority, by each year"),
        ("urgency applies unless the user is a tenant or it is unknown whether the rule is secret",
         'cases in which "Urgency" applies and it is not said that the user is a tenant, or it is unknown whether the standard'
         " applied is secret"),
        ("urgency or dead letter applies", "cases in which Dead letter or Urgency applies"),
        ("the authority is a bank or a landlord. the rule is over 12 years old [document] or since 2020. nobody says that the rule is secret",
         None),
        ("obeying does grave harm to some interest of <holder H>. breaking the rule does some harm to no interest of <H>", None),
        ("nothing is said of whether breaking the rule harms nobody and do not rest on inference alone", None),
        ("the user was checked at least 3 times and the rule does not reach into the home or were overridden", None),
        ("which criterion speaks for the rule and which family counts against the method", None),
        ("family harm counts against the method and the method harm is stop and the guidance is what", None),
        ("were not decided in time or wait for an answer or rest on what", None),
        ("which cases are not defeated", "cases except where the rule is defeated"),
        ("cases", "cases"),
    ],
)  # fmt: skip
def test_a_question_is_said_back_in_words_that_mean_the_same(
    asker: QueryEvaluator, log: Corpus, text: str, understood: str | None
) -> None:
    question = asker.parse_query(text, log)
    said = asker.evaluate(question, log).paraphrase
    assert understood in (None, said)
    again = asker.parse_query(said, log)
    assert asker.evaluate(again, log).paraphrase == said
    assert list(asker.evaluate(again, log).rows) == list(asker.evaluate(question, log).rows)


def test_what_the_words_of_a_question_mean_is_said_where_it_is_not_plain(asker: QueryEvaluator, log: Corpus) -> None:
    for text, says in (
        ("which cases cite ECHR 8", "speaks for the rule"),
        ("which rights are unverified", "looked up"),
    ):
        (note,) = asker.evaluate(asker.parse_query(text, log), log).notes
        assert says in note
    assert asker.evaluate(asker.parse_query("which cases are defeated", log), log).notes == ()


def test_a_source_has_its_title(asker: QueryEvaluator, log: Corpus, judge: Judge) -> None:
    source = next(item for item in judge.base.bibliography.sources.values() if item.short_title == "UDHR")
    assert asker.parse_query(f"what cites the {source.title}", log) == asker.parse_query("what cites UDHR", log)
    for name in ("European Convention on Human Rights", "the european convention on human rights 8", "ECHR 8"):
        found = asker.parse_query(f"what cites {name}", log)
        assert found == asker.parse_query(f"what cites ECHR{' 8' if name.endswith('8') else ''}", log)
    assert [entry.id for entry in Entries(judge.base).lookup("European Convention on Human Rights")] == ["echr"]
    assert problem(asker, log, "what cites ICCPR 99").nearest[0] == "ICCPR 9"


def test_a_log_and_files_answer_alike_and_as_log_query_does(asker: QueryEvaluator, files: Corpus, log: Corpus) -> None:
    numbers = dict(zip(("2", "3", "4"), CASES, strict=True))
    for text in (
        "which cases are defeated",
        "rest on the user's word",
        "which cases cite ICCPR 11",
        "have an open question",
    ):
        assert sorted(numbers[name] for name in names(asker, log, text)) == names(asker, files, text), text
    assert log.log is not None
    wanted = filter_decisions(log.log, DecisionFilter(needs_source="user", verdicts=frozenset({"defeated"})))
    assert [str(found.number) for found in wanted] == names(asker, log, "which defeated cases rest on the user's word")


def test_a_source_holds_what_lies_within_it(asker: QueryEvaluator, log: Corpus, judge: Judge) -> None:
    (told,) = (asker.parse_query("cites ICCPR 19", log).condition,)
    assert isinstance(told, DecisionAtom)
    (pattern,) = told.args
    assert isinstance(pattern, OneOf)
    assert {"ICCPR 19(2)", "ICCPR 19(3)"} <= pattern.values
    assert all(text.startswith("ICCPR 19(") or text == "ICCPR 19" for text in pattern.values)
    found = rows(asker, log, "What cites ICCPR 19?")
    assert {row["source"] for row in found} <= pattern.values
    cited = {row["id"] for row in found if row["kind"] == "criterion"}
    refs = {name: {text.text for ref in item.sources for text in judge.base.bibliography.resolve(ref)}
            for name, item in judge.base.criteria.items()}  # fmt: skip
    assert cited == {name for name, texts in refs.items() if texts & pattern.values}
    place = asker.parse_query('cites "Fuller 1964 ch. II (6)"', log).condition
    assert place == DecisionAtom("cites", ("Fuller 1964 ch. II (6)",))


@pytest.mark.parametrize(
    ("noun", "kinds"),
    [
        ("what", {"criterion", "doctrine", "right", "judgement_rules", "limitation_clause", "attribute_values"}),
        ("which criteria", {"criterion"}), ("which doctrines", {"doctrine"}), ("list all rights that", {"right"}),
        ("list limitation clauses that", {"limitation_clause"}), ("which attributes", {"attribute_values"}),
    ],
)  # fmt: skip
def test_a_noun_binds_the_kind_of_thing(asker: QueryEvaluator, log: Corpus, noun: str, kinds: set[str]) -> None:
    every = rows(asker, log, "what cites ECHR 8")
    found = rows(asker, log, f"{noun} {'cite' if noun != 'what' else 'cites'} ECHR 8")
    assert found == [row for row in every if row["kind"] in kinds]
    assert {row["kind"] for row in found} == kinds
    if noun != "what":
        count = rows(asker, log, f"how many {noun.split(' ', 1)[-1].removeprefix('all ')} cite ECHR 8")
        assert count == [{"number": len({row["id"] for row in found})}]


def test_criteria_of_a_family_that_cite(asker: QueryEvaluator, log: Corpus, judge: Judge) -> None:
    for text in ("which functions cite ECHR 8", "criteria of family function that rest on ECHR 8"):
        found = [row["id"] for row in rows(asker, log, text)]
        assert found == [
            row["id"] for row in rows(asker, log, "which criteria cite ECHR 8")
            if judge.base.criteria[str(row["id"])].family == "function"
        ]  # fmt: skip
        assert found
    assert problem(asker, log, "which sources cite ECHR 8").code == "Q103"


def test_what_rests_on_something_that_nobody_has_seen(asker: QueryEvaluator, log: Corpus, judge: Judge) -> None:
    unseen = {entry.id for entry in Entries(judge.base).criteria(unverified=True)}
    for text in (
        "which criteria are unverified",
        "which unverified criteria",
        "criteria that rest on unverified places",
    ):
        found = rows(asker, log, text)
        assert {row["id"] for row in found} == unseen
        assert {row["verified"] for row in found} == {"no"}
    assert rows(asker, log, "how many criteria are unverified") == [{"number": len(unseen)}]
    places = [place.text for place in bibliography(judge.base) if not place.verified]
    assert [row["source"] for row in rows(asker, log, "which sources are unverified")] == places


def test_counts(asker: QueryEvaluator, judge: Judge, log: Corpus) -> None:
    assert rows(asker, log, "how many cases") == [{"cases": 3}]
    assert rows(asker, log, "how many stand") == [{"cases": 0}]
    assert rows(asker, log, "How many cases by verdict?")[0] == {"verdict": "defeated", "cases": 2, "share": "66.7%"}
    by_gap = rows(asker, log, "how many rules by whom")
    by_name = rows(asker, log, "how many cases by authority")
    assert [(row["authority kind"], row["cases"]) for row in by_gap] == [
        ("a landlord", 2),
        ("a creditor or insurer", 1),
    ]
    assert {(row["authority"], row["cases"]) for row in by_name} >= {("a landlord", 2)}
    assert {row["override"]: row["cases"] for row in rows(asker, log, "how many by override")} == {
        "decline": 1,
        "none": 2,
    }
    precedents = Corpus("the precedents", judge)
    facts = [judge.parse_case(item.facts).facts for item in load_precedents(judge.base.layers)]
    harmless = sum(any(fact.predicate == "breach_harmless" for fact in each) for each in facts)
    assert rows(asker, precedents, "how many cases: breaking the rule harms nobody") == [{"cases": harmless}]


def test_time_and_overrides_are_asked_where_they_are_known(
    asker: QueryEvaluator, files: Corpus, log: Corpus, judge: Judge
) -> None:
    assert names(asker, log, "which decisions were overridden") == names(asker, log, "overridden decisions") == ["4"]
    assert names(asker, log, "which cases since 2020") == ["2", "3", "4"]
    assert names(asker, log, "which cases before 2020-01") == []
    for text in ("which cases were overridden", "cases since 2020", "how many cases by year"):
        assert problem(asker, files, text).code == "Q107"
    assert problem(asker, Corpus("the precedents", judge), "overridden cases").code == "Q107"
    assert problem(asker, log, 'the rule forbids "visitors"').code == "Q107"
    years = {item.id for item in load_precedents(judge.base.layers) if item.year and item.year < 1800}
    question = asker.parse_query("which precedents before 1800", Corpus("the precedents", judge))
    assert {item.case_id for item in asker.matching_cases(question, Corpus("the precedents", judge))} == years


def test_records_are_read_one_at_a_time(asker: QueryEvaluator, log: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    assert log.log is not None
    read: list[int] = []
    records = log.log.entries

    def counted() -> Iterator[object]:
        for number, record in records():
            read.append(number)
            yield number, record

    monkeypatch.setattr(log.log, "entries", counted)
    monkeypatch.setattr(LogReader, "__len__", lambda _: pytest.fail("the file is opened for each record"))
    first = next(asker.evaluate(asker.parse_query("which cases", log), log).rows)
    assert (first["case"], read) == ("2", [0, 1, 2])


def test_cases_are_judged_only_where_the_decision_is_asked_for(
    asker: QueryEvaluator, files: Corpus, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Judge, "assess", lambda *_: pytest.fail("nothing asks for a decision"))
    assert rows(asker, files, "how many rules by a landlord") == [{"cases": 2}]


@pytest.mark.parametrize(
    ("text", "code", "column", "says", "near"),
    [
        ("", "Q101", 0, "there is no question", ""),
        ("x" * (MAX_QUERY_CHARACTERS + 1), "Q101", 0, "longer than 2000 characters", ""),
        ("which \0 cases", "Q101", 0, "no text", ""),
        ("which cases: the authority is a landlrd", "Q102", 33, "`landlrd`", "Which cases: the authority is a landlord"),
        ("the authority is a banana", "Q102", 20, "behind `the authority is`", "The authority is <authority_kind>"),
        ("which cases are defeated by urgencies", "Q102", 29, "`urgencies`", "which cases are defeated by urgency"),
        ("which cases have a guidance", "Q102", 28, "stops before its end", "the guidance is <guidance>"),
        ("the rule forbids <sphere>", "Q102", 18, "`<sphere>`", "The rule forbids <text>"),
        ('the reason for the rule has ended: "war"', "Q102", 34, "behind", "The reason for the rule has ended"),
        ("it is not said that the rule reaches into <sphere>", "Q103", 0, "nothing would fill the gap <sphere>", ""),
        ("the verdict is not what", "Q103", 0, "nothing would fill the gap <verdict>", ""),
        ("the rule reaches into every sphere", "Q103", 0, "of every sphere nothing is asked", ""),
        ("cites every source", "Q103", 0, "of every source nothing is asked", ""),
        ("what cites what", "Q103", 0, "say which source", ""),
        ("cases since 2024-13", "Q104", 0, "`2024-13`", ""),
        ('cites "ICCPR 1999"', "Q106", 0, "no source `ICCPR 1999`", "ICCPR "),
        ('"urgence" defeats the rule', "Q106", 0, "no criterion `urgence`", ""),
    ],
)  # fmt: skip
def test_what_is_not_understood(
    asker: QueryEvaluator, files: Corpus, text: str, code: str, column: int, says: str, near: str
) -> None:
    found = problem(asker, files, text)
    assert (found.code, found.column) == (code, column)
    assert says in found.message
    assert any(near.lower() in item.lower() for item in found.nearest or ("",))
    assert found.nearest or not near
    assert found.help


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("which rules are discriminatory", 'Which cases are defeated by "Discrimination on a suspect ground"?'),
        ("which rules are discriminatory", "Which rules treat people differently by <ground>?"),
        ("which criteria are verified", "Which criteria are unverified?"),
        ("which criteria defeat the rule most often", "How many cases are defeated, by criterion?"),
        ("why was the landlord case not decided", "Which cases are undetermined, and what is still to be asked?"),
        ("which decisions made on 25 November 2026",
         "Which decisions were decided since 2026-11-25 and before 2026-11-26?"),
        ("decisions made on 2026-12-31", "Which decisions were decided since 2026-12-31 and before 2027-01-01?"),
        ("in which cases did the user win", "Which cases are defeated?"),
        ("which rights are violated", "Which cases touch <right>?"),
        ("Outside its jurisdiction", 'Which cases are defeated by "Outside its jurisdiction"?'),
        ("what cites the European Charter of Human Rights", "European Convention on Human Rights with its protocols"),
        ("what cites ICCPR 99", "ICCPR 9"),
    ],
)  # fmt: skip
def test_what_is_offered_where_words_are_not_understood(
    asker: QueryEvaluator, log: Corpus, text: str, offered: str
) -> None:
    found = problem(asker, log, text)
    assert offered in found.nearest
    assert not any("American" in near for near in found.nearest)


def test_every_question_that_is_offered_is_understood(asker: QueryEvaluator, log: Corpus) -> None:
    for text in query_lexicon().suggestions:
        assert asker.parse_query(text, log)


def test_a_date_that_is_none_is_not_offered(asker: QueryEvaluator, log: Corpus) -> None:
    assert not any("decided since" in near for near in problem(asker, log, "made on 31 June 2026").nearest)


def test_where_no_question_answers_the_command_that_does_is_named(asker: QueryEvaluator, log: Corpus) -> None:
    help_ = problem(asker, log, "why was the landlord case not decided").help
    assert "legit explain" in help_
    assert "legit log show" in help_


def test_what_may_follow_is_listed_only_where_a_sentence_has_begun(asker: QueryEvaluator, files: Corpus) -> None:
    assert "here may stand" in problem(asker, files, "the authority is a banana").help
    assert "here may stand" not in problem(asker, files, "in which cases did the user win").help


def test_words_that_fit_two_sentences_are_not_guessed_at(asker: QueryEvaluator, files: Corpus) -> None:
    found = problem(asker, files, "which cases by family")
    assert found.code == "Q105"
    assert found.nearest == ("cases, by each family", "cases in which the authority is a family or parent")
    assert asker.parse_query(found.nearest[0], files).group_by == ("family",)
    assert (
        asker.parse_query(found.nearest[1], files).condition
        == asker.parse_query("the authority is a family", files).condition
    )
    assert problem(asker, files, "is no").code == "Q105"


def test_a_count_by_a_name_that_is_a_maker_of_rules_too_is_a_count(asker: QueryEvaluator, files: Corpus) -> None:
    for text in ("how many cases by family", "how many defeated cases by family"):
        assert asker.parse_query(text, files).group_by == ("family",)
    assert problem(asker, files, "which cases by family").code == "Q105"  # a list: either may be meant


def test_a_criterion_that_only_the_log_knows(
    asker: QueryEvaluator, log: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(QueryError, match="Q106"):
        asker.parse_query('"an old one" defeats the rule', log)
    monkeypatch.setattr(
        "legit.query.evaluator.filter_values_of_log",
        lambda _: type("Names", (), {"criteria": frozenset({"an old one"})}),
    )
    assert asker.parse_query('"an old one" defeats the rule', log).condition == DecisionAtom(
        "defeats one", ("an old one",)
    )


def test_one_case_does_not_fill_gaps_without_end(asker: QueryEvaluator, judge: Judge, tmp_path: Path) -> None:
    path = tmp_path / "many.legit"
    path.write_text("\n".join(f'The rule forbids "{number}".' for number in range(120)), encoding="utf-8")
    corpus = Corpus("a file of cases", judge, (path,))
    text = "The rule forbids <text A>. The rule forbids <text B>."
    assert MAX_BINDINGS < 120 * 120
    assert problem(asker, corpus, text).code == "Q203"


def test_the_tree_of_a_question(asker: QueryEvaluator, files: Corpus) -> None:
    assert asker.parse_query("how many defeated cases, by family and by authority", files) == Query(
        DecisionAtom("verdict", ("defeated",)), True, ("family", "said authority")
    )
    assert asker.parse_query("how many cases by verdict, family and authority", files) == Query(
        All(()), True, ("verdict", "family", "said authority")
    )
    assert asker.parse_query("do not rest on a document", files).condition == Not(
        DecisionAtom("rests_on", ("document",))
    )
    (variable,) = asker.parse_query("rests on what alone", files).listed_variables
    assert variable == Variable("gap 1", "listed", "speaker")


def test_csv_holds_no_formula() -> None:
    written = io.StringIO()
    cells = ["=1+1", "+1", "-1", "@x", "\tx", "a=b", -1, "-", "\uff1d1"]
    write_table([str(at) for at, _ in enumerate(cells)], [{str(at): cell for at, cell in enumerate(cells)}], written)
    assert list(csv.reader(io.StringIO(written.getvalue())))[1] == [
        "'=1+1", "'+1", "'-1", "'@x", "'\tx", "a=b", "-1", "'-", "'\uff1d1",
    ]  # fmt: skip


def test_the_command_prints_tables(
    files: Corpus, log: Corpus, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    evil = tmp_path / "evil.legit"
    evil.write_text('The rule forbids "=HYPERLINK(1)\x1b[31m".', encoding="utf-8")
    ask = ["kb", "query", "The rule forbids what?", "--cases", str(evil), "--format"]
    assert main([*ask, "text"]) == 0
    assert capsys.readouterr().out.splitlines()[2].split()[-1] == "=HYPERLINK(1)\\x1b[31m"
    assert main([*ask, "csv"]) == 0
    printed = capsys.readouterr()
    assert ",'=HYPERLINK(1)" in printed.out
    assert "understood as" not in printed.out
    assert printed.err == "understood as: cases in which the rule forbids <text>\n"
    assert main([*ask, "json"]) == 0
    said = capsys.readouterr().out
    assert json.loads(said)[0]["text"] == "=HYPERLINK(1)\x1b[31m"
    assert "\x1b" not in said
    folder = str(files.paths[0].parent)
    assert main(["kb", "query", "which cases stand", "--cases", folder]) == 0
    assert capsys.readouterr().out == "understood as: cases in which the rule stands\nno case\n"
    assert main(["kb", "query", "which", "cases", "smell", "--cases", folder]) == 1
    assert "Q102" in capsys.readouterr().err
    assert main(["kb", "query", "--cases", folder]) == 2
    assert main(["kb", "query", "which cases", "--cases", str(tmp_path / "nothing")]) == 2
    assert "Q301" in capsys.readouterr().err
    assert main(["kb", "query", "--forms"]) == 0
    said = capsys.readouterr().out
    assert all(form in said for form in query_lexicon().forms)


def test_files_that_cannot_be_read(judge: Judge, asker: QueryEvaluator, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(QueryError, match="Q301"):
        case_files([tmp_path / "empty"])
    with pytest.raises(QueryError, match="Q301"):
        rows(asker, Corpus("a file of cases", judge, (Path("/dev/zero"),)), "which cases")
    (tmp_path / "latin.legit").write_bytes(b"\xff\xfe")
    assert problem(asker, Corpus("a file of cases", judge, case_files([tmp_path])), "which cases").code == "Q301"


def test_a_question_behind_the_cases_is_no_path(files: Corpus, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [word for path in files.paths for word in ("--cases", str(path))]
    assert main(["kb", "query", *paths, "how many rules by a landlord"]) == 0
    assert capsys.readouterr().out.endswith("\ncases\n2\n")


def test_a_base_that_extends_brings_its_words_along(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new_base("automation_kb", tmp_path / "kb")
    base = KnowledgeBase.load(tmp_path / "kb")
    criterion = next(item for item in base.criteria.values() if base.owns_path(item.path))
    case = tmp_path / "one.legit"
    case.write_text(criterion.examples[0].text, encoding="utf-8")
    ask = ["kb", "query", f"{criterion.title} applies", "--cases", str(case)]
    assert main([*ask, "--kb", str(tmp_path / "kb")]) == 0
    assert "one.legit" in capsys.readouterr().out
    assert main(ask) == 1
