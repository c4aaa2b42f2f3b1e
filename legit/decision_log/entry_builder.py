"""Making the record of a decision from the case and its answer, both with stand-ins for texts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache

from legit.decision_log.archive import grammar_digest
from legit.decision_log.entries import Answer, Applied, Asked, Basis, Decision, Harmed, Origin, Spared, StatedFact
from legit.decision_log.redaction import Texts
from legit.judge import Judge
from legit.model.assessment import Assessment, Evidence
from legit.model.facts import Case


def decision_of(
    judge: Judge,
    case: Case,
    answer: Assessment,
    texts: dict[str, str | None],
    texts_kept: Texts,
    caller: dict[str, str],
    time: str,
) -> Decision:
    """The record of a decision that a judge has just made."""
    return Decision(
        time=time,
        caller=caller,
        case=judge.writer.case(case),
        lines=tuple(item.span.line if item.span else None for item in (*case.facts, *case.opinions)),
        facts=stated(case),
        texts=texts,
        texts_kept=texts_kept,
        answer=answered(judge, case, answer),
        origin=origin(answer, judge),
    )


def stated(case: Case) -> tuple[StatedFact, ...]:
    """The facts of a case as records hold them."""
    return tuple(
        StatedFact(predicate=fact.predicate, args=fact.args, truth=fact.truth, by=str(fact.speaker))
        for fact in case.facts
    )


def answered(judge: Judge, case: Case, answer: Assessment) -> Answer:
    """The answer to a case as records hold it."""
    return summary(answer, [(judge.writer.sentence(fact), str(fact.speaker)) for fact in case.facts])


def summary(answer: Assessment, said: list[tuple[str, str]]) -> Answer:
    """What a record says of an answer to the facts that were `said`, each a sentence and its speaker."""
    numbers: dict[tuple[str, str], list[int]] = {}
    for number, sentence in enumerate(said):
        numbers.setdefault(sentence, []).append(number)

    def rests_on(grounds: Iterable[Evidence]) -> tuple[int, ...]:
        found = (number for ground in grounds for number in numbers.get((ground.sentence, str(ground.speaker)), ()))
        return tuple(sorted(set(found)))

    return Answer(
        verdict=answer.verdict,
        reason=answer.undetermined_reason,
        stance=answer.guidance.stance,
        action=answer.guidance.action,
        harm=answer.method_harm.level,
        findings=tuple(
            Applied(criterion=item.criterion, family=item.family, effect=item.effect, facts=rests_on(item.evidence))
            for item in answer.findings
        ),
        saved=tuple(Spared(criterion=item.criterion, because=item.undercutters) for item in answer.undercut),
        for_the_rule=tuple(
            Basis(criterion=item.criterion, facts=rests_on(item.evidence)) for item in answer.justifications
        ),
        rights=tuple(item.right for item in answer.rights_touched),
        harms=tuple(
            Harmed(criterion=item.criterion, level=item.level, facts=rests_on(item.evidence))
            for item in answer.method_harm.reasons
        ),
        questions=tuple(Asked(text=item.text, decisive=item.decisive) for item in answer.questions),
        reliance=tuple(rests_on(item.facts) for item in answer.evidence_basis.sufficient_sets),
        reliance_complete=answer.evidence_basis.complete,
        alone=answer.evidence_basis.sole_source,
        digest=digest(answer),
    )


def digest(answer: Assessment) -> str:
    """SHA-256 of an assessment as JSON, hexadecimal."""
    return hashlib.sha256(answer.model_dump_json().encode()).hexdigest()


def origin(answer: Assessment, judge: Judge) -> Origin:
    """What decided."""
    provenance = answer.provenance
    return Origin(
        engine=provenance.engine,
        grammar=_grammar(),
        base=provenance.base,
        base_version=provenance.base_version,
        base_digest=provenance.base_digest,
        profile=judge.base.profile.id,
        profile_version=provenance.profile_version,
    )


@lru_cache(maxsize=1)
def _grammar() -> str:
    return grammar_digest()
