"""On whose word a verdict rests, in words."""

from __future__ import annotations

from legit.engine.decided_case import Judged, said, voices
from legit.explain.evidence_cache import Grounds
from legit.model.assessment import Reliance, ReliedOn
from legit.model.facts import SpeakerKind


def reliance(judged: Judged, grounds: Grounds) -> Reliance:
    """The smallest sets of facts on which a verdict rests, and whether one speaker alone vouches for them."""
    found = judged.sets
    if not found.sets:
        return Reliance(sets=(), complete=True, alone="", says="")
    sets = tuple(_set(judged, grounds, symbols) for symbols in found.sets)
    alone = _alone(judged)
    says = judged.base.phrases[f"alone_{alone}" if alone else "several"]
    return Reliance(sets=sets, complete=found.complete, alone=alone, says=says)


def _set(judged: Judged, grounds: Grounds, symbols: tuple[str, ...]) -> ReliedOn:
    facts = tuple(grounds.of(fact) for fact in said(judged.inputs, symbols))
    return ReliedOn(facts=facts, speakers=tuple(sorted({str(ground.speaker) for ground in facts})))


def _alone(judged: Judged) -> str:
    """The kind of the one speaker on whose word every set rests; empty where some rest on another's."""
    everybody = {voice for symbols in judged.sets.sets for voice in voices(judged.inputs, symbols)}
    if not any(judged.sets.sets):
        return "nobody"
    if not everybody:
        return SpeakerKind.INFERRED.value
    return next(iter(everybody))[0] if len(everybody) == 1 else ""
