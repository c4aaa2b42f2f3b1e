"""Queries for what cites a source, counts, and the corpora that are searched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from legit.catalogue.citations import bibliography
from legit.catalogue.entries import Entries
from legit.catalogue.precedents import load_precedents
from legit.decision_log import LogReader
from legit.judge import Judge
from legit.query.corpus import Corpus
from legit.query.evaluator import QueryEvaluator
from legit.query.query_ast import DecisionAtom, OneOf
from tests.query.conftest import names, problem, rows


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
    in_header = {name for name, texts in refs.items() if texts & pattern.values}
    assert in_header <= cited
    assert all(judge.base.criteria[name].source_marks for name in cited - in_header)
    place = asker.parse_query('cites "Fuller 1964 ch. II (6)"', log).condition
    assert place == DecisionAtom("cites", ("Fuller 1964 ch. II (6)",))


@pytest.mark.parametrize(
    ("noun", "kinds"),
    [
        ("what", {"criterion", "doctrine", "right", "judgement_rules", "limitation_clause", "attribute_values", "route"}),
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
    by_blank = rows(asker, log, "how many rules by whom")
    by_name = rows(asker, log, "how many cases by authority")
    assert [(row["authority kind"], row["cases"]) for row in by_blank] == [
        ("a landlord", 2),
        ("a creditor or insurer", 1),
    ]
    assert {(row["authority"], row["cases"]) for row in by_name} >= {("a landlord", 2)}
    assert {row["override"]: row["cases"] for row in rows(asker, log, "how many by override")} == {
        "decline": 1,
        "none": 2,
    }
    precedents = Corpus(judge)
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
    assert problem(asker, Corpus(judge), "overridden cases").code == "Q107"
    assert problem(asker, log, 'the rule forbids "visitors"').code == "Q107"
    years = {item.id for item in load_precedents(judge.base.layers) if item.year and item.year < 1800}
    question = asker.parse_query("which precedents before 1800", Corpus(judge))
    assert {item.case_id for item in asker.matching_cases(question, Corpus(judge))} == years


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
