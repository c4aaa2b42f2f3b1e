"""The space of all cases within bounds: what a case may state, what excludes what, and how many cases that is."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

import networkx as nx

from legit.assurance.exact_orders import ExactOrders
from legit.engine.program import Program
from legit.engine.scenarios import parse_atom
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.lexicon import MEASURES
from legit.knowledge.vocabulary import Predicate
from legit.model.facts import Case, Fact, Truth, Value

_FIRST_YEAR = 2000


class CaseSpace:
    """Every consistent combination of the facts that a vocabulary can state, with so many names and dates. A fact that
    a case does not state is false, as in every case that is judged. `single` are groups of inputs of which a case
    states one at most, `excluding` pairs of groups of which it cannot state one of each.
    """

    def __init__(self, base: KnowledgeBase, program: Program) -> None:
        self._vocabulary = base.vocabulary
        self.program = program
        self.bounds = program.bounds
        self.symbols: dict[int, str] = {
            atom: program.atom_texts[atom] for atom in sorted(program.input_atoms - program.relation_atoms)
        }
        self.orders = ExactOrders(base.vocabulary, program)
        by_predicate: dict[str, list[int]] = defaultdict(list)
        for atom, text in self.symbols.items():
            by_predicate[text.partition("(")[0]].append(atom)
        predicates = base.vocabulary.predicates
        self.at_most_one_groups = [atoms for name, atoms in by_predicate.items() if predicates[name].spec.functional]
        self.exclusive_pairs: list[tuple[list[int], list[int]]] = []
        for name, atoms in by_predicate.items():
            for other in predicates[name].spec.excludes:
                if other in by_predicate:
                    self.exclusive_pairs += self._exclusive_between(
                        predicates[name], atoms, predicates[other], by_predicate[other]
                    )

    def _exclusive_between(
        self, one: Predicate, atoms: list[int], other: Predicate, others: list[int]
    ) -> Iterator[tuple[list[int], list[int]]]:
        """The pairs of inputs of two predicates that exclude each other: the same arguments where they have the same
        types, or else all."""
        if [argument.type for argument in one.args] != [argument.type for argument in other.args]:
            yield atoms, others
            return
        by_args = {parse_atom(self.symbols[atom]).args: atom for atom in others}
        for atom in atoms:
            yield [atom], [by_args[parse_atom(self.symbols[atom]).args]]

    @cached_property
    def count(self) -> int:
        """The number of cases: of the sets of inputs in which nothing excludes anything else."""
        return self.count_within(set(self.symbols.values()))

    def count_within(self, inputs: set[str]) -> int:
        """The number of cases that state none but some inputs, given as ground atoms."""
        graph: nx.Graph[int] = nx.Graph()
        graph.add_nodes_from(self.symbols)
        for group in self.at_most_one_groups:
            graph.add_edges_from(itertools.combinations(group, 2))
        for some, others in self.exclusive_pairs:
            graph.add_edges_from(itertools.product(some, others))
        graph.remove_nodes_from([atom for atom, text in self.symbols.items() if text not in inputs])
        total = 1
        for part in nx.connected_components(graph):
            total *= _independent_sets(graph.subgraph(part))
        return total

    def sample(self) -> list[str]:
        """Some inputs in which every predicate occurs with every value of each of its slots."""
        seen: set[tuple[str, int, str]] = set()
        chosen = []
        for symbol in self.symbols.values():
            name, args = parse_atom(symbol)
            slots = {(name, place, value) for place, value in enumerate(args)} or {(name, 0, "")}
            if not slots <= seen:
                seen |= slots
                chosen.append(symbol)
        return chosen

    def case(self, stated: Iterable[str], name: str = "", ordering: Collection[str] = ()) -> Case:
        """A case that states the given inputs, in the order of the vocabulary; `ordering` holds of its values."""
        true = set(stated)
        order = {text: number for number, text in enumerate(self._vocabulary.predicates)}
        facts = [self._fact(symbol, ordering=ordering) for symbol in true]
        for symbol in self.symbols.values():
            predicate = self._vocabulary.predicates[symbol.partition("(")[0]]
            if predicate.spec.world_assumption == "open" and symbol not in true:
                facts.append(self._fact(symbol, Truth.FALSE))
        facts.sort(key=lambda fact: (order[fact.predicate], tuple(map(str, fact.args))))
        return Case(name=name, facts=tuple(facts))

    def _fact(self, symbol: str, truth: Truth = Truth.TRUE, ordering: Collection[str] = ()) -> Fact:
        name, args = parse_atom(symbol)
        predicate = self._vocabulary.predicates[name]
        values = tuple(self._value(argument.type, text) for argument, text in zip(predicate.args, args, strict=True))
        exact = self.orders.value(symbol, ordering) if ordering else None
        values = values if exact is None else (exact,)
        detail = "for example" if predicate.detail_required and truth is not Truth.UNKNOWN else None
        return Fact(predicate=name, args=values, truth=truth, detail=detail)

    def _value(self, type_name: str, text: str) -> Value:
        """A value of a slot as the program sees it: a band, the number of a name, the number of a date."""
        if type_name in MEASURES:
            bands = self._vocabulary.lexicon.bands[type_name]
            band = int(text)
            return bands[band] if band < len(bands) else bands[-1] + 1
        if type_name == "name":
            return chr(ord("A") + int(text) - 1) if int(text) <= 26 else f"N{text}"
        if type_name == "date":
            return str(_FIRST_YEAR + int(text))
        return text

    def __str__(self) -> str:
        names, dates = self.bounds.names, self.bounds.dates
        if not names and not dates:
            return "without names and dates"
        return f"with up to {names} names and {dates} dates"


def _independent_sets(graph: nx.Graph[int]) -> int:
    """The number of sets of nodes without an edge between two of them."""
    if not graph.number_of_edges():
        return int(2 ** graph.number_of_nodes())
    node = max(graph.nodes, key=lambda item: (graph.degree[item], -item))
    rest = [other for other in graph if other != node]
    near = set(graph.neighbors(node))
    without = _independent_sets(graph.subgraph(rest))
    return without + _independent_sets(graph.subgraph([other for other in rest if other not in near]))
