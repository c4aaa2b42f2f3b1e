"""One decided case: its verdict and guidance, read from the consequences, and the evidence for them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Literal

from legit.engine.attested_harm import attested_harm
from legit.engine.case_encoder import EncodedCase
from legit.engine.engine import Engine
from legit.engine.scenarios import Consequences, GroundAtom, Results, format_atom
from legit.engine.sufficient_sets import SufficientSets, find_sufficient_sets
from legit.engine.support import EvidenceInputs, Support
from legit.knowledge.base import KnowledgeBase
from legit.model.assessment import Decision, Effect, Verdict
from legit.model.facts import Case, Fact

EFFECT_ORDER: tuple[Effect, ...] = ("defeats", "tied", "open", "possible", "outweighed")
"""The effects of criteria, the weightiest first."""


class DecidedCase:
    """The results of one case by predicate, and the verdict that they amount to.

    `consequences` is None when the decision timed out. What follows about the harm of the method, which is derived
    apart, is then in the results all the same. A verdict for which the knowledge base requires more witnesses
    than attest it is undetermined, with `undetermined_reason` "corroboration". A harm that only an unattested
    undercutter sets aside is possible (`attested_harm`).
    """

    def __init__(
        self, base: KnowledgeBase, engine: Engine, case: Case, inputs: EncodedCase, consequences: Consequences | None
    ) -> None:
        self.base = base
        self.engine = engine
        self.case = case
        self.inputs = inputs
        self.consequences = consequences
        self._derived = consequences or engine.method_harm.find(inputs)
        self.cautious_results: Results
        self.brave_results: Results
        self.cautious_results, self.brave_results = attested_harm(engine, inputs, self._derived)

    def cautious(self, predicate: str) -> list[tuple[str, ...]]:
        """The arguments of a result in every scenario."""
        return self.cautious_results.get(predicate, [])

    def brave(self, predicate: str) -> list[tuple[str, ...]]:
        """The arguments of a result in some scenario."""
        return self.brave_results.get(predicate, [])

    @cached_property
    def cautious_verdict(self) -> Verdict:
        """The one verdict of all scenarios, or `undetermined`."""
        found = self.cautious("verdict")
        return Verdict(found[0][0]) if len(found) == 1 else Verdict.UNDETERMINED

    @cached_property
    def undetermined_reason(self) -> Literal["", "time", "corroboration"]:
        """Why a verdict is undetermined although no open question makes it so; empty otherwise."""
        if self.consequences is None:
            return "time"
        demanded = max((int(args[0]) for args in self.brave("requires_witnesses")), default=1)
        if demanded < 2 or self.cautious_verdict is Verdict.UNDETERMINED:
            return ""
        witnesses = max((len(self.inputs.witnesses(symbols)) for symbols in self.sufficient_sets.sets), default=0)
        return "corroboration" if witnesses < demanded else ""

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict."""
        return Verdict.UNDETERMINED if self.undetermined_reason else self.cautious_verdict

    @cached_property
    def sufficient_sets(self) -> SufficientSets:
        """The sufficient sets of the cautious verdict; none if it is undetermined."""
        if self.cautious_verdict is Verdict.UNDETERMINED:
            return SufficientSets((), complete=True)
        return find_sufficient_sets(self.engine, self.inputs, self.cautious_verdict.value)

    @cached_property
    def support(self) -> Support:
        """The supporting rule of each conclusion that holds in every scenario."""
        return self.engine.supports.for_consequences(self.inputs, self._derived)

    @cached_property
    def evidence_inputs(self) -> EvidenceInputs:
        """The inputs that each of these conclusions is based on."""
        return EvidenceInputs(self.support, self.engine.program)

    def evidence(self, predicate: str, *args: str) -> list[Fact]:
        """The stated facts that a conclusion is based on; empty if it does not hold in every scenario."""
        return self.evidence_inputs.facts(predicate, args, self.inputs)

    def all_evidence(self, predicate: str, *args: str) -> list[Fact]:
        """The evidence of a conclusion, and every other stated fact from which alone it follows."""
        index = self.engine.index
        atoms = frozenset(atom for atom in [index.program.atoms.get(format_atom(GroundAtom(predicate, args)))] if atom)
        found = self.evidence(predicate, *args)
        for symbol in self.inputs.true_inputs:
            if index.feeds_any(symbol, atoms):
                found += [fact for fact in self.inputs.supporting_facts(symbol) if fact not in found]
        return found

    @property
    def stance(self) -> str:
        found = self.cautious("stance") or self.brave("stance")
        return found[0][0] if len(found) == 1 else ""

    @property
    def action(self) -> str:
        """The guidance for the verdict; the most cautious one if several are possible.

        After a timeout, that for an undetermined verdict or `out_of_time` of the base, whichever is more cautious.
        """
        possible = {args[1] for args in self.brave("guidance") if args[0] == self.verdict.value}
        return self._first_by_caution_order("guidance", possible | self.action_out_of_time)

    @property
    def action_out_of_time(self) -> set[str]:
        """The action of the base for a decision that timed out; none for any other."""
        return set(self.base.caution_order.get("out_of_time", ())[:1]) if self.consequences is None else set()

    @property
    def harm_level(self) -> str:
        """The level of method harm; the gravest if several are possible, also after a timeout."""
        return self._first_by_caution_order("method_harm_level", {args[0] for args in self.brave("method_harm_level")})

    @property
    def scope(self) -> str:
        """What is defeated; the most cautious where several are possible, empty where the rule is not defeated."""
        return self._of_defeat("defeat_scope")

    @property
    def consequence(self) -> str:
        """What follows for the user; the most cautious where several are possible, empty where nothing is defeated."""
        return self._of_defeat("consequence")

    def _of_defeat(self, result: str) -> str:
        if self.verdict is not Verdict.DEFEATED:
            return ""
        return self._first_by_caution_order(result, {args[0] for args in self.brave(result)})

    def _first_by_caution_order(self, result: str, values: set[str]) -> str:
        if len(values) == 1:
            return next(iter(values))
        order = self.base.caution_order.get(result, ())
        return min(values, key=lambda value: (order.index(value) if value in order else len(order), value), default="")

    def decision(self, verdict: Verdict, findings: Iterable[tuple[str, Effect]]) -> Decision:
        """The decision with this verdict and these findings."""
        return Decision(
            verdict=verdict,
            scope=self.scope,
            consequence=self.consequence,
            stance=self.stance,
            action=self.action,
            method_harm=self.harm_level,
            findings=tuple(findings),
        )

    def effects(self) -> list[tuple[str, Effect]]:
        """The criteria that apply or may apply, with their effects, the weightiest effect first."""
        effects: dict[str, Effect] = {}
        settled: tuple[Effect, ...] = ("defeats", "tied", "outweighed")
        for effect in settled:
            for args in self.cautious(effect):
                effects[args[0]] = effect
        sure_to_apply = {args[0] for args in self.cautious("applies")}
        for (name,) in self.brave("applies"):
            if name not in effects and self.base.criteria[name].standard_of_review:
                effects[name] = "open" if name in sure_to_apply else "possible"
        place = self.base.criterion_index
        return sorted(effects.items(), key=lambda item: (EFFECT_ORDER.index(item[1]), place[item[0]]))
