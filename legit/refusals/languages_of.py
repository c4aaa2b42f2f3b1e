"""Recognises the language of a sentence by its words, and by the text around it where it has few that are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from legit.refusals.language_files import LanguagePatterns
from legit.refusals.text import Sentence

_FREQUENT = 2
"""The weight of a frequent word; a word of the patterns has the weight 1."""
_ENOUGH = 6
"""A sentence that reaches less in every language is also read in the language of the text."""
_CLOSE = 0.9
"""A language that reaches this share of the likeliest one is also tried: siblings share words."""


class LanguageRecogniser:
    """Recognises some languages."""

    def __init__(self, languages: Sequence[LanguagePatterns]) -> None:
        self._languages = tuple(languages)
        self._of_word: dict[str, tuple[tuple[int, int], ...]] = {}
        self._frequent = frozenset(word for language in languages for word in language.common)
        for number, language in enumerate(languages):
            for word in language.common | language.lists.first_words():
                weight = _FREQUENT if word in language.common else 1
                self._of_word[word] = (*self._of_word.get(word, ()), (number, weight))

    def sure(self, sentence: Sentence) -> bool:
        """Whether the sentence has a frequent word of any language."""
        return any(word in self._frequent for word in sentence.words)

    def of_sentences(self, sentences: Sequence[Sentence]) -> list[tuple[LanguagePatterns, ...]]:
        """The languages in which each sentence is to be read, the likeliest first. These are all where a sentence has
        no frequent word."""
        if len(self._languages) == 1:
            return [self._languages] * len(sentences)
        scores = [self._scores(sentence) for sentence in sentences]
        whole: Counter[int] = Counter()
        for score in scores:
            whole.update(score)
        around = [number for number, count in whole.most_common() if count >= _CLOSE * whole.most_common(1)[0][1]]
        return [
            self._candidates(score, around, whole, self.sure(sentence))
            for score, sentence in zip(scores, sentences, strict=True)
        ]

    def _candidates(
        self, score: Counter[int], around: list[int], whole: Counter[int], sure: bool
    ) -> tuple[LanguagePatterns, ...]:
        best = max(score.values(), default=0)
        near = [number for number, count in score.items() if count >= _CLOSE * best]
        near.sort(key=lambda number: (-score[number], -whole[number]))
        if best < _ENOUGH:
            near += [number for number in around if number not in near]
        numbers = near if sure or around else []
        if not sure:
            numbers = [*numbers, *(number for number in range(len(self._languages)) if number not in numbers)]
        return tuple(self._languages[number] for number in numbers)

    def _scores(self, sentence: Sentence) -> Counter[int]:
        found: Counter[int] = Counter()
        for word in sentence.words:
            for number, weight in self._of_word.get(word, ()):
                found[number] += weight
        return found
