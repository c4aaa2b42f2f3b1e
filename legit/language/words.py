"""Words: how a line is cut into tokens, and which differences of spelling do not matter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from legit.knowledge.vocabulary import Frame

_TOKEN = re.compile(
    r"""
      (?P<text>"[^"\n]*"|\u201c[^\u201d\n]*\u201d)
    | (?P<date>\d{4}-\d{2}(?:-\d{2})?(?![\d-]))
    | (?P<number>\d+(?:,\d{3})*)
    | (?P<word>[^\W\d_]+(?:['\u2019][^\W\d_]+)*['\u2019]?)
    | (?P<stop>[.!?;](?=\s|$|\[|\#))
    | (?P<colon>:)
    | (?P<open>\[)
    | (?P<close>\])
    | (?P<comment>\#.*)
    | (?P<skip>[,\-\u2013\u2014/()])
    | (?P<space>\s+)
    | (?P<other>.)
    """,
    re.VERBOSE,
)


class Token(NamedTuple):
    """A token with its kind (word, text, number, date, stop, colon, open, close, other) and its place in the line."""

    kind: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Normaliser:
    """Turns written words into the words that templates are matched on."""

    ignored: frozenset[str]
    expand: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, frame: Frame) -> Normaliser:
        expand = {word: tuple(text.split()) for word, text in frame.contractions.items()}
        for word, text in frame.spelling.items():
            expand[word] = tuple(text.split())
        return cls(frozenset(frame.ignored), expand)

    def words(self, word: str) -> tuple[str, ...]:
        """The normal form of one written word: none for an article, two for a contraction or a possessive."""
        word = word.lower().replace("\u2019", "'")
        if word in self.ignored:
            return ()
        found = self.expand.get(word)
        if found is not None:
            return found
        if word.endswith("'s") and not word[:-2].endswith("'s"):
            return (*self.words(word[:-2]), "'s")
        if word.endswith("s'"):
            return (*self.words(word[:-1]), "'s")
        return (word,)

    def phrase(self, text: str) -> tuple[str, ...]:
        """The normal form of a phrase or of the fixed words of a template, as a sequence of words."""
        return tuple(
            word
            for token in scan(text)
            if token.kind in {"word", "number"}
            for word in (self.words(token.value) if token.kind == "word" else (token.value,))
        )

    def tokens(self, line: str) -> list[Token]:
        """The tokens of a line, words in normal form; an expanded word keeps the place of the written one."""
        result = []
        for token in scan(line):
            if token.kind == "word":
                result += [Token("word", word, token.start, token.end) for word in self.words(token.value)]
            else:
                result.append(token)
        return result


def scan(line: str) -> list[Token]:
    """Cut a line into tokens; commas, hyphens, brackets, comments and white space are left out."""
    result = []
    for match in _TOKEN.finditer(line):
        kind = match.lastgroup or "other"
        if kind in {"space", "skip", "comment"}:
            continue
        result.append(Token(kind, match.group(), match.start(), match.end()))
    return result
