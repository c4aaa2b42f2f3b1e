"""Cuts a reply into sentences and words, and leaves out what is quoted. Every word keeps its position in the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

MAX_SENTENCE_WORDS = 120
"""A longer sentence is cut: no pattern is so long, and the work for a sentence stays bounded."""

_MARKS = "\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff"
_APOSTROPHES = "'\u2019\u2018\u02bc\u0060\u00b4\uff07"
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_MARKS}])*(?:[{_APOSTROPHES}](?:[^\W_]|[{_MARKS}])+)*|\u00a7+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_APOSTROPHE = re.compile(f"[{_APOSTROPHES}]")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_BLOCK_QUOTE = re.compile(r"^[ \t]*>[^\n]*", re.MULTILINE)
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")
_BULLET = re.compile(r"\n[ \t]*(?:[-*\u2022\u2013#]|\d{1,3}[.)])")
_CLAUSE_MARKS = frozenset(",\u2013\u2014()[]/")
_PAIRS = {
    "\u201c": "\u201d\u201c",
    "\u201e": "\u201c\u201d",
    "\u201d": "\u201d",
    '"': '"',
    "\u00ab": "\u00bb",
    "\u00bb": "\u00ab\u00bb",
    "\u2018": "\u2019",
    "\u201a": "\u2018\u2019",
    "\u2039": "\u203a",
    "\u203a": "\u2039",
    "'": "'",
}
_SINGLE = frozenset("'\u2018\u2019\u201a")
_OPENING_QUOTE = re.compile(f"[{''.join(_PAIRS)}]")
_CLOSING_QUOTE = {opening: re.compile(f"[{closing}]") for opening, closing in _PAIRS.items()}
_MAX_WORD = 64


@dataclass(frozen=True, slots=True)
class Sentence:
    """The words of a sentence, in the form in which they are compared, with their positions in the text.

    `breaks` holds the numbers of the words before which a clause begins. `paragraph` counts from 0. `line_start` says
    whether it opens a line.
    """

    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    breaks: frozenset[int]
    question: bool
    colon: bool
    paragraph: int
    line_start: bool

    @property
    def span(self) -> tuple[int, int]:
        """Where its first word begins in the text, and its last one ends."""
        return self.spans[0][0], self.spans[-1][1]


def comparable(word: str) -> str:
    """A word in the form in which words are compared: composed, without case, apostrophes straight. Only the first 64
    characters of a word count."""
    return _comparable(word[:_MAX_WORD])


@lru_cache(maxsize=65_536)
def _comparable(word: str) -> str:
    plain = _APOSTROPHE.sub("'", _INVISIBLE.sub("", word))
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", plain).casefold())


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, in the form in which they are compared."""
    return tuple(comparable(found.group()) for found in _WORD.finditer(text))


def sentences_of(text: str) -> Iterator[Sentence]:
    """The sentences of a text, without what is quoted in it. A text that is one quotation is read as if unquoted."""
    own = without_quotations(text)
    if _WORD.search(own) is None:
        own = text
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    breaks: set[int] = set()
    paragraph = 0
    line_start = True
    last = 0
    for found in _WORD.finditer(own):
        between = own[last : found.start()]
        if words:
            ends = _sentence_ends(between, words, own[found.start()]) or len(words) >= MAX_SENTENCE_WORDS
            if ends:
                yield _sentence(words, spans, breaks, between, paragraph, line_start)
                words, spans, breaks = [], [], set()
                line_start = "\n" in between
            elif not _CLAUSE_MARKS.isdisjoint(between) or " - " in between:
                breaks.add(len(words))
        paragraph += bool(_PARAGRAPH_END.search(between))
        words.append(comparable(found.group()))
        spans.append(found.span())
        last = found.end()
    if words:
        yield _sentence(words, spans, breaks, own[last:], paragraph, line_start)


def _sentence(
    words: list[str], spans: list[tuple[int, int]], breaks: set[int], after: str, paragraph: int, line_start: bool
) -> Sentence:
    return Sentence(tuple(words), tuple(spans), frozenset(breaks), "?" in after, ":" in after, paragraph, line_start)


def _sentence_ends(between: str, words: list[str], following: str) -> bool:
    """Whether a sentence ends after these words. A full stop after a number or a letter ends none before a small letter
    or a digit ("1. mars", "e.g. this"), and none after the day of a date ("zum 1. März")."""
    if any(mark in between for mark in "!?;\u2026"):
        return True
    if ":" in between and between != ":":
        return True
    if "\n" in between:
        blank = _PARAGRAPH_END.search(between) or _BULLET.search(between)
        return bool(blank) or "." in between or following.isupper() or following.isdigit()
    if "." not in between or between == ".":
        return False
    word = words[-1]
    if word.isdigit():
        is_day = len(word) <= 2 and len(words) > 1 and len(words[-2]) <= 3 and words[-2].isalpha()
        return not (is_day or following.islower() or following.isdigit())
    return len(word) > 1 or following.isupper()


def without_quotations(text: str) -> str:
    """The text with everything quoted replaced by spaces, so that positions stay."""
    ranges = sorted([*_fenced(text), *(found.span() for found in _BLOCK_QUOTE.finditer(text))])
    own = _blank(text, ranges)
    return _blank(own, list(_quoted(own)))


def _blank(text: str, ranges: list[tuple[int, int]]) -> str:
    parts, last = [], 0
    for start, end in ranges:
        if start < last:
            continue
        parts += [text[last:start], " " * (end - start)]
        last = end
    return "".join([*parts, text[last:]])


def _fenced(text: str) -> Iterator[tuple[int, int]]:
    """Where blocks between fences stand. A fence that is not closed opens none."""
    marks = [found.start() for found in _FENCE.finditer(text)]
    for start, end in zip(marks[::2], marks[1::2], strict=False):
        stop = text.find("\n", end)
        yield start, len(text) if stop < 0 else stop


def _quoted(text: str) -> Iterator[tuple[int, int]]:
    """Where quotations stand. A quotation ends in its paragraph; a mark that is not closed opens none."""
    ends = [*(found.start() for found in _PARAGRAPH_END.finditer(text)), len(text)]
    start = 0
    for end in ends:
        closers = dict.fromkeys(_PAIRS, -1)
        position = start
        while found := _OPENING_QUOTE.search(text, position, end):
            position = found.end()
            opening = found.group()
            if not _opens(text, found.start(), opening) or closers[opening] == end:
                continue
            close = _closing(text, position, end, opening)
            if close < 0:
                closers[opening] = end
                continue
            yield found.start(), close + 1
            position = close + 1
        start = end


def _opens(text: str, at: int, mark: str) -> bool:
    after = text[at + 1 : at + 2]
    if not after or after.isspace():
        return False
    before = text[at - 1 : at]
    return not (before and (before.isalnum() or before in ".,!?")) if mark in _SINGLE or mark == '"' else True


def _closing(text: str, start: int, end: int, opening: str) -> int:
    """Where a quotation that starts here is closed; -1 if it is not."""
    for place in (found.start() for found in _CLOSING_QUOTE[opening].finditer(text, start, end)):
        if opening in _SINGLE and (text[place - 1].isspace() or text[place + 1 : place + 2].isalnum()):
            continue
        return place
    return -1
