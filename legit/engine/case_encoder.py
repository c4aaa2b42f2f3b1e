"""Encodes a case as truth values of input atoms. The encoding is canonical and has no text of the user."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from legit.engine.exact_relations import MeasureComparer, date_relations, number_dates
from legit.engine.law_inputs import LawInputs
from legit.engine.scenarios import GroundAtom, format_atom
from legit.errors import Problem
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.case_validation import mutually_exclusive
from legit.knowledge.lexicon import MEASURES
from legit.model.facts import Case, Fact, SpeakerKind, Truth, Value, WitnessId, fold_text, text_order

MAX_NAMES = 24
"""The largest number of different names, and of different dates, in one case."""

_MAX_CACHED_SYMBOLS = 4096
"""The largest number of facts whose symbols are kept; a case with times and counts of its own makes new ones."""


@dataclass(slots=True)
class EncodedCase:
    """The inputs of one case: the symbols that are true, those that are open, and the facts behind each.

    The order of the facts of a symbol does not depend on the text. `named` are the names of the case by their numbers,
    from 1, as first written. `relations` are the true inputs that are no statements: those that order two values of the
    case, and what its place and dates say of the law.
    `untrusted` are the kinds of speakers that the profile does not trust.
    """

    true_inputs: list[str] = field(default_factory=list)
    open_inputs: list[str] = field(default_factory=list)
    facts: dict[str, list[Fact]] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    date_count: int = 0
    relations: frozenset[str] = frozenset()
    untrusted_kinds: frozenset[SpeakerKind] = frozenset()
    _supporting_facts: dict[str, list[Fact]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def exceeds_limits(self) -> bool:
        """Whether the case has more names or dates than a program is grounded for."""
        return len(self.names) > MAX_NAMES or self.date_count > MAX_NAMES

    def supporting_facts(self, symbol: str) -> list[Fact]:
        """The facts of trusted speakers that give a symbol its truth value, true or false; each fact once."""
        found = self._supporting_facts.get(symbol)
        if found is None:
            truth = Truth.TRUE if symbol in self.true_inputs else Truth.FALSE
            said = [
                fact
                for fact in self.facts.get(symbol, ())
                if fact.truth is truth and fact.speaker.kind not in self.untrusted_kinds
            ]
            found = self._supporting_facts[symbol] = said if len(said) < 2 else list(dict.fromkeys(said))
        return found

    def stated_facts(self, symbols: Iterable[str]) -> list[Fact]:
        """The facts that state the given inputs, in an order that does not depend on the text."""
        return [fact for symbol in symbols for fact in self.supporting_facts(symbol)]

    def witnesses(self, symbols: Iterable[str]) -> set[WitnessId]:
        """The sources that attest the given inputs. An inference of the fact author has no source."""
        return {
            fact.speaker.witness_id
            for fact in self.stated_facts(symbols)
            if fact.speaker.kind is not SpeakerKind.INFERRED
        }


class CaseEncoder:
    """Encodes cases for one knowledge base. Instances may be shared between threads."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._predicates = base.vocabulary.predicates
        self._vocabulary = base.vocabulary
        self._untrusted = frozenset(kind for kind in SpeakerKind if base.profile.trust(kind.value) <= 0)
        self._case_specific_types = {
            name: tuple(argument.type for argument in predicate.args)
            for name, predicate in self._predicates.items()
            if any(argument.type in {"name", "date"} for argument in predicate.args)
        }
        self._comparer = MeasureComparer(base.vocabulary, sorted(MEASURES), self._is_trusted)
        self._law = LawInputs(base)
        self._symbol_cache: dict[tuple[str, tuple[Value, ...]], str] = {}

    def encode(self, case: Case) -> EncodedCase:
        """The inputs of a checked case.

        Names are numbered in the order of their first use in the sorted facts and dates by the calendar, so that
        neither the order of the sentences nor the names themselves can matter. A fact that speakers dispute, or that
        only speakers say who are not trusted, is open.
        """
        inputs = EncodedCase(untrusted_kinds=self._untrusted)
        by_symbol = inputs.facts
        particular: list[Fact] = []
        compared: list[Fact] = []
        kept, comparable = self._symbol_cache, self._comparer.compared_predicates
        placed = False
        for fact in case.facts:
            if fact.predicate in comparable:
                compared.append(fact)
            placed = placed or fact.predicate == self._law.place_predicate
            symbol = kept.get((fact.predicate, fact.args))
            if symbol is None:
                if fact.predicate in self._case_specific_types:
                    particular.append(fact)
                    continue
                symbol = self._encode_symbol(fact)
            if symbol:
                by_symbol.setdefault(symbol, []).append(fact)
        if particular:
            self._encode_case_specific(particular, inputs)
        clash = self._vocabulary.may_conflict(said[0].predicate for said in by_symbol.values())
        disputed = self._disputed_symbols(by_symbol) if clash else set()
        if len(compared) > 1:
            ordered = self._comparer.relations(compared)
            inputs.true_inputs += ordered.holding
            inputs.relations |= {*ordered.holding}
            disputed |= ordered.disputed
        if placed and (law := self._law.symbols(case)):
            inputs.true_inputs += law
            inputs.relations |= {*law}
        for symbol in sorted(by_symbol):
            said = by_symbol[symbol]
            if len(said) > 1:
                said.sort(key=_speaker_sort_key)
            truth = said[0].truth if len(said) == 1 else self._agreed_truth(said)
            if self._untrusted and not any(self._is_trusted(fact) for fact in said):
                truth = Truth.UNKNOWN
            if truth is Truth.UNKNOWN or symbol in disputed:
                inputs.open_inputs.append(symbol)
            elif truth is Truth.TRUE:
                inputs.true_inputs.append(symbol)
        return inputs

    def has_name_or_date(self, fact: Fact) -> bool:
        """Whether a fact has a name or a date, which `MAX_NAMES` limits in number."""
        return fact.predicate in self._case_specific_types

    def is_context_free(self, fact: Fact) -> bool:
        """Whether the input of a fact is the same in every case: it has no name, no date and no place, and its speaker
        is trusted."""
        particular = fact.predicate in self._case_specific_types or fact.predicate == self._law.place_predicate
        return not particular and self._is_trusted(fact)

    def symbol(self, fact: Fact) -> str:
        """The input symbol of a fact without a name and without a date; empty for an annotation."""
        return self._symbol_cache.get((fact.predicate, fact.args)) or self._encode_symbol(fact)

    def _encode_symbol(self, fact: Fact) -> str:
        """The symbol of a fact without names and dates; empty for an annotation."""
        predicate = self._predicates[fact.predicate]
        symbol = ""
        if not predicate.informational:
            types = [argument.type for argument in predicate.args]
            args = tuple(self._encode_value(*item) for item in zip(types, fact.args, strict=True))
            symbol = format_atom(GroundAtom(fact.predicate, args))
        if len(self._symbol_cache) < _MAX_CACHED_SYMBOLS:
            self._symbol_cache[fact.predicate, fact.args] = symbol
        return symbol

    def _encode_case_specific(self, facts: list[Fact], inputs: EncodedCase) -> None:
        facts = sorted(facts, key=lambda fact: (fact.predicate, tuple(map(_arg_order, fact.args))))
        types = self._case_specific_types
        named: dict[str, int] = {}
        written: list[str] = []
        dates = number_dates(
            str(value)
            for fact in facts
            for type_name, value in zip(types[fact.predicate], fact.args, strict=True)
            if type_name == "date"
        )
        for fact in facts:
            args = []
            for type_name, value in zip(types[fact.predicate], fact.args, strict=True):
                if type_name == "name":
                    folded = fold_text(str(value))
                    if folded not in named:
                        named[folded] = len(named) + 1
                        written.append(str(value))
                    args.append(str(named[folded]))
                elif type_name == "date":
                    args.append(str(dates[str(value)]))
                else:
                    args.append(self._encode_value(type_name, value))
            inputs.facts.setdefault(format_atom(GroundAtom(fact.predicate, tuple(args))), []).append(fact)
        inputs.names = tuple(written)
        inputs.date_count = len(dates)
        inputs.true_inputs += (ordered := date_relations(dates))
        inputs.relations = frozenset(ordered)

    def _encode_value(self, type_name: str, value: Value) -> str:
        if type_name in MEASURES:
            return str(self._vocabulary.lexicon.band_index(type_name, int(str(value))))
        return str(value)

    def first_excess(self, facts: Sequence[Fact]) -> int:
        """The position of the first fact that has one name or date too many; the number of facts when none has."""
        return bisect_left(
            range(len(facts)),
            True,
            key=lambda last: self.encode(Case(facts=tuple(facts[: last + 1]))).exceeds_limits,
        )

    def excess_problem(self, case: Case) -> Problem:
        """The problem (C104) of a case with too many names or dates, at the first fact that has one too many."""
        span = case.facts[self.first_excess(case.facts)].span
        return Problem(
            "C104",
            f"more than {MAX_NAMES} different names or dates in one case",
            span.line if span else 0,
            span.column if span else 0,
            help="leave out what does not bear on the rule",
        )

    def _is_trusted(self, fact: Fact) -> bool:
        return fact.speaker.kind not in self._untrusted

    def _agreed_truth(self, facts: list[Fact]) -> Truth:
        """The truth value on which the trusted speakers agree; a speaker who states `unknown` is ignored."""
        truths = {fact.truth for fact in facts if self._is_trusted(fact)} - {Truth.UNKNOWN}
        return truths.pop() if len(truths) == 1 else Truth.UNKNOWN

    def _disputed_symbols(self, by_symbol: dict[str, list[Fact]]) -> set[str]:
        """Affirmed atoms that exclude each other, trusted speakers having said both."""
        affirmed: dict[str, list[str]] = {}
        for symbol, said in by_symbol.items():
            if any(fact.truth is Truth.TRUE and self._is_trusted(fact) for fact in said):
                affirmed.setdefault(said[0].predicate, []).append(symbol)
        disputed: set[str] = set()
        for name, symbols in affirmed.items():
            stated = self._predicates[name].spec
            if stated.functional and len(symbols) > 1:
                disputed.update(symbols)
            for other in stated.excludes:
                for symbol, rival in itertools.product(symbols, affirmed.get(other, ())):
                    if mutually_exclusive(self._vocabulary, by_symbol[symbol][0].atom, by_symbol[rival][0].atom):
                        disputed.update((symbol, rival))
        return disputed


def _arg_order(value: Value) -> tuple[str, str]:
    return text_order(str(value))


def _speaker_sort_key(fact: Fact) -> tuple[object, ...]:
    return text_order(str(fact.speaker)), text_order(fact.detail or ""), fact.truth.value, *map(_arg_order, fact.args)
