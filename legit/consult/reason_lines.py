"""Which reasons are shown, and how each is said: with its facts, who vouches for them, and a source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from legit.consult.paging import Line
from legit.consult.token_budget import cut_quotations
from legit.model.assessment import (
    Assessment,
    Citation,
    Effect,
    Evidence,
    Finding,
    Justification,
    MethodHarmReason,
    Verdict,
)
from legit.model.facts import Speaker, SpeakerKind

QUOTATION = 28
"""The most tokens that are shown of a quotation."""

_GROUNDS = 3
Kind = Effect | Literal["for"]
Reason = Finding | Justification
_LABELS: dict[Kind, str] = {
    "for": "For the rule",
    "defeats": "Against the rule",
    "tied": "Against the rule, evenly matched",
    "open": "Against the rule, if it prevails",
    "possible": "Perhaps against the rule",
    "outweighed": "Against the rule, outweighed",
}
_DECISIVE: dict[Verdict, dict[Kind, int]] = {
    Verdict.DEFEATED: {"defeats": 3, "for": 1},
    Verdict.STANDS: {"for": 2, "outweighed": 1},
    Verdict.CONTESTED: {"tied": 2, "for": 2},
    Verdict.UNDETERMINED: {"open": 1, "possible": 1, "for": 1},
}
_NAMES = {
    SpeakerKind.USER: "the user's word",
    SpeakerKind.INFERRED: "what the describer inferred",
    SpeakerKind.OPERATOR: "the operator's word",
}


def decisive_reasons(assessment: Assessment) -> list[tuple[Kind, Reason]]:
    """The reasons that decide, as many as a careful reader wants: each rests on a fact that none before it named."""
    named: set[str] = set()
    shown: list[tuple[Kind, Reason]] = []
    for kind, room in _DECISIVE[assessment.verdict].items():
        found: Iterable[Reason] = assessment.justifications
        if kind != "for":
            found = (item for item in assessment.findings if item.effect == kind)
        chosen: list[Reason] = []
        for item in found:
            sentences = {ground.sentence for ground in item.evidence}
            if len(chosen) < room and sentences - named:
                named |= sentences
                chosen.append(item)
        shown += [(kind, item) for item in chosen]
    return shown


def reason_text(kind: Kind, item: Reason) -> str:
    return f"{_LABELS[kind]}: {item.title}. {grounds_text(item.evidence)}{source_text(item)}"


def grounds_text(grounds: tuple[Evidence, ...]) -> str:
    return " ".join(ground_text(ground) for ground in grounds[:_GROUNDS])


def ground_text(ground: Evidence) -> str:
    return f"{cut_quotations(ground.sentence, QUOTATION)} [{_mark(ground.speaker)}]"


def _mark(speaker: Speaker) -> str:
    return cut_quotations(str(speaker), 12)


def source_text(item: Reason | MethodHarmReason) -> str:
    source = next((source for source in item.sources if source.verified), None) or next(iter(item.sources), None)
    return f" ({cited_text(source)})" if source else ""


def cited_text(source: Citation) -> str:
    return source.text if source.verified else f"{source.text}, unverified"


class CriterionLines:
    """The lines that a criterion has whatever the case, each made once. Instances may be shared between threads."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, bool], tuple[Line, ...]] = {}

    def of(self, item: Reason) -> tuple[Line, ...]:
        """What a criterion against a rule means, and the sources where there is more than the one already said."""
        key = (item.criterion, isinstance(item, Finding))
        found = self._made.get(key)
        if found is None:
            means = [Line(f"{item.title} means: {item.statement}")] if isinstance(item, Finding) else []
            sources = " · ".join(cited_text(source) for source in item.sources)
            cites = [Line(f"{item.title}, sources: {sources}")] if len(item.sources) > 1 else []
            found = self._made[key] = (*means, *cites)
        return found


def reliance_line(assessment: Assessment, shown: list[Reason]) -> Iterator[Line]:
    grounds = [ground for item in (*shown, *assessment.method_harm.reasons) for ground in item.evidence]
    names = dict.fromkeys(_NAMES.get(ground.speaker.kind, f"the {_mark(ground.speaker)}") for ground in grounds)
    if names:
        yield Line(f"This rests on {' and '.join(names)}; nothing was verified.", 2)
