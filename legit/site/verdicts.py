"""The examples and precedents of a base as they are judged now."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from legit.assurance.examples import CheckResult, applies, run_criterion_cases, run_precedent
from legit.catalogue.precedents import load_precedents
from legit.errors import LegitError
from legit.judge import Judge
from legit.model.assessment import Assessment


@dataclass(frozen=True)
class JudgedCase:
    """A case that a base states of itself: its text, and whether the base expects how it is decided.

    The assessment is made when it is first asked for: the result needs none.
    """

    judge: Judge
    text: str
    why: str
    result: CheckResult

    @property
    def deviates(self) -> bool:
        """Whether the result is not the expected one, as is known and argued."""
        return self.result.passed and bool(self.result.message)

    @cached_property
    def assessment(self) -> Assessment | None:
        """The assessment; None if the case was not understood: `result` then says why."""
        try:
            return self.judge.assess(self.text)
        except LegitError:
            return None

    @cached_property
    def applicable(self) -> tuple[str, ...]:
        """The criteria that apply, whatever their effect."""
        assessment = self.assessment
        return tuple(name for name in self.judge.base.criteria if assessment and applies(assessment, name))


@dataclass(frozen=True, slots=True)
class CaseVerdicts:
    """The cases by the criterion that states them, for and against it, and the precedents by their ids."""

    examples: dict[str, list[JudgedCase]] = field(default_factory=dict)
    counterexamples: dict[str, list[JudgedCase]] = field(default_factory=dict)
    precedents: dict[str, JudgedCase] = field(default_factory=dict)


def judge_own_cases(judge: Judge) -> CaseVerdicts:
    """Decide every example and precedent.

    Raises KnowledgeBaseError when sentences of the base clash or its precedents cannot be read.
    """
    judge.reader  # noqa: B018  (a base whose grammar cannot be built is refused, not shown as cases not understood)
    base = judge.base
    found = CaseVerdicts()
    for name, criterion in base.criteria.items():
        examples = [*criterion.examples, *criterion.counterexamples]
        outcomes = run_criterion_cases(judge, criterion)
        judged = [
            JudgedCase(judge, example.text, example.why, outcome)
            for example, outcome in zip(examples, outcomes, strict=True)
        ]
        found.examples[name] = judged[: len(criterion.examples)]
        found.counterexamples[name] = judged[len(criterion.examples) :]
    for item in load_precedents(base.layers):
        found.precedents[item.id] = JudgedCase(judge, item.facts, "", run_precedent(judge, item))
    return found
