"""Many mutants in one program, each with a switch: grounded once, and any of them tried by setting its switch.

A statement that mutants change holds while none of their switches is set; its replacement holds while its own switch is
set. The switches are inputs like those of a case.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from clingo import ast

from legit.engine.engine import Engine
from legit.engine.ground_rule import Bounds
from legit.engine.program import Program
from legit.engine.program_text import program_text
from legit.knowledge.base import KnowledgeBase
from legit.testing.mutation.mutants import Mutant, rule_nodes

_SKIPPED_STATEMENTS = (ast.ASTType.Comment, ast.ASTType.Program)


def switch_atom(number: int) -> str:
    """The input that turns on the mutant of that number."""
    return f"_mutant({number})"


class MutantSchemaProgram(Program):
    """The program of a base with mutants that can be switched on, numbered from 1 in their order."""

    def __init__(self, base: KnowledgeBase, bounds: Bounds, mutants: Sequence[Mutant]) -> None:
        self._mutants = mutants
        super().__init__(base, bounds)

    def _key(self) -> str:
        return ""

    def text(self) -> str:
        """The program before grounding."""
        changing: dict[str, list[tuple[int, tuple[str, ...]]]] = defaultdict(list)
        for number, mutant in enumerate(self._mutants, start=1):
            for was, instead in mutant.replacements.items():
                changing[was].append((number, instead))
        lines = [f"#external {switch_atom(number)}." for number in range(1, len(self._mutants) + 1)]
        for number, statement in enumerate(_statements(program_text(self._base, self.bounds))):
            lines += _guarded(number, statement, changing[statement]) if statement in changing else [statement]
        return "\n".join(lines)


class MutantProgram(Program):
    """The program of a base with one mutant in place."""

    def __init__(self, base: KnowledgeBase, bounds: Bounds, mutant: Mutant) -> None:
        self._mutant = mutant
        super().__init__(base, bounds)

    def _key(self) -> str:
        return ""

    def text(self) -> str:
        """The program before grounding."""
        lines: list[str] = []
        for statement in _statements(program_text(self._base, self.bounds)):
            lines += self._mutant.replacements.get(statement, (statement,))
        # A predicate that lost its last rule is not misspelt.
        heads = [rule.head for was in self._mutant.replacements for rule in rule_nodes(was)]
        symbols = [head.atom.symbol for head in heads if head.ast_type is ast.ASTType.Literal]
        lines += sorted({f"#defined {symbol.name}/{len(symbol.arguments)}." for symbol in symbols})
        return "\n".join(lines)


def mutant_schema_engine(base: KnowledgeBase, bounds: Bounds, mutants: Sequence[Mutant]) -> Engine:
    """An engine for a base with mutants that can be switched on."""
    return Engine(base, bounds, MutantSchemaProgram(base, bounds, mutants))


def _guarded(number: int, statement: str, mutants: Iterable[tuple[int, tuple[str, ...]]]) -> list[str]:
    lines = [f"_gone({number}) :- {switch_atom(mutant)}." for mutant, _ in mutants]
    lines.append(_with_condition(statement, f"not _gone({number})", number))
    for mutant, instead in mutants:
        lines += [_with_condition(text, switch_atom(mutant), number) for text in instead]
    return lines


def _with_condition(text: str, condition: str, number: int) -> str:
    """A rule with one more condition. A choice opens on an atom of its own, since engines read no other choices."""
    rule = rule_nodes(text)[-1]
    body = "; ".join([*map(str, rule.body), condition])
    if rule.head.ast_type is ast.ASTType.Literal:
        return f"{rule.head} :- {body}."
    return f"_opens({number}) :- {body}.\n{rule.head} :- _opens({number})."


@lru_cache(maxsize=8)
def _statements(program: str) -> tuple[str, ...]:
    nodes: list[ast.AST] = []
    ast.parse_string(program, nodes.append)
    return tuple(str(node) for node in nodes if node.ast_type not in _SKIPPED_STATEMENTS)
