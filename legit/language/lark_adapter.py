"""The only module that imports Lark: LALR parsers that are fed token by token, their trees and their errors.

The parsers of cases and of queries share it. Lark's lexer is not used: which phrase is tried next depends on the
terminals that the state of the parser expects. The tables of a grammar are cached on disk.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import lark
from lark import Lark, Token, Tree
from lark.exceptions import GrammarError, UnexpectedInput
from lark.grammar import Rule
from lark.lexer import Lexer, TerminalDef
from lark.parsers.lalr_parser_state import ParserState as LarkState

from legit._util import disk_cache

END = "$END"
"""The terminal that a state expects where the text may end."""

TerminalToken = Token
"""A terminal with its value: `type` is the name of the terminal, the token itself is the value."""

ParseTree = Tree[TerminalToken]
"""A node of a parse: `data` is the name of the rule or of its alternative."""

_END_TOKEN = TerminalToken(END, "")


class GrammarConflictError(ValueError):
    """A text is no LALR(1) grammar; the message is the first line of Lark's."""


class ParserState:
    """The state of a parser behind some tokens."""

    __slots__ = ("_state",)

    def __init__(self, state: LarkState[int]) -> None:
        self._state = state

    @property
    def expected(self) -> Mapping[str, object]:
        """The terminals that may come next, as keys; `END` is one of them where the text may end."""
        row: Mapping[str, object] = self._state.parse_conf.states[self._state.position]
        return row

    def copy(self) -> ParserState:
        return ParserState(self._state.copy(deepcopy_values=False))

    def feed(self, token: TerminalToken) -> bool:
        """Go on behind a token. False when it does not fit; the state is then of no more use."""
        try:
            self._state.feed_token(token)
        except UnexpectedInput:
            return False
        return True

    def finish(self) -> ParseTree | None:
        """The tree of the text, which ends here; None when it cannot."""
        try:
            tree: ParseTree = self._state.feed_token(_END_TOKEN, is_end=True)
        except UnexpectedInput:
            return None
        return tree


class LalrParser:
    """The parser of one grammar text. Instances may be shared between threads.

    Raises GrammarConflictError when the text is no LALR(1) grammar.
    """

    def __init__(self, grammar: str, start_rules: tuple[str, ...]) -> None:
        tables = _cached_tables(grammar, start_rules)
        self._start_states = {
            rule: ParserState(tables.parse_interactive(start=rule).parser_state) for rule in start_rules
        }

    def start(self, rule: str) -> ParserState:
        """A new state at the beginning of a start rule."""
        return self._start_states[rule].copy()


def subtrees(tree: ParseTree) -> list[ParseTree]:
    """The children of a node that are nodes, in order."""
    return [child for child in tree.children if isinstance(child, Tree)]


def tokens_of(tree: ParseTree) -> list[TerminalToken]:
    """The children of a node that are tokens, in order."""
    return [child for child in tree.children if isinstance(child, TerminalToken)]


class _NoLexer(Lexer):
    """Lark asks for a lexer; the parser is fed with tokens instead."""

    def __init__(self, lexer_conf: Any) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Any]:
        return iter(())


def _cached_tables(grammar: str, start_rules: tuple[str, ...]) -> Lark:
    key = f"{lark.__version__}:{grammar}"
    kept = disk_cache.read("grammar", key)
    if kept is not None:
        # An entry of another shape is made anew: what Lark raises depends on what is missing.
        with contextlib.suppress(AttributeError, IndexError, KeyError, TypeError, ValueError):
            return _deserialize(*kept)
    try:
        made = Lark(grammar, parser="lalr", lexer=_NoLexer, start=list(start_rules), maybe_placeholders=False)
    except GrammarError as error:
        raise GrammarConflictError(str(error).splitlines()[0]) from error
    disk_cache.write("grammar", key, _serialize(made))
    return made


# The data that `Lark.save` pickles, without the class of the lexer. JSON has texts as keys, and Lark numbers.


def _serialize(parser: Lark) -> tuple[dict[str, Any], dict[int, Any]]:
    data, memo = parser.memo_serialize([TerminalDef, Rule])
    return _with_lexer(data, None), memo


def _deserialize(data: dict[str, Any], memo: dict[str, Any]) -> Lark:
    table = data["parser"]["parser"]
    table["tokens"] = _numbered(table["tokens"])
    table["states"] = {int(state): _numbered(actions) for state, actions in table["states"].items()}
    loaded: Lark = Lark.load({"data": _with_lexer(data, _NoLexer), "memo": _numbered(memo)})
    return loaded


def _numbered(table: dict[str, Any]) -> dict[int, Any]:
    return {int(key): value for key, value in table.items()}


def _with_lexer(data: dict[str, Any], lexer: type[Lexer] | None) -> dict[str, Any]:
    parser = data["parser"]
    return {
        **data,
        "options": {**data["options"], "lexer": lexer},
        "parser": {**parser, "lexer_conf": {**parser["lexer_conf"], "lexer_type": lexer}},
    }
