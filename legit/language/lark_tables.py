"""The LALR tables of a grammar: made by Lark, and kept for the next process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import lark
from lark import Lark
from lark.grammar import Rule
from lark.lexer import Lexer, TerminalDef

from legit._util import disk_cache

START_RULES = ("statement", "heading")
"""The rules from which the parser of cases may start."""


class _NoLexer(Lexer):
    """Lark asks for a lexer; the parser is fed with tokens instead, guided by its own state."""

    def __init__(self, lexer_conf: Any) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Any]:
        return iter(())


def cached_lark(grammar: str, start_rules: tuple[str, ...] = START_RULES) -> Lark:
    """The parser of a grammar text. Raises lark.exceptions.GrammarError when it is no LALR grammar."""
    key = f"{lark.__version__}:{grammar}"
    kept = disk_cache.read("grammar", key)
    if kept is not None:
        return _deserialize(*kept)
    made = Lark(grammar, parser="lalr", lexer=_NoLexer, start=list(start_rules), maybe_placeholders=False)
    disk_cache.write("grammar", key, _serialize(made))
    return made


# What `Lark.save` pickles, but for the class of the lexer, which cannot be kept: the cache holds plain data only.


def _serialize(parser: Lark) -> tuple[dict[str, Any], dict[str, Any]]:
    data, memo = parser.memo_serialize([TerminalDef, Rule])
    return _with_lexer(data, None), memo


def _deserialize(data: dict[str, Any], memo: dict[str, Any]) -> Lark:
    loaded: Lark = Lark.load({"data": _with_lexer(data, _NoLexer), "memo": memo})
    return loaded


def _with_lexer(data: dict[str, Any], lexer: type[Lexer] | None) -> dict[str, Any]:
    parser = data["parser"]
    return {
        **data,
        "options": {**data["options"], "lexer": lexer},
        "parser": {**parser, "lexer_conf": {**parser["lexer_conf"], "lexer_type": lexer}},
    }
