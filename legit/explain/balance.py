"""The balance in words: what obeying costs, what the rule protects, and what moves the balance.

The base names the measures and their predicates; each predicate has one number as its argument. Of a measure that rises
step by step (`cost_at_least`) the greatest number counts. `p if q` is said only where `q` has a number too.
"""

from __future__ import annotations

from legit.engine.decided_case import DecidedCase
from legit.explain.evidence_cache import EvidenceCache
from legit.model.assessment import BalancePart

_NONE = "none"


def balance_parts(decided: DecidedCase, evidence: EvidenceCache) -> tuple[BalancePart, ...]:
    """The measures that every scenario shares and that the base has words for; none if nothing was weighed."""
    consequences = decided.consequences
    if consequences is None:
        return ()
    index = decided.engine.index
    phrases, always = decided.base.phrases, decided.engine.program.fact_atoms
    parts = []
    for part, measure in decided.base.balance_measures.items():
        predicate, _, needed = measure.partition(" if ")
        if needed and not any(atom in consequences.cautious_atoms for _, atom in index.numbered_atoms(needed)):
            continue
        steps = index.numbered_atoms(predicate)
        least = next((value for value, atom in steps if atom in consequences.cautious_atoms or atom in always), None)
        most = next((value for value, atom in steps if atom in consequences.brave_atoms or atom in always), None)
        text = phrases.get(f"balance_{part}_{_NONE if least is None else least}", "")
        if least != most or not text:
            continue
        facts = () if least is None else decided.evidence(predicate, str(least))
        grounds = tuple(evidence.get(fact) for fact in facts)
        parts.append(BalancePart(part=part, value=least or 0, text=text, evidence=grounds))
    return tuple(parts) if any(item.evidence for item in parts) else ()
