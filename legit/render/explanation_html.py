"""An explanation as one HTML page that needs nothing else: for a screen, a phone and print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from legit.messages import message
from legit.model.assessment import Evidence
from legit.model.explanation import Counterfactual, Explanation, Node, Proof, Radius, Status
from legit.render import phrases
from legit.render.graph_svg import Box, Edge, graph_svg
from legit.render.html import markup, render_html

if TYPE_CHECKING:
    from markupsafe import Markup

    from legit.render.assessment_text import TextStyle


def render_explanation_html(explanation: Explanation, _style: TextStyle | None = None, notice: str = "") -> str:
    """The page: the verdict, reasons, justifications, evidence, open questions, counterfactuals, weights and the proof.

    A `notice` on where the case comes from stands under the verdict. The same explanation gives the same bytes.
    Raises MissingExtraError (X001) when the extra `html` is not installed.
    """
    assessment = explanation.assessment
    return render_html(
        "explanation.html",
        title=assessment.case or message("explanation.title"),
        styles=("explanation.css",),
        explanation=explanation,
        notice=notice,
        attribution=phrases.attribution,
        verdict_words=phrases.verdict_words,
        harm_label=phrases.harm_label,
        summary=phrases.verdict_summary(assessment),
        consequence=phrases.consequence_text(assessment),
        no_justification=phrases.no_justification_text(assessment),
        no_method_harm=phrases.no_method_harm_text(assessment),
        guidance=[text for text in (assessment.guidance.reason, *assessment.guidance.advice) if text],
        undercut=[phrases.undercut_text(item) for item in assessment.undercut],
        rights=[phrases.right_text(right) for right in assessment.rights_touched],
        questions=[phrases.question_text(question) for question in assessment.questions],
        route_parts=phrases.route_parts,
        without_effect=phrases.stated_texts(assessment.without_effect),
        opinions=[f"“{opinion}”" for opinion in assessment.opinions],
        evidence_basis=_evidence_basis(explanation),
        counterfactuals=[_counterfactual(item) for item in explanation.counterfactuals],
        balance=[phrases.balance_text(part) for part in assessment.balance],
        radius=_radius(explanation.radius),
        sensitivity=_sensitivity(explanation),
        statuses=get_args(Status),
        proof_svg=proof_drawing(explanation.proof),
        proof_steps=proof_steps(explanation.proof),
        provenance=_provenance(explanation),
    )


def _evidence_basis(explanation: Explanation) -> dict[str, Any] | None:
    basis = explanation.assessment.evidence_basis
    if not basis.sufficient_sets:
        return None
    sets = [item.facts for item in basis.sufficient_sets if item.facts]
    return {
        "summary": phrases.evidence_summary(basis),
        "introduction": message("explanation.sufficient_sets", count=len(sets)),
        "sets": sets,
        "complete": basis.complete,
    }


def _counterfactual(counterfactual: Counterfactual) -> dict[str, Any]:
    return {
        "summary": counterfactual.summary,
        "change_sets": [phrases.change_set_text(item) for item in counterfactual.change_sets],
        "omitted": counterfactual.omitted_kinds,
        "none": phrases.no_counterfactual_text(counterfactual),
    }


def _radius(radius: Radius | None) -> dict[str, Any] | None:
    if radius is None:
        return None
    turns = [phrases.degree_turn_text(turn) for turn in radius.turns]
    if radius.omitted:
        turns.append(message("explanation.more_turns", count=radius.omitted))
    return {"summary": phrases.radius_summary(radius), "turns": turns}


def _sensitivity(explanation: Explanation) -> dict[str, Any] | None:
    sensitivity = explanation.sensitivity
    if not sensitivity.perturbations:
        return None
    return {
        "summary": phrases.sensitivity_summary(sensitivity),
        "flips": [phrases.weight_flip_text(flip) for flip in sensitivity.flips],
    }


def _provenance(explanation: Explanation) -> list[tuple[str, str]]:
    provenance, law = explanation.assessment.provenance, explanation.assessment.law
    applied = [(message("explanation.heading_law"), f"{phrases.law_text(law)}.")] if law else []
    return [
        *applied,
        (message("explanation.engine"), message("explanation.engine_version", version=provenance.engine)),
        (message("explanation.base"), f"{provenance.base} {provenance.base_version}"),
        (message("explanation.digest"), provenance.base_digest),
        (message("explanation.profile"), f"{provenance.profile} {provenance.profile_version}"),
        (message("explanation.heading_speakers"), phrases.speaker_names(explanation.assessment.speakers)),
    ]


# The proof


@dataclass(frozen=True, slots=True)
class ProofStep:
    """A step of a proof written as a tree. A `repeated` step was written before and has no children here."""

    status: Status
    text: str
    evidence: Evidence | None
    repeated: bool
    children: tuple[ProofStep, ...]


def proof_steps(proof: Proof) -> tuple[ProofStep, ...]:
    """The proof as nested steps: the graph's equivalent in words. A sub-proof is shown at its first occurrence."""
    shown: set[int] = set()

    def step(node: Node) -> ProofStep:
        repeated = node.id in shown and bool(node.children)
        shown.add(node.id)
        children = () if repeated else tuple(step(proof.nodes[child]) for child in node.children)
        return ProofStep(node.status, node.text, node.evidence, repeated, children)

    return tuple(step(proof.nodes[root]) for root in proof.roots)


def proof_drawing(proof: Proof) -> Markup | None:
    """The proof as SVG; None where there is nothing to draw."""
    if not proof.nodes:
        return None
    return markup(
        graph_svg(
            [Box(node.text, f"{node.kind} {node.status}") for node in proof.nodes],
            [Edge(node.id, child) for node in proof.nodes for child in node.children],
            proof.roots,
            message("explanation.graph_of_proof"),
            message("explanation.graph_described"),
        )
    )
