"""Parsing questions: the parser of sentences, with gaps in the place of names and values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from lark import Token as LarkToken

from legit.language.parser import Candidate, SentenceParser
from legit.language.tokenizer import QUOTED, Token, unquoted
from legit.query.grammar import NAMES, QueryGrammar

_GAP = re.compile(rf"(?P<text>{QUOTED})|<(?P<label>[^<>\"]*)>|(?P<dots>\.\.\.|\u2026)", re.VERBOSE)
_VARIABLE = re.compile(r"(?:^|\s)([A-Z])$")
_SLOTS = ("V_", NAMES)
_BUILT_IN = frozenset({"TEXT", "DATE", "VAGUE_TIME", "COUNT"})
_SAY_SO = frozenset({"N_FAMILY"})
"""Where a family may stand a criterion may too: a gap is one of a family where it is called so."""
_MARK = "\0"


class Gap(NamedTuple):
    """A gap: listed, some, no or every; what it is called, and the letter that stands for the same thing elsewhere."""

    kind: str
    label: str = ""
    letter: str = ""


class Bound(NamedTuple):
    """A bound of a measure: `>=`, `<=`, `>` or `<`, and the number before its unit."""

    sign: str
    number: str


class Either(NamedTuple):
    """Any of several values of one list: `a bank or a landlord`."""

    values: tuple[str, ...]


def mark(found: Gap | Bound | Either) -> str:
    """What a token holds in the place of a value. No question holds its first character, nor a tab in a name."""
    parts = found.values if isinstance(found, Either) else found
    return _MARK + "\t".join((type(found).__name__, *parts))


def marked(value: str) -> Gap | Bound | Either | None:
    """The gap, bound or choice that a token holds, None where it holds a value."""
    if not value.startswith(_MARK):
        return None
    kind, *parts = value[1:].split("\t")
    if kind == Either.__name__:
        return Either(tuple(parts))
    return Bound(*parts) if kind == Bound.__name__ else Gap(*parts)


class QueryParser(SentenceParser):
    """Parses questions. Instances may be shared between threads."""

    def __init__(self, grammar: QueryGrammar) -> None:
        super().__init__(grammar)
        self._query = grammar

    def tokens(self, text: str) -> list[Token]:
        """The tokens of a question; a gap in marks is one of the kind `gap`, and stops at the end are left out."""
        found: list[Token] = []
        begin = 0
        for match in _GAP.finditer(text):
            if match.group("text"):
                continue
            found += self._plain(text[: match.start()], begin)
            label = " ".join((match.group("label") or "").split())
            found.append(Token("gap", label, *match.span()))
            begin = match.end()
        found += self._plain(text, begin)
        while found and found[-1].kind == "stop":
            found.pop()
        return found

    def _plain(self, text: str, begin: int) -> Iterator[Token]:
        # An id is written with underscores, and read as its words.
        for token in self._query.normaliser.tokens(text, begin):
            if not (token.kind == "other" and token.value == "_"):
                yield token

    def candidates(
        self, row: Mapping[str, object], tokens: Sequence[Token], index: int, line: str
    ) -> Sequence[Candidate]:
        """As for sentences; a gap may stand in every place of a name, a value or a quotation."""
        token = tokens[index]
        if token.kind == "gap":
            return self._in_marks(row, token, index)
        found = list(super().candidates(row, tokens, index, line))
        if token.kind == "text":
            found += [(LarkToken(name, token.value), index + 1) for name in self._quoted(row, token)]
        if token.kind != "word":
            return found
        found[:0] = self._either(found, tokens)
        found += self._in_words(row, tokens, index)
        if "NUMBER" in row:
            found += self._bounds(tokens, index)
        return found

    def _quoted(self, row: Mapping[str, object], token: Token) -> list[str]:
        """The terminals of names that a quotation may be; one that none has may be known to a log."""
        words = " ".join(self._query.normaliser.phrase(unquoted(token.value)))
        terminals = [name for name in row if name.startswith(NAMES)]
        known = [name for name in terminals if words in self._query.names[name]]
        return known or [name for name in terminals if name not in _SAY_SO]

    def _in_marks(self, row: Mapping[str, object], token: Token, index: int) -> Sequence[Candidate]:
        letter = _VARIABLE.search(token.value)
        label = token.value[: letter.start()] if letter else token.value
        words = self._query.normaliser.phrase(label)
        terminals = self._query.labels.get(words, set()) if words else set(_open(row)) - _SAY_SO
        gap = Gap("listed", " ".join(words), letter[1] if letter else "")
        return [(LarkToken(name, mark(gap)), index + 1) for name in _open(row) if name in terminals]

    def _in_words(self, row: Mapping[str, object], tokens: Sequence[Token], index: int) -> Iterator[Candidate]:
        slots = _open(row)
        for words, kind in self._query.gaps if slots else ():
            after = _behind(words, tokens, index)
            if not after:
                continue
            for label, terminals in self._query.labels.items():
                end = _behind(label, tokens, after)
                for name in slots if end else ():
                    if name in terminals:
                        yield LarkToken(name, mark(Gap(kind, " ".join(label)))), end
            for name in slots:
                if name not in _SAY_SO:
                    yield LarkToken(name, mark(Gap(kind))), after

    def _either(self, found: Sequence[Candidate], tokens: Sequence[Token]) -> list[Candidate]:
        """The values among some candidates with further values of the same list behind "or", the longest first."""
        joined: list[Candidate] = []
        for token, after in found:
            if not token.type.startswith(_SLOTS):
                continue
            values, end = [str(token)], after
            while (more := self._or(token.type, tokens, end)) is not None:
                value, end = more
                values.append(value)
                joined.append((LarkToken(token.type, mark(Either(tuple(values)))), end))
        return sorted(joined, key=lambda item: -item[1])

    def _or(self, terminal: str, tokens: Sequence[Token], index: int) -> tuple[str, int] | None:
        """The value behind an "or" that stands at `index`, and the index behind it."""
        after = self.phrases({"OR": None}, tokens, index)
        values = self.phrases({terminal: None}, tokens, after[0][1]) if after else ()
        return (str(values[0][0]), values[0][1]) if values else None

    def _bounds(self, tokens: Sequence[Token], index: int) -> Iterator[Candidate]:
        for words, sign in self._query.bounds:
            after = _behind(words, tokens, index)
            if not after or after == len(tokens):
                continue
            token = tokens[after]
            spelt = self._query.vocabulary.frame.numbers.get(token.value)
            number = token.value.replace(",", "") if token.kind == "number" else str(spelt or "")
            if number:
                yield LarkToken("NUMBER", mark(Bound(sign, number))), after + 1


def _open(row: Mapping[str, object]) -> list[str]:
    """The terminals of a parser's state that a gap can stand for; none of them within the mark of a speaker."""
    if "CLOSE" in row:
        return []
    return sorted(name for name in row if name.startswith(_SLOTS) or name in _BUILT_IN)


def _behind(words: Sequence[str], tokens: Sequence[Token], index: int) -> int:
    """The index behind some words that stand at `index`, 0 where they do not."""
    end = index + len(words)
    there = tuple(token.value for token in tokens[index:end] if token.kind == "word")
    return end if there == tuple(words) else 0
