"""One knowledge base, grounded within bounds and ready to decide: program, index, decider and support finder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from legit.engine.case_encoder import EncodedCase
from legit.engine.decider import MAX_SCENARIOS, Decider, open_by_default
from legit.engine.ground_rule import Bounds
from legit.engine.method_harm import MethodHarmFinder
from legit.engine.program import Program
from legit.engine.program_index import ProgramIndex
from legit.engine.scenarios import Consequences, Scenarios, Variant
from legit.engine.support import SupportFinder
from legit.knowledge.base import KnowledgeBase


class Engine:
    """Composes what decides and explains cases under one grounding. Instances may be shared between threads.

    `index` looks things up in the program, `decider` decides cases, `supports` finds what supports a conclusion.
    Raises KnowledgeBaseError (K501, K502, K509) when the rules cannot be grounded.
    """

    def __init__(self, base: KnowledgeBase, bounds: Bounds, program: Program | None = None) -> None:
        self.program = program or Program(base, bounds)
        self.index = ProgramIndex(self.program, base.vocabulary)
        self.decider = Decider(self.index, open_by_default(self.program, base.vocabulary))

    @cached_property
    def supports(self) -> SupportFinder:
        """Finds the supports of conclusions; most decisions need none."""
        return SupportFinder(self.index)

    @cached_property
    def method_harm(self) -> MethodHarmFinder:
        """Derives the harm of the method apart from the verdict."""
        return MethodHarmFinder(self.index, self.decider)

    @property
    def has_open_defaults(self) -> bool:
        """Whether a case that says nothing of some predicate leaves its inputs open."""
        return self.decider.has_open_defaults

    def decide(self, encoded: EncodedCase, time_limit: float) -> Consequences:
        """The consequences of a case; see `Decider.decide`."""
        return self.decider.decide(encoded, time_limit)

    def undecided_inputs(self, encoded: EncodedCase) -> list[str]:
        """The inputs that are neither true nor false; see `Decider.undecided_inputs`."""
        return self.decider.undecided_inputs(encoded)

    def scenarios(
        self,
        true_inputs: Iterable[str],
        open_inputs: Iterable[str],
        variations: Sequence[Sequence[Variant]] = (),
        max_scenarios: int = MAX_SCENARIOS,
    ) -> Scenarios | None:
        """All scenarios of the given inputs; see `Decider.scenarios`."""
        return self.decider.scenarios(true_inputs, open_inputs, variations, max_scenarios)
