"""How the values of a case compare, in the search over all cases: the inputs that no case states."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import NamedTuple

import clingo

from legit.engine.exact_relations import representative
from legit.engine.program import Program
from legit.engine.scenarios import GroundAtom, format_atom, parse_atom
from legit.knowledge.lexicon import Lexicon
from legit.knowledge.protocol import EARLIER, EXCEEDS
from legit.knowledge.vocabulary import Vocabulary


class _Comparison(NamedTuple):
    """An atom `exceeds(P,Band,Q,Band)`, and how many values of the band the search tells apart."""

    text: str
    first: str
    second: str
    band: str
    width: int

    @property
    def symbols(self) -> tuple[str, str]:
        """The inputs that state the two values."""
        return tuple(format_atom(GroundAtom(name, (self.band,))) for name in (self.first, self.second))  # type: ignore[return-value]


class ExactOrders:
    """The orders that the values of the cases of one program can have.

    Every date is a day, and a greater number a later day. The measures that several predicates state have each order
    that the values of their band allow: for n predicates n values are enough.
    """

    def __init__(self, vocabulary: Vocabulary, program: Program) -> None:
        self._lexicon = vocabulary.lexicon
        self._measures = {
            name: predicate.args[0].type for name, predicate in vocabulary.predicates.items() if predicate.arity == 1
        }
        self._earlier: list[str] = []
        self._comparisons: list[_Comparison] = []
        for text in sorted(program.atom_texts[atom] for atom in program.relation_atoms):
            name, args = parse_atom(text)
            if name == EXCEEDS[0]:
                width = _band_width(self._lexicon, self._measures[args[0]], int(args[1]))
                self._comparisons.append(_Comparison(text, args[0], args[2], args[1], width))
            elif name == EARLIER[0] and int(args[0]) < int(args[1]):
                self._earlier.append(text)

    def add_rules(self, backend: clingo.Backend, literals: Mapping[str, int]) -> None:
        """Let the search choose among the orders. `literals` are those of the atoms of the program."""
        for text in self._earlier:
            backend.add_rule([literals[text]], [])
        names = sorted({item.first for item in self._comparisons})
        levels: dict[tuple[str, int], int] = {}
        for name in names:
            rivals = sum(self._measures[name] == self._measures[other] for other in names)
            for level in range(1, rivals):
                levels[name, level] = backend.add_atom()
                backend.add_rule([levels[name, level]], [levels[name, level - 1]] if level > 1 else [], choice=True)
        for item in self._comparisons:
            for level in range(1, item.width):
                if (item.first, level) in levels:
                    body = [levels[item.first, level], -levels[item.second, level]]
                    backend.add_rule([literals[item.text]], body)

    def bearing(self, stated: Container[str], true: Iterable[str]) -> frozenset[str]:
        """The atoms among the true ones that order two stated values."""
        known = set(true)
        return frozenset(
            item.text for item in self._comparisons if item.text in known and all(s in stated for s in item.symbols)
        )

    def value(self, symbol: str, ordering: Container[str]) -> int | None:
        """The value of a measure that an input states, so that the ordering atoms hold; None for other inputs."""
        name, args = parse_atom(symbol)
        own = [item for item in self._comparisons if symbol in item.symbols and item.text in ordering]
        if not own:
            return None
        band = int(args[0])
        value = representative(self._lexicon, self._measures[name], band)
        if band == len(self._lexicon.bands[self._measures[name]]):
            return value + sum(item.first == name for item in own)
        return value - sum(item.second == name for item in own)


def _band_width(lexicon: Lexicon, measure: str, band: int) -> int:
    """How many values a band has; the last one has more than there are predicates."""
    bounds = (-1, *lexicon.bands[measure])
    return bounds[band + 1] - bounds[band] if band + 1 < len(bounds) else 1 << 20
