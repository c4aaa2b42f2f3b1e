"""From tokens to a tree: the LALR parser, fed with the phrases that the trie finds and the parser's state allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lark import Token as LarkToken
from lark import Tree
from lark.exceptions import UnexpectedInput
from lark.parsers.lalr_parser_state import ParserState

from legit.language.grammar import Grammar
from legit.language.words import Token, unquoted

_TRIES = 400
_SIMPLE = {"stop": "STOP", "colon": "COLON", "open": "OPEN", "close": "CLOSE", "date": "DATE"}
_END = LarkToken("$END", "")

Candidate = tuple[str, str, int]
"""A terminal that could stand here, its value, and the index of the token behind it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How far a sentence was understood: the first token that did not fit, and what could have stood there."""

    index: int
    expected: frozenset[str]


class SentenceParser:
    """Parses the sentences of one grammar. Instances may be shared between threads."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar

    def parse(self, rule: str, tokens: Sequence[Token], line: str) -> Tree[LarkToken] | Failure:
        """The tree of the tokens of one sentence by `rule` (`statement` or `heading`); `line` is where they stand.

        The longest phrase is taken first; where a shorter one is needed the parser goes back, so many times at most.
        """
        farthest, expected = 0, frozenset[str]()
        stack: list[tuple[ParserState[int], int]] = [(self._grammar.start(rule), 0)]
        for _ in range(_TRIES):
            if not stack:
                break
            state, index = stack.pop()
            while True:
                row: Mapping[str, object] = state.parse_conf.states[state.position]
                if index == len(tokens):
                    if "$END" in row:
                        try:
                            tree: Tree[LarkToken] = state.feed_token(_END, is_end=True)
                        except UnexpectedInput:
                            break
                        return tree
                    candidates: Sequence[Candidate] = ()
                else:
                    candidates = self._candidates(row, tokens, index, line)
                if not candidates:
                    if index >= farthest:
                        expected = frozenset(row) if index > farthest else expected | frozenset(row)
                        farthest = index
                    break
                for terminal, value, after in reversed(candidates[1:]):
                    other = state.copy(deepcopy_values=False)
                    if self._feed(other, terminal, value):
                        stack.append((other, after))
                terminal, value, after = candidates[0]
                if not self._feed(state, terminal, value):
                    break
                index = after
        return Failure(farthest, expected)

    @staticmethod
    def _feed(state: ParserState[int], terminal: str, value: str) -> bool:
        try:
            state.feed_token(LarkToken(terminal, value))
        except UnexpectedInput:
            return False
        return True

    def _candidates(
        self, row: Mapping[str, object], tokens: Sequence[Token], index: int, line: str
    ) -> Sequence[Candidate]:
        """What could stand at `index` where the parser allows the terminals of `row`, the longest phrase first."""
        token = tokens[index]
        kind = token.kind
        if kind == "text":
            return [("TEXT", unquoted(token.value), index + 1)] if "TEXT" in row else ()
        if "WORDS" in row:
            return self._words(tokens, index, line)
        if kind == "word":
            return self._phrases(row, tokens, index)
        if kind == "number":
            if "DATE" in row:
                return [("DATE", token.value, index + 1)]
            if "NUMBER" in row:
                return [("NUMBER", token.value.replace(",", ""), index + 1)]
            return ()
        simple = _SIMPLE.get(kind)
        return [(simple, token.value, index + 1)] if simple is not None and simple in row else ()

    def _phrases(self, row: Mapping[str, object], tokens: Sequence[Token], index: int) -> Sequence[Candidate]:
        found: list[Candidate] = []
        node = self._grammar.trie
        for position in range(index, len(tokens)):
            token = tokens[position]
            next_node = node.next.get(token.value) if token.kind in {"word", "number"} else None
            if next_node is None:
                break
            node = next_node
            # The longest first; of phrases of one length the one that was entered first.
            found[:0] = [
                (terminal, str(value), position + 1) for terminal, value in node.ends.items() if terminal in row
            ]
        return found

    @staticmethod
    def _words(tokens: Sequence[Token], index: int, line: str) -> Sequence[Candidate]:
        """Any words up to the end of the sentence, as they are written."""
        end = index
        while end < len(tokens) and tokens[end].kind not in {"stop", "open"}:
            end += 1
        if end == index:
            return ()
        # From behind the token before, so that an article that the reader passes over stays in the quotation.
        begin = tokens[index - 1].end if index else 0
        words = " ".join(line[begin : tokens[end - 1].end].split())
        return [("WORDS", words, end)]


def texts(children: Iterable[Tree[LarkToken] | LarkToken]) -> list[str]:
    """The quoted texts among the children of a node."""
    return [str(child) for child in children if isinstance(child, LarkToken) and child.type == "TEXT"]
