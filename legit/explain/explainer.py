"""Everything that can be said about one judged case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Literal

from legit.engine.decided_case import DecidedCase
from legit.engine.engine import Engine
from legit.engine.scenarios import GroundAtom, Scenarios, first_scenario, format_atom
from legit.errors import CaseError, Problem
from legit.explain.citation_cache import CitationCache
from legit.explain.counterfactual_builder import CounterfactualBuilder
from legit.explain.proof_builder import ProofBuilder, ProofContext
from legit.explain.sensitivity import perturb_weights
from legit.explain.verbalizer import AtomVerbalizer, CaseVerbalizer
from legit.knowledge.toml_files import suggest
from legit.model.assessment import Assessment, Verdict
from legit.model.explanation import Explanation, Proof, Sensitivity, Status, WeightFlip, WhyNot

_EFFECT_PREDICATES = ("defeats", "tied", "outweighed", "undercut")


class Explainer:
    """Explains one case. `moving` is the engine in which the weights can be moved; with `every` each way that would
    change an outcome is written out, and not only the first of its kind."""

    def __init__(
        self, verbalizer: AtomVerbalizer, citations: CitationCache, decided: DecidedCase, *, exhaustive: bool = False
    ) -> None:
        self._exhaustive = exhaustive
        self._decided = decided
        self._citations = citations
        self._base = decided.base
        self._engine = decided.engine
        self._verbalizer = CaseVerbalizer(verbalizer, decided.inputs)
        self._criterion_order = list(decided.base.criteria)

    def explanation(self, assessment: Assessment, weight_engine: Engine | None) -> Explanation:
        """The whole explanation; without `moving` it leaves out what would change the verdict."""
        order = [finding.criterion for finding in assessment.findings]
        return Explanation(
            assessment=assessment,
            proof=self.proof(order),
            counterfactuals=self._counterfactuals.counterfactuals() if weight_engine else (),
            sensitivity=self.sensitivity(weight_engine)
            if weight_engine
            else Sensitivity(flips=(), perturbations=0, summary=""),
        )

    @cached_property
    def _counterfactuals(self) -> CounterfactualBuilder:
        return CounterfactualBuilder(self._decided, self._verbalizer, exhaustive=self._exhaustive)

    # Proofs

    def proof(self, criterion_order: Sequence[str] = ()) -> Proof:
        """The proof of the verdict: under it every criterion that bears on it, with what becomes of it and why.

        Criteria stand in the given `order`, the others after them in that of the base.

        Where the verdict is open, each verdict that is possible is shown in the first scenario that leads to it.
        """
        self._criterion_order = list(dict.fromkeys([*criterion_order, *self._base.criteria]))
        prover = self._proof_builder()
        judged = self._decided
        if judged.consequences is None:
            return prover.proof(())
        if judged.cautious_verdict is not Verdict.UNDETERMINED:
            view = self._cautious_context()
            children = self._effect_steps(prover, view)
            # A verdict that somebody else has to confirm is none yet.
            status: Status = "proven" if judged.verdict is judged.cautious_verdict else "unknown"
            root = self._verdict_root(prover, judged.cautious_verdict.value, status, children)
            return prover.proof((root, *self._justification_and_harm_steps(prover, view)))
        scenarios = judged.consequences.scenarios
        if scenarios is None:
            return prover.proof(())
        roots = []
        for (verdict,), mask in sorted(scenarios.result_masks("verdict").items()):
            index = first_scenario(mask)
            view = self._scenario_context(scenarios, index)
            children = self._effect_steps(prover, view)
            suppositions = [step for atom in sorted(view.assumptions) for step in prover.proven(atom, view)]
            roots.append(self._verdict_root(prover, verdict, "unknown", [*suppositions, *children]))
        return prover.proof(roots)

    def _verdict_root(self, builder: ProofBuilder, verdict: str, status: Status, children: Iterable[int]) -> int:
        """A root: that the rule is judged so, or would be."""
        phrases = self._base.phrases
        frame = phrases["verdict_proven" if status == "proven" else "verdict_unknown"]
        says = frame.format(verdict=verdict, clause=phrases.get(verdict, ""))
        return builder.add(kind="verdict", status=status, text=f"{says}.", children=tuple(dict.fromkeys(children)))

    def _proof_builder(self) -> ProofBuilder:
        return ProofBuilder(self._citations, self._engine, self._verbalizer, self._decided.inputs)

    def _cautious_context(self) -> ProofContext:
        settled = self._decided.consequences
        assert settled is not None
        return ProofContext(self._decided.support, settled.cautious_atoms, settled.brave_atoms)

    def _scenario_context(self, scenarios: Scenarios, scenario: int) -> ProofContext:
        support, truth, supposed = self._engine.supports.for_scenario(self._decided.inputs, scenarios, scenario)
        return ProofContext(support, truth, truth, supposed)

    def _effect_steps(self, builder: ProofBuilder, context: ProofContext) -> list[int]:
        """The steps of every criterion that has an effect on the verdict, or that there is none."""
        found = self._result_steps(builder, context, _EFFECT_PREDICATES)
        if not found:
            says = builder.add(
                kind="concept",
                status="failed",
                text=self._verbalizer.framed_sentence("failed", self._base.phrases["nothing_against"]),
            )
            return [says]
        return found

    def _justification_and_harm_steps(self, builder: ProofBuilder, context: ProofContext) -> list[int]:
        """The steps of what speaks for the rule, and of the harm apart from it."""
        return self._result_steps(builder, context, ("speaks_for", "harm_finding"))

    def _result_steps(self, builder: ProofBuilder, context: ProofContext, predicates: tuple[str, ...]) -> list[int]:
        place = {name: number for number, name in enumerate(self._criterion_order)}
        found: dict[int, None] = {}
        for result in predicates:
            held = [
                (place[criterion], atom)
                for atom, criterion in self._engine.index.result_atoms(result)
                if atom in context.support
            ]
            for number, atom in sorted(held):
                if result != "undercut" or self._is_met(self._criterion_order[number], context):
                    found.update(dict.fromkeys(builder.proven(atom, context)))
        return list(found)

    def _is_met(self, criterion: str, context: ProofContext) -> bool:
        return bool(self._base.criteria[criterion].standard_of_review) and any(
            atom in context.support for atom in self._engine.index.result_atoms_of("meets", criterion)
        )

    def _atom(self, name: str, *args: str) -> int:
        return self._engine.program.atoms.get(format_atom(GroundAtom(name, args)), 0)

    # Why not

    def why_not(self, target: str) -> WhyNot:
        """Why a criterion does not apply, or the rule is not judged so. Raises CaseError (C302) for an unknown name."""
        verdicts = {args[0] for args in self._engine.index.result_arguments("verdict")}
        if target in verdicts:
            wanted = GroundAtom("verdict", (target,))
        elif target in self._base.criteria:
            criterion = self._base.criteria[target]
            name = (
                "defeats" if criterion.standard_of_review else "harm_finding" if criterion.harm_level else "speaks_for"
            )
            wanted = GroundAtom(name, (target,))
        else:
            known = [*sorted(verdicts), *self._base.criteria]
            raise CaseError(
                Problem("C302", f"`{target}` is no criterion and no verdict", help="`legit kb list` names the criteria",
                        nearest=suggest(target, known))
            )  # fmt: skip
        phrases = self._base.phrases
        settled = self._decided.consequences
        if settled is None:
            return WhyNot(target=target, kind="open", summary=phrases["out_of_time"])
        atom = self._atom(wanted.name, *wanted.args)
        prover = self._proof_builder()
        if atom and atom in settled.cautious_atoms:
            unconfirmed = wanted.name == "verdict" and self._decided.undetermined_reason == "corroboration"
            steps = prover.proven(atom, self._cautious_context())
            root = self._root(prover, wanted, steps, "unknown" if unconfirmed else "proven")
            kind: Literal["open", "holds"] = "open" if unconfirmed else "holds"
            key = "why_not_possible" if unconfirmed else "why_not_holds"
            return WhyNot(target=target, kind=kind, summary=phrases[key], proof=prover.proof((root,)))
        if atom and atom in settled.brave_atoms:
            return WhyNot(
                target=target,
                kind="open",
                summary=phrases["why_not_possible"],
                proof=self._possible_proof(prover, wanted, settled.scenarios, atom) if settled.scenarios else None,
            )
        against: tuple[str, ...] = ()
        if atom:
            steps = prover.failed(atom, self._cautious_context())
            proof = prover.proof(steps)
            against = tuple(proof.nodes[step].text for step in steps)
        # A result may have words of its own: a criterion may well apply, and yet not defeat the rule.
        change, never = (
            phrases.get(f"{key}_{wanted.name}", phrases[key]) for key in ("why_not_change", "why_not_never")
        )
        turn = self._counterfactuals.counterfactual(wanted, "", change)
        if not turn.search_depth:
            return WhyNot(target=target, kind="never", summary=phrases["why_not_no_room"], blockers=against)
        if not turn.change_sets:
            return WhyNot(target=target, kind="never", summary=never.format(count=turn.search_depth), blockers=against)
        return WhyNot(target=target, kind="change", summary=change, blockers=against, counterfactual=turn)

    def _possible_proof(self, builder: ProofBuilder, goal: GroundAtom, scenarios: Scenarios, atom: int) -> Proof:
        """The proof of what may hold, in the first scenario in which it does."""
        mask = scenarios.masks[atom]
        view = self._scenario_context(scenarios, first_scenario(mask))
        return builder.proof((self._root(builder, goal, builder.proven(atom, view), "unknown"),))

    def _root(self, builder: ProofBuilder, goal: GroundAtom, steps: tuple[int, ...], status: Status) -> int:
        """One root over the steps of a conclusion: themselves when they are one, else the conclusion in words."""
        if len(steps) == 1:
            return steps[0]
        criterion = self._base.criteria.get(goal.args[0])
        if criterion is None:
            return self._verdict_root(builder, goal.args[0], status, steps)
        return builder.add(
            kind="criterion", status=status, text=f"{criterion.title}.", criterion=criterion.id,
            statement=criterion.statement, sources=self._citations.for_criterion(criterion.id), children=steps,
        )  # fmt: skip

    # Sensitivity

    def sensitivity(self, weight_engine: Engine) -> Sensitivity:
        """Which weights change the verdict when one of them is moved by one step."""
        phrases = self._base.phrases
        undetermined = self._decided.verdict is Verdict.UNDETERMINED
        found = None if undetermined else perturb_weights(self._base, weight_engine, self._decided.inputs)
        if found is None:
            return Sensitivity(flips=(), perturbations=0, summary="")
        moved = tuple(
            WeightFlip(
                summary=self._base.profile.tables[move.weight.table].gloss.format(
                    entry=" ".join(move.weight.key_path).replace("_", " ")
                ),
                table=move.weight.table,
                entry=" ".join(move.weight.key_path),
                weight=move.weight.value,
                new_weight=move.new_weight,
                verdict=Verdict(move.verdict or Verdict.UNDETERMINED),
            )
            for move in found
            if move.verdict != self._decided.cautious_verdict.value
        )
        return Sensitivity(flips=moved, perturbations=len(found), summary=phrases["sensitive" if moved else "robust"])
