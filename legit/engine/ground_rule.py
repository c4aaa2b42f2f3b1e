"""Ground rules and the bounds of a grounding: the plain data that every other module of the engine reads.

A ground program is written over integer atoms. A literal is an atom (positive) or its negative number (default
negation). This module imports nothing of `legit`, so that grounding, folding and compiling can share it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

_SMALLEST_BOUND = 6


@dataclass(frozen=True, slots=True)
class Bounds:
    """The size of one grounding: how many different names and dates a case may hold. Most cases hold none.

    With `variable_weights` the weights of the profile are inputs too, each at its value and one step to either side.
    """

    names: int = 0
    dates: int = 0
    variable_weights: bool = False

    @classmethod
    def for_case(cls, names: int, dates: int) -> Bounds:
        """The bounds of the smallest grounding that holds a case: nothing, or six doubled as often as needed."""
        return cls(_padded_bound(names), _padded_bound(dates))


class GroundRule(NamedTuple):
    """One ground rule.

    `heads` has more than one atom only in a choice rule, none in a constraint. `body` holds literals. Where `weights`
    is not empty it has one weight for each literal, and the rule fires when the weights of the literals that hold add
    up to `lower_bound`.
    """

    choice: bool
    heads: tuple[int, ...]
    body: tuple[int, ...]
    weights: tuple[int, ...] = ()
    lower_bound: int = 0


class Grounding(NamedTuple):
    """A ground program: the number of each atom by its text, the atoms that a case may set, and the rules."""

    atoms: dict[str, int]
    input_atoms: set[int]
    rules: list[GroundRule]


def ground_rule(kept: Any) -> GroundRule:
    """A ground rule of its fields, as the cache keeps them. Raises as unpacking does when these are not five."""
    choice, heads, body, weights, lower_bound = kept
    return GroundRule(choice, tuple(heads), tuple(body), tuple(weights), lower_bound)


def are_rules(value: Any) -> bool:
    """Whether data of the cache have the shape of ground rules."""
    if not isinstance(value, list):
        return False
    try:
        return all(
            type(choice) is bool and {type(number) for number in (*heads, *body, *weights, bound)} == {int}
            for choice, heads, body, weights, bound in value
        )
    except (TypeError, ValueError):
        return False


def _padded_bound(needed: int) -> int:
    size = _SMALLEST_BOUND if needed else 0
    while size < needed:
        size *= 2
    return size
