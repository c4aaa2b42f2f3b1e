"""The lines of reasons: which reasons are shown, each with its evidence and the sources of the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from legit.consult.paging import Line
from legit.consult.token_budget import truncate_quotations
from legit.messages import message, term
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

QUOTATION_TOKENS = 28
"""The most tokens that are shown of a quotation."""

MAX_EVIDENCE = 3
_MAX_SOURCES = 4
_MAX_BRIEF_EVIDENCE = 2
ReasonKind = Effect | Literal["for"]
Reason = Finding | Justification
_DECISIVE_KINDS: dict[Verdict, dict[ReasonKind, int]] = {
    Verdict.DEFEATED: {"defeats": 3, "for": 1},
    Verdict.STANDS: {"for": 2, "outweighed": 1},
    Verdict.CONTESTED: {"tied": 2, "for": 2},
    Verdict.UNDETERMINED: {"open": 1, "possible": 1, "for": 1},
}
_UNNUMBERED = frozenset({SpeakerKind.USER, SpeakerKind.INFERRED, SpeakerKind.OPERATOR})
"""The kinds of speakers of which there is one in a case; documents and records are named by their references."""


def decisive_reasons(assessment: Assessment) -> list[tuple[ReasonKind, Reason]]:
    """The decisive reasons, without repetition: each is based on a fact that no reason before it names."""
    named: set[str] = set()
    shown: list[tuple[ReasonKind, Reason]] = []
    for kind, room in _DECISIVE_KINDS[assessment.verdict].items():
        found: Iterable[Reason] = assessment.justifications
        if kind != "for":
            found = (item for item in assessment.findings if item.effect == kind and not item.repeats)
        chosen: list[Reason] = []
        for item in found:
            sentences = {ground.sentence for ground in item.evidence}
            if len(chosen) < room and sentences - named:
                named |= sentences
                chosen.append(item)
        shown += [(kind, item) for item in chosen]
    return shown


def reason_text(kind: ReasonKind, reason: Reason) -> str:
    """A reason with its evidence, as further pages have it."""
    return message(f"consult.reason_{kind}", text=f"{reason.title}. {evidence_list_text(reason.evidence)}".strip())


def brief_reason_text(kind: ReasonKind, reason: Reason) -> str:
    """A reason for the first page: with the evidence that tells most, in the form as which it was read."""
    grounds = sorted(reason.evidence, key=lambda ground: '"' not in ground.sentence)[:_MAX_BRIEF_EVIDENCE]
    facts = " ".join(brief_evidence_text(ground) for ground in reason.evidence if ground in grounds)
    return message(f"consult.reason_{kind}", text=f"{reason.title}. {facts}".strip())


def brief_evidence_text(evidence: Evidence) -> str:
    """A fact with its source of evidence, without the words in which it was written."""
    return f"{truncate_quotations(evidence.sentence, QUOTATION_TOKENS)} [{_speaker_mark(evidence.speaker)}]"


def evidence_list_text(evidence: tuple[Evidence, ...]) -> str:
    return " ".join(evidence_text(ground) for ground in evidence[:MAX_EVIDENCE])


def evidence_text(evidence: Evidence) -> str:
    sentence = truncate_quotations(evidence.sentence, QUOTATION_TOKENS)
    if evidence.written:
        written = truncate_quotations(evidence.written.rstrip("."), QUOTATION_TOKENS)
        sentence = message("assessment.evidence_written", sentence=sentence.rstrip("."), written=written)
    return f"{sentence} [{_speaker_mark(evidence.speaker)}]"


def speaker_mark(speaker: Speaker) -> str:
    """The mark of a source of evidence: its kind in the language in use, and its reference."""
    kind = term("mark", speaker.kind.value)
    return f'{kind} "{speaker.reference}"' if speaker.reference else kind


def _speaker_mark(speaker: Speaker) -> str:
    return truncate_quotations(speaker_mark(speaker), 12)


def source_text(reason: Reason | MethodHarmReason) -> str:
    # What binds before what persuades, and what was read before what was not; without a place nothing is known to bind.
    order = sorted(reason.sources, key=lambda source: (source.force != "binding", not source.verified))
    return f" ({citation_text(order[0])})" if order else ""


def citation_text(citation: Citation) -> str:
    text = citation.text if citation.verified else message("consult.unverified", text=citation.text)
    return message(f"in_force.marked_{citation.force}", source=text) if citation.force else text


class CriterionLines:
    """The lines of a criterion and its sources, each made once. Threads may share an instance."""

    def __init__(self) -> None:
        self._cache: dict[tuple[str, bool, tuple[Citation, ...]], tuple[Line, ...]] = {}

    def for_reason(self, reason: Reason) -> tuple[Line, ...]:
        """The statement of a criterion against a rule, and its sources."""
        key = (reason.criterion, isinstance(reason, Finding), reason.sources)
        found = self._cache.get(key)
        if found is None:
            means = (
                [Line(message("consult.means", title=reason.title, statement=reason.statement))]
                if isinstance(reason, Finding)
                else []
            )
            sources = " · ".join(citation_text(source) for source in reason.sources[:_MAX_SOURCES])
            cites = [Line(message("consult.sources", title=reason.title, sources=sources))] if reason.sources else []
            found = self._cache[key] = (*means, *cites)
        return found


def evidence_basis_line(assessment: Assessment, shown: list[Reason]) -> Iterator[Line]:
    grounds = [ground for item in (*shown, *assessment.method_harm.reasons) for ground in item.evidence]
    names = dict.fromkeys(_source_name(ground.speaker) for ground in grounds)
    if names:
        yield Line(message("consult.evidence_basis", sources=message("consult.and").join(names)), 0)


def _source_name(speaker: Speaker) -> str:
    if speaker.kind in _UNNUMBERED:
        return message(f"consult.source_{speaker.kind.value}")
    return message("consult.named_source", mark=_speaker_mark(speaker))
