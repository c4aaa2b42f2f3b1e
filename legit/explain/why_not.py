"""Why an outcome does not hold: a criterion that does not defeat the rule, or a verdict that is another one."""

from __future__ import annotations

from legit._util.suggest import suggest
from legit.engine.scenarios import GroundAtom, first_scenario
from legit.errors import CaseError, Problem
from legit.explain.explanation_context import ExplanationContext
from legit.explain.proof_builder import ProofBuilder
from legit.messages import message
from legit.model.explanation import Proof, Status, WhyNot


def why_not(context: ExplanationContext, target: str) -> WhyNot:
    """Why a criterion has no effect, or the rule is not judged so.

    `target` is the id of a criterion or a verdict. Raises CaseError (C302) for a name that is neither.
    """
    goal = _goal(context, target)
    consequences = context.decided.consequences
    if consequences is None:
        return WhyNot(target=target, kind="open", summary=context.decided.base.phrases["out_of_time"])
    atom = context.atom(goal)
    if atom and atom in consequences.cautious_atoms:
        return _holds(context, target, goal, atom)
    if atom and atom in consequences.brave_atoms:
        return WhyNot(
            target=target,
            kind="open",
            summary=message("explanation.why_not_possible"),
            proof=_possible_proof(context, goal, atom),
        )
    return _counterfactual_answer(context, target, goal, atom)


def _goal(context: ExplanationContext, target: str) -> GroundAtom:
    """The result that is asked about: a verdict, or the strongest effect that a criterion can have."""
    criteria = context.decided.base.criteria
    verdicts = {args[0] for args in context.decided.engine.index.result_arguments("verdict")}
    if target in verdicts:
        return GroundAtom("verdict", (target,))
    if target in criteria:
        criterion = criteria[target]
        name = "defeats" if criterion.standard_of_review else "harm_finding" if criterion.harm_level else "speaks_for"
        return GroundAtom(name, (target,))
    raise CaseError(
        Problem(
            "C302",
            f"`{target}` is no criterion and no verdict",
            help="`legit kb list` names the criteria",
            nearest=suggest(target, [*sorted(verdicts), *criteria]),
        )
    )


def _holds(context: ExplanationContext, target: str, goal: GroundAtom, atom: int) -> WhyNot:
    """The answer where it does hold: its proof. A verdict that a second witness has to confirm is open."""
    unconfirmed = goal.name == "verdict" and context.decided.undetermined_reason == "corroboration"
    builder = context.proof_builder()
    steps = builder.proven(atom, context.cautious_context())
    root = _root(context, builder, goal, steps, "unknown" if unconfirmed else "proven")
    return WhyNot(
        target=target,
        kind="open" if unconfirmed else "holds",
        summary=message("explanation.why_not_possible") if unconfirmed else message("explanation.why_not_holds"),
        proof=builder.proof((root,)),
    )


def _possible_proof(context: ExplanationContext, goal: GroundAtom, atom: int) -> Proof | None:
    """The proof of a conclusion in the first scenario in which it holds; None if a search decided."""
    scenarios = context.decided.consequences.scenarios if context.decided.consequences else None
    if scenarios is None:
        return None
    builder = context.proof_builder()
    view = context.scenario_context(scenarios, first_scenario(scenarios.masks[atom]))
    return builder.proof((_root(context, builder, goal, builder.proven(atom, view), "unknown"),))


def _counterfactual_answer(context: ExplanationContext, target: str, goal: GroundAtom, atom: int) -> WhyNot:
    """The answer for a conclusion that does not hold: the facts that block it, and the cheapest changes after which it
    holds."""
    blockers: tuple[str, ...] = ()
    if atom:
        builder = context.proof_builder()
        steps = builder.failed(atom, context.cautious_context())
        nodes = builder.proof(steps).nodes
        blockers = tuple(nodes[step].text for step in steps)
    change = message(f"explanation.why_not_change_{goal.name}")
    counterfactual = context.counterfactuals.counterfactual(goal, "", change)
    if not counterfactual.search_depth:
        return WhyNot(target=target, kind="never", summary=message("explanation.why_not_no_room"), blockers=blockers)
    if not counterfactual.change_sets:
        summary = message(f"explanation.why_not_never_{goal.name}", count=counterfactual.search_depth)
        return WhyNot(target=target, kind="never", summary=summary, blockers=blockers)
    return WhyNot(target=target, kind="change", summary=change, blockers=blockers, counterfactual=counterfactual)


def _root(
    context: ExplanationContext, builder: ProofBuilder, goal: GroundAtom, steps: tuple[int, ...], status: Status
) -> int:
    """One root over the steps of a conclusion: the step itself when there is one, else the conclusion in words."""
    if len(steps) == 1:
        return steps[0]
    criterion = context.decided.base.criteria.get(goal.args[0])
    if criterion is None:
        return context.verdict_root(builder, goal.args[0], status, steps)
    return builder.add(
        kind="criterion",
        status=status,
        text=f"{criterion.title}.",
        criterion=criterion.id,
        statement=criterion.statement,
        sources=context.citations.for_criterion(criterion.id),
        children=steps,
    )
