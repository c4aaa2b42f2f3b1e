"""On whose word a verdict rests."""

from __future__ import annotations

from legit.assessment import Ground, Reliance, ReliedOn
from legit.engine.engine import Engine
from legit.engine.inputs import Inputs
from legit.explain.grounds import Grounds
from legit.explain.reliance import Sets, smallest_sets
from legit.facts import Speaker, SpeakerKind, Truth
from legit.knowledge.base import KnowledgeBase


def reliance(base: KnowledgeBase, engine: Engine, inputs: Inputs, grounds: Grounds, verdict: str) -> Reliance:
    """The smallest sets of facts on which a settled verdict rests, and whether one speaker alone vouches for them."""
    found = smallest_sets(engine, inputs, verdict)
    sets = tuple(_set(inputs, grounds, symbols) for symbols in found.sets)
    alone = _alone(inputs, found)
    return Reliance(
        sets=sets, complete=found.complete, alone=alone, says=base.phrases[f"alone_{alone}" if alone else "several"]
    )


def _set(inputs: Inputs, grounds: Grounds, symbols: tuple[str, ...]) -> ReliedOn:
    facts: list[Ground] = []
    for symbol in symbols:
        facts += [grounds.of(fact) for fact in Engine.ordered(inputs.facts[symbol]) if fact.truth is not Truth.UNKNOWN]
    return ReliedOn(facts=tuple(facts), speakers=tuple(sorted({str(ground.speaker) for ground in facts})))


def speakers(inputs: Inputs, symbols: tuple[str, ...]) -> set[Speaker]:
    """Who vouches for the facts of a set, the describer's own inferences left out."""
    return {
        fact.speaker
        for symbol in symbols
        for fact in inputs.facts[symbol]
        if fact.truth is not Truth.UNKNOWN and fact.speaker.kind is not SpeakerKind.INFERRED
    }


def _alone(inputs: Inputs, found: Sets) -> str:
    """The kind of the one speaker on whose word every set rests; empty where some set rests on several."""
    vouching = [speakers(inputs, symbols) for symbols in found.sets]
    everybody = set().union(*vouching)
    if not any(found.sets):
        return "nobody"
    if not everybody:
        return SpeakerKind.INFERRED.value
    return next(iter(everybody)).kind.value if len(everybody) == 1 else ""
