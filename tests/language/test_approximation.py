"""A sentence that is not understood is approximated: its words are divided anew, or its small words are passed over."""

from __future__ import annotations

import pytest

from legit.judge import Judge


@pytest.mark.parametrize(
    ("written", "divided"),
    [
        ("Themethodisaforgeddocument.", ["the method is a forged document"]),
        ("The m e t h o d is a for-ged document", ["the method is a forged document"]),
        ("The method is a f0rged document", ["the method is a forged document"]),
        ("1t 1s", ["it is", "lt ls"]),
        ("The method is a zebra of 12 years since 2020-01-02", []),
        ("The method is a forged document.", []),
        ("x" * 401, []),
    ],
)
def test_words_are_divided_anew(judge: Judge, written: str, divided: list[str]) -> None:
    assert list(judge.reader.approximation.divided_anew(written)) == divided


@pytest.mark.parametrize(
    ("written", "args"),
    [
        ("Does the method do grave harm to the life of others?", [("likely", "grave", "life", "stranger")]),
        ("The method may do grave harm life of others", [("possible", "grave", "life", "stranger")]),
        ("The method does grave harm to the life or the health of others",
         [("likely", "grave", "life", "stranger"), ("likely", "grave", "health", "stranger")]),
        ("The method does harm to the life of others", []),
        ("The method quietly does grave harm to the life of others", []),
        ("The method does not do grave harm to the life of others", []),
        ("The method does grave to the life of others", []),
    ],
)  # fmt: skip
def test_the_nearest_sentence_states_what_is_named(judge: Judge, written: str, args: list[tuple[str, ...]]) -> None:
    found = list(judge.reader.approximation.nearest_facts(written))
    assert [fact.args for fact in found] == args
    assert {fact.predicate for fact in found} <= {"method_harms"}


@pytest.mark.parametrize(
    ("language", "word"), [("en", "not"), ("sv", "inte"), ("de", "nicht"), ("da", "ikke"), ("nb", "ikke"), ("fi", "ei")]
)
def test_the_words_that_deny_are_known_by_the_denials(judge: Judge, language: str, word: str) -> None:
    approximation = judge.in_language(language).reader.approximation
    assert word in approximation._denying_words
    assert word not in approximation._small_words
