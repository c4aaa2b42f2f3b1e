"""Grounds the text of a program with clingo to ground rules over numbers.

This module imports clingo, which is slow; ground programs are cached on disk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import clingo
from clingo import ast

from legit.engine.ground_rule import Grounding, GroundRule
from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.rules.rule_parser import parse_statements

_STATEMENTS = frozenset(
    {ast.ASTType.Rule, ast.ASTType.External, ast.ASTType.Defined, ast.ASTType.Program, ast.ASTType.Comment}
)


def ground(program_text: str) -> Grounding:
    """Ground the program of a knowledge base, given as text. What is grounded are the statements that were parsed.

    Raises KnowledgeBaseError (K501) when the rules are not a valid program, (K502) when a rule uses a predicate that
    nothing defines.
    """
    messages: list[tuple[clingo.MessageCode, str]] = []
    control = clingo.Control(["--warn=all"], logger=lambda code, text: messages.append((code, text)))
    collector = _RuleCollector()
    control.register_observer(collector)
    try:
        with ast.ProgramBuilder(control) as builder:
            for statement in parse_statements(program_text, lambda code, text: messages.append((code, text))):
                if statement.ast_type not in _STATEMENTS:
                    raise RuntimeError(f"`{str(statement)[:60]}` may not stand in a knowledge base")
                builder.add(statement)
        control.ground([("base", [])])
    except RuntimeError as error:
        text = messages[0][1] if messages else str(error)
        raise KnowledgeBaseError(_located_problem("K501", text, program_text)) from error
    undefined = [text for code, text in messages if code == clingo.MessageCode.AtomUndefined]
    if undefined:
        raise KnowledgeBaseError(*(_located_problem("K502", text, program_text) for text in undefined))
    found = [(str(atom.symbol), atom.literal, atom.is_external) for atom in control.symbolic_atoms]
    atoms = {text: number for text, number, _ in found}
    inputs = {number for _, number, external in found if external}
    return Grounding(atoms, inputs, collector.rules)


def add_rule(backend: clingo.Backend, rule: GroundRule, literal: Callable[[int], int]) -> None:
    """Add a ground rule to a control; `literal` gives the control's number of an atom."""
    body = [literal(atom) if atom > 0 else -literal(-atom) for atom in rule.body]
    heads = [literal(atom) for atom in rule.heads]
    if rule.weights:
        backend.add_weight_rule(heads, rule.lower_bound, list(zip(body, rule.weights, strict=True)), rule.choice)
    else:
        backend.add_rule(heads, body, rule.choice)


class _RuleCollector(clingo.Observer):
    def __init__(self) -> None:
        self.rules: list[GroundRule] = []

    def rule(self, choice: bool, head: Sequence[int], body: Sequence[int]) -> None:
        self.rules.append(GroundRule(choice, tuple(head), tuple(body)))

    def weight_rule(self, choice: bool, head: Sequence[int], lower_bound: int, body: Sequence[tuple[int, int]]) -> None:
        literals = tuple(literal for literal, _ in body)
        weights = tuple(weight for _, weight in body)
        self.rules.append(GroundRule(choice, tuple(head), literals, weights, lower_bound))


def _located_problem(code: str, message: str, program_text: str) -> Problem:
    """A message of clingo about the program text, with the file and the text of the rule."""
    found = _LOCATION.search(message)
    if found is None:
        return Problem(code, " ".join(message.split())[:_MAX_MESSAGE_LENGTH])
    lines = program_text.split("\n")
    at = min(int(found.group(1)), len(lines)) - 1
    file = next((line[2:] for line in reversed(lines[: at + 1]) if _FILE_MARK.match(line)), "")
    says = " ".join(_LOCATION.sub("", message).split())[:_MAX_MESSAGE_LENGTH]
    return Problem(code, f"{_MESSAGES[code]}, at `{lines[at].strip()}`", source=file, help=says)


_MESSAGES = {"K501": "the rules are no valid program", "K502": "undefined"}


_LOCATION = re.compile(r"<(?:block|string)>:(\d+)(?::\d+(?:-\d+)?(?::\d+)?)?:?(?:-\d+:\d+:)?")
_FILE_MARK = re.compile(r"% \S+\.lp$")
_MAX_MESSAGE_LENGTH = 300
