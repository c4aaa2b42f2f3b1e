"""The whole explanation of one decided case: assessment, proof, counterfactuals and sensitivity."""

from __future__ import annotations

from legit.engine.engine import Engine
from legit.explain.evidence_cache import EvidenceCache
from legit.explain.explanation_context import ExplanationContext
from legit.explain.proof import verdict_proof
from legit.explain.radius import DegreeShifts
from legit.explain.radius_texts import RadiusTexts
from legit.explain.routes import route_texts
from legit.explain.sensitivity import NOT_TESTED, sensitivity
from legit.model.assessment import Assessment
from legit.model.explanation import Explanation


def explanation(
    context: ExplanationContext, assessment: Assessment, shifts: DegreeShifts, weight_engine: Engine | None
) -> Explanation:
    """The explanation that goes with an assessment.

    `shifts` are the shifts of degrees that the base knows. The bounds of `weight_engine` have `variable_weights`.
    Without `weight_engine`, counterfactuals and sensitivity are left out. These two parts take most of the time.
    """
    writer = context.verbalizer.writer
    return Explanation(
        assessment=assessment,
        proof=verdict_proof(context, [finding.criterion for finding in assessment.findings]),
        counterfactuals=context.counterfactuals.counterfactuals() if weight_engine else (),
        sensitivity=sensitivity(context.decided, weight_engine) if weight_engine else NOT_TESTED,
        radius=RadiusTexts(context.decided, shifts, writer, EvidenceCache(writer)).radius(),
        routes=route_texts(context.decided.base, context.citations, assessment.routes),
    )
