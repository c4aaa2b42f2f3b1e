"""The rules of a property as a program that also derives which of them can fire."""

from __future__ import annotations

from dataclasses import dataclass

import clingo.ast
from clingo.ast import AST, ASTType

from legit.errors import KnowledgeBaseError
from legit.knowledge.properties import Property
from legit.knowledge.rules.rule_parser import parse_rules


@dataclass(frozen=True, slots=True)
class PropertyRules:
    """The rules of a property as a program: `text` derives `FIRING_MARK(N)` where rule N of `rules` can fire."""

    text: str
    rules: tuple[str, ...]


FIRING_MARK = "_can_fire"


def property_rules(item: Property) -> PropertyRules:
    """The rules of a property, each with a mark.

    Raises KnowledgeBaseError: K105 not only rules, K501 no valid program, K505 a constraint.
    """
    _, problems = parse_rules(item.rule_text, item.path, item.first_line)
    if problems:
        raise KnowledgeBaseError(*problems)
    nodes: list[AST] = []
    clingo.ast.parse_string(item.rule_text, nodes.append)
    rules = [node for node in nodes if node.ast_type == ASTType.Rule]
    lines = [item.rule_text]
    for number, rule in enumerate(rules):
        if rule.body:
            lines.append(f"{FIRING_MARK}({number}) :- {'; '.join(str(part) for part in rule.body)}.")
        else:
            lines.append(f"{FIRING_MARK}({number}).")
    return PropertyRules("\n".join(lines), tuple(str(rule) for rule in rules))
