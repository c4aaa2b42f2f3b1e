"""The statements on which a verdict turns that documents, records and the operator do not give.

What nobody but the user or the model states counts. Where what others attest would settle the verdict in another way,
the answer says so, and names those statements. `attested_verdicts` of the knowledge base are verdicts that mere word
does not turn: such statements are then left open until somebody else attests them.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from typing import NamedTuple

from legit.consult.open_harm import OWN_WORD, keep_harm_open
from legit.errors import LegitError
from legit.judge import TIME_LIMIT, Judge
from legit.model.assessment import Verdict
from legit.model.facts import Case, Fact, Truth

_MAX_ROUNDS = 8
"""So often statements are searched that turn a verdict by themselves. Then every statement that is left is opened."""
_SEARCH_SECONDS = 2.0
"""How much time of the processor is spent on trying which statements can be left out. What was not tried by then is
not left out."""


class TurningFacts(NamedTuple):
    """`attested` is the verdict on what documents, records and the operator say alone.

    `facts` are statements of the user or the model that lead to the verdict of the case together with these, and of
    which none can be left out. `left_open` is whether statements were left open, so that they do not turn it.
    """

    attested: Verdict
    facts: tuple[Fact, ...]
    left_open: bool = False


class AttestedCase(NamedTuple):
    """A case as it is judged, and on what its verdict turns; None where mere word turns nothing."""

    case: Case
    turning: TurningFacts | None


def hold_attested_verdict(judge: Judge, case: Case, time_limit: float = TIME_LIMIT) -> AttestedCase:
    """The case with those statements left open that would turn an attested verdict on nobody's word but the user's or
    the model's; and these statements.

    Nothing is left open where attested facts settle no verdict, or one that is not among the `attested_verdicts` of the
    base. `time_limit` is that of each decision, in seconds.
    """
    own = [fact for fact in case.facts if fact.speaker.kind in OWN_WORD]
    # What a document leaves open attests nothing: it would make room for the user's word.
    attested = [fact for fact in case.facts if fact.speaker.kind not in OWN_WORD and fact.truth is not Truth.UNKNOWN]
    if not own or not attested:
        return AttestedCase(case, None)
    search = _Search(judge, attested, time_limit)
    alone = search.verdict(())
    verdict = search.verdict(own) if alone is not Verdict.UNDETERMINED else alone
    if verdict is alone:
        return AttestedCase(case, None)
    needed = search.needed(own, verdict)
    turning = TurningFacts(alone, needed)
    if alone.value not in judge.base.manifest.attested_verdicts:
        return AttestedCase(case, turning)
    opened = search.opened(own, needed, {alone, Verdict.UNDETERMINED})
    if not opened:
        return AttestedCase(case, turning)
    facts = keep_harm_open(judge, _left_open(case.facts, opened))
    return AttestedCase(case.model_copy(update={"facts": tuple(facts)}), turning._replace(left_open=True))


def _left_open(facts: Iterable[Fact], opened: Collection[Fact]) -> list[Fact]:
    return [fact.model_copy(update={"truth": Truth.UNKNOWN}) if fact in opened else fact for fact in facts]


class _Search:
    """Decides one case with some of the statements of the user and the model."""

    def __init__(self, judge: Judge, attested: list[Fact], time_limit: float) -> None:
        self._judge = judge
        self._attested = attested
        self._time_limit = time_limit
        self._end = 0.0

    def verdict(self, own: Iterable[Fact]) -> Verdict:
        try:
            return self._judge.decide(Case(facts=(*self._attested, *own)), time_limit=self._time_limit).verdict
        except LegitError:
            return Verdict.UNDETERMINED

    def needed(self, own: list[Fact], verdict: Verdict) -> tuple[Fact, ...]:
        """Statements that give the verdict and of which none can be left out: halves are tried first, then less."""
        # The first decisions may ground the base: that is not the time of the search.
        self._end = self._end or time.thread_time() + _SEARCH_SECONDS
        needed, size = own, (len(own) + 1) // 2
        while size:
            at = 0
            while at < len(needed) and time.thread_time() < self._end:
                fewer = needed[:at] + needed[at + size :]
                if self.verdict(fewer) is verdict:
                    needed = fewer
                else:
                    at += size
            size = (size + 1) // 2 if size > 1 else 0
        return tuple(needed)

    def opened(self, own: list[Fact], needed: tuple[Fact, ...], held: Collection[Verdict]) -> set[Fact]:
        """The statements to be left open, so that the verdict is one of those that are held."""
        opened = {fact for fact in needed if fact.truth is not Truth.UNKNOWN}
        for _ in range(_MAX_ROUNDS):
            left = _left_open(own, opened)
            verdict = self.verdict(left)
            if verdict in held:
                return opened
            opened.update(fact for fact in self.needed(left, verdict) if fact.truth is not Truth.UNKNOWN)
        return set(own)
