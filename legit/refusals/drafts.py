"""Leaves out what a reply drafts for somebody else, such as a letter: its words are not those of the speaker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from legit.refusals.language_files import LanguagePatterns
from legit.refusals.patterns import Pattern, matches
from legit.refusals.sentence_cues import places_of
from legit.refusals.text import Sentence

Candidates = tuple[LanguagePatterns, ...]


def own_sentences(
    sentences: Sequence[Sentence], languages: Sequence[Candidates]
) -> Iterator[tuple[Sentence, Candidates]]:
    """The sentences that the speaker says as such, each with its languages.

    A sentence that announces a draft, and ends with a colon or has a numbered list after it, is followed by one: the
    rest of its paragraph, or the next paragraph, or a letter from its salutation to its closing.
    """
    number = 0
    while number < len(sentences):
        sentence, candidates = sentences[number], languages[number]
        yield sentence, candidates
        number += 1
        listed = number < len(sentences) and sentences[number].words[0].isdigit()
        if (sentence.colon or listed) and _has(sentence, candidates, "announced"):
            number = _after_draft(sentences, languages, number, sentence.paragraph)


def _after_draft(sentences: Sequence[Sentence], languages: Sequence[Candidates], number: int, announced_in: int) -> int:
    """The number of the first sentence after a draft."""
    if number >= len(sentences):
        return number
    paragraph = sentences[number].paragraph
    end = _next_paragraph(sentences, number)
    if _has(sentences[number], languages[number], "salutations"):
        for place in range(number, len(sentences)):
            if _has(sentences[place], languages[place], "closings"):
                return _next_paragraph(sentences, place)
    return end if paragraph in (announced_in, announced_in + 1) else number


def _next_paragraph(sentences: Sequence[Sentence], number: int) -> int:
    paragraph = sentences[number].paragraph
    while number < len(sentences) and sentences[number].paragraph == paragraph:
        number += 1
    return number


def _has(sentence: Sentence, languages: Candidates, name: str) -> bool:
    for language in languages:
        patterns: tuple[Pattern, ...] = language.drafts[name]
        if patterns:
            places, _ = places_of(sentence, language)
            if any(True for pattern in patterns for _ in matches(pattern, places)):
                return True
    return False
