"""The lines of the weighing: cost, protection, what moves the balance, the degrees on which the verdict depends,
and what has no effect on it."""

from __future__ import annotations

from collections.abc import Iterator

from legit.consult.paging import Line
from legit.consult.reason_lines import MAX_EVIDENCE, brief_evidence_text
from legit.messages import message, term
from legit.model.assessment import Assessment, DegreeTurn, Verdict
from legit.model.facts import SpeakerKind

_WEIGHED_FIRST = (Verdict.STANDS, Verdict.CONTESTED)
_MAX_DEGREES = 2


def weighing_line(assessment: Assessment) -> Iterator[Line]:
    """The balance in one line; on the first page where it carries the verdict."""
    if assessment.balance:
        parts = "; ".join(part.text for part in assessment.balance)
        yield Line(message("consult.weighed", parts=parts), 1 if assessment.verdict in _WEIGHED_FIRST else 4)


def degree_lines(assessment: Assessment) -> Iterator[Line]:
    """The stated degrees that change the verdict when they are one step off: those that nobody attests come first, then
    those that turn it around.
    """
    by_fact: dict[str, list[DegreeTurn]] = {}
    for turn in assessment.decisive_steps:
        by_fact.setdefault(turn.shifts[0].evidence.sentence, []).append(turn)
    for number, turns in enumerate(sorted(by_fact.values(), key=_rank)[:_MAX_DEGREES]):
        changes = "; ".join(
            message("consult.degree_change", degree=turn.shifts[0].degree, verdict=term("verdict", turn.verdict.value))
            for turn in turns
        )
        fact = brief_evidence_text(turns[0].shifts[0].evidence)
        yield Line(message("consult.degree", fact=fact, changes=changes), 3 if number else 0)


def without_effect_lines(assessment: Assessment) -> Iterator[Line]:
    """The stated facts that nothing in the answer rests on, a few in each line."""
    found = [brief_evidence_text(evidence) for evidence in assessment.without_effect]
    for first in range(0, len(found), MAX_EVIDENCE):
        yield Line(message("consult.without_effect", facts=" ".join(found[first : first + MAX_EVIDENCE])), 5)


def _rank(turns: list[DegreeTurn]) -> tuple[bool, bool]:
    inferred = turns[0].shifts[0].evidence.speaker.kind is SpeakerKind.INFERRED
    return not inferred, all(turn.verdict not in (Verdict.STANDS, Verdict.DEFEATED) for turn in turns)
