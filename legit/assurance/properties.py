"""Named questions about a knowledge base, each in a file of its own that a reader can follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import clingo.ast
from clingo.ast import AST, ASTType
from pydantic import Field

from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.criteria import RuleFileBase, load_rule_file
from legit.knowledge.layers import duplicate_problem, layer_files, layer_of
from legit.knowledge.rules.measures import check_comparisons, infer_kinds
from legit.knowledge.rules.rule_parser import parse_rules
from legit.knowledge.vocabulary import IDENTIFIER

FOLDER = "properties"


class Property(RuleFileBase):
    """A question about all cases, with the answer that is expected.

    The rules derive `found` or `found(X)` in the cases that the question asks for. With answer `no` there must be no
    such case; with answer `yes` there must be one for each X of `asked(X)`. Where `compares` is set the rules speak of
    two cases, `before(...)` and `after(...)`, that state the same except for what `may_add(F)`, `may_remove(F)` and
    `becomes(F,G)` allow. `exceptions` argues the X for which the answer is another, and known to be.

    `about` names what is asked for: `cases`, or `opinions`, whose sentences must leave no fact behind.
    """

    question: str
    sources: tuple[str, ...] = ()
    answer: Literal["yes", "no"] = "no"
    compares: bool = False
    about: Literal["cases", "opinions"] = "cases"
    exceptions: dict[str, str] = Field(default_factory=dict)


def load_properties(base: KnowledgeBase) -> list[Property]:
    """The properties of a knowledge base. Raises KnowledgeBaseError with every problem of every file."""
    found: list[Property] = []
    problems: list[Problem] = []
    kinds = infer_kinds(base.rules, base.given_kinds())
    for path, shown in layer_files(base.layers, f"{FOLDER}/**/*.lp"):
        loaded = load_rule_file(path, shown, Property)
        if isinstance(loaded, list):
            problems += loaded
            continue
        known = next((other.path for other in found if other.id == loaded.id), shown)
        if layer_of(known) != layer_of(shown):
            problems.append(duplicate_problem("question", loaded.id, shown, known))
        elif not IDENTIFIER.match(loaded.id) or any(loaded.id == other.id for other in found):
            problems.append(Problem("K204", f"id `{loaded.id}` is used twice or not in snake case", source=shown))
        problems += [
            base.bibliography.unresolved_problem(loaded.id, ref, shown, loaded.key_lines.get("sources", 0))
            for ref in loaded.sources
            if not base.bibliography.resolve(ref)
        ]
        rules, unread = parse_rules(loaded.rule_text, shown, loaded.first_line)
        problems += unread or check_comparisons([(loaded, rules)], infer_kinds([(loaded, rules)], kinds), base.scales)
        found.append(loaded)
    if problems:
        raise KnowledgeBaseError(*problems)
    return found


@dataclass(frozen=True, slots=True)
class PropertyRules:
    """The rules of a property as a program: `text` holds, for each rule, a mark that is known where it can fire."""

    text: str
    rules: tuple[str, ...]


FIRING_MARK = "_can_fire"


def property_rules(item: Property) -> PropertyRules:
    """The rules of a property, each with its mark.

    Raises KnowledgeBaseError: K105 something else than rules, K501 no valid program, K505 a constraint.
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
