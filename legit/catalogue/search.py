"""Finding entries by words, as a lawyer would say them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache, cached_property, lru_cache
from typing import NamedTuple

from legit._util.suggest import suggest
from legit.catalogue.entry import Entry

_WORD = re.compile(r"[^\W_]+")
STOP_WORDS = frozenset(
    """
    a an and any are as at be been by can do does for from had has have if in into is it its no not of on one or so such
    than that the their there they this to under was what when where which who will with without would
    """.split()  # noqa: SIM905
)
# A search is mostly for a criterion, so criteria are ranked higher.
_KIND_BOOSTS = {"criterion": 1.5}
_MIN_SIMILARITY = 0.75
_SAYING = ("doctrine", "phrases")
"""The sections that count like the description of an entry."""
_FIELDS = ((6.0, "title"), (3.0, "says"), (1.0, "rest"))


class SearchHit(NamedTuple):
    """An entry that was found, how well it fits (larger is better), and the words of the query that it holds."""

    entry: Entry
    score: float
    matched_words: tuple[str, ...]


class SearchIndex(NamedTuple):
    """An index as plain data.

    `stem_numbers`: word → number of its stem. `idf`: rarity of each stem. `postings`: for each stem entry, weight,
    entry, weight … `boosts`: factor of the score of each entry.
    """

    stem_numbers: dict[str, int]
    idf: list[float]
    postings: list[list[float]]
    boosts: list[float]


class Search:
    """An index of entries by the stems of their words; titles count most, then statements, then the rest."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries

    @cached_property
    def _stem_weights(self) -> list[dict[str, float]]:
        """For each entry the weight of each stem in it. Many mentions weigh little more than one."""
        index = []
        for entry in self._entries:
            weights: dict[str, float] = {}
            for weight, field in _FIELDS:
                for stem, count in Counter(_stems(_field_texts(entry, field))).items():
                    weights[stem] = weights.get(stem, 0.0) + weight * (1 + math.log(count))
            index.append(weights)
        return index

    @cached_property
    def _idf(self) -> dict[str, float]:
        counts = Counter(stem for weights in self._stem_weights for stem in weights)
        total = len(self._stem_weights)
        return {stem: math.log(1 + total / count) for stem, count in counts.items()}

    def find(self, query: str, limit: int = 10) -> list[SearchHit]:
        """The entries that fit best, the best first. A word that no entry contains is replaced by the most similar
        word."""
        wanted: dict[str, str] = {}
        for word in _words(query):
            stem = word_stem(word)
            if stem not in self._idf:
                stem = next(iter(suggest(stem, self._idf, limit=1, similarity=_MIN_SIMILARITY)), "")
            if stem:
                wanted.setdefault(stem, word)
        total = sum(self._idf[stem] for stem in wanted)
        found = []
        for entry, weights in zip(self._entries, self._stem_weights, strict=True):
            held = [stem for stem in wanted if stem in weights]
            if held:
                # An entry with the rare words of the query ranks before an entry with many copies of a common word.
                covered = sum(self._idf[stem] for stem in held) / total
                score = sum(weights[stem] * self._idf[stem] for stem in held) * covered**2
                score *= _KIND_BOOSTS.get(entry.kind, 1.0) / math.log(10 + len(weights))
                found.append(SearchHit(entry, score, tuple(wanted[stem] for stem in held)))
        found.sort(key=lambda match: (-match.score, match.entry.kind, match.entry.id))
        return found[:limit]

    def export_index(self) -> SearchIndex:
        """The index as plain data, for a search that runs elsewhere."""
        numbers = {stem: number for number, stem in enumerate(sorted(self._idf))}
        words = sorted({word for entry in self._entries for _, field in _FIELDS for word in _field_words(entry, field)})
        held: list[list[float]] = [[] for _ in numbers]
        for at, weights in enumerate(self._stem_weights):
            for stem, weight in weights.items():
                held[numbers[stem]] += [at, round(weight, 2)]
        return SearchIndex(
            stem_numbers={word: numbers[word_stem(word)] for word in words},
            idf=[round(self._idf[stem], 3) for stem in sorted(numbers)],
            postings=held,
            boosts=[
                round(_KIND_BOOSTS.get(entry.kind, 1.0) / math.log(10 + len(weights)), 4)
                for entry, weights in zip(self._entries, self._stem_weights, strict=True)
            ],
        )


def _field_words(entry: Entry, field: str) -> Iterable[str]:
    return (word for text in _field_texts(entry, field) for word in _words(text))


def _field_texts(entry: Entry, field: str) -> Iterable[str]:
    if field == "title":
        return (entry.title, *entry.aliases, entry.id.replace("_", " "))
    if field == "says":
        return (entry.description, *(text for section in _SAYING for text in entry.details.get(section, ())))
    details = [text for section, texts in entry.details.items() for text in texts if section not in _SAYING]
    return (*details, *(f"{place.text} {place.summary}" for place in entry.sources))


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.lower()) if len(word) > 1 and word not in STOP_WORDS]


def _stems(texts: Iterable[str]) -> list[str]:
    return [word_stem(word) for text in texts for word in _words(text)]


@lru_cache(maxsize=50_000)
def word_stem(word: str) -> str:
    """A word without its endings, by Snowball's English stemmer, so that `limited` and `limits` find each other.

    Without the extra `cli`, which brings the stemmer, a word is its own stem: only the same word finds it.
    """
    return _stemmer()(word)


@cache
def _stemmer() -> Callable[[str], str]:
    try:
        import snowballstemmer
    except ModuleNotFoundError:
        return str
    stem_word: Callable[[str], str] = snowballstemmer.stemmer("english").stemWord
    return stem_word
