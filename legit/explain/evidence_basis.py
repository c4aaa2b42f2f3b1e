"""The evidence basis of a verdict: its sufficient sets, and the sole source of evidence where there is one."""

from __future__ import annotations

from legit.engine.decided_case import DecidedCase
from legit.explain.evidence_cache import EvidenceCache
from legit.model.assessment import EvidenceBasis, SufficientSet
from legit.model.facts import SpeakerKind, text_order


def evidence_basis(decided: DecidedCase, evidence: EvidenceCache) -> EvidenceBasis:
    """The sufficient sets of a verdict, and the one source of evidence that attests them all, if there is one."""
    found = decided.sufficient_sets
    if not found.sets:
        return EvidenceBasis(sufficient_sets=(), complete=True, sole_source="", summary="")
    sets = tuple(_sufficient_set(decided, evidence, symbols) for symbols in found.sets)
    alone = _sole_source(decided)
    says = decided.base.phrases[f"alone_{alone}" if alone else "several"]
    return EvidenceBasis(sufficient_sets=sets, complete=found.complete, sole_source=alone, summary=says)


def _sufficient_set(decided: DecidedCase, evidence: EvidenceCache, symbols: tuple[str, ...]) -> SufficientSet:
    facts = tuple(evidence.get(fact) for fact in decided.inputs.stated_facts(symbols))
    return SufficientSet(facts=facts, speakers=tuple(sorted({str(ground.speaker) for ground in facts}, key=text_order)))


def _sole_source(decided: DecidedCase) -> str:
    """The kind of the one witness of all sets; "nobody" where none needs a fact, empty if there are several."""
    all_witnesses = {
        witness for symbols in decided.sufficient_sets.sets for witness in decided.inputs.witnesses(symbols)
    }
    if not any(decided.sufficient_sets.sets):
        return "nobody"
    if not all_witnesses:
        return SpeakerKind.INFERRED.value
    return next(iter(all_witnesses))[0] if len(all_witnesses) == 1 else ""
