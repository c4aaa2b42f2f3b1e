"""From the facts of a case to truth values of input atoms: canonical, without any text of the user."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from legit.dates import ranks
from legit.facts import Case, Fact, SpeakerKind, Truth, Value
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.conformity import excludes
from legit.knowledge.vocabulary import MEASURES


@dataclass(slots=True)
class Inputs:
    """The inputs of one case: which symbols are true, which are open, and the facts behind each."""

    true: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    facts: dict[str, list[Fact]] = field(default_factory=dict)
    names: int = 0
    dates: int = 0


class Encoder:
    """Encodes cases for one knowledge base."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._base = base

    def encode(self, case: Case) -> Inputs:
        """The inputs of a checked case.

        Names are numbered in the order of their first use in the sorted facts and dates by rank, so that neither the
        order of the sentences nor the names themselves can matter. A fact that speakers dispute, or that only
        speakers say who are not trusted, is open.
        """
        facts = [fact for fact in case.facts if not self._base.vocabulary.predicates[fact.predicate].record_only]
        facts.sort(key=lambda fact: (fact.predicate, tuple(str(arg) for arg in fact.args), fact.truth.value))
        names: dict[str, int] = {}
        dates = ranks(self._dates(facts))
        inputs = Inputs(dates=max(dates.values(), default=0))
        by_symbol: dict[str, list[Fact]] = {}
        for fact in facts:
            predicate = self._base.vocabulary.predicates[fact.predicate]
            args = [
                self._argument(argument.type, value, names, dates)
                for argument, value in zip(predicate.args, fact.args, strict=True)
            ]
            symbol = f"{fact.predicate}({','.join(args)})" if args else fact.predicate
            by_symbol.setdefault(symbol, []).append(fact)
        disputed = self._disputed(by_symbol)
        for symbol, said in by_symbol.items():
            truths = {fact.truth if self._trusted(fact) else Truth.UNKNOWN for fact in said}
            if len(truths) > 1 and Truth.UNKNOWN in truths:
                truths.discard(Truth.UNKNOWN)
            if truths == {Truth.TRUE} and symbol not in disputed:
                inputs.true.append(symbol)
            elif truths != {Truth.FALSE}:
                inputs.open.append(symbol)
        inputs.facts = by_symbol
        inputs.names = len(names)
        return inputs

    def _trusted(self, fact: Fact) -> bool:
        return self._base.profile.trust(SpeakerKind(fact.speaker.kind).value) > 0

    def _disputed(self, by_symbol: dict[str, list[Fact]]) -> set[str]:
        """Affirmed atoms that another speaker's affirmed fact excludes (one value only, or excluded predicates)."""
        affirmed: dict[str, list[str]] = {}
        for symbol, said in by_symbol.items():
            if any(fact.truth is Truth.TRUE for fact in said):
                affirmed.setdefault(symbol.partition("(")[0], []).append(symbol)
        disputed: set[str] = set()
        for name, symbols in affirmed.items():
            predicate = self._base.vocabulary.predicates[name]
            if predicate.stated.single and len(symbols) > 1:
                disputed.update(symbols)
            for other in predicate.stated.excludes:
                for symbol, rival in itertools.product(symbols, affirmed.get(other, ())):
                    if excludes(self._base.vocabulary, by_symbol[symbol][0], by_symbol[rival][0]):
                        disputed.update((symbol, rival))
        return disputed

    def _dates(self, facts: list[Fact]) -> set[str]:
        predicates = self._base.vocabulary.predicates
        return {
            str(value)
            for fact in facts
            for argument, value in zip(predicates[fact.predicate].args, fact.args, strict=True)
            if argument.type == "date"
        }

    def _argument(self, type_name: str, value: Value, names: dict[str, int], dates: dict[str, int]) -> str:
        if type_name in MEASURES:
            return str(self._base.vocabulary.frame.band(type_name, int(str(value))))
        if type_name == "date":
            return str(dates[str(value)])
        if type_name == "name":
            return str(names.setdefault(_folded(str(value)), len(names) + 1))
        return str(value)


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
