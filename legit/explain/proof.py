"""The proof of a verdict. Below the verdict stands each criterion that has an effect, with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from legit.engine.scenarios import Scenarios, first_scenario
from legit.explain.explanation_context import ExplanationContext
from legit.explain.proof_builder import ProofBuilder, ProofContext
from legit.model.assessment import Verdict
from legit.model.explanation import Proof, Status

_EFFECT_PREDICATES = ("defeats", "tied", "outweighed", "undercut")


def verdict_proof(context: ExplanationContext, criterion_order: Sequence[str] = ()) -> Proof:
    """The proof of the verdict of a case; empty after a timeout, or when a search decided an open verdict.

    Criteria stand in the order given, the others after them in that of the base. If the verdict is undetermined,
    each possible verdict is a root, shown in the first scenario that leads to it.
    """
    decided = context.decided
    order = list(dict.fromkeys([*criterion_order, *decided.base.criteria]))
    builder = context.proof_builder()
    if decided.consequences is None:
        return builder.proof(())
    if decided.cautious_verdict is Verdict.UNDETERMINED:
        scenarios = decided.consequences.scenarios
        return builder.proof(_possible_verdicts(context, builder, scenarios, order) if scenarios else ())
    view = context.cautious_context()
    children = _effect_steps(context, builder, view, order)
    # A verdict that a second witness has to confirm is not yet given.
    status: Status = "proven" if decided.verdict is decided.cautious_verdict else "unknown"
    root = context.verdict_root(builder, decided.cautious_verdict.value, status, children)
    return builder.proof((root, *_justification_and_harm_steps(context, builder, view, order)))


def _possible_verdicts(
    context: ExplanationContext, builder: ProofBuilder, scenarios: Scenarios, order: list[str]
) -> list[int]:
    """A root for each verdict that is possible, with what its first scenario assumes."""
    roots = []
    for (verdict,), mask in sorted(scenarios.result_masks("verdict").items()):
        view = context.scenario_context(scenarios, first_scenario(mask))
        children = _effect_steps(context, builder, view, order)
        assumptions = [step for atom in sorted(view.assumptions) for step in builder.proven(atom, view)]
        roots.append(context.verdict_root(builder, verdict, "unknown", [*assumptions, *children]))
    return roots


def _effect_steps(
    context: ExplanationContext, builder: ProofBuilder, view: ProofContext, order: list[str]
) -> list[int]:
    """The steps of every criterion that has an effect on the verdict, or one step that says that none has."""
    steps = _result_steps(context, builder, view, _EFFECT_PREDICATES, order)
    if steps:
        return steps
    text = context.verbalizer.framed_sentence("failed", context.decided.base.phrases["nothing_against"])
    return [builder.add(kind="concept", status="failed", text=text)]


def _justification_and_harm_steps(
    context: ExplanationContext, builder: ProofBuilder, view: ProofContext, order: list[str]
) -> list[int]:
    """The steps of the justifications of the rule, and of the harm of the method."""
    return _result_steps(context, builder, view, ("speaks_for", "harm_finding"), order)


def _result_steps(
    context: ExplanationContext,
    builder: ProofBuilder,
    view: ProofContext,
    predicates: tuple[str, ...],
    order: list[str],
) -> list[int]:
    """The steps of the supported results of these predicates, in the order of their criteria."""
    place = {name: number for number, name in enumerate(order)}
    index = context.decided.engine.index
    steps: dict[int, None] = {}
    for predicate in predicates:
        supported = [
            (place[criterion], atom) for atom, criterion in index.result_atoms(predicate) if atom in view.support
        ]
        for number, atom in sorted(supported):
            if predicate != "undercut" or _is_met(context, order[number], view):
                steps.update(dict.fromkeys(builder.proven(atom, view)))
    return list(steps)


def _is_met(context: ExplanationContext, criterion: str, view: ProofContext) -> bool:
    """Whether the premises of a criterion against the rule hold."""
    return bool(context.decided.base.criteria[criterion].standard_of_review) and any(
        atom in view.support for atom in context.decided.engine.index.result_atoms_of("meets", criterion)
    )
