"""Which priorities decide a case: the rules of the judgement from which its labels follow.

A priority is a rule of a file of the judgement (`verdict.lp`, `consequence.lp` and others) that concludes
the effect of a criterion, the verdict, its scope and consequence, the harm of the method, or the guidance.
"""

from __future__ import annotations

from functools import cached_property

from legit.assurance.coverage_trace import CoverageTracer
from legit.engine.case_encoder import CaseEncoder
from legit.engine.engine import Engine
from legit.engine.ground_rule import Bounds
from legit.judge import Judge
from legit.model.assessment import Verdict
from legit.model.facts import Case

_DECIDING = frozenset(
    [
        "applies", "outweighed", "tied", "defeats", "verdict", "defeat_scope", "consequence",
        "harm_finding", "method_harm_level", "guidance",
    ]
)  # fmt: skip


class PriorityTracer:
    """Finds the priorities that decide cases under one judge."""

    def __init__(self, judge: Judge) -> None:
        self._base = judge.base
        self._encoder = CaseEncoder(judge.base)
        self._tracers: dict[Bounds, tuple[Engine, CoverageTracer]] = {}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every priority of the base: its file, its line and the rule itself."""
        return tuple(self._names.values())

    @cached_property
    def _names(self) -> dict[int, str]:
        judging = {file.path for file in self._base.judgement_files.values()}
        return {
            rule.number: f"{rule.file}:{rule.line}: {rule.text}"
            for rule in self._tracer(Bounds())[1].rules
            if rule.file in judging and rule.head in _DECIDING
        }

    def deciding(self, case: Case) -> tuple[str, ...]:
        """The priorities that apply in a case, in the order of the files.

        Where facts are missing, those of one scenario of each possible verdict. None for a case that has too many
        scenarios.
        """
        inputs = self._encoder.encode(case)
        engine, tracer = self._tracer(Bounds.for_case(len(inputs.names), inputs.date_count))
        scenarios = engine.scenarios(inputs.true_inputs, engine.undecided_inputs(inputs))
        if scenarios is None:
            return ()
        possible = {value: mask for (value,), mask in scenarios.result_masks("verdict").items() if mask}
        verdict = next(iter(possible)) if len(possible) == 1 else Verdict.UNDETERMINED.value
        # The guidance is derived for every verdict: that for the verdict of the case is what is told.
        applied = {
            number
            for mask in possible.values()
            for number, head in tracer.applied(scenarios, (mask & -mask).bit_length() - 1)
            if not head.startswith("guidance(") or head.startswith(f"guidance({verdict},")
        }
        return tuple(name for number, name in self._names.items() if number in applied)

    def _tracer(self, bounds: Bounds) -> tuple[Engine, CoverageTracer]:
        if bounds not in self._tracers:
            engine = Engine(self._base, bounds)
            self._tracers[bounds] = engine, CoverageTracer(self._base, engine)
        return self._tracers[bounds]
