"""Near-duplicates among texts: Jaccard similarity over word 5-grams, and MinHash to find candidates.

Broder (1997), On the resemblance and containment of documents; Leskovec, Rajaraman and Ullman (2020), Mining of
Massive Datasets, chapter 3.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

_WORD = re.compile(r"\w+")
_BANDS, _ROWS = 16, 4
_PRIME = (1 << 61) - 1


def word_ngrams(text: str, size: int = 5) -> frozenset[int]:
    """The word n-grams of a text as 64-bit hashes. A text of fewer words has one n-gram."""
    words = _WORD.findall(text.lower())
    count = max(1, len(words) - size + 1)
    grams = (" ".join(words[start : start + size]) for start in range(count))
    return frozenset(int.from_bytes(hashlib.blake2b(gram.encode(), digest_size=8).digest()) for gram in grams)


def jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    """The share of the n-grams of two texts that both have."""
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0


def near_duplicates(texts: Sequence[str], threshold: float) -> Iterator[tuple[int, int, float]]:
    """Pairs of texts with a Jaccard similarity above the threshold, by their places.

    MinHash with 16 bands of 4 rows proposes the pairs, and each proposal is measured exactly. A pair at 0.8 is missed
    with a probability of 0.02 %, one at 0.7 with 1.2 %.
    """
    grams = [word_ngrams(text) for text in texts]
    buckets: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for place, own in enumerate(grams):
        for band, key in enumerate(_bands(own)):
            buckets[(band, *key)].append(place)
    seen = {
        (first, second)
        for places in buckets.values()
        for number, first in enumerate(places)
        for second in places[number + 1 :]
    }
    for first, second in sorted(seen):
        similarity = jaccard(grams[first], grams[second])
        if similarity > threshold:
            yield first, second, similarity


def _bands(grams: frozenset[int]) -> Iterator[tuple[int, ...]]:
    signature = [min((a * gram + b) % _PRIME for gram in grams) for a, b in _PERMUTATIONS]
    for start in range(0, len(signature), _ROWS):
        yield tuple(signature[start : start + _ROWS])


_PERMUTATIONS = tuple(
    (
        int.from_bytes(hashlib.sha256(f"a{n}".encode()).digest()[:7]) | 1,
        int.from_bytes(hashlib.sha256(f"b{n}".encode()).digest()[:7]),
    )
    for n in range(_BANDS * _ROWS)
)
