"""Parses the tokens of a sentence: the LALR parser is fed with the phrases of the trie that its state expects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from legit.language.grammar import Grammar
from legit.language.lark_adapter import END, ParserState, ParseTree, TerminalToken, tokens_of
from legit.language.tokenizer import Token, unquote

_MAX_ATTEMPTS = 400
MEASURE_TERMINALS = frozenset({"NUMBER", "UNIT", "VAGUE_TIME", "WITHIN", "TIMES", "COUNT"})
"""The terminals that the words of a measure consist of. Only these have a place in the line."""
_PUNCTUATION = {kind: TerminalToken(kind.upper(), "") for kind in ("stop", "colon", "open", "close")}

Candidate = tuple[TerminalToken, int]
"""A terminal that the grammar allows here, and the index of the word behind it."""


@dataclass(frozen=True, slots=True)
class ParseFailure:
    """How far a sentence was parsed: the index of the first token that did not fit, and the expected terminals."""

    index: int
    expected: frozenset[str]


class SentenceParser:
    """Parses the sentences of one grammar. Instances may be shared between threads."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar

    def parse(self, start_rule: str, tokens: Sequence[Token], line: str) -> ParseTree | ParseFailure:
        """The tree of the tokens of one sentence by `start_rule`; the positions of the tokens are those in `line`.

        The parser takes the longest phrase first and backtracks to shorter ones, at most `_MAX_ATTEMPTS` times.
        """
        return next(self.parse_all(start_rule, tokens, line))

    def parse_all(self, start_rule: str, tokens: Sequence[Token], line: str) -> Iterator[ParseTree | ParseFailure]:
        """Every tree that is found within `_MAX_ATTEMPTS`, that of the longest phrases first; else one ParseFailure."""
        trees = 0
        farthest, expected = 0, frozenset[str]()
        stack: list[tuple[ParserState, int]] = [(self._grammar.parser_state(start_rule), 0)]
        for _ in range(_MAX_ATTEMPTS):
            if not stack:
                break
            state, index = stack.pop()
            while True:
                row = state.expected
                if index == len(tokens) and END in row:
                    if (tree := state.finish()) is not None:
                        trees += 1
                        yield tree
                    break
                candidates = self.candidates(row, tokens, index, line) if index < len(tokens) else ()
                if not candidates:
                    if index >= farthest:
                        expected = frozenset(row) if index > farthest else expected | frozenset(row)
                        farthest = index
                    break
                for terminal, after in reversed(candidates[1:]):
                    other = state.copy()
                    if other.feed(_placed(terminal, tokens, index, after)):
                        stack.append((other, after))
                terminal, after = candidates[0]
                if not state.feed(_placed(terminal, tokens, index, after)):
                    break
                index = after
        if not trees:
            yield ParseFailure(farthest, expected)

    def candidates(
        self, row: Mapping[str, object], tokens: Sequence[Token], index: int, line: str
    ) -> Sequence[Candidate]:
        """The candidates at `index` among the terminals that are keys of `row`, the longest phrase first."""
        token = tokens[index]
        kind = token.kind
        found: list[Candidate] = []
        if kind == "text" and "TEXT" in row:
            found.append((TerminalToken("TEXT", unquote(token.value)), index + 1))
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
            return [(TerminalToken("DATE", token.value), index + 1)]
        if kind == "number" and "NUMBER" in row:
            return [(TerminalToken("NUMBER", token.value.replace(",", "")), index + 1)]
        return ()

    def match_phrases(self, row: Mapping[str, object], tokens: Sequence[Token], index: int) -> Sequence[Candidate]:
        """The phrases of the trie that begin at `index` and whose terminals are keys of `row`, the longest first."""
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
        """The words up to the end of the sentence, as written, as one candidate."""
        end = index
        while end < len(tokens) and tokens[end].kind not in {"stop", "open"}:
            end += 1
        if end == index:
            return ()
        # From behind the token before, so that an article that the reader passes over stays in the quotation.
        begin = tokens[index - 1].end if index else 0
        words = " ".join(line[begin : tokens[end - 1].end].split())
        return [(TerminalToken("WORDS", words), end)]


def _placed(terminal: TerminalToken, tokens: Sequence[Token], index: int, after: int) -> TerminalToken:
    """A terminal of a measure with its place in the line, behind the token before; any other one as it is."""
    if terminal.type not in MEASURE_TERMINALS:
        return terminal
    begin = tokens[index - 1].end if index else tokens[index].start
    return TerminalToken(terminal.type, str(terminal), start_pos=begin, end_pos=tokens[after - 1].end)


def quoted_texts(tree: ParseTree) -> list[str]:
    """The quoted texts among the children of a node."""
    return [str(token) for token in tokens_of(tree) if token.type == "TEXT"]
