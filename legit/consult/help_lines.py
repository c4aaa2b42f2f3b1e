"""The lines that say what to help with: what was said of a lawful or milder way, else means without the method harm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from legit.consult.paging import Line
from legit.consult.reason_lines import QUOTATION_TOKENS
from legit.consult.token_budget import truncate_quotations
from legit.knowledge.base import KnowledgeBase
from legit.language.writer import Writer
from legit.messages import message
from legit.model.assessment import Assessment
from legit.model.facts import Case, Truth

_NAMED, _SAID = 0, 2
"""The ranks of advice: a way that the case names is told before what the case only says to be there."""

_MAX_MEANS = 2
"""The most other means that are named; one where a route says more."""


def help_lines(
    base: KnowledgeBase, writer: Writer, case: Case, assessment: Assessment, harms: Iterable[str]
) -> Iterator[Line]:
    """The advice, each with the details of the facts that show it, and other means than a method that does harm.

    `harms` are the criteria of method harm, the gravest first. Means that the base names for a kind of harm are left
    out where the case itself names another way.
    """
    phrases = base.phrases
    shown_by = {phrases.get(key): predicates for key, predicates in base.advice_evidence.items()}
    for advice in assessment.guidance.advice:
        said = [fact for fact in case.facts if fact.predicate in shown_by.get(advice, ()) and fact.truth is Truth.TRUE]
        details = list(dict.fromkeys(fact.detail for fact in said if fact.detail))
        yield Line(_advice_text(writer, advice, details), _NAMED if details else _SAID if said else 3)
    wording = _means_wording(base, assessment)
    ways = [way for way in dict.fromkeys(phrases.get(f"otherwise_{name}", "") for name in harms) if way]
    if wording and ways and not names_a_way(base, case, assessment):
        yield Line(wording.format(means=message("consult.or").join(ways[: 1 if assessment.routes else _MAX_MEANS])), 1)


def names_a_way(base: KnowledgeBase, case: Case, assessment: Assessment) -> bool:
    """Whether the case itself says what another way would be, in a fact that shows one of the advice."""
    texts = set(assessment.guidance.advice)
    shown_by = [names for key, names in base.advice_evidence.items() if base.phrases.get(key) in texts]
    return any(
        fact.detail and fact.truth is Truth.TRUE and any(fact.predicate in names for names in shown_by)
        for fact in case.facts
    )


def _advice_text(writer: Writer, advice: str, details: list[str]) -> str:
    if not details:
        return advice
    quoted = "; ".join(truncate_quotations(writer.quote(detail), QUOTATION_TOKENS) for detail in details)
    return message("consult.advice_detail", advice=advice.rstrip("."), details=quoted)


def _means_wording(base: KnowledgeBase, assessment: Assessment) -> str:
    """The words for other means under this guidance; empty where the base says none."""
    action = assessment.guidance.action
    keys = (f"means_{assessment.verdict.value}_{action}", f"means_{action}")
    return next((base.phrases[key] for key in keys if key in base.phrases), "")
