"""Nearest known names for "did you mean". Every suggestion of the package is made here."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def suggest(word: str, known: Iterable[str], *, limit: int = 3, similarity: float = 0.6) -> tuple[str, ...]:
    """At most `limit` of the known texts whose similarity to `word` is at least `similarity`, the most similar first.

    The similarity is the ratio of `difflib.SequenceMatcher`, from 0 to 1. The order of `known` does not matter.
    """
    return tuple(difflib.get_close_matches(word, set(known), n=limit, cutoff=similarity))


def most_alike(written: str, texts: Iterable[str]) -> list[str]:
    """The texts, those that are most like what was written first; of equals the order is kept. Case does not count."""
    likeness = difflib.SequenceMatcher(b=written.lower(), autojunk=False)

    def distance(text: str) -> float:
        likeness.set_seq1(text.lower())
        return -likeness.quick_ratio()

    return sorted(texts, key=distance)


def did_you_mean(names: Iterable[str]) -> str:
    """The end of a message of one line that suggests names, each once; empty when there are none."""
    listed = ", ".join(dict.fromkeys(names))
    return f"; did you mean {listed}?" if listed else ""
