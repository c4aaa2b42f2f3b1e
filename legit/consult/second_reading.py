"""Reads again what was not understood in a text, so that an unusual way of writing seldom hides a harm.

A sentence in another language than the text counts, since a text has one language and whoever declares it would choose
what is read. So does one with characters that nobody sees, or that are forms of the usual ones. Of what is left, a harm
counts as possible: where letters look like those of a sentence, where its words are divided or escaped in another way,
where it stands over several lines or in quotation marks, where a part of a sentence is understood, where a sentence
asks for it or states it with other small words, and where a comment or an opinion does.

Not all is read: codes (ROT13, Base64), texts backwards or upside down, letters that nothing says look like others,
languages that the base does not have, and other words for the same. That these were not understood is told.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple
from urllib.parse import unquote

from legit._util.lookalikes import with_ascii_letters
from legit.judge import Judge
from legit.knowledge.languages import DEFAULT_LANGUAGE, language_heads, possible_languages
from legit.language.reader import MAX_PROBLEMS, Reader
from legit.language.tokenizer import MAX_SENTENCE_CHARACTERS, QUOTATION_PATTERN, split_lines
from legit.messages import message
from legit.model.facts import UNSEEN, Fact, Speaker, SpeakerKind, Truth

_INFERRED = Speaker(kind=SpeakerKind.INFERRED)
_QUOTATION = re.compile(QUOTATION_PATTERN)
_CONTRACTED_IS = re.compile("['\N{RIGHT SINGLE QUOTATION MARK}]s\\b")
_EMPHASIS = re.compile("[*_`~]+")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_NO_TEXT = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\ufffd\ud800-\udfff]")
"""What an escape may stand for and no line has: control characters, ends of lines, halves of pairs."""
_ASIDE = re.compile(r"<[^<>]*>|\[[^][]*\]")
"""Tags of a markup, and marks of speakers, within a sentence."""
_LIST_SIGNS = " \t-*\u2022,;."
"""What may stand around a quotation that is a whole line."""
_STOPS = ".!?;:"
_SHORTENED = re.compile('"[^"]{100,}"')
"""Quotations that are too long for a sentence that is looked for."""
_BLANKS = re.compile("[\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")
"""Letters and signs that look like a space: fillers of Hangul and Khmer, the blank of Braille."""


class SecondReading(NamedTuple):
    """What was read again: facts, the lines (from 1) that are understood whole now, and notes for the answer."""

    facts: tuple[Fact, ...]
    understood: frozenset[int]
    notes: tuple[str, ...]


def read_again(judge: Judge, text: str, known: Iterable[Fact] = ()) -> SecondReading:
    """Read those lines of a text again that are not understood in its language, which is the one of the judge.

    A harm that `known` facts state is not left open besides.
    """
    lines = split_lines(text)
    waiting = [number for number, line in enumerate(lines, 1) if line.strip() and not judge.reader.understands(line)]
    facts: list[Fact] = []
    understood: set[int] = set()
    used: dict[str, None] = {}
    folded = {number: _folded(lines[number - 1], judge.reader) for number in waiting}
    for tag, numbers in _attempts(judge, folded):
        reader = judge.in_language(tag).reader
        for number in numbers:
            if number in understood or (tag == judge.language and folded[number] == lines[number - 1]):
                continue
            found = list(reader.facts_of_line(folded[number]))
            facts += (_moved(fact, number) for fact in found)
            if found and tag != judge.language:
                used[tag] = None
            if found and reader.understands(folded[number]):
                understood.add(number)
    left = [(number, line) for number, line in folded.items() if number not in understood]
    left += [(number, words) for number, words in _said_aside(judge, lines)]
    runs = _over_lines(folded, understood)
    heads = language_heads(judge.base.layers)
    names = ", ".join(heads[tag].name for tag in used)
    notes = (message("consult.other_languages", languages=names),) if used else ()
    # A denial elsewhere does not take back what is said aside: that contradicts itself, and stays open.
    stated = {(fact.predicate, fact.args) for fact in (*known, *facts) if fact.truth is not Truth.FALSE}
    harms = [fact for fact in _possible_harms(judge, left, runs) if (fact.predicate, fact.args) not in stated]
    return SecondReading((*facts, *harms), frozenset(understood), notes)


def _said_aside(judge: Judge, lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The words of comments and opinions, which state nothing, each with the number of its line."""
    for number, line in enumerate(lines, 1):
        folded = _folded(line, judge.reader)
        comment = _QUOTATION.sub("", folded).partition("#")[2].replace("#", " ")
        for words in (comment, *judge.reader.opinions(folded)):
            if words.strip():
                yield number, words
            if '"' in words:
                yield number, words.replace('"', "")


def _over_lines(folded: dict[int, str], understood: Collection[int]) -> list[tuple[int, str]]:
    """The lines that may belong to one sentence, joined: none of them is understood, and a stop ends only the last."""
    runs: list[tuple[int, list[str]]] = []
    for number, line in folded.items():
        if number in understood:
            continue
        first, words = runs[-1] if runs else (0, [])
        if words and number == first + len(words) and not words[-1].rstrip().endswith(tuple(_STOPS)):
            words.append(line)
        else:
            runs.append((number, [line]))
    return [(first, " ".join(words)) for first, words in runs if len(words) > 1]


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


def _possible_harms(judge: Judge, lines: Iterable[tuple[int, str]], runs: Iterable[tuple[int, str]]) -> Iterator[Fact]:
    """The harms that lines may mean that are not understood, or that comments name, each left open. Of `runs` of lines,
    what a part of them says counts."""
    left = MAX_PROBLEMS  # to find what is near takes long, and of no more sentences than these it is told
    for number, line, is_run in [*((*item, False) for item in lines), *((*item, True) for item in runs)]:
        tags = dict.fromkeys((judge.language, DEFAULT_LANGUAGE, *possible_languages(judge.base.layers, line)))
        shortened = _SHORTENED.sub('"…"', line)
        whole = [shortened] if is_run else [words for _, words in judge.reader.sentences_of_line(shortened)]
        sentences = whole[:left]
        left -= len(sentences)
        for reader in (judge.in_language(tag).reader for tag in tags):
            for fact in _may_say(reader, line, sentences):
                if fact.truth is not Truth.FALSE and judge.bears_on_harm(fact):
                    open_fact = fact.model_copy(update={"truth": Truth.UNKNOWN, "speaker": _INFERRED})
                    yield _moved(open_fact, number)


def _may_say(reader: Reader, line: str, sentences: Iterable[str]) -> Iterator[Fact]:
    """What a line may say: what a part of it says, or else the sentences that are nearest to some of its own."""
    for written in _written_otherwise(line):
        yield from reader.parts(written)
    for sentence in sentences:
        for written in _written_otherwise(sentence):
            if len(written) <= MAX_SENTENCE_CHARACTERS and not any(reader.parts(written)):
                found = reader.parse(written, strict=False).problems
                near = [problem.nearest[0] for problem in found if problem.nearest]
                yield from (fact for text in near for fact in reader.facts_of_line(text))
                yield from reader.approximation.nearest_facts(written)
                divided = reader.approximation.divided_anew(_QUOTATION.sub(" ", written))
                yield from (fact for text in divided for fact in reader.parts(text))


def _written_otherwise(line: str) -> Iterator[str]:
    """The line, and each text that it may stand for, once: with contracted words in full, without marks and escapes,
    without the quotation marks around it, and what it looks like in ASCII letters without further marks."""
    plain = _QUOTATION.fullmatch(line.strip(_LIST_SIGNS))
    unescaped = _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), unquote(html.unescape(line)))
    unescaped = _NO_TEXT.sub(" ", unescaped)
    ways = [line, _CONTRACTED_IS.sub(" is", _EMPHASIS.sub(" ", line)), _ASIDE.sub("", unescaped)]
    if plain:
        ways.append(plain.group()[1:-1])
    if not unescaped.isascii():
        letters = "".join(sign for sign in unicodedata.normalize("NFKD", unescaped) if not _is_mark(sign))
        ways += with_ascii_letters(letters)
    yield from dict.fromkeys(ways)


def _is_mark(sign: str) -> bool:
    """Whether a sign stands on or around the one before it."""
    return unicodedata.category(sign).startswith("M")


def _folded(line: str, reader: Reader) -> str:
    """The line without characters that nobody sees, and with the usual form of every letter (Unicode NFKC)."""
    if line.isascii():
        return line if line.isprintable() else UNSEEN.sub("", line)
    spaced = _BLANKS.sub(" ", line)
    if spaced != line and (" " not in line.strip() or reader.understands(_folded(spaced, reader))):
        line = spaced
    if len(line) <= MAX_SENTENCE_CHARACTERS:
        usual = unicodedata.normalize("NFKC", line)
        if usual.count('"') == line.count('"'):  # no other sign becomes the end of a quotation
            line = usual
    return UNSEEN.sub("", line)


def _moved(fact: Fact, line: int) -> Fact:
    span = fact.span and fact.span.model_copy(update={"line": line})
    return fact.model_copy(update={"span": span})
