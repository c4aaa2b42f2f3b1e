"""What certainly holds in a case and what may hold, without a search: bounds of all of its scenarios.

The alternating fixpoint (Van Gelder 1993) of the residual rules, with open inputs as unknown atoms. What is derived
while every unknown atom counts against a rule certainly holds; what is derived while it counts for the rule may hold.
Both are computed in polynomial time, whatever the number of open inputs. The bounds are sound and may be wide: an atom
that holds in every scenario for a different reason in each is only found possible.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from legit.engine.ground_rule import GroundRule


class Certainty(NamedTuple):
    """The atoms that hold in every scenario, and those that can hold in some. The first are among the second."""

    certain: set[int]
    possible: set[int]


def certainty(rules: Iterable[GroundRule], true_atoms: set[int], open_atoms: set[int]) -> Certainty:
    """The bounds of the atoms that the rules derive from the true atoms, whatever the open atoms are."""
    rules = [rule for rule in rules if rule.heads]
    certain: set[int] = set()
    while True:
        possible = _derived(rules, true_atoms | open_atoms, certain, choices=True)
        more = _derived(rules, true_atoms, possible, choices=False)
        if more == certain:
            return Certainty(certain, possible)
        certain = more


def _derived(rules: list[GroundRule], start: set[int], against: set[int], *, choices: bool) -> set[int]:
    """The least set of atoms that the rules derive, where `not` holds of the atoms that are not in `against`."""
    found = set(start)
    waiting = [rule for rule in rules if choices or not rule.choice]
    while True:
        fired = [rule for rule in waiting if _fires(rule, found, against)]
        if not fired:
            return found
        for rule in fired:
            found.update(rule.heads)
        waiting = [rule for rule in waiting if not found.issuperset(rule.heads)]


def _fires(rule: GroundRule, found: set[int], against: set[int]) -> bool:
    if rule.weights:
        held = (
            weight
            for literal, weight in zip(rule.body, rule.weights, strict=True)
            if (literal in found if literal > 0 else -literal not in against)
        )
        return sum(held) >= rule.lower_bound
    return all(literal in found if literal > 0 else -literal not in against for literal in rule.body)
