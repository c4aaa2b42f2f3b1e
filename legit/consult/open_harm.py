"""Mere word does not deny what harm of the method is possible.

A speaker who does not know is ignored where another says true or false. So a denial by the user, or one that the model
infers, could settle a statement that somebody else leaves open, and with it a harm of the method. Such a denial is left
open where the harm is graver without it.
"""

from __future__ import annotations

from collections.abc import Sequence

from legit.errors import LegitError
from legit.judge import Judge
from legit.knowledge.case_validation import unsays
from legit.model.facts import Case, Fact, SpeakerKind, Truth

OWN_WORD = frozenset({SpeakerKind.USER, SpeakerKind.INFERRED})
"""The speakers that attest nothing by themselves: the user and the fact author."""

_TIME_LIMIT = 1.0
_MAX_COMPARED = 200_000
"""So many pairs of statements are compared. Of more, every denial is left open."""


def keep_harm_open(judge: Judge, facts: Sequence[Fact]) -> list[Fact]:
    """The facts, with denials on mere word left open where they alone would set a possible harm aside."""
    opened = _with_denials_open(judge, facts)
    if opened == list(facts):
        return opened
    order = judge.base.caution_order.get("method_harm_level", ())
    before, after = _harm_level(judge, facts), _harm_level(judge, opened)
    if not before or not after:
        return opened  # it could not be tried
    graver = after in order and (before not in order or order.index(after) < order.index(before))
    return opened if graver else list(facts)


def _with_denials_open(judge: Judge, facts: Sequence[Fact]) -> list[Fact]:
    possible = {
        (fact.predicate, fact.args): fact.model_copy(update={"truth": Truth.TRUE})
        for fact in facts
        if fact.truth is Truth.UNKNOWN and judge.bears_on_harm(fact)
    }
    if not possible:
        return list(facts)
    every = len(possible) * len(facts) > _MAX_COMPARED
    vocabulary = judge.base.vocabulary

    def denies(fact: Fact) -> bool:
        if fact.speaker.kind not in OWN_WORD or fact.truth is Truth.UNKNOWN:
            return False
        if every:
            return fact.truth is Truth.FALSE and judge.bears_on_harm(fact)
        return any(unsays(vocabulary, fact, harm) for harm in possible.values())

    return [fact.model_copy(update={"truth": Truth.UNKNOWN}) if denies(fact) else fact for fact in facts]


def _harm_level(judge: Judge, facts: Sequence[Fact]) -> str:
    try:
        return judge.decide(Case(facts=tuple(facts)), time_limit=_TIME_LIMIT).method_harm
    except LegitError:
        return ""
