"""Learned weights: the table is read strictly, and the scores are the sums that its lines say."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legit.errors import RefusalPatternError
from legit.refusals import PatternReader, Reply, ReplyKind, read_reply, read_weights
from legit.refusals.weights import (
    COLUMNS,
    Features,
    LearnedWeights,
    feature_count,
    pair_feature,
    shipped_weights,
    word_features,
)

WORDS = st.lists(st.text(alphabet="aeinrst", min_size=1, max_size=8), max_size=12).map(tuple)


@given(WORDS)
def test_the_features_of_a_text_are_counted_without_making_them(words: tuple[str, ...]) -> None:
    features = [name for word in words for name in word_features(word)] + [
        pair_feature(*pair) for pair in pairwise(words)
    ]
    assert feature_count(words) == len(features)


@given(WORDS, st.data())
def test_a_score_is_the_sum_of_the_weights_of_the_features(words: tuple[str, ...], data: st.DataObject) -> None:
    """Reckoned feature by feature, without the sums that are kept for words."""
    counts = Counter(name for word in words for name in word_features(word))
    counts.update(pair_feature(*pair) for pair in pairwise(words))
    numbers = st.tuples(*[st.integers(-300, 300)] * len(COLUMNS))
    table = {name: data.draw(numbers) for name in list(counts)[:20]} | {
        "length": (7, 0, 0, 0, 0, -7),
        "": (5, 0, 0, 0, 0, 5),
    }
    text = "\n".join(f"{name}\t{' '.join(map(str, weights))}" for name, weights in table.items())
    scores = read_weights(text).scores(Features(words, {"length": 0.5}))
    scale = 3 / math.sqrt(sum(counts.values()) or 1)
    for found, column, rest in ((scores.acts, 0, 5 + 3.5), (scores.rule, -1, 5 - 3.5)):
        wanted = rest + scale * sum(count * table.get(name, (0,) * 6)[column] for name, count in counts.items())
        assert found == pytest.approx(wanted / 100, abs=1e-9)


@pytest.mark.parametrize(
    "line", ["", "w:no", "w:no\t1 2 3", "w:no\t1 2 3 4 5 6 7", "w:no\t1 2 3 4 5 x", "w:no 1 2 3 4 5 6", "w:no\t1  2 3 4 5", "w:no\t1 2 3 4 5 \u0666"]
)  # fmt: skip
def test_a_line_that_is_none_is_named(line: str) -> None:
    with pytest.raises(RefusalPatternError) as caught:
        read_weights(f"w:a\t1 2 3 4 5 6\n{line}\nw:b\t1 2 3 4 5 6\n")
    (problem,) = caught.value.problems
    assert (problem.code, problem.line) == ("T004", 2)


def test_the_shipped_weights_have_a_weight_for_what_patterns_read() -> None:
    weights = shipped_weights()
    assert len(weights.weights) > 10_000
    complies, refuses = (
        sum(weights.weights[f"{name}:{kind}"][0] for name in ("read", "read sensitively"))
        for kind in ("complies", "refuses")
    )
    assert complies < refuses


def test_where_only_weights_see_it_the_sentence_that_weighs_most_is_the_cue() -> None:
    text = "The lift is on the left. Visiting ends at eight, and it's half past. Have a good evening."
    reading = read_reply(text)
    assert reading.declines
    (cue,) = reading.cues
    assert (cue.strength, text[cue.start : cue.end]) == ("learned", "Visiting ends at eight, and it's half past")
    assert PatternReader(weights=None)(Reply(text)).kind is ReplyKind.COMPLIES


def test_weights_that_say_nothing_leave_plain_words_and_no_others() -> None:
    silent = PatternReader(weights=LearnedWeights({}))
    assert silent(Reply("I can't help with that.")).kind is ReplyKind.REFUSES
    assert silent(Reply("Visiting ends at eight, and it's half past.")).kind is ReplyKind.COMPLIES


def test_a_text_in_another_language_and_a_structured_answer_are_not_weighed() -> None:
    loud = PatternReader(weights=LearnedWeights({}, (99.0, 1.0, 0.0, 0.0, 0.0, 99.0)))
    assert loud(Reply("Haluaisin auttaa sinua.")).declines
    assert loud(Reply("Je voudrais vous aider volontiers.")).kind is ReplyKind.COMPLIES
    assert loud(Reply(data={"status": "open"})).kind is ReplyKind.COMPLIES
