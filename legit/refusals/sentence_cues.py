"""The cues of one sentence in one language, without those that an exception takes away."""

from __future__ import annotations

from typing import NamedTuple

from legit.refusals.language_files import CUE_SECTIONS, LanguagePatterns, PatternStrength
from legit.refusals.patterns import Places, matches
from legit.refusals.reading import Cue, CueKind
from legit.refusals.text import Sentence

Range = tuple[int, int]
_Found = tuple[CueKind, PatternStrength, Range]
_ORDER: tuple[PatternStrength, ...] = ("plain", "impersonal", "hint", "beside_rule")


class ListedCue(NamedTuple):
    """A cue, and the list in which its pattern stands."""

    listed: PatternStrength
    cue: Cue


def places_of(sentence: Sentence, language: LanguagePatterns) -> tuple[Places, tuple[int, ...]]:
    """Where the word lists of a language stand in a sentence, and for each word as it is read its number in the
    sentence."""
    words: list[str] = []
    numbers: list[int] = []
    for number, word in enumerate(sentence.words):
        parts = language.contractions.expand(word)
        words += parts
        numbers += [number] * len(parts)
    breaks = [place for place, number in enumerate(numbers) if number in sentence.breaks and _first(numbers, place)]
    return Places(tuple(words), breaks, language.lists), tuple(numbers)


def sentence_cues(sentence: Sentence, language: LanguagePatterns, text: str) -> list[ListedCue] | None:
    """The cues of a sentence, in the order of the text; None if no pattern stands in it, also none that an exception
    takes away. Of two that overlap and show the same, the plainer one and then the longer one stays."""
    places, numbers = places_of(sentence, language)
    found: list[_Found] = []
    for number in language.cue_index.candidates(places):
        kind, strength, pattern = language.cues[number]
        found += [(kind, strength, place) for place in matches(pattern, places)]
    if not found:
        return None
    around = [place for pattern in language.void["around"] for place in matches(pattern, places)]
    closed = _closed_ranges(sentence, language, places, numbers)
    kept = [
        (kind, strength, place)
        for kind, strength, place in found
        if not any(place[0] < end and start < place[1] for start, end in around)
        and not any(start < place[0] < end for start, end in closed[kind])
    ]
    listed: list[ListedCue] = []
    for kind, strength, place in _without_overlaps(kept):
        start = sentence.spans[numbers[place[0]]][0]
        end = sentence.spans[numbers[place[1] - 1]][1]
        shown = "hint" if strength == "beside_rule" else strength
        listed.append(ListedCue(strength, Cue(kind, text[start:end], start, end, shown, language.tag)))
    return listed


def _closed_ranges(
    sentence: Sentence, language: LanguagePatterns, places: Places, numbers: tuple[int, ...]
) -> dict[CueKind, list[Range]]:
    """Where no cue of a kind counts: after a condition or a report to the end of the clause; in a sentence with words
    such as "as you asked"; in a question. A question may still offer help or change the subject."""
    length = len(numbers)
    borders = [place for place in range(length) if numbers[place] in sentence.breaks and _first(numbers, place)]
    told: list[Range] = []
    if any(True for pattern in language.void["sentence"] for _ in matches(pattern, places)):
        told.append((-1, length))
    for pattern in language.void["after"]:
        for start, end in matches(pattern, places):
            told.append((start, next((border for border in borders if border >= end), length)))
    asked: list[Range] = []
    if sentence.question:
        openers = [start for pattern in language.void["questions"] for start, _ in matches(pattern, places)]
        asked.append((min([*openers, *borders[-1:]], default=0) - 1, length))
    closed = dict.fromkeys(CUE_SECTIONS, told)
    return closed | {"refuses": [*told, *asked], "enforces": [*told, *asked], "rule": []}


def _first(numbers: tuple[int, ...] | list[int], place: int) -> bool:
    return place == 0 or numbers[place - 1] != numbers[place]


def _without_overlaps(found: list[_Found]) -> list[_Found]:
    """Of two cues of a kind that overlap, the plainer one, and of these the longer one. Words that help or
    grant and overlap a refusal are part of it: "not something I can help with"."""
    kept: list[_Found] = []
    for item in sorted(found, key=lambda cue: (_ORDER.index(cue[1]), cue[2][0] - cue[2][1], cue[2])):
        kind, _, (start, end) = item
        if not any(other == kind and start < stop and begin < end for other, _, (begin, stop) in kept):
            kept.append(item)
    refusals = [place for kind, strength, place in kept if kind == "refuses" and strength in _ORDER[:2]]

    def is_part(place: Range) -> bool:
        return any(place[0] < stop and begin < place[1] for begin, stop in refusals)

    kept = [item for item in kept if item[0] not in ("helps", "grants") or not is_part(item[2])]
    return sorted(kept, key=lambda cue: (cue[2], cue[0]))
