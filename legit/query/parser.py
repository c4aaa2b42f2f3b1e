"""Parses queries: the parser of sentences, with wildcards in the place of names and values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from legit.language.lark_adapter import TerminalToken
from legit.language.parser import Candidate, SentenceParser
from legit.language.tokenizer import QUOTATION_PATTERN, Token, unquote
from legit.query.grammar import NAME_PREFIX, QueryGrammar

_WILDCARD_PATTERN = re.compile(
    rf"(?P<text>{QUOTATION_PATTERN})|<(?P<label>[^<>\"]*)>|(?P<dots>\.\.\.|\u2026)", re.VERBOSE
)
_VARIABLE_LETTER = re.compile(r"(?:^|\s)([A-Z])$")
_SLOT_PREFIXES = ("V_", NAME_PREFIX)
_BUILT_IN_TERMINALS = frozenset({"TEXT", "DATE", "VAGUE_TIME", "COUNT"})
_EXPLICIT_ONLY = frozenset({"N_FAMILY"})
"""A criterion may be used in the place of a family. A blank in this place is one of a family if its label says so."""
_PLACEHOLDER_PREFIX = "\0"


class WildcardPlaceholder(NamedTuple):
    """A wildcard: its quantifier (listed, some, no, every), its label, and the letter that it shares with others."""

    quantifier: str
    label: str = ""
    letter: str = ""


class ComparisonPlaceholder(NamedTuple):
    """A comparison of a measure: `>=`, `<=`, `>` or `<`, and the number before its unit."""

    operator: str
    number: str


class AlternativesPlaceholder(NamedTuple):
    """One of several values of one enumeration: `a bank or a landlord`."""

    values: tuple[str, ...]


def encode_placeholder(placeholder: WildcardPlaceholder | ComparisonPlaceholder | AlternativesPlaceholder) -> str:
    """A placeholder as the value of a token. No query has its first character, and no name a tab."""
    parts = placeholder.values if isinstance(placeholder, AlternativesPlaceholder) else placeholder
    return _PLACEHOLDER_PREFIX + "\t".join((type(placeholder).__name__, *parts))


def decode_placeholder(value: str) -> WildcardPlaceholder | ComparisonPlaceholder | AlternativesPlaceholder | None:
    """The placeholder in the value of a token; None for a plain value."""
    if not value.startswith(_PLACEHOLDER_PREFIX):
        return None
    kind, *parts = value[1:].split("\t")
    if kind == AlternativesPlaceholder.__name__:
        return AlternativesPlaceholder(tuple(parts))
    return ComparisonPlaceholder(*parts) if kind == ComparisonPlaceholder.__name__ else WildcardPlaceholder(*parts)


class QueryParser(SentenceParser):
    """Parses queries. Instances may be shared between threads."""

    def __init__(self, grammar: QueryGrammar) -> None:
        super().__init__(grammar)
        self._query_grammar = grammar

    def tokenize(self, text: str) -> list[Token]:
        """The tokens of a query. A wildcard in marks has the kind `blank`; stops at the end are left out."""
        found: list[Token] = []
        begin = 0
        for match in _WILDCARD_PATTERN.finditer(text):
            if match.group("text"):
                continue
            found += self._plain_tokens(text[: match.start()], begin)
            label = " ".join((match.group("label") or "").split())
            found.append(Token("blank", label, *match.span()))
            begin = match.end()
        found += self._plain_tokens(text, begin)
        while found and found[-1].kind == "stop":
            found.pop()
        return found

    def _plain_tokens(self, text: str, begin: int) -> Iterator[Token]:
        # An id is written with underscores, and read as its words.
        for token in self._query_grammar.normaliser.tokenize(text, begin):
            if not (token.kind == "other" and token.value == "_"):
                yield token

    def candidates(
        self, row: Mapping[str, object], tokens: Sequence[Token], index: int, line: str
    ) -> Sequence[Candidate]:
        """The candidates of sentences, and wildcards in the place of a name, a value or a quotation."""
        token = tokens[index]
        if token.kind == "blank":
            return self._bracketed_wildcards(row, token, index)
        found = list(super().candidates(row, tokens, index, line))
        if token.kind == "text":
            found += [(TerminalToken(name, token.value), index + 1) for name in self._quoted_name_terminals(row, token)]
        if token.kind != "word":
            return found
        found[:0] = self._alternatives(found, tokens)
        found += self._worded_wildcards(row, tokens, index)
        if "NUMBER" in row:
            found += self._comparisons(tokens, index)
        return found

    def _quoted_name_terminals(self, row: Mapping[str, object], token: Token) -> list[str]:
        """The terminals of names that a quotation can be. An unknown one may be known to a log."""
        words = " ".join(self._query_grammar.normaliser.normalise(unquote(token.value)))
        terminals = [name for name in row if name.startswith(NAME_PREFIX)]
        known = [name for name in terminals if words in self._query_grammar.name_ids[name]]
        return known or [name for name in terminals if name not in _EXPLICIT_ONLY]

    def _bracketed_wildcards(self, row: Mapping[str, object], token: Token, index: int) -> Sequence[Candidate]:
        letter = _VARIABLE_LETTER.search(token.value)
        label = token.value[: letter.start()] if letter else token.value
        words = self._query_grammar.normaliser.normalise(label)
        terminals = (
            self._query_grammar.slot_labels.get(words, set())
            if words
            else set(_wildcard_terminals(row)) - _EXPLICIT_ONLY
        )
        blank = WildcardPlaceholder("listed", " ".join(words), letter[1] if letter else "")
        return [
            (TerminalToken(name, encode_placeholder(blank)), index + 1)
            for name in _wildcard_terminals(row)
            if name in terminals
        ]

    def _worded_wildcards(self, row: Mapping[str, object], tokens: Sequence[Token], index: int) -> Iterator[Candidate]:
        slots = _wildcard_terminals(row)
        for words, kind in self._query_grammar.wildcard_phrases if slots else ():
            after = _index_after(words, tokens, index)
            if not after:
                continue
            for label, terminals in self._query_grammar.slot_labels.items():
                end = _index_after(label, tokens, after)
                for name in slots if end else ():
                    if name in terminals:
                        yield TerminalToken(name, encode_placeholder(WildcardPlaceholder(kind, " ".join(label)))), end
            for name in slots:
                if name not in _EXPLICIT_ONLY:
                    yield TerminalToken(name, encode_placeholder(WildcardPlaceholder(kind))), after

    def _alternatives(self, found: Sequence[Candidate], tokens: Sequence[Token]) -> list[Candidate]:
        """The candidates that are values, extended by further values behind "or", the longest first."""
        joined: list[Candidate] = []
        for token, after in found:
            if not token.type.startswith(_SLOT_PREFIXES):
                continue
            values, end = [str(token)], after
            while (more := self._next_alternative(token.type, tokens, end)) is not None:
                value, end = more
                values.append(value)
                joined.append(
                    (TerminalToken(token.type, encode_placeholder(AlternativesPlaceholder(tuple(values)))), end)
                )
        return sorted(joined, key=lambda item: -item[1])

    def _next_alternative(self, terminal: str, tokens: Sequence[Token], index: int) -> tuple[str, int] | None:
        """The value behind an "or" at `index`, and the index behind it."""
        after = self.match_phrases({"OR": None}, tokens, index)
        values = self.match_phrases({terminal: None}, tokens, after[0][1]) if after else ()
        return (str(values[0][0]), values[0][1]) if values else None

    def _comparisons(self, tokens: Sequence[Token], index: int) -> Iterator[Candidate]:
        for words, sign in self._query_grammar.comparison_phrases:
            after = _index_after(words, tokens, index)
            if not after or after == len(tokens):
                continue
            token = tokens[after]
            spelt = self._query_grammar.vocabulary.lexicon.numbers.get(token.value)
            number = token.value.replace(",", "") if token.kind == "number" else str(spelt or "")
            if number:
                yield TerminalToken("NUMBER", encode_placeholder(ComparisonPlaceholder(sign, number))), after + 1


def _wildcard_terminals(row: Mapping[str, object]) -> list[str]:
    """The expected terminals that a wildcard can stand for; none within the mark of a speaker."""
    if "CLOSE" in row:
        return []
    return sorted(name for name in row if name.startswith(_SLOT_PREFIXES) or name in _BUILT_IN_TERMINALS)


def _index_after(words: Sequence[str], tokens: Sequence[Token], index: int) -> int:
    """The index after some words that begin at `index`; 0 when they do not."""
    end = index + len(words)
    there = tuple(token.value for token in tokens[index:end] if token.kind == "word")
    return end if there == tuple(words) else 0
