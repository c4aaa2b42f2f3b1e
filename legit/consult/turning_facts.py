"""The statements on which a verdict turns that documents, records and the operator do not give.

What nobody but the user or the model states counts. Where what others attest would settle the verdict in another way,
the answer says so, and names those statements.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from legit.errors import LegitError
from legit.judge import Judge
from legit.model.assessment import Verdict
from legit.model.facts import Case, Fact, SpeakerKind

_OWN_WORD = frozenset({SpeakerKind.USER, SpeakerKind.INFERRED})
_MAX_TRIED = 40
"""The most statements of which each is left out in turn. Of more, none is found to be needless."""
_TIME_LIMIT = 0.5


@dataclass(frozen=True, slots=True)
class TurningFacts:
    """`attested` is the verdict on what documents, records and the operator say alone.

    `facts` are statements of the user or the model that lead to the verdict of the case together with these, and of
    which none can be left out.
    """

    attested: Verdict
    facts: tuple[Fact, ...]


def turning_facts(judge: Judge, case: Case, verdict: Verdict) -> TurningFacts | None:
    """On what the verdict of a case turns; None where attested facts settle it in the same way, or settle nothing."""
    own = [fact for fact in case.facts if fact.speaker.kind in _OWN_WORD]
    attested = [fact for fact in case.facts if fact.speaker.kind not in _OWN_WORD]
    if not own or not attested:
        return None
    alone = _verdict(judge, attested)
    if alone in {verdict, Verdict.UNDETERMINED}:
        return None
    needed = own
    for fact in own if len(own) <= _MAX_TRIED else ():
        fewer = [other for other in needed if other is not fact]
        if _verdict(judge, [*attested, *fewer]) is verdict:
            needed = fewer
    return TurningFacts(alone, tuple(needed))


def _verdict(judge: Judge, facts: Iterable[Fact]) -> Verdict:
    try:
        return judge.decide(Case(facts=tuple(facts)), time_limit=_TIME_LIMIT).verdict
    except LegitError:
        return Verdict.UNDETERMINED
