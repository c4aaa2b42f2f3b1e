"""Hints that something nearby supports: words of a rule, or another hint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from legit.refusals.reading import Cue
from legit.refusals.sentence_cues import ListedCue


def with_support(sentences: Sequence[Sequence[ListedCue]]) -> Iterator[Cue]:
    """The cues of a text, sentence by sentence. Near means in the same sentence or in one next to it.

    A hint is `supported` when words of a rule, or another hint of its kind, are near. A cue of the list `beside_rule`
    is left out when no words of a rule are near. What stands farther away has no influence, so that sentences before
    and after take nothing away.
    """
    for number, listed in enumerate(sentences):
        near = [item for part in sentences[max(0, number - 1) : number + 2] for item in part]
        has_rule = any(item.cue.kind == "rule" for item in near)
        for item in listed:
            if item.cue.strength != "hint" or item.cue.kind == "rule":
                yield item.cue
            elif has_rule or (item.listed == "hint" and _hints(near, item) > 1):
                yield replace(item.cue, strength="supported")
            elif item.listed == "hint":
                yield item.cue


def _hints(near: Sequence[ListedCue], like: ListedCue) -> int:
    return sum(item.listed == "hint" and item.cue.kind == like.cue.kind for item in near)
