"""Finds texts that look alike and are not the same: letters of other alphabets, by the data of Unicode UTS 39."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations


def lookalikes(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The pairs of different texts, each folded already, that differ only in letters that look alike."""
    by_length: dict[int, list[str]] = {}
    for text in dict.fromkeys(texts):
        by_length.setdefault(len(text), []).append(text)
    for alike in by_length.values():
        # Two texts of ASCII letters are told apart by everybody who reads them.
        for one, other in combinations(alike, 2):
            if not (one.isascii() and other.isascii()) and _look_alike(one, other):
                yield one, other


def _look_alike(one: str, other: str) -> bool:
    from confusable_homoglyphs import confusables  # loads a table of ten thousand letters

    table = confusables.confusables_data
    return all(
        letter == rival
        or any(item["c"] == rival for item in table.get(letter, ()))
        or any(item["c"] == letter for item in table.get(rival, ()))
        for letter, rival in zip(one, other, strict=True)
    )
