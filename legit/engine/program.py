"""The answer-set program of a knowledge base: grounded once, kept as ground rules.

Every input is an external atom, so that a case is decided by setting truth values and never by building program
text. Atoms that merely repeat inputs (all of their ground rules have one positive literal over inputs or over other
such atoms) are folded: their value is a disjunction that needs no solver, and the program that clingo solves for each
case shrinks from thousands of externals to some hundred. `docs/decisions/0003-folding.md` has the figures.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from legit._util.disk_cache import cached
from legit.engine.bounded_grounding import ground_within_limits, is_limited_process
from legit.engine.ground_rule import Bounds, Grounding, GroundRule, are_rules, ground_rule
from legit.engine.scenarios import predicate_of
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.protocol import RELATIONS


def _is_simple(rule: GroundRule) -> bool:
    return not rule.choice and len(rule.heads) == 1 and len(rule.body) == 1 and rule.body[0] > 0 and not rule.weights


class Program:
    """The ground program of a knowledge base within bounds, folded.

    `atoms` maps ground atoms, as text, to numbers; `input_atoms` are those that a case may set. `folded_edges` leads
    from inputs and folded atoms to the folded atoms that they make true. `residual_rules` are the rules that are left
    to solve, and `read_atoms` the folded atoms and inputs that these read.

    The shipped base is grounded here, any other in a process with limits. Raises KnowledgeBaseError: K501 and K502 as
    `legit.engine.grounding.ground` does, K509 as `ground_within_limits` does.
    """

    def __init__(self, base: KnowledgeBase, bounds: Bounds | None = None) -> None:
        self.bounds = bounds or Bounds()
        self._base = base.untranslated or base
        self.cache_key = self._key()
        made = cached("program", self.cache_key, self._build, _is_program)
        self.atoms: dict[str, int] = made["atoms"]
        self.atom_texts = {number: text for text, number in self.atoms.items()}
        self.input_atoms = set(made["input_atoms"])
        self.fact_atoms = set(made["fact_atoms"])
        self.folded_edges: dict[int, list[int]] = dict(made["folded_edges"])
        self.read_atoms = set(made["read_atoms"])
        self.residual_rules = [ground_rule(rule) for rule in made["residual_rules"]]

    @cached_property
    def relation_atoms(self) -> frozenset[int]:
        """The input atoms that no case states: how two of its values compare."""
        return frozenset(atom for atom in self.input_atoms if predicate_of(self.atom_texts[atom]) in RELATIONS)

    @cached_property
    def rules(self) -> list[GroundRule]:
        """All ground rules, before folding."""
        made = cached("rules", self.cache_key, lambda: list(self._ground().rules), are_rules)
        return [ground_rule(rule) for rule in made]

    def _key(self) -> str:
        """The name under which the cache keeps data derived from the program; with an empty name nothing is kept."""
        return f"{self._base.digest}:{self.bounds}"

    def text(self) -> str:
        """The program before grounding."""
        from legit.engine.program_text import program_text

        return program_text(self._base, self.bounds)

    def _build(self) -> dict[str, Any]:
        atoms, inputs, rules = self._ground()
        return {"atoms": atoms, "input_atoms": sorted(inputs), **_fold(set(inputs), rules)}

    def _ground(self) -> Grounding:
        if self._base.is_shipped or is_limited_process():
            from legit.engine.grounding import ground  # needs clingo

            return ground(self.text())
        return ground_within_limits(self.text(), self._base.display_name)

    def folded_closure(self, atoms: Iterable[int]) -> set[int]:
        """The given inputs and every folded atom that they make true."""
        found = set(atoms)
        stack = list(found)
        while stack:
            for head in self.folded_edges.get(stack.pop(), ()):
                if head not in found:
                    found.add(head)
                    stack.append(head)
        return found

    def ground_atoms(self, *predicates: str) -> list[tuple[int, str]]:
        """All ground atoms of the named predicates with their text, in a fixed order."""
        wanted = {name: f"{name}(" for name in predicates}
        found = [
            (number, text)
            for text, number in self.atoms.items()
            if text in wanted or text.startswith(tuple(wanted.values()))
        ]
        return sorted(found, key=lambda item: item[1])


def _fold(inputs: set[int], rules: list[GroundRule]) -> dict[str, Any]:
    """Fold the atoms that only repeat inputs; see the module."""
    facts = {rule.heads[0] for rule in rules if not rule.choice and len(rule.heads) == 1 and not rule.body}
    simple: dict[int, list[int]] = defaultdict(list)
    other: set[int] = set()
    for rule in rules:
        if _is_simple(rule):
            simple[rule.heads[0]].append(rule.body[0])
        else:
            other.update(rule.heads)
    pure = set(simple) - other
    while True:
        bad = {head for head in pure if any(body not in inputs and body not in pure for body in simple[head])}
        if not bad:
            break
        pure -= bad
    # An atom that has other rules too is split: the part of it that repeats inputs is folded under a new number.
    top = max((abs(literal) for rule in rules for literal in (*rule.heads, *rule.body)), default=0)
    parts: dict[int, int] = {}
    feeds: dict[int, list[int]] = defaultdict(list)
    kept: list[GroundRule] = []
    for rule in rules:
        head = rule.heads[0] if len(rule.heads) == 1 else 0
        if _is_simple(rule) and (rule.body[0] in pure or rule.body[0] in inputs):
            if head not in pure:
                if head not in parts:
                    top += 1
                    parts[head] = top
                    kept.append(GroundRule(False, (head,), (top,)))
                head = parts[head]
            feeds[rule.body[0]].append(head)
        elif head not in facts:
            kept.append(rule)
    folded = pure | set(parts.values())
    used = {abs(literal) for rule in kept for literal in rule.body}
    gates = {atom for atom in used if atom in folded or atom in inputs}
    return {
        "fact_atoms": sorted(facts),
        "folded_edges": list(feeds.items()),
        "residual_rules": kept,
        "read_atoms": sorted(gates),
    }


def _is_program(value: Any) -> bool:
    """Whether data of the cache have the shape of a folded program: numbers wherever numbers are read."""
    with contextlib.suppress(AttributeError, KeyError, TypeError, ValueError):
        numbers = [value["atoms"].values(), value["input_atoms"], value["fact_atoms"], value["read_atoms"]]
        numbers += [(source, *heads) for source, heads in value["folded_edges"]]
        return {type(number) for some in numbers for number in some} <= {int} and are_rules(value["residual_rules"])
    return False
