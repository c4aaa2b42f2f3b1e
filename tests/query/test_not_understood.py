"""Queries that are not understood: the problem, its place, and what is suggested instead."""

from __future__ import annotations

import pytest

from legit.errors import QueryError
from legit.query.corpus import Corpus
from legit.query.evaluator import QueryEvaluator
from legit.query.interpreter import MAX_QUERY_CHARACTERS
from legit.query.lexicon import query_lexicon
from legit.query.query_ast import DecisionAtom
from tests.query.conftest import problem


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
        ("it is not said that the rule reaches into <sphere>", "Q103", 0, "nothing would fill the blank <sphere>", ""),
        ("the verdict is not what", "Q103", 0, "nothing would fill the blank <verdict>", ""),
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
        ("which rules are discriminatory", 'Which cases are defeated by "Discrimination on a protected ground"?'),
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
