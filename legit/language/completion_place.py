"""Where the cursor is in a text: in which sentence, behind which words, before which."""

from __future__ import annotations

import re
from typing import NamedTuple

from legit.language.form_matching import Typed
from legit.language.grammar import Grammar
from legit.language.reader import indent

_LINE_END = re.compile(r"\r\n|\r|\n")
_PARTIAL_WORD = re.compile(r"[^\W\d_][\w'\u2019]*\Z")
_MAX_TAIL_WORDS = 6


class Place(NamedTuple):
    """Where the cursor is: the sentence from `start` to `end` (behind its stop), all as places in the text."""

    start: int
    cursor: int
    end: int
    before: str
    tail: str
    """What stands behind the cursor in the sentence, without its stop."""


def typed_words(grammar: Grammar, before: str) -> Typed:
    """The complete words of the beginning of a sentence, and the letters of the word that is being written."""
    partial = _PARTIAL_WORD.search(before)
    letters = partial.group().lower().replace("\u2019", "'") if partial else ""
    complete = before[: partial.start()] if partial else before
    article = bool(letters) and any(word.startswith(letters) for word in grammar.vocabulary.lexicon.stop_words)
    return Typed(before, list(grammar.normaliser.tokenize(complete)), letters, article or not letters)


def place_at(grammar: Grammar, text: str, cursor: int) -> Place | None:
    """The sentence at the cursor; None within a quotation or a comment, and where nothing is to be completed."""
    line_start = max((match.end() for match in _LINE_END.finditer(text, 0, cursor)), default=0)
    after = _LINE_END.search(text, cursor)
    line = text[line_start : after.start() if after else len(text)]
    at = cursor - line_start
    start = min(indent(line), at)
    inside = False
    end, tail_end = len(line), len(line)
    for token in grammar.normaliser.tokenize(line, start):
        if token.kind == "text" and token.start < at < token.end:
            return None
        if token.kind == "other" and token.value in {'"', "\u201c"} and token.start < at:
            return None
        inside = token.kind == "open" or (inside and token.kind != "close")
        if token.kind == "stop" and not inside:
            if token.end <= at and not _marks_source(line, token.end, at):
                start = token.end
            elif token.start >= at:
                end, tail_end = token.end, token.start
                break
        elif token.kind == "open" and token.start >= at:
            end = tail_end = token.start
            break
        elif token.kind == "close" and token.end > at and "[" in line[start:at]:
            end = tail_end = token.end
            break
    comment = _comment(grammar, line, start)
    behind_stop = start == at > indent(line)  # the next sentence begins with a space
    if comment < at or behind_stop:
        return None
    end, tail_end = min(end, comment), min(tail_end, comment)
    while start < at and line[start].isspace():
        start += 1
    tail = line[at:tail_end]
    if not tail.strip() and end == tail_end:
        end = at
    return Place(line_start + start, cursor, line_start + end, line[start:at], tail)


def _marks_source(line: str, stop: int, at: int) -> bool:
    """Whether a mark of a source of evidence follows a stop: it belongs to the sentence before."""
    return line[stop:at].lstrip().startswith("[")


def _comment(grammar: Grammar, line: str, start: int) -> int:
    """Where the comment of a line begins, or its end."""
    last = start
    for token in grammar.normaliser.tokenize(line, start):
        last = token.end
    mark = line.find("#", last)
    return mark if mark >= 0 else len(line)


def word_ends(tail: str) -> list[int]:
    """The ends of the first words of a text, from nothing on: what a value may replace behind the cursor."""
    rest_of_word = re.match(r"[\w'\u2019-]*", tail)
    first = rest_of_word.end() if rest_of_word else 0
    ends = [match.end() for match in re.finditer(r"[\w'\u2019-]+", tail)][:_MAX_TAIL_WORDS]
    return list(dict.fromkeys([first, *(end for end in ends if end > first), 0]))
