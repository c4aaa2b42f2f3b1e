"""Corrects misspelt words: the sentence with known words that are similar."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from legit._util.suggest import suggest
from legit.language.grammar import Grammar
from legit.language.tokenizer import Token

_MAX_UNKNOWN_WORDS = 4
_MIN_SIMILARITY = 0.75


class Speller:
    """Corrects sentences with the words of one grammar."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar

    def unknown(self, tokens: list[Token]) -> list[Token]:
        """The words that occur in no phrase of the grammar."""
        return [token for token in tokens if token.kind == "word" and token.value not in self._grammar.phrase_words]

    def respelt(self, sentence: str, unknown: list[Token]) -> Iterator[str]:
        """The sentence with similar words for the unknown ones, the most similar first; nothing if one has none."""
        if not 0 < len(unknown) <= _MAX_UNKNOWN_WORDS:
            return
        close = [suggest(token.value, self._grammar.phrase_words, similarity=_MIN_SIMILARITY) for token in unknown]
        for words in itertools.product(*close):
            spelt = sentence
            for token, word in reversed(list(zip(unknown, words, strict=True))):
                spelt = spelt[: token.start] + word + spelt[token.end :]
            yield spelt[0].upper() + spelt[1:]
