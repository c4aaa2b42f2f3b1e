"""Parses the rules of a file, and reports constructs that may not stand there.

`forbidden_syntax` checks a text before clingo sees it. This module imports clingo, which is slow; `rule_ast` does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from clingo import MessageCode, ast

from legit.errors import Problem
from legit.knowledge.rules.forbidden_syntax import RULES_ONLY_HELP, find_forbidden_syntax, without_comments
from legit.knowledge.rules.rule_ast import Atom, BodyLiteral, Comparison, Condition, Head, Rule, Term

_THIS_TEXT = "<string>"
_CLINGO_MESSAGE = re.compile(r"<string>:(\d+):(\d+)(?:-[\d:]+)?: error: (.*)", re.DOTALL)


class _ForbiddenConstructError(Exception):
    """A construct that may not stand in a knowledge base."""

    def __init__(self, code: str, message: str, node: ast.AST, help_: str = RULES_ONLY_HELP) -> None:
        self.code, self.message, self.node, self.help = code, message, node, help_


@lru_cache(maxsize=1_000)
def parse_rules(text: str, display_path: str, first_line: int = 1) -> tuple[tuple[Rule, ...], tuple[Problem, ...]]:
    """The rules of a text whose first line is line `first_line` of the file `shown`.

    Problems: K105 something else than rules and choices, K501 not a program at all, K505 a constraint.
    """
    problems = find_forbidden_syntax(text, display_path, first_line)
    if problems:
        return (), tuple(problems)
    said: list[str] = []
    try:
        statements = parse_statements(without_comments(text), lambda _, message: said.append(message))
    except RuntimeError as error:
        return (), (_syntax_problem(said[0] if said else str(error), text, display_path, first_line),)
    rules = []
    for statement in statements:
        if statement.ast_type == ast.ASTType.Comment or _is_base_program(statement):
            continue
        try:
            rules.append(_parse_rule(statement, first_line))
        except _ForbiddenConstructError as refused:
            begin = refused.node.location.begin
            place = (begin.line + first_line - 1, begin.column, display_path)
            problems.append(Problem(refused.code, refused.message, *place, help=refused.help))
    return tuple(rules), tuple(problems)


def parse_statements(text: str, logger: Callable[[MessageCode, str], None] | None = None) -> list[ast.AST]:
    """The statements of a text without comments, as clingo parses them.

    Raises RuntimeError when the text is no program, or when a statement comes from another file.
    """
    statements: list[ast.AST] = []
    # A text that began with `asp` would be read as a ground program in a format of its own.
    ast.parse_string(f" {text}", statements.append, logger=logger)
    if any(place.filename != _THIS_TEXT for node in statements for place in node.location):
        raise RuntimeError("a statement of another file")
    return statements


def _syntax_problem(message: str, text: str, display_path: str, first_line: int) -> Problem:
    match = _CLINGO_MESSAGE.match(message)
    if match is None:
        return Problem("K501", "the rules are no valid program", first_line, 1, display_path, " ".join(message.split()))
    line, column = int(match.group(1)), int(match.group(2))
    lines = text.split("\n")
    at = lines[line - 1].strip() if line <= len(lines) else "the end"
    says = " ".join(match.group(3).replace("\n", " ").split())
    return Problem("K501", f"not a valid rule, at `{at[:80]}`", line + first_line - 1, column, display_path, says)


def _is_base_program(statement: ast.AST) -> bool:
    return statement.ast_type == ast.ASTType.Program and statement.name == "base" and not statement.parameters


def _parse_rule(statement: ast.AST, first_line: int) -> Rule:
    if statement.ast_type != ast.ASTType.Rule:
        raise _ForbiddenConstructError("K105", f"`{str(statement)[:60]}` may not stand in a knowledge base", statement)
    reader = _RuleParser(first_line)
    line = statement.location.begin.line + first_line - 1
    head = statement.head
    least: int | None = 0
    most: int | None = None
    choice = head.ast_type == ast.ASTType.Aggregate
    if choice:
        heads = tuple(reader.choice_heads(head))
        least, most = _numeric_bound(head.left_guard, 0), _numeric_bound(head.right_guard, None)
        if head.right_guard and most is None:
            least = None
    elif head.ast_type == ast.ASTType.Literal:
        if head.atom.ast_type == ast.ASTType.BooleanConstant:
            why = "every case must get an answer: say what follows instead of what may not be"
            raise _ForbiddenConstructError("K505", f"`{str(statement)[:80]}` is a constraint", statement, why)
        if head.atom.ast_type != ast.ASTType.SymbolicAtom or head.sign:
            raise _ForbiddenConstructError("K105", f"`{head}` may not be the head of a rule", statement)
        heads = tuple(Head(atom) for atom in reader.atoms(head.atom.symbol))
    else:
        raise _ForbiddenConstructError("K105", f"`{str(head)[:60]}` may not be the head of a rule", statement)
    body = tuple(condition for literal in statement.body for condition in reader.conditions(literal))
    inner, weights = tuple(reader.aggregate_conditions), tuple(reader.aggregate_weights)
    return Rule(heads, body, inner, str(statement), line, choice, least, most, weights)


def _numeric_bound(guard: ast.AST | None, default: int | None) -> int | None:
    """The number of an inclusive plain bound; `without` when there is no bound, None for any other."""
    if guard is None:
        return default
    plain = guard.comparison == ast.ComparisonOperator.LessEqual and guard.term.ast_type == ast.ASTType.SymbolicTerm
    text = str(guard.term)
    return int(text) if plain and text.isdigit() else None


class _RuleParser:
    """Parses the parts of one rule, and collects the elements of its aggregates."""

    def __init__(self, first_line: int) -> None:
        self._offset = first_line - 1
        self.aggregate_conditions: list[tuple[Condition, ...]] = []
        self.aggregate_weights: list[Term | None] = []

    def choice_heads(self, aggregate: ast.AST) -> Iterator[Head]:
        for element in aggregate.elements:
            literal = element.literal
            if literal.sign or literal.atom.ast_type != ast.ASTType.SymbolicAtom:
                raise _ForbiddenConstructError("K105", f"`{literal}` may not be chosen", aggregate)
            conditions = tuple(condition for part in element.condition for condition in self.conditions(part))
            for atom in self.atoms(literal.atom.symbol):
                yield Head(atom, conditions)

    def conditions(self, literal: ast.AST) -> Iterator[Condition]:
        if literal.ast_type == ast.ASTType.ConditionalLiteral:
            self._add_element((literal.literal, *literal.condition))
            return
        atom = literal.atom
        if atom.ast_type == ast.ASTType.SymbolicAtom:
            for found in self.atoms(atom.symbol):
                yield BodyLiteral(found, bool(literal.sign))
        elif atom.ast_type == ast.ASTType.Comparison:
            left = atom.term
            for guard in atom.guards:
                begin = literal.location.begin
                place = (begin.line + self._offset, begin.column)
                sign = _OPERATORS[guard.comparison]
                if literal.sign == ast.Sign.Negation:  # of a chain, only that not all of it holds is known
                    sign = _NEGATED_OPERATORS[sign] if len(atom.guards) == 1 else "!="
                yield Comparison(_parse_term(left), sign, _parse_term(guard.term), *place)
                left = guard.term
        elif atom.ast_type == ast.ASTType.BodyAggregate:
            for element in atom.elements:
                counted = atom.function == ast.AggregateFunction.Count or not element.terms
                self._add_element(element.condition, None if counted else _parse_term(element.terms[0]))
        elif atom.ast_type == ast.ASTType.Aggregate:
            for element in atom.elements:
                self._add_element((element.literal, *element.condition))
        elif atom.ast_type != ast.ASTType.BooleanConstant:
            raise _ForbiddenConstructError("K105", f"`{literal}` may not stand in a knowledge base", literal)

    def _add_element(self, parts: Iterable[ast.AST], weight: Term | None = None) -> None:
        self.aggregate_conditions.append(tuple(condition for part in parts for condition in self.conditions(part)))
        self.aggregate_weights.append(weight)

    def atoms(self, symbol: ast.AST) -> Iterator[Atom]:
        """The atoms of a symbol: one, or each of a pool such as `p(a;b)`."""
        if symbol.ast_type == ast.ASTType.Pool:
            for part in symbol.arguments:
                yield from self.atoms(part)
        elif symbol.ast_type == ast.ASTType.Function and not symbol.external:
            begin = symbol.location.begin
            args = tuple(_parse_term(term) for term in symbol.arguments)
            yield Atom(symbol.name, args, begin.line + self._offset, begin.column)
        else:
            raise _ForbiddenConstructError("K105", f"`{symbol}` may not stand in a knowledge base", symbol)


_OPERATORS: dict[Any, str] = {
    ast.ComparisonOperator.Equal: "=",
    ast.ComparisonOperator.NotEqual: "!=",
    ast.ComparisonOperator.LessThan: "<",
    ast.ComparisonOperator.LessEqual: "<=",
    ast.ComparisonOperator.GreaterThan: ">",
    ast.ComparisonOperator.GreaterEqual: ">=",
}

_NEGATED_OPERATORS = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def _parse_term(term: ast.AST) -> Term:
    if term.ast_type == ast.ASTType.Variable:
        return Term("variable", term.name)
    if term.ast_type == ast.ASTType.Function and not term.arguments and not term.external:
        return Term("name", term.name)
    if term.ast_type == ast.ASTType.SymbolicTerm and re.fullmatch(r"[a-z_]\w*", str(term)):
        return Term("name", str(term))
    return Term("other", str(term))
