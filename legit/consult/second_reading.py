"""Reads again what was not understood in a text, so that whoever writes it cannot hide a harm by how it is written.

Three ways are tried. A sentence in another language than the text counts, since a text has one language and whoever
declares it would choose what is read. So does one with characters that nobody sees, or that are forms of the usual
ones. Of what is left, a harm counts as possible: where letters of another alphabet look like those of a sentence, and
where only the beginning of a sentence is understood.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from typing import NamedTuple

from legit._util.lookalikes import with_ascii_letters
from legit.judge import Judge
from legit.knowledge.languages import DEFAULT_LANGUAGE, language_heads, possible_languages
from legit.language.tokenizer import MAX_SENTENCE_CHARACTERS, split_lines
from legit.messages import message
from legit.model.facts import Fact, Speaker, SpeakerKind, Truth

_INFERRED = Speaker(kind=SpeakerKind.INFERRED)


class SecondReading(NamedTuple):
    """What was read again: facts, the lines (from 1) that are understood whole now, and notes for the answer."""

    facts: tuple[Fact, ...]
    understood: frozenset[int]
    notes: tuple[str, ...]


def read_again(judge: Judge, text: str) -> SecondReading:
    """Read those lines of a text again that are not understood in its language, which is the one of the judge."""
    lines = split_lines(text)
    waiting = [number for number, line in enumerate(lines, 1) if line.strip() and not judge.reader.understands(line)]
    facts: list[Fact] = []
    understood: set[int] = set()
    used: dict[str, None] = {}
    folded = {number: _folded(lines[number - 1]) for number in waiting}
    for tag, numbers in _attempts(judge, folded):
        reader = judge.in_language(tag).reader
        for number in numbers:
            if number in understood or (tag == judge.language and folded[number] == lines[number - 1]):
                continue
            found = [fact for case in reader.parse(folded[number], strict=False).cases for fact in case.facts]
            facts += (_moved(fact, number) for fact in found)
            if found and tag != judge.language:
                used[tag] = None
            if reader.understands(folded[number]):
                understood.add(number)
    left = {number: line for number, line in folded.items() if number not in understood}
    heads = language_heads(judge.base.layers)
    names = ", ".join(heads[tag].name for tag in used)
    notes = (message("consult.other_languages", languages=names),) if used else ()
    return SecondReading((*facts, *_possible_harms(judge, left)), frozenset(understood), notes)


def _attempts(judge: Judge, lines: dict[int, str]) -> Iterator[tuple[str, Collection[int]]]:
    """The languages in which lines are tried, each with the numbers of its lines: that of the text, those by whose
    frequent words a line may be in them, and that of the base."""
    yield judge.language, lines
    possible: dict[str, list[int]] = {}
    for number, line in lines.items():
        for tag in possible_languages(judge.base.layers, line):
            possible.setdefault(tag, []).append(number)
    possible[DEFAULT_LANGUAGE] = list(lines)
    possible.pop(judge.language, None)
    yield from possible.items()


def _possible_harms(judge: Judge, lines: dict[int, str]) -> Iterator[Fact]:
    """The harms that lines may mean that are not understood, each left open."""
    readers = {tag: judge.in_language(tag).reader for tag in (judge.language, DEFAULT_LANGUAGE)}
    for number, line in lines.items():
        for reader in readers.values():
            for written in dict.fromkeys((line, with_ascii_letters(line))):
                for fact in reader.beginnings(written):
                    if fact.truth is not Truth.FALSE and judge.bears_on_harm(fact):
                        open_fact = fact.model_copy(update={"truth": Truth.UNKNOWN, "speaker": _INFERRED})
                        yield _moved(open_fact, number)


def _folded(line: str) -> str:
    """The line without characters that nobody sees, and with the usual form of every letter (Unicode NFKC)."""
    if line.isascii() or len(line) > MAX_SENTENCE_CHARACTERS:
        return line
    return "".join(sign for sign in unicodedata.normalize("NFKC", line) if unicodedata.category(sign) != "Cf")


def _moved(fact: Fact, line: int) -> Fact:
    span = fact.span and fact.span.model_copy(update={"line": line})
    return fact.model_copy(update={"span": span})
