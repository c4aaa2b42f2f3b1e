"""The cues of one sentence in one language, without those that an exception takes away."""

from __future__ import annotations

from legit.refusals.language_files import LanguagePatterns
from legit.refusals.patterns import Places, matches
from legit.refusals.reading import Cue
from legit.refusals.text import Sentence

Range = tuple[int, int]


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


def sentence_cues(sentence: Sentence, language: LanguagePatterns, text: str) -> list[Cue]:
    """The cues of a sentence, in the order of the text. Of two that overlap and show the same, the plain one and then
    the longer one stays."""
    places, numbers = places_of(sentence, language)
    found: list[tuple[str, bool, Range]] = []
    for kind, plain, pattern in language.cues:
        found += [(kind, plain, place) for place in matches(pattern, places)]
    if not found:
        return []
    around = [place for pattern in language.void["around"] for place in matches(pattern, places)]
    closed = _closed_ranges(sentence, language, places, numbers)
    kept = [
        (kind, plain, place)
        for kind, plain, place in found
        if not any(place[0] < end and start < place[1] for start, end in around)
        and (kind == "rule" or not any(start <= place[0] < end for start, end in closed))
    ]
    return [
        _cue(kind, plain, place, numbers, sentence, language, text) for kind, plain, place in _without_overlaps(kept)
    ]


def _closed_ranges(
    sentence: Sentence, language: LanguagePatterns, places: Places, numbers: tuple[int, ...]
) -> list[Range]:
    """Where no cue counts: from a word that opens a condition or a report to the end of its clause; a question."""
    length = len(numbers)
    borders = [place for place in range(length) if numbers[place] in sentence.breaks and _first(numbers, place)]
    closed: list[Range] = []
    for pattern in language.void["after"]:
        for start, end in matches(pattern, places):
            closed.append((start, next((border for border in borders if border >= end), length)))
    if sentence.question:
        asked = any(True for pattern in language.void["questions"] for _ in matches(pattern, places))
        closed.append((0 if asked else (borders[-1] if borders else 0), length))
    return closed


def _first(numbers: tuple[int, ...] | list[int], place: int) -> bool:
    return place == 0 or numbers[place - 1] != numbers[place]


def _without_overlaps(found: list[tuple[str, bool, Range]]) -> list[tuple[str, bool, Range]]:
    kept: list[tuple[str, bool, Range]] = []
    for item in sorted(found, key=lambda cue: (not cue[1], cue[2][0] - cue[2][1], cue[2])):
        kind, _, (start, end) = item
        if not any(other == kind and start < stop and begin < end for other, _, (begin, stop) in kept):
            kept.append(item)
    return sorted(kept, key=lambda cue: (cue[2], cue[0]))


def _cue(
    kind: str, plain: bool, place: Range, numbers: tuple[int, ...], sentence: Sentence, language: LanguagePatterns,
    text: str,
) -> Cue:  # fmt: skip
    start = sentence.spans[numbers[place[0]]][0]
    end = sentence.spans[numbers[place[1] - 1]][1]
    return Cue(kind, text[start:end], start, end, plain, language.tag)  # type: ignore[arg-type]
