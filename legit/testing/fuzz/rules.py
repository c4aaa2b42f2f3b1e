"""The reader of rules: what it lets pass reads the same with and without its comments, and names no other file.

An input is the text of a rule file behind its header.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from clingo import ast

from legit.judge import Judge
from legit.knowledge.rules.forbidden_syntax import find_forbidden_syntax, without_comments
from legit.knowledge.rules.rule_parser import parse_rules
from legit.testing.fuzz.mutators import mutate_letter, mutate_pieces
from legit.testing.fuzz.target import expect
from legit.testing.generate import Choices

_PIECES = (
    "%*", "*%", "%", "\n", "\r", '"', "\\", '\\"', "\\n", '#include "/nonexistent".', "#include <x>.", "#external a.",
    "#script (python) #end.", "#show.", "a.", "a:-b.", "*", " ", "#", "&", "@f", "&a{}.", "%%", "*%*", "\\\n", "\v",
    "'", "#end.", "asp 1 0 0\n", "\x1a", "#theory t{}.", "#pro", "gram base.", "\u00e9", 'p("*%").', 'p("%").', "..",
    "9999999999", "0xffffffff", "((((", "))))", "----", ";b", ",b", "{a;b}",
)  # fmt: skip
_SEED_FILES = 5
_PLAIN_STATEMENTS = frozenset({ast.ASTType.Rule, ast.ASTType.Comment, ast.ASTType.Program})


class RuleTarget:
    """The text of a rule file."""

    name = "rules"

    def __init__(self, judge: Judge) -> None:
        self._base = judge.base

    def seeds(self) -> Iterator[bytes]:
        yield "".join(_PIECES[:4]).encode()
        for file in self._base.rule_files[:_SEED_FILES]:
            yield file.rule_text.encode()

    def mutate(self, choices: Choices, data: bytes) -> bytes:
        text = data.decode("utf-8", "replace")
        if choices.integer(0, 4) == 0:
            return mutate_letter(choices, text).encode("utf-8", "replace")
        return "".join(mutate_pieces(choices, re.split(r"(?<=\W)|(?=\W)", text), _PIECES)).encode("utf-8", "replace")

    def check(self, data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        rules, problems = parse_rules(text, "rules.lp")
        expect(not (rules and problems) or all(item.code != "K501" for item in problems), "rules of what is no program")
        if find_forbidden_syntax(text, "rules.lp"):
            expect(bool(problems) and not rules, "rules of a text that may not be read")
            return
        raw, raw_messages = _reading(f" {text}")
        own, _ = _reading(f" {without_comments(text)}")
        expect(raw == own, f"another program without its comments: {text!r}")
        expect("could not be opened" not in raw_messages, f"a file was looked for: {text!r}")


def _reading(text: str) -> tuple[tuple[str, ...] | None, str]:
    """The statements that clingo reads, or None where the text is no program, and what clingo says."""
    said: list[str] = []
    nodes: list[ast.AST] = []
    try:
        ast.parse_string(text, nodes.append, logger=lambda _, message: said.append(message))
    except RuntimeError:
        return None, " ".join(said)
    expect({node.ast_type for node in nodes} <= _PLAIN_STATEMENTS, f"more than rules: {text!r}")
    return tuple(str(node) for node in nodes if node.ast_type is not ast.ASTType.Comment), " ".join(said)
