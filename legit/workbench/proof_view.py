"""The proof of an answer and what would change it, as the workbench shows them when they are asked for."""

from __future__ import annotations

from legit.messages import message
from legit.model.assessment import FrozenModel
from legit.model.explanation import Explanation, Node, WhyNot
from legit.render import phrases
from legit.render.explanation_html import proof_drawing


class StepView(FrozenModel):
    """A step of a proof: its text, its status with the word for it, the line of its fact (0 for none), its grounds."""

    text: str
    status: str
    label: str
    line: int
    children: tuple[int, ...]


class ChangeView(FrozenModel):
    """What would lead to another outcome: a sentence, and the sets of changes that do."""

    summary: str
    sets: tuple[str, ...]


class ProofView(FrozenModel):
    """The proof as a drawing (SVG) and as steps, the changes that lead elsewhere, and how much depends on degrees."""

    svg: str
    nodes: tuple[StepView, ...]
    roots: tuple[int, ...]
    changes: tuple[ChangeView, ...]
    sensitivity: tuple[str, ...]


class WhyNotView(FrozenModel):
    """Why another answer is not given: in a sentence, what stands against it, and what would lead to it. Where it is
    given, the steps of its proof."""

    summary: str
    blockers: tuple[str, ...]
    changes: tuple[str, ...]
    nodes: tuple[StepView, ...] = ()
    roots: tuple[int, ...] = ()


def proof_view(explanation: Explanation) -> ProofView:
    """The view of an explanation. Raises MissingExtraError (X001) when the extra `html` is not installed."""
    return ProofView(
        svg=str(proof_drawing(explanation.proof) or ""),
        nodes=tuple(map(_step, explanation.proof.nodes)),
        roots=explanation.proof.roots,
        changes=tuple(_changes(explanation)),
        sensitivity=tuple(_sensitivity(explanation)),
    )


def _step(node: Node) -> StepView:
    line = node.evidence.line if node.evidence else None
    return StepView(
        text=node.text,
        status=node.status,
        label=message(f"explanation.status_{node.status}"),
        line=line or 0,
        children=node.children,
    )


def _changes(explanation: Explanation) -> list[ChangeView]:
    found = []
    for item in explanation.counterfactuals:
        sets = tuple(phrases.change_set_text(one) for one in item.change_sets)
        if sets:
            found.append(ChangeView(summary=f"{item.summary}:", sets=sets))
        else:
            none = phrases.no_counterfactual_text(item)
            found.append(
                ChangeView(summary=message("explanation.no_change_sets", summary=item.summary, text=none), sets=())
            )
    return found


def _sensitivity(explanation: Explanation) -> list[str]:
    texts = [phrases.sensitivity_summary(explanation.sensitivity)] if explanation.sensitivity.perturbations else []
    texts += [phrases.weight_flip_text(flip) for flip in explanation.sensitivity.flips]
    if explanation.radius:
        texts.append(phrases.radius_summary(explanation.radius))
        texts += [phrases.degree_turn_text(turn) for turn in explanation.radius.turns]
    return texts


def why_not_view(found: WhyNot) -> WhyNotView:
    """The view of an answer to a question why not."""
    counterfactual = found.counterfactual
    changes: tuple[str, ...] = ()
    if counterfactual:
        changes = tuple(phrases.change_set_text(item) for item in counterfactual.change_sets)
    summary = found.summary[:1].upper() + found.summary[1:]
    return WhyNotView(
        summary=summary,
        blockers=found.blockers,
        changes=changes,
        nodes=tuple(map(_step, found.proof.nodes)) if found.proof else (),
        roots=found.proof.roots if found.proof else (),
    )
