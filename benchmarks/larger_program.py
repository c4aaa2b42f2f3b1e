"""A knowledge base made larger: a ground program with its criteria copied under inputs of their own.

A copy of a criterion is met by copies of the inputs, so that it shares no predicate with the cases. It takes part in
the weighing and in the verdict as the criterion does: the copies read the rules of what all criteria share, and the
rules from criteria to verdict are repeated for them. What all criteria share is derived from the presence of a copy
and never from its absence, so that cases are decided as under the base alone.
"""

from __future__ import annotations

from collections import defaultdict

from legit.engine.bitmask_compiler import CompiledProgram, PassPlan, _stratify, pass_plan
from legit.engine.ground_rule import GroundRule
from legit.engine.pass_guards import Sizes, defaults
from legit.engine.program import Program

OF_A_CRITERION = ("gives_way_to_decision(", "says_it_again(", "rests_on_cost(", "shown(")
"""What is said of single criteria and holds unless something else does."""

FEW = 200
"""An atom that is false without so many inputs is one of a criterion."""


def larger_program(program: Program, times: int) -> CompiledProgram:
    """The program with so many times its criteria."""
    plan = pass_plan(program)
    assert plan is not None
    chosen = {head for choice in plan.choices for head in choice.heads}
    own = _of_criteria(program, plan) - chosen
    step = _step(plan)
    made = list(plan.rules)
    for copy in range(1, times):
        made += [
            _copied(rule, own, copy * step) for rule in plan.rules if not own.isdisjoint((*rule.heads, *rule.body))
        ]
    copied = [atom + copy * step for copy in range(1, times) for atom in plan.sources if atom in own]
    strata = _stratify(made)
    assert strata is not None
    unchosen = len(plan.sources) - len(chosen)
    sources = [*plan.sources[:unchosen], *copied, *plan.sources[unchosen:]]
    return PassPlan(sources, plan.choices, made, strata).passes()


def larger_results(program: Program, wanted: set[int], times: int) -> frozenset[int]:
    """The wanted atoms with their copies."""
    plan = pass_plan(program)
    assert plan is not None
    step = _step(plan)
    return frozenset(atom + copy * step for copy in range(times) for atom in wanted)


def _step(plan: PassPlan) -> int:
    return 1 + max([*plan.sources, *(abs(item) for rule in plan.rules for item in (*rule.heads, *rule.body))])


def _of_criteria(program: Program, plan: PassPlan) -> set[int]:
    """The inputs and what is false without few of them: the criteria, and what they are met by."""
    by_head: dict[int, list[GroundRule]] = defaultdict(list)
    for rule in plan.rules:
        by_head[rule.heads[0]].append(rule)
    found = {
        atom
        for atom, default in defaults(plan.sources, by_head, plan.strata, Sizes(48, 0)).items()
        if not default.value
    }
    return found | {head for head in by_head if program.atom_texts.get(head, "").startswith(OF_A_CRITERION)}


def _copied(rule: GroundRule, own: set[int], by: int) -> GroundRule:
    """The rule with the atoms of criteria exchanged."""

    def moved(literal: int) -> int:
        if abs(literal) not in own:
            return literal
        return literal + by if literal > 0 else literal - by

    return rule._replace(heads=tuple(moved(head) for head in rule.heads), body=tuple(moved(item) for item in rule.body))
