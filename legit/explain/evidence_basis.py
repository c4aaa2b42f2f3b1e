"""On whose word a verdict rests, in words."""

from __future__ import annotations

from legit.engine.decided_case import DecidedCase
from legit.explain.evidence_cache import EvidenceCache
from legit.model.assessment import EvidenceBasis, SufficientSet
from legit.model.facts import SpeakerKind


def evidence_basis(decided: DecidedCase, evidence: EvidenceCache) -> EvidenceBasis:
    """The smallest sets of facts on which a verdict rests, and whether one speaker alone vouches for them."""
    found = decided.sufficient_sets
    if not found.sets:
        return EvidenceBasis(sufficient_sets=(), complete=True, sole_source="", summary="")
    sets = tuple(_sufficient_set(decided, evidence, symbols) for symbols in found.sets)
    alone = _sole_source(decided)
    says = decided.base.phrases[f"alone_{alone}" if alone else "several"]
    return EvidenceBasis(sufficient_sets=sets, complete=found.complete, sole_source=alone, summary=says)


def _sufficient_set(decided: DecidedCase, evidence: EvidenceCache, symbols: tuple[str, ...]) -> SufficientSet:
    facts = tuple(evidence.get(fact) for fact in decided.inputs.stated_facts(symbols))
    return SufficientSet(facts=facts, speakers=tuple(sorted({str(ground.speaker) for ground in facts})))


def _sole_source(decided: DecidedCase) -> str:
    """The kind of the one speaker on whose word every set rests; empty where some rest on another's."""
    everybody = {voice for symbols in decided.sufficient_sets.sets for voice in decided.inputs.witnesses(symbols)}
    if not any(decided.sufficient_sets.sets):
        return "nobody"
    if not everybody:
        return SpeakerKind.INFERRED.value
    return next(iter(everybody))[0] if len(everybody) == 1 else ""
