"""From tokens to a tree: the LALR parser, fed with the phrases that the trie finds and the parser's state allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lark import Token as LarkToken
from lark import Tree
from lark.exceptions import UnexpectedInput
from lark.parsers.lalr_parser_state import ParserState

from legit.language.grammar import Grammar
from legit.language.tokenizer import Token, unquote

_MAX_ATTEMPTS = 400
_PUNCTUATION = {kind: LarkToken(kind.upper(), "") for kind in ("stop", "colon", "open", "close")}
_END_TOKEN = LarkToken("$END", "")

Candidate = tuple[LarkToken, int]
"""What could stand here for the grammar, and the index of the token behind it."""


@dataclass(frozen=True, slots=True)
class ParseFailure:
    """How far a sentence was understood: the first token that did not fit, and what could have stood there."""

    index: int
    expected: frozenset[str]


class SentenceParser:
    """Parses the sentences of one grammar. Instances may be shared between threads."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar

    def parse(self, start_rule: str, tokens: Sequence[Token], line: str) -> Tree[LarkToken] | ParseFailure:
        """The tree of the tokens of one sentence by `rule` (`statement` or `heading`); `line` is where they stand.

        The longest phrase is taken first; where a shorter one is needed the parser goes back, so many times at most.
        """
        return next(self.parse_all(start_rule, tokens, line))

    def parse_all(
        self, start_rule: str, tokens: Sequence[Token], line: str
    ) -> Iterator[Tree[LarkToken] | ParseFailure]:
        """Every tree of the tokens that is found in so many tries, that of the longest phrases first; where there is
        none, how far they were understood.
        """
        trees = 0
        farthest, expected = 0, frozenset[str]()
        stack: list[tuple[ParserState[int], int]] = [(self._grammar.parser_state(start_rule), 0)]
        for _ in range(_MAX_ATTEMPTS):
            if not stack:
                break
            state, index = stack.pop()
            while True:
                row: Mapping[str, object] = state.parse_conf.states[state.position]
                if index == len(tokens):
                    if "$END" in row:
                        try:
                            tree: Tree[LarkToken] = state.feed_token(_END_TOKEN, is_end=True)
                        except UnexpectedInput:
                            break
                        trees += 1
                        yield tree
                        break
                    candidates: Sequence[Candidate] = ()
                else:
                    candidates = self.candidates(row, tokens, index, line)
                if not candidates:
                    if index >= farthest:
                        expected = frozenset(row) if index > farthest else expected | frozenset(row)
                        farthest = index
                    break
                for terminal, after in reversed(candidates[1:]):
                    other = state.copy(deepcopy_values=False)
                    if self._feed(other, terminal):
                        stack.append((other, after))
                terminal, after = candidates[0]
                if not self._feed(state, terminal):
                    break
                index = after
        if not trees:
            yield ParseFailure(farthest, expected)

    @staticmethod
    def _feed(state: ParserState[int], terminal: LarkToken) -> bool:
        try:
            state.feed_token(terminal)
        except UnexpectedInput:
            return False
        return True

    def candidates(
        self, row: Mapping[str, object], tokens: Sequence[Token], index: int, line: str
    ) -> Sequence[Candidate]:
        """What could stand at `index` where the parser allows the terminals of `row`, the longest phrase first."""
        token = tokens[index]
        kind = token.kind
        found: list[Candidate] = []
        if kind == "text" and "TEXT" in row:
            found.append((LarkToken("TEXT", unquote(token.value)), index + 1))
        if "WORDS" in row:
            # Behind the quotation, since words may begin with one.
            found += self._verbatim_words(tokens, index, line)
        if kind == "text" or found:
            return found
        if kind == "word":
            return self.match_phrases(row, tokens, index)
        mark = _PUNCTUATION.get(kind)
        if mark is not None:
            return [(mark, index + 1)] if mark.type in row else ()
        if kind in {"date", "number"} and "DATE" in row:
            return [(LarkToken("DATE", token.value), index + 1)]
        if kind == "number" and "NUMBER" in row:
            return [(LarkToken("NUMBER", token.value.replace(",", "")), index + 1)]
        return ()

    def match_phrases(self, row: Mapping[str, object], tokens: Sequence[Token], index: int) -> Sequence[Candidate]:
        found: list[Candidate] = []
        node = self._grammar.trie
        for position in range(index, len(tokens)):
            token = tokens[position]
            next_node = node.children.get(token.value) if token.kind in {"word", "number"} else None
            if next_node is None:
                break
            node = next_node
            if node.terminals:
                # The longest first; of phrases of one length the one that was entered first.
                found[:0] = [(ends, position + 1) for terminal, ends in node.terminals.items() if terminal in row]
        return found

    @staticmethod
    def _verbatim_words(tokens: Sequence[Token], index: int, line: str) -> Sequence[Candidate]:
        """Any words up to the end of the sentence, as they are written."""
        end = index
        while end < len(tokens) and tokens[end].kind not in {"stop", "open"}:
            end += 1
        if end == index:
            return ()
        # From behind the token before, so that an article that the reader passes over stays in the quotation.
        begin = tokens[index - 1].end if index else 0
        words = " ".join(line[begin : tokens[end - 1].end].split())
        return [(LarkToken("WORDS", words), end)]


def quoted_texts(children: Iterable[Tree[LarkToken] | LarkToken]) -> list[str]:
    """The quoted texts among the children of a node."""
    return [str(child) for child in children if isinstance(child, LarkToken) and child.type == "TEXT"]
