"""What the values of a case say about one another: which date is certainly earlier, which measure is greater.

Rules see a date as a number and a measure as a band. Neither tells the order, so each pair that is ordered is an input
of its own. A relation speaks of two values and is no statement: it holds whatever the truth of the facts that hold the
values, and however many other values the case has.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from legit.engine.scenarios import GroundAtom, format_atom
from legit.knowledge.lexicon import Lexicon
from legit.knowledge.protocol import EARLIER, EXCEEDS
from legit.knowledge.vocabulary import Vocabulary
from legit.model.dates import certainly_before, date_interval
from legit.model.facts import Fact, Truth


class MeasureRelations(NamedTuple):
    """The relations that hold, and the inputs whose exact value is disputed where that decides a comparison."""

    holding: list[str]
    disputed: set[str]


def number_dates(dates: Iterable[str]) -> dict[str, int]:
    """The dates of a case, each with its number, from 1, in the order of the calendar."""
    return {text: number for number, text in enumerate(sorted(set(dates), key=_calendar_key), start=1)}


def _calendar_key(text: str) -> tuple[object, str]:
    return date_interval(text), text


def date_relations(numbers: Mapping[str, int]) -> list[str]:
    """The atoms `earlier(D,E)` that hold between numbered dates."""
    return [
        format_atom(GroundAtom(EARLIER[0], (str(number), str(other_number))))
        for (date, number), (other, other_number) in itertools.permutations(numbers.items(), 2)
        if certainly_before(date, other)
    ]


def measure_pairs(vocabulary: Vocabulary, measures: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """The ordered pairs of predicates that state one measure and nothing else, each with this measure."""
    for measure in measures:
        alike = [
            name
            for name, predicate in vocabulary.predicates.items()
            if not predicate.informational and [argument.type for argument in predicate.args] == [measure]
        ]
        for first, second in itertools.permutations(alike, 2):
            yield measure, first, second


class MeasureComparer:
    """Compares the measures of cases under one vocabulary by their exact values."""

    def __init__(self, vocabulary: Vocabulary, measures: Iterable[str], is_trusted: Callable[[Fact], bool]) -> None:
        self._lexicon = vocabulary.lexicon
        self._predicates = vocabulary.predicates
        self._pairs = list(measure_pairs(vocabulary, measures))
        self._is_trusted = is_trusted
        self.compared_predicates = frozenset(first for _, first, _ in self._pairs)

    def relations(self, facts: Sequence[Fact]) -> MeasureRelations:
        """The atoms `exceeds(P,Band,Q,Band)` of a case, given its facts of compared predicates.

        Measures in different bands are ordered by their bands. A value that no fact states is stood for by the greatest
        of its band, as in a counterfactual. Where speakers state different values of one thing, a relation holds that
        holds of some of them; where a comparison with a value that is stated does not hold of all, what they state is
        disputed.
        """
        stated: dict[str, dict[int, list[Fact]]] = {}
        for fact in facts:
            measure = self._predicates[fact.predicate].args[0].type
            band = self._lexicon.band_index(measure, int(fact.args[0]))
            stated.setdefault(fact.predicate, {}).setdefault(band, []).append(fact)
        found = MeasureRelations([], set())
        for measure, *names in self._pairs:
            said = [stated.get(name, {}) for name in names]
            for band in sorted(said[0].keys() | said[1].keys()):
                mine, theirs = (self._values(measure, band, facts) for facts in said)
                results = {value > rival for value in mine for rival in theirs}
                if True in results:
                    found.holding.append(
                        format_atom(GroundAtom(EXCEEDS[0], (names[0], str(band), names[1], str(band))))
                    )
                if len(results) > 1 and band in said[0] and band in said[1]:
                    found.disputed.update(
                        format_atom(GroundAtom(name, (str(band),)))
                        for name, values in zip(names, (mine, theirs), strict=True)
                        if len(values) > 1 and self._predicates[name].spec.functional
                    )
        return found

    def _values(self, measure: str, band: int, stated: Mapping[int, list[Fact]]) -> set[int]:
        facts = stated.get(band)
        if not facts:
            return {representative(self._lexicon, measure, band)}
        believed = [fact for fact in facts if fact.truth is Truth.TRUE and self._is_trusted(fact)]
        return {int(fact.args[0]) for fact in believed or facts}


def representative(lexicon: Lexicon, measure: str, band: int) -> int:
    """The value that stands for a band: its greatest, or the least of the last band, which has no greatest."""
    bounds = lexicon.bands[measure]
    return bounds[band] if band < len(bounds) else bounds[-1] + 1
