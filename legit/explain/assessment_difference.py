"""The difference between two assessments."""

from __future__ import annotations

from legit.model.assessment import Assessment
from legit.model.explanation import Difference, FindingShift


def difference(before: Assessment, after: Assessment) -> Difference:
    """The changes of verdict, guidance, method harm, findings and open questions."""
    old_questions = [question.text for question in before.questions]
    new_questions = [question.text for question in after.questions]
    return Difference(
        verdict=(before.verdict, after.verdict),
        guidance=(before.guidance.action, after.guidance.action),
        guidance_reason=after.guidance.reason,
        method_harm=(before.method_harm.level, after.method_harm.level),
        findings=_finding_shifts(before, after),
        questions_closed=tuple(text for text in old_questions if text not in new_questions),
        questions_opened=tuple(text for text in new_questions if text not in old_questions),
    )


def _finding_shifts(before: Assessment, after: Assessment) -> tuple[FindingShift, ...]:
    """The criteria with another effect, in the order of the findings after, then of those before."""
    old = {item.criterion: item.effect for item in before.findings}
    new = {item.criterion: item.effect for item in after.findings}
    titles = {item.criterion: item.title for item in (*after.findings, *before.findings)}
    return tuple(
        FindingShift(criterion=name, title=title, before=old.get(name), after=new.get(name))
        for name, title in titles.items()
        if old.get(name) != new.get(name)
    )
