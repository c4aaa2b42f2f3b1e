"""Compiles a ground program to straight-line code over sets of scenarios.

A stratified program has one answer set, its perfect model (Apt, Blair and Walker 1988). It needs no search: its atoms
are computed in the order of the strata. Each atom is a bit mask: bit `i` tells whether the atom holds in scenario `i`.
So one pass decides a case in every scenario.

For example, inputs 1 and 2 are open, which makes four scenarios, and the rules are `3 :- 1, not 2.` and `4 :- not 3.`:

    scenario          3 2 1 0
    M    (all)        1 1 1 1
    a1                1 0 1 0    input 1 varies fastest
    a2                1 1 0 0
    a3 = a1 & (M^a2)  0 0 1 0    rule 3 :- 1, not 2
    a4 = M^a3         1 1 0 1    rule 4 :- not 3, of the next stratum

The code of this pass takes `sources = [a1, a2]` and `M = 0b1111`, and returns `{3: 0b0010, 4: 0b1101}`.

A program that is not stratified, has a constraint on more than one choice or exceeds a bound of this module is left to
clingo: `compile_program` returns None. `docs/decisions/0007-scenarios.md` has the figures. Tests check that the
compiled pass and clingo give the same results.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from legit._util.disk_cache import cached
from legit.engine.ground_rule import GroundRule, are_rules, ground_rule
from legit.engine.pass_code import EvaluationPass, load_pass, pass_code
from legit.engine.pass_guards import COARSE, SINGLE
from legit.engine.program import Program

_MAX_CHOICES = 200
_MAX_ALTERNATIVES = 1_000
_MAX_RECURSIVE_ATOMS = 1_000
_MAX_SUMS = 10_000
"""A program beyond one of these is left to clingo: the time of its pass could grow faster than the program."""


class Choice(NamedTuple):
    """A choice that is open where `condition` holds.

    Each of the `alternatives` is a set of heads that are true together. In each scenario exactly one of them is taken.
    """

    condition: int
    heads: tuple[int, ...]
    alternatives: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class CompiledProgram:
    """A program ready to run.

    `source_positions` has the position of each source atom in the list that a pass takes. `condition_pass` derives only
    the conditions of choices, `full_pass` every atom. `result_pass` makes a pass that derives the given atoms alone.
    """

    source_positions: dict[int, int]
    choices: tuple[Choice, ...]
    condition_pass: EvaluationPass
    full_pass: EvaluationPass
    result_pass: Callable[[frozenset[int]], EvaluationPass]


def compile_program(program: Program) -> CompiledProgram | None:
    """The residual rules of a program, compiled; None if one pass cannot decide them."""
    plan = pass_plan(program)
    return plan.passes() if plan is not None else None


class PassPlan(NamedTuple):
    """What a pass computes in which order: from the `sources` the heads of the `rules`, stratum by stratum."""

    sources: list[int]
    choices: list[Choice]
    rules: list[GroundRule]
    strata: list[list[int]]

    def condition_strata(self) -> list[list[int]]:
        """The strata on which the conditions of choices depend."""
        return self.strata_below({choice.condition for choice in self.choices})

    def strata_below(self, atoms: Collection[int]) -> list[list[int]]:
        """The strata on which the given atoms depend."""
        needed = _dependencies(set(atoms), self.rules)
        return [part for part in self.strata if needed & set(part)]

    def passes(self) -> CompiledProgram:
        """The passes over the rules."""

        def result_pass(wanted: frozenset[int]) -> EvaluationPass:
            return load_pass(pass_code(self.sources, self.rules, self.strata_below(wanted), COARSE, wanted))

        return CompiledProgram(
            source_positions={atom: number for number, atom in enumerate(self.sources)},
            choices=tuple(self.choices),
            condition_pass=load_pass(pass_code(self.sources, self.rules, self.condition_strata(), SINGLE)),
            full_pass=load_pass(pass_code(self.sources, self.rules, self.strata, SINGLE)),
            result_pass=lru_cache(maxsize=4)(result_pass),
        )


def pass_plan(program: Program) -> PassPlan | None:
    """The plan of the residual rules of a program; None if one pass cannot decide them."""
    made = cached("passes", program.cache_key, lambda: _plan(program) or {}, _is_plan)
    if not made:
        return None
    rules = [ground_rule(kept) for kept in made["rules"]]
    return PassPlan(made["sources"], [_choice(kept) for kept in made["choices"]], rules, made["strata"])


def _choice(kept: Any) -> Choice:
    condition, heads, alternatives = kept
    return Choice(condition, tuple(heads), tuple(tuple(heads) for heads in alternatives))


def _is_plan(value: Any) -> bool:
    """Whether data of the cache have the shape of a plan. Code is generated from them, so each part is a number."""
    if value == {}:
        return True
    try:
        numbers = [*value["sources"], *(atom for part in value["strata"] for atom in part)]
        for condition, heads, alternatives in value["choices"]:
            numbers += [condition, *heads, *(head for chosen in alternatives for head in chosen)]
        return {type(number) for number in numbers} <= {int} and are_rules(value["rules"])
    except (KeyError, TypeError, ValueError):
        return False


def _plan(program: Program) -> dict[str, Any] | None:
    """What a pass computes in which order, as plain data: sources, choices, rules, and the strata of their heads."""
    found = _extract_choices(program)
    order = _stratify(found[1]) if found else None
    if found is None or order is None:
        return None
    choices, rules = found
    if max(map(len, order), default=0) > _MAX_RECURSIVE_ATOMS or any(_sums(rule) > _MAX_SUMS for rule in rules):
        return None  # a pass has no time limit; the search that takes its place has one
    chosen = [head for choice in choices for head in choice.heads]
    needed = _dependencies({choice.condition for choice in choices}, rules)
    # A choice that opens another, or heads that rules derive too, would need more than one pass.
    if needed & set(chosen) or {rule.heads[0] for rule in rules} & set(chosen):
        return None
    derived = {head for component in order for head in component}
    read = {abs(literal) for rule in rules for literal in rule.body} | {choice.condition for choice in choices}
    sources = [*sorted((program.read_atoms | read) - derived - set(chosen)), *chosen]
    return {"sources": sources, "choices": choices, "rules": rules, "strata": order}


def _sums(rule: GroundRule) -> int:
    """How many different sums `at_least` may have to keep for a rule."""
    return min(1 << min(len(rule.weights), 64), sum(map(abs, rule.weights)) + 1, max(rule.lower_bound, 0) + 1)


def _extract_choices(program: Program) -> tuple[list[Choice], list[GroundRule]] | None:
    """The choices of a program, with the alternatives that their constraints allow, and the remaining rules.

    None when a constraint belongs to no choice, or when the body of a choice is not exactly one positive atom.
    """
    rules = list(program.residual_rules)
    choices: list[Choice] = []
    if sum(rule.choice for rule in rules) > _MAX_CHOICES:
        return None
    for rule in [rule for rule in rules if rule.choice]:
        if len(rule.body) != 1 or rule.body[0] < 0 or rule.weights:
            return None
        # clingo adds unnamed atoms that count the heads of a choice. These atoms and their constraints belong to the
        # choice.
        cluster = [rule]
        known = set(rule.heads)
        grown = True
        while grown:
            grown = False
            for other in rules:
                unnamed = not other.choice and len(other.heads) == 1 and other.heads[0] not in program.atom_texts
                if unnamed and other not in cluster and {abs(literal) for literal in other.body} <= known:
                    cluster.append(other)
                    known.add(other.heads[0])
                    grown = True
        within = known | {rule.body[0]}
        cluster += [other for other in rules if not other.heads and {abs(literal) for literal in other.body} <= within]
        ways = _alternatives(rule, cluster)
        if not ways:
            return None
        choices.append(Choice(rule.body[0], rule.heads, ways))
        rules = [other for other in rules if other not in cluster]
    return None if any(not rule.heads for rule in rules) else (choices, rules)


def _alternatives(choice: GroundRule, cluster: list[GroundRule]) -> tuple[tuple[int, ...], ...]:
    """The combinations of heads that an open choice allows: the answer sets of its cluster."""
    import clingo  # slow to import, and compiled programs are kept on disk

    from legit.engine.grounding import add_rule

    control = clingo.Control(["--models=0", "--warn=none"])
    literals: dict[int, int] = {}
    with control.backend() as backend:

        def literal(atom: int) -> int:
            if atom not in literals:
                literals[atom] = backend.add_atom(clingo.Function(f"a{atom}"))
            return literals[atom]

        backend.add_rule([literal(choice.body[0])])
        for rule in cluster:
            add_rule(backend, rule, literal)
    found: list[tuple[int, ...]] = []

    def keep(model: clingo.Model) -> bool:
        found.append(tuple(head for head in choice.heads if model.is_true(literals[head])))
        return len(found) <= _MAX_ALTERNATIVES

    control.solve(on_model=keep)
    return tuple(sorted(found)) if len(found) <= _MAX_ALTERNATIVES else ()


def _stratify(rules: list[GroundRule]) -> list[list[int]] | None:
    """The heads in an order in which they can be computed. Heads that depend on each other form one group.

    None when an atom depends on its own absence: such a program has no strata.
    """
    import networkx as nx  # slow to import, and compiled programs are kept on disk

    graph: nx.DiGraph[int] = nx.DiGraph()
    negative: set[tuple[int, int]] = set()
    for rule in rules:
        head = rule.heads[0]
        graph.add_node(head)
        for literal in rule.body:
            graph.add_edge(abs(literal), head)
            if literal < 0:
                negative.add((-literal, head))
    heads = {rule.heads[0] for rule in rules}
    components = list(nx.strongly_connected_components(graph))
    member = {atom: number for number, component in enumerate(components) for atom in component}
    if any(member[body] == member[head] for body, head in negative):
        return None
    condensed = nx.condensation(graph, components)
    # Components that may come in any order are sorted by their smallest atom: the same base always gives the same code.
    order = nx.lexicographical_topological_sort(condensed, key=lambda number: min(components[number]))
    return [sorted(components[number] & heads) for number in order if components[number] & heads]


def _dependencies(atoms: set[int], rules: list[GroundRule]) -> set[int]:
    """The given atoms and all that they depend on."""
    bodies: dict[int, set[int]] = defaultdict(set)
    for rule in rules:
        bodies[rule.heads[0]].update(abs(literal) for literal in rule.body)
    found: set[int] = set()
    stack = list(atoms)
    while stack:
        atom = stack.pop()
        if atom not in found:
            found.add(atom)
            stack.extend(bodies[atom])
    return found
