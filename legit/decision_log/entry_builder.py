"""Builds the entry of a decision from the case and its answer, both with placeholders for texts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache

from legit.decision_log.archive import grammar_digest
from legit.decision_log.entries import (
    Decision,
    RecordedAnswer,
    RecordedCriterion,
    RecordedFinding,
    RecordedHarmReason,
    RecordedLaw,
    RecordedProvenance,
    RecordedQuestion,
    RecordedSource,
    RecordedUndercut,
    StatedFact,
)
from legit.decision_log.redaction import TextPolicy
from legit.judge import Judge
from legit.model.assessment import Assessment, Evidence
from legit.model.facts import Case


def build_decision(
    judge: Judge,
    case: Case,
    assessment: Assessment,
    commitments: dict[str, str | None],
    text_policy: TextPolicy,
    caller: dict[str, str],
    time: str,
) -> Decision:
    """The entry of a decision that a judge has just made."""
    return Decision(
        time=time,
        caller=caller,
        case=judge.writer.case(case, as_written=True),
        line_numbers=tuple(item.span.line if item.span else None for item in (*case.facts, *case.opinions)),
        facts=record_facts(case),
        commitments=commitments,
        text_policy=text_policy,
        answer=record_answer(judge, case, assessment),
        provenance=record_provenance(assessment, judge),
    )


def record_facts(case: Case) -> tuple[StatedFact, ...]:
    """The facts of a case as entries hold them."""
    return tuple(
        StatedFact(predicate=fact.predicate, args=fact.args, truth=fact.truth, speaker=str(fact.speaker))
        for fact in case.facts
    )


def record_answer(judge: Judge, case: Case, assessment: Assessment) -> RecordedAnswer:
    """The answer to a case as entries hold it."""
    return summarise(assessment, [(judge.writer.sentence(fact), str(fact.speaker)) for fact in case.facts])


def summarise(assessment: Assessment, statements: list[tuple[str, str]]) -> RecordedAnswer:
    """The part of an entry that records an answer. Each of the `statements` is a sentence and its speaker."""
    numbers: dict[tuple[str, str], list[int]] = {}
    for number, sentence in enumerate(statements):
        numbers.setdefault(sentence, []).append(number)

    def rests_on(grounds: Iterable[Evidence]) -> tuple[int, ...]:
        found = (number for ground in grounds for number in numbers.get((ground.sentence, str(ground.speaker)), ()))
        return tuple(sorted(set(found)))

    return RecordedAnswer(
        verdict=assessment.verdict,
        undetermined_reason=assessment.undetermined_reason,
        stance=assessment.guidance.stance,
        action=assessment.guidance.action,
        method_harm=assessment.method_harm.level,
        findings=tuple(
            RecordedFinding(
                criterion=item.criterion, family=item.family, effect=item.effect, evidence=rests_on(item.evidence)
            )
            for item in assessment.findings
        ),
        undercut=tuple(
            RecordedUndercut(criterion=item.criterion, undercutters=item.undercutters) for item in assessment.undercut
        ),
        justifications=tuple(
            RecordedCriterion(criterion=item.criterion, evidence=rests_on(item.evidence))
            for item in assessment.justifications
        ),
        rights_touched=tuple(item.right for item in assessment.rights_touched),
        method_harm_reasons=tuple(
            RecordedHarmReason(criterion=item.criterion, level=item.level, evidence=rests_on(item.evidence))
            for item in assessment.method_harm.reasons
        ),
        questions=tuple(RecordedQuestion(text=item.text, decisive=item.decisive) for item in assessment.questions),
        sufficient_sets=tuple(rests_on(item.facts) for item in assessment.evidence_basis.sufficient_sets),
        sufficient_sets_complete=assessment.evidence_basis.complete,
        sole_source=assessment.evidence_basis.sole_source,
        assessment_digest=assessment_digest(assessment),
        law=record_law(assessment),
    )


def record_law(assessment: Assessment) -> RecordedLaw | None:
    """The law by which a case was judged, as entries hold it; None for a case that does not say where it arises."""
    law = assessment.law
    if law is None:
        return None
    sources = tuple(RecordedSource(**item.model_dump(exclude={"text"})) for item in law.sources)
    return RecordedLaw(place=law.place, as_of=law.as_of, sources=sources)


def assessment_digest(assessment: Assessment) -> str:
    """SHA-256 of an assessment as JSON, hexadecimal."""
    return hashlib.sha256(assessment.model_dump_json().encode()).hexdigest()


def record_provenance(assessment: Assessment, judge: Judge) -> RecordedProvenance:
    """The versions and digests of the engine, grammar, base and profile that decided."""
    provenance = assessment.provenance
    return RecordedProvenance(
        engine=provenance.engine,
        grammar_digest=_grammar_digest(),
        base=provenance.base,
        base_version=provenance.base_version,
        base_digest=provenance.base_digest,
        profile=judge.base.profile.id,
        profile_version=provenance.profile_version,
    )


@lru_cache(maxsize=1)
def _grammar_digest() -> str:
    return grammar_digest()
