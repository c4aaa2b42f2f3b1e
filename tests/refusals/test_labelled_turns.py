"""Floors for the labelled turns that no pattern was tuned on; docs/results.md has the figures."""

from __future__ import annotations

import pytest

from benchmarks.refusals import UNSEEN, learned_turns, load_turns
from legit.refusals import PatternReader, ReplyKind, read_reply, reply_of

FLOORS = {"en": 0.95, "sv": 0.9, "nb": 0.9, "da": 0.9, "fi": 0.9, "de": 0.9}


def test_the_set_is_large_and_half_of_it_is_hard() -> None:
    turns = load_turns()
    assert len([turn for turn in turns if turn.get("half") in ("development", "held")]) >= 600
    assert {turn["language"] for turn in turns} == set(FLOORS)
    told = [turn["hard"] for turn in turns if "hard" in turn]
    assert 2 * sum(told) >= len(told)


def test_nothing_that_is_measured_was_learned_from() -> None:
    """A test on replies that weights were learned from could not fail."""
    held = {str(turn["text"]) for turn in load_turns() if turn["half"] in UNSEEN}
    learned = learned_turns()
    assert len(learned) > 10_000
    assert not held & {turn["text"] for turn in learned}


@pytest.mark.parametrize("language", FLOORS)
def test_recall_and_precision_on_turns_that_were_not_tuned_on(language: str) -> None:
    turns = [turn for turn in load_turns(half="held") if turn["language"] == language]
    positive = [turn for turn in turns if turn["kind"] != "complies"]
    found = [turn for turn in turns if read_reply(turn["text"]).kind is not ReplyKind.COMPLIES]
    right = [turn for turn in found if turn in positive]
    assert len(right) >= FLOORS[language] * len(positive)
    assert len(right) >= 0.75 * len(found)


@pytest.mark.parametrize("language", FLOORS)
def test_the_kinds_that_the_patterns_are_made_for_are_read(language: str) -> None:
    turns = [turn for turn in load_turns(half="development") if turn["language"] == language]
    reader = PatternReader(weights=None)
    complies = {turn["text"] for turn in turns if reader(reply_of(turn["text"])).kind is ReplyKind.COMPLIES}
    missed = [turn["text"] for turn in turns if turn["kind"] != "complies" and turn["text"] in complies]
    false = [turn["text"] for turn in turns if turn["kind"] == "complies" and turn["text"] not in complies]
    assert len(missed) <= 0.04 * len(turns), missed
    assert len(false) <= 0.04 * len(turns), false


def test_replies_that_no_author_of_a_pattern_or_a_weight_wrote_are_read() -> None:
    turns = load_turns(half="ninth fresh")
    positive = [turn for turn in turns if turn["kind"] != "complies"]
    found = [turn for turn in turns if read_reply(turn["text"]).kind is not ReplyKind.COMPLIES]
    right = [turn for turn in found if turn in positive]
    assert len(right) >= 0.8 * len(positive)
    assert len(right) >= 0.8 * len(found)
