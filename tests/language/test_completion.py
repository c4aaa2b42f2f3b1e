"""Completions: whatever is offered is understood, every form is found from its words, and nothing written is lost."""

from __future__ import annotations

import random

import pytest

from legit.judge import Judge
from legit.language.completion import Completion


def taken(text: str, item: Completion) -> str:
    """The text once a completion is taken."""
    return text[: item.start] + item.insert + text[item.end :]


def offered(judge: Judge, text: str, marker: str = "|", limit: int = 500) -> list[str]:
    """The texts that the completions at the marker make."""
    cursor = text.index(marker)
    text = text.replace(marker, "")
    return [taken(text, item) for item in judge.completer.complete(text, cursor, limit)]


def test_every_form_is_offered_from_its_first_words_and_understood(judge: Judge) -> None:
    lost = []
    for predicate in judge.base.vocabulary.predicates.values():
        for form in predicate.affirmative_forms:
            first = form.segments[0]
            if not isinstance(first, str):
                continue
            words = (first[0].upper() + first[1:]).rstrip()
            found = judge.completer.complete(words, len(words), 500)
            if predicate.id not in {item.predicate for item in found}:
                lost.append(words)
            assert all(not judge.reader.parse(taken(words, item), strict=False).problems for item in found), words
    assert lost == []


def test_every_value_of_a_slot_is_offered(judge: Judge) -> None:
    vocabulary = judge.base.vocabulary
    for predicate in vocabulary.predicates.values():
        segments = predicate.affirmative_forms[0].segments
        if len(segments) < 2 or not isinstance(segments[0], str) or not isinstance(segments[1], int):
            continue
        values = vocabulary.values(predicate.args[segments[1]].type)
        start = segments[0][0].upper() + segments[0][1:]
        made = offered(judge, f"{start}|")
        for value in values.values():
            assert any(text.startswith(f"{start}{value.phrase}") for text in made), f"{start}{value.phrase}"


@pytest.mark.parametrize("seed", range(3))
def test_what_is_offered_anywhere_in_a_sentence_is_understood(judge: Judge, seed: int) -> None:
    chosen = random.Random(seed)
    examples = [item.text for criterion in judge.base.criteria.values() for item in criterion.examples]
    for _ in range(40):
        text = chosen.choice(examples)
        cursor = chosen.randrange(len(text) + 1)
        kept = text[:cursor] if chosen.random() < 0.5 else text
        for item in judge.completer.complete(kept, cursor, 20):
            assert item.start <= cursor <= item.end
            changed = taken(kept, item)
            line = changed[: item.start].count("\n") + 1
            problems = judge.reader.parse(changed, strict=False).problems
            assert line not in {problem.line for problem in problems}, (changed, problems)
            assert all(0 <= a < b <= len(item.insert) for a, b in item.placeholders)


def test_a_value_in_the_middle_keeps_what_follows(judge: Judge) -> None:
    made = offered(judge, "Obeying does gra|ve harm to the health of the user.\nBreaking the rule harms nobody.")
    assert "Obeying does grave harm to the health of the user.\nBreaking the rule harms nobody." in made
    made = offered(judge, "Obeying does grave harm to the |livelihood of the user.")
    assert "Obeying does grave harm to the health of the user." in made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The authority is a landl|", "The authority is a landlord."),
        ("the AUTHORITY is a landl|", "The authority is a landlord."),
        ("The authority is a landl|.", "The authority is a landlord."),
        ("- The authority is a landl|", "- The authority is a landlord."),
        ("Breaking the rule harms nobody. The authority is a landl|", "Breaking the rule harms nobody. The authority is a landlord."),
        ("The authority is a landl| [document \"x\"]", "The authority is a landlord. [document \"x\"]"),
        ("Breaking the rule harms nobody. [doc|", 'Breaking the rule harms nobody. [document "…"]'),
        ("Breaking the rule harms nobody. [us|]", "Breaking the rule harms nobody. [user]"),
        ("It is unknown whether breaking the rule harms no|", "It is unknown whether breaking the rule harms nobody."),
        ("The athority is a landlord|", "The authority is a landlord."),
        ("Ca|", 'Case "…".'),
        ("What the rule depends on does not exist:|", 'What the rule depends on does not exist: "…".'),
        ("Breaking the rule harms no| # a remark", "Breaking the rule harms nobody. # a remark"),
    ],
)  # fmt: skip
def test_what_was_meant_is_offered(judge: Judge, text: str, expected: str) -> None:
    assert expected in offered(judge, text)


@pytest.mark.parametrize(
    "text", ['The rule requires "a dep|osit".', 'The rule requires "a dep|', "# The authority is|", "qqq zzz|"]
)
def test_nothing_is_offered_where_words_are_free_or_nothing_is_near(judge: Judge, text: str) -> None:
    assert offered(judge, text) == []


@pytest.mark.parametrize(("cursor", "same"), [(-5, 0), (10_000, 6)])
def test_a_cursor_outside_the_text_is_taken_to_its_end(judge: Judge, cursor: int, same: int) -> None:
    found = judge.completer.complete("The au", cursor)
    assert found == judge.completer.complete("The au", same)
    assert bool(found) == bool(same)


def test_nearest_sentences_replace_the_sentence_and_are_understood(judge: Judge) -> None:
    for text in ("The authority is a banana.", "The athority is a landlord.", "Obeying hurts the user grave"):
        found = judge.completer.nearest(text)
        assert found
        for item in found:
            assert (item.start, item.end) == (0, len(text))
            assert judge.reader.understands(item.insert)
    assert judge.completer.nearest("The athority is a landlord.")[0].insert == "The authority is a landlord."
