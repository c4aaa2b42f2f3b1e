"""Several descriptions of one turn as one case: what they agree on stands, and what they differ on is open.

No majority decides. Whether a difference matters is for the engine to say: the verdict holds whatever the open facts
are, or it is undetermined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from legit.model.facts import Case, Fact, Truth


@dataclass(frozen=True)
class Vote:
    """The case on which descriptions agree. `disputed` are the facts on which they differ: unknown in the case.
    `agreed` counts the others."""

    case: Case
    disputed: tuple[Fact, ...] = ()
    agreed: int = 0


def vote(cases: Sequence[Case]) -> Vote:
    """What descriptions agree on. Two facts are the same when they have the same predicate, arguments and truth value;
    the details and the sources of the first description are kept.

    Raises ValueError when there is no case.
    """
    if not cases:
        raise ValueError("no description")
    if len(cases) == 1:
        return Vote(cases[0], (), len(cases[0].facts))
    said: list[dict[tuple[object, ...], set[Truth]]] = []
    for case in cases:
        truths: dict[tuple[object, ...], set[Truth]] = {}
        for fact in case.facts:
            truths.setdefault(_key(fact), set()).add(fact.truth)
        said.append(truths)
    kept: list[Fact] = []
    disputed: dict[tuple[object, ...], Fact] = {}
    settled: set[tuple[object, ...]] = set()
    for case in cases:
        for fact in case.facts:
            key = _key(fact)
            if all(truths.get(key) == said[0].get(key) for truths in said):
                if case is cases[0]:
                    kept.append(fact)
                settled.add(key)
            elif key not in disputed:
                disputed[key] = fact.model_copy(update={"truth": Truth.UNKNOWN})
    facts = (*kept, *disputed.values())
    merged = cases[0].model_copy(update={"facts": facts})
    return Vote(merged, tuple(disputed.values()), len(settled))


def _key(fact: Fact) -> tuple[object, ...]:
    return fact.predicate, *(arg.casefold() if isinstance(arg, str) else arg for arg in fact.args)
