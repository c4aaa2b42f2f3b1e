"""Learned weights of words and parts of words: what a reply does where no pattern says it plainly.

A reply has features: its words, the pairs of neighbouring words, the parts of three to five letters of its words, and
what the patterns read of it. Each has a weight for each question: whether the reply declines or enforces, of which kind
it then is, and whether it names a rule. The scores are sums, so that the work is linear in the text, and a sentence can
be named that weighs most. `benchmarks/train_refusals.py` learns the weights by logistic regression from labelled
replies; docs/decisions/0038-learned-weights.md says why.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

from legit.errors import Problem, RefusalPatternError
from legit.refusals.reading import ReplyKind, ReplyReading

KINDS = (ReplyKind.REFUSES, ReplyKind.PARTLY, ReplyKind.DEFLECTS, ReplyKind.ENFORCES)
COLUMNS = ("acts", *(kind.value for kind in KINDS), "rule")
"""The questions: whether it declines or enforces, which kind it is if so, and whether it names a rule."""

SCALE = 3.0
_LENGTHS = (3, 4, 5)
_MAX_KNOWN_WORDS = 65_536
_MAX_WORDS = 20_000

_WHOLE_NUMBER = re.compile(r"-?\d{1,9}", re.ASCII)

Weights = tuple[float, ...]
_NOTHING: Weights = (0.0,) * len(COLUMNS)


def word_features(word: str) -> Iterator[str]:
    """The features of one word: itself, and its parts of three to five letters, with `<` and `>` at its ends."""
    yield f"w:{word}"
    marked = f"<{word}>"
    for length in _LENGTHS:
        yield from (marked[first : first + length] for first in range(len(marked) - length + 1))


def pair_feature(first: str, second: str) -> str:
    """The feature of two neighbouring words."""
    return f"b:{first} {second}"


def feature_count(words: Sequence[str]) -> int:
    """How many features of words and pairs a text has, repetitions included."""
    parts = sum(max(0, len(word) + 3 - length) for word in words for length in _LENGTHS)
    return len(words) + parts + max(0, len(words) - 1)


def reading_features(
    text: str, words: Sequence[str], balanced: ReplyReading, sensitive: ReplyReading
) -> dict[str, float]:
    """The features of a reply beside its words: its length and marks, and what the patterns read of it."""
    found = {
        "length": math.log1p(len(words)) / 5,
        "questions": min(3, text.count("?")) / 3,
        "exclamations": min(3, text.count("!")) / 3,
        "asks": float(text.rstrip().endswith("?")),
        "lines": min(5, text.count("\n")) / 5,
        f"read:{balanced.kind}": 1.0,
        f"read sensitively:{sensitive.kind}": 1.0,
        "names a rule": float(balanced.invokes_rule),
        "rule words": float(bool(balanced.rule_words)),
    }
    return found | {f"cue:{cue.kind}/{cue.strength}": 1.0 for cue in sensitive.cues}


class Features(NamedTuple):
    """The features of a reply: the words that the speaker says as such, without quotations and drafts, and the others
    with their values."""

    words: tuple[str, ...]
    others: dict[str, float]


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of a reply as log-odds: `acts` that it declines or enforces, `rule` that it names a rule, and the kind
    that is likeliest if it acts."""

    acts: float
    kind: ReplyKind
    rule: float


@dataclass(slots=True)
class LearnedWeights:
    """Weights by feature, each with a number for each of `COLUMNS`. Instances may be shared between threads."""

    weights: dict[str, Weights]
    intercept: Weights = _NOTHING
    _known: dict[str, Weights] = field(default_factory=dict)

    def scores(self, features: Features) -> Scores:
        """The scores of a reply."""
        words = features.words[:_MAX_WORDS]
        scale = SCALE / math.sqrt(feature_count(words) or 1)
        found = [scale * value + start for value, start in zip(self._sum(words), self.intercept, strict=True)]
        for name, value in features.others.items():
            for column, weight in enumerate(self.weights.get(name, _NOTHING)):
                found[column] += value * weight
        kinds = dict(zip(KINDS, found[1:-1], strict=True))
        return Scores(found[0], max(kinds, key=kinds.__getitem__), found[-1])

    def heaviest(self, sentences: Iterable[Sequence[str]], column: str = "acts") -> int:
        """The number of the sentence without which the score of a question would be least; 0 when there is none."""
        place = COLUMNS.index(column)
        parts = [(self._sum(words)[place], feature_count(words)) for words in sentences]
        total, count = sum(value for value, _ in parts), sum(number for _, number in parts)
        without = [(total - value) / math.sqrt(max(1, count - number)) for value, number in parts]
        return min(range(len(without)), key=without.__getitem__, default=0)

    def _sum(self, words: Sequence[str]) -> list[float]:
        total = [0.0] * len(COLUMNS)
        found = [self._of_word(word) for word in words]
        found += [self.weights.get(pair_feature(*pair), _NOTHING) for pair in pairwise(words)]
        for weights in found:
            if weights is not _NOTHING:
                for column, weight in enumerate(weights):
                    total[column] += weight
        return total

    def _of_word(self, word: str) -> Weights:
        found = self._known.get(word)
        if found is None:
            columns = zip(*(self.weights.get(name, _NOTHING) for name in word_features(word)), strict=True)
            found = tuple(map(sum, columns))
            if len(self._known) < _MAX_KNOWN_WORDS:
                self._known[word] = found
        return found


def read_weights(text: str) -> LearnedWeights:
    """The weights in the lines of a text: a feature, a tab, and hundredths of the weights of `COLUMNS`, with spaces
    between them. The feature of the intercept is empty.

    Raises RefusalPatternError (T004) with the first line that is no such line.
    """
    found: dict[str, Weights] = {}
    for number, line in enumerate(text.removesuffix("\n").split("\n"), start=1):
        name, tab, written = line.rpartition("\t")
        weights = written.split(" ")
        if not tab or len(weights) != len(COLUMNS) or not all(map(_WHOLE_NUMBER.fullmatch, weights)):
            help_ = f"a line has a feature, a tab, and {len(COLUMNS)} whole numbers with spaces between them"
            raise RefusalPatternError(Problem("T004", "these are no weights of a feature", number, 1, help=help_))
        found[name] = tuple(int(weight) / 100 for weight in weights)
    return LearnedWeights(found, found.pop("", _NOTHING))


@cache
def shipped_weights() -> LearnedWeights:
    """The weights that come with the package."""
    return read_weights(files("legit.refusals").joinpath("weights.tsv").read_text(encoding="utf-8"))
