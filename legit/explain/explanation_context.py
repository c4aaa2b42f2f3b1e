"""The data that every part of an explanation needs: the decided case, its verbaliser, and the citations of the base."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from legit.engine.decided_case import DecidedCase
from legit.engine.scenarios import GroundAtom, Scenarios, format_atom
from legit.explain.citation_cache import CitationCache
from legit.explain.counterfactual_builder import CounterfactualBuilder
from legit.explain.proof_builder import ProofBuilder, ProofContext
from legit.explain.verbalizer import AtomVerbalizer, CaseVerbalizer
from legit.messages import term
from legit.model.explanation import Status


@dataclass(frozen=True)
class ExplanationContext:
    """One decided case, ready to be explained.

    With `exhaustive` every cheapest set of changes is written out, not only the first of its kind.
    """

    decided: DecidedCase
    verbalizer: CaseVerbalizer
    citations: CitationCache
    exhaustive: bool = False

    @classmethod
    def for_case(
        cls,
        atom_verbalizer: AtomVerbalizer,
        citations: CitationCache,
        decided: DecidedCase,
        *,
        exhaustive: bool = False,
    ) -> ExplanationContext:
        """The context of a decided case, made from the data that all cases of its base share."""
        return cls(decided, CaseVerbalizer(atom_verbalizer, decided.inputs), citations, exhaustive)

    @cached_property
    def counterfactuals(self) -> CounterfactualBuilder:
        """Finds what would change an outcome of the case."""
        return CounterfactualBuilder(self.decided, self.verbalizer, exhaustive=self.exhaustive)

    def proof_builder(self) -> ProofBuilder:
        """A builder with an empty proof graph."""
        return ProofBuilder(self.citations, self.decided.engine.index, self.verbalizer, self.decided.inputs)

    def cautious_context(self) -> ProofContext:
        """The results that hold in every scenario; only for a case that was decided in time."""
        consequences = self.decided.consequences
        assert consequences is not None
        return ProofContext(self.decided.support, consequences.brave_atoms)

    def scenario_context(self, scenarios: Scenarios, scenario: int) -> ProofContext:
        """The results that hold in one scenario, given by its number."""
        found = self.decided.engine.supports.for_scenario(self.decided.inputs, scenarios, scenario)
        return ProofContext(found.support, found.true_atoms, found.assumptions)

    def atom(self, goal: GroundAtom) -> int:
        """The number of a ground atom; 0 where the program does not have it."""
        return self.decided.engine.program.atoms.get(format_atom(goal), 0)

    def verdict_root(self, builder: ProofBuilder, verdict: str, status: Status, children: Iterable[int]) -> int:
        """Add the root of a proof: that the rule is judged so, or would be."""
        phrases = self.decided.base.phrases
        frame = phrases["verdict_proven" if status == "proven" else "verdict_unknown"]
        text = frame.format(verdict=term("verdict", verdict), clause=phrases.get(verdict, ""))
        return builder.add(kind="verdict", status=status, text=f"{text}.", children=tuple(dict.fromkeys(children)))
