"""What if: a case with some facts changed, and the difference that it makes."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from legit.errors import CaseError, Problem
from legit.knowledge.case_validation import mutually_exclusive
from legit.knowledge.vocabulary import Vocabulary
from legit.model.assessment import Assessment, Effect, Verdict
from legit.model.facts import Case, Fact, Opinion, Statement, Truth


class FindingShift(BaseModel):
    """A criterion whose part in the decision is another one: `before` or `after` is None where it has none."""

    model_config = ConfigDict(frozen=True)

    criterion: str
    title: str
    before: Effect | None
    after: Effect | None


class Difference(BaseModel):
    """What changes from one assessment to another. Pairs are (before, after)."""

    model_config = ConfigDict(frozen=True)

    verdict: tuple[Verdict, Verdict]
    guidance: tuple[str, str]
    guidance_reason: str
    method_harm: tuple[str, str]
    findings: tuple[FindingShift, ...]
    questions_closed: tuple[str, ...]
    questions_opened: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """True when nothing of the answer changes."""
        pairs = (self.verdict, self.guidance, self.method_harm)
        return all(a == b for a, b in pairs) and not (self.findings or self.questions_closed or self.questions_opened)


def difference(before: Assessment, after: Assessment) -> Difference:
    """What changes in verdict, guidance, harm, findings and open questions."""
    old = {item.criterion: item for item in before.findings}
    new = {item.criterion: item for item in after.findings}
    moved: list[FindingShift] = []
    for item in (*after.findings, *before.findings):
        one, other = old.get(item.criterion), new.get(item.criterion)
        was, is_ = one.effect if one else None, other.effect if other else None
        if was != is_ and all(item.criterion != known.criterion for known in moved):
            moved.append(FindingShift(criterion=item.criterion, title=item.title, before=was, after=is_))
    asked = [question.text for question in before.questions]
    asks = [question.text for question in after.questions]
    return Difference(
        verdict=(before.verdict, after.verdict),
        guidance=(before.guidance.action, after.guidance.action),
        guidance_reason=after.guidance.reason,
        method_harm=(before.method_harm.level, after.method_harm.level),
        findings=tuple(moved),
        questions_closed=tuple(text for text in asked if text not in asks),
        questions_opened=tuple(text for text in asks if text not in asked),
    )


def apply_edits(
    vocabulary: Vocabulary, case: Case, assume: Iterable[Statement] = (), without: Iterable[Statement] = ()
) -> Case:
    """The case without some sentences and with others assumed in place of whatever contradicts them.

    What is to be left out is matched by what it says, whoever said it and with whatever detail. Raises CaseError
    (C301, source `without`) for each sentence that the case does not state.
    """
    without = tuple(without)
    stated = {_content_key(item) for item in case.statements}
    missing = [_not_stated_problem(case, item) for item in without if _content_key(item) not in stated]
    if missing:
        raise CaseError(*missing)
    gone = {_content_key(item) for item in without}
    added = [item.model_copy(update={"span": None}) for item in assume]
    facts = [item for item in added if isinstance(item, Fact)]
    opinions = [item for item in added if isinstance(item, Opinion)]
    kept = [
        fact
        for fact in case.facts
        if _content_key(fact) not in gone and not any(_contradicts(vocabulary, item, fact) for item in facts)
    ]
    believed = [item for item in case.opinions if _content_key(item) not in gone and item not in opinions]
    return case.model_copy(update={"facts": (*kept, *facts), "opinions": (*believed, *opinions)})


def _content_key(item: Statement) -> tuple[object, ...]:
    return ("opinion", item.text) if isinstance(item, Opinion) else (item.atom, item.truth)


def _not_stated_problem(case: Case, item: Statement) -> Problem:
    words = item.text if isinstance(item, Opinion) else item.predicate
    line, column = 0, 0
    if item.span:
        words, line, column = item.span.text, item.span.line, item.span.column
    named = f"case `{case.name}`" if case.name else "case"
    return Problem(
        "C301", f"the {named} does not state `{words}`", line, column, "without", help="only what it states can go"
    )


def _contradicts(vocabulary: Vocabulary, one: Fact, other: Fact) -> bool:
    """Whether the second fact cannot be kept beside the first."""
    if one.atom == other.atom:
        return True
    if not one.truth is other.truth is Truth.TRUE:
        return False
    if one.predicate == other.predicate:
        return vocabulary.predicates[one.predicate].spec.functional
    return mutually_exclusive(vocabulary, one.atom, other.atom)
