"""Splits a text into lines and tokens, and normalises spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from legit.knowledge.lexicon import Lexicon

QUOTATION_PATTERN = r""" "[^"]*(?:""[^"]*)*" | \u201c[^\u201c\u201d]*\u201d """.replace(" ", "")
"""The pattern of a text in quotation marks. A doubled mark stands for one; a typographic quotation ends at the next
typographic mark, so that an open one is not searched to the end of the line each time."""

_SIGN = r"[-\u2212\u2013\u2014+]\s*\d+(?:,\d{3})*"

# The match includes the separators of tokens and the end of the line, so that no character is read twice.
_TOKEN_PATTERN = re.compile(
    rf"""
    (?:[\s,/()]|(?:(?<=\w)|(?!{_SIGN}))[\-\u2013\u2014])*+
    (?:
        (?P<word>[^\W\d_]+(?:['\u2019][^\W\d_]+)*+['\u2019]?)
      | (?P<text>{QUOTATION_PATTERN})
      | (?P<date>\d{{4}}-\d{{2}}(?:-\d{{2}})?(?![\d-]))
      | (?P<number>\d+(?:,\d{{3}})*)
      | (?P<sign>{_SIGN})
      | (?P<stop>[.!?;](?=\s|$|\[|\#))
      | (?P<colon>:)
      | (?P<open>\[)
      | (?P<close>\])
      | (?P<comment>\#.*)
      | (?P<other>.)
      | $
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_WORD_CACHE_SIZE = 8_192

MAX_CHARACTERS = 5_000_000
MAX_SENTENCES = 20_000
MAX_SENTENCE_CHARACTERS = 2_000
"""The limits of a text. Written texts keep to them as well."""


class Token(NamedTuple):
    """A token: its kind (word, text, number, date, sign, stop, colon, open, close, other), value, span in the line.

    A `sign` is a number with a minus or plus sign before it.
    """

    kind: str
    value: str
    start: int
    end: int


class Normaliser:
    """Brings written words into the normal form in which templates are matched."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._stop_words = frozenset(lexicon.stop_words)
        self._expansions = {
            word: tuple(text.split())
            for table in (lexicon.contractions, lexicon.spelling)
            for word, text in table.items()
        }
        self.normalise_word = lru_cache(maxsize=_WORD_CACHE_SIZE)(self._normalise_word)
        """The normal form of one written word: none for an article, two for a contraction or a possessive."""

    def _normalise_word(self, word: str) -> tuple[str, ...]:
        word = word.lower().replace("\u2019", "'")
        if word in self._stop_words:
            return ()
        found = self._expansions.get(word)
        if found is not None:
            return found
        if word.endswith("'s") and not word[:-2].endswith("'s"):
            return (*self._normalise_word(word[:-2]), "'s")
        if word.endswith("s'"):
            return (*self._normalise_word(word[:-1]), "'s")
        return (word,)

    def normalise(self, text: str) -> tuple[str, ...]:
        """The normal form of a phrase or of the fixed words of a template, as a sequence of words."""
        return tuple(token.value for token in self.tokenize(text) if token.kind in {"word", "number"})

    def tokenize(self, line: str, begin: int = 0) -> Iterator[Token]:
        """The tokens of a line from `begin` on, words in normal form; an expanded word keeps its written span.

        Commas, hyphens, brackets, comments and white space are left out.
        """
        for match in _TOKEN_PATTERN.finditer(line, begin):
            kind = match.lastgroup
            if kind is None or kind == "comment":
                return
            start, end = match.span(kind)
            written = line[start:end]
            if kind == "word":
                for word in self.normalise_word(written):
                    yield Token(kind, word, start, end)
            else:
                yield Token(kind, written, start, end)


def unquote(text: str) -> str:
    """The content of a text in quotation marks."""
    inner = text[1:-1]
    return (inner.replace('""', '"') if text[0] == '"' else inner).strip()


def split_lines(text: str) -> list[str]:
    """The lines of a text: only `\n`, `\r\n` and `\r` end one; any other character may stand in a quotation."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
