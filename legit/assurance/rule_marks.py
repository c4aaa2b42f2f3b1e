"""The rules of a knowledge base one by one, and marks by which a ground rule is known to come from one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import clingo
import clingo.ast
from clingo.ast import AST, ASTType

from legit.engine.ground_rule import Bounds
from legit.engine.program_text import program_text
from legit.knowledge.base import KnowledgeBase

DERIVATION_MARK = "_by"
"""`_by(Number,Head)` holds where the rule of that number derives the head."""


@dataclass(frozen=True, slots=True)
class SourceRule:
    """A rule as it stands in a file: `head` is the name of its conclusion, `line` its line in the file."""

    number: int
    file: str
    line: int
    head: str
    text: str


def source_rules(base: KnowledgeBase) -> Iterator[tuple[SourceRule, str]]:
    """Every rule with one head, in the order of the files, with the marking rule that goes with it."""
    number = 0
    for file in base.rule_files:
        found: list[AST] = []
        clingo.ast.parse_string(file.rule_text, found.append)
        for node in found:
            if node.ast_type != ASTType.Rule or node.head.ast_type != ASTType.Literal:
                continue
            atom = node.head.atom
            if atom.ast_type != ASTType.SymbolicAtom:
                continue
            body = "; ".join(str(part) for part in node.body)
            mark = f"{DERIVATION_MARK}({number},{atom})" + (f" :- {body}" if body else "") + "."
            line = file.first_line + node.location.begin.line - 1
            yield SourceRule(number, file.path, line, _predicate_name(atom), format_rule(node)), mark
            number += 1


def marked_program(base: KnowledgeBase, bounds: Bounds, marks: list[str]) -> str:
    """The program of a knowledge base with its marking rules."""
    return "\n".join([program_text(base, bounds), *marks])


def _predicate_name(atom: AST) -> str:
    symbol = atom.symbol
    return str(symbol.name) if symbol.ast_type == ASTType.Function else str(symbol).partition("(")[0]


def format_rule(node: AST) -> str:
    """A rule in the form in which authors write it, with commas between the conditions."""
    body = ", ".join(str(part) for part in node.body)
    return " ".join((f"{node.head} :- {body}." if body else f"{node.head}.").split())
