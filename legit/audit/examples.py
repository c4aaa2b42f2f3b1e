"""Run what a knowledge base says of itself: the examples of its criteria and the decided cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from legit.assessment import Assessment
from legit.audit.precedents import Precedent, load_precedents
from legit.errors import LegitError
from legit.judge import Judge
from legit.knowledge.criteria import Criterion


@dataclass(frozen=True, slots=True)
class Outcome:
    """One check: what was checked, whether it came out, and what happened instead."""

    kind: str
    name: str
    passed: bool
    message: str = ""


def criterion_outcomes(judge: Judge, criterion: Criterion) -> Iterator[Outcome]:
    """Every example of a criterion: those under `meets` must meet it, those under `misses` must not."""
    for number, example in enumerate(criterion.meets, start=1):
        yield _example(judge, criterion, f"{criterion.id} meets {number}", example.text, example.verdict, expected=True)
    for number, example in enumerate(criterion.misses, start=1):
        yield _example(
            judge, criterion, f"{criterion.id} misses {number}", example.text, example.verdict, expected=False
        )


def applies(assessment: Assessment, criterion: str) -> bool:
    """Whether a criterion applies in an assessment, whatever becomes of it."""
    found = {item.criterion for item in assessment.findings if item.effect != "possible"}
    found |= {item.criterion for item in assessment.for_the_rule}
    found |= {item.criterion for item in assessment.harm.reasons}
    return criterion in found


def _example(judge: Judge, criterion: Criterion, name: str, text: str, verdict: str, *, expected: bool) -> Outcome:
    try:
        assessment = judge.assess(text)
    except LegitError as error:
        return Outcome("example", name, False, str(error))
    if applies(assessment, criterion.id) != expected:
        found = ", ".join(item.criterion for item in assessment.findings) or "no criterion"
        wanted = "applies" if expected else "does not apply"
        return Outcome("example", name, False, f"expected that `{criterion.id}` {wanted}; found: {found}")
    if verdict and assessment.verdict.value != verdict:
        return Outcome("example", name, False, f"expected verdict {verdict}, got {assessment.verdict.value}")
    return Outcome("example", name, True)


def precedent_outcome(judge: Judge, precedent: Precedent) -> Outcome:
    """Whether the engine decides a precedent as expected, or deviates as its note argues."""
    try:
        assessment = judge.assess(precedent.facts)
    except LegitError as error:
        return Outcome("precedent", precedent.id, False, str(error))
    if assessment.verdict.value == precedent.expected and not precedent.deviation:
        return Outcome("precedent", precedent.id, True)
    if assessment.verdict.value == precedent.deviation and precedent.note:
        return Outcome("precedent", precedent.id, True, f"deviates as argued: {precedent.note}")
    found = ", ".join(f"{item.criterion} {item.effect}" for item in assessment.findings) or "no criterion"
    message = f"{precedent.title}: expected {precedent.expected}, got {assessment.verdict.value} ({found})"
    return Outcome("precedent", precedent.id, False, message)


def outcomes(judge: Judge) -> Iterator[Outcome]:
    """All examples and precedents of the judge's knowledge base."""
    for criterion in judge.base.criteria.values():
        yield from criterion_outcomes(judge, criterion)
    for precedent in load_precedents(judge.base.root / "precedents", f"{judge.base.shown}/precedents"):
        yield precedent_outcome(judge, precedent)
