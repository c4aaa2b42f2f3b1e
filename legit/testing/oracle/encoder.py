"""From a case to atoms: the true ones, and the open ones. An atom is open when its fact is stated to be unknown, when
no trusted source states it, or when trusted sources contradict each other."""

from __future__ import annotations

import itertools
from typing import NamedTuple

from legit.knowledge.base import KnowledgeBase
from legit.model.dates import date_interval
from legit.model.facts import Case, Fact, Truth, Value
from legit.testing.oracle.rule_ast import Atom, Constant


class OracleInputs(NamedTuple):
    """The atoms of a case by truth, and the facts behind each; an atom that is neither true nor open is false."""

    true: frozenset[Atom]
    open: frozenset[Atom]
    facts: dict[Atom, list[Fact]]


def encode_case(base: KnowledgeBase, case: Case) -> OracleInputs:
    """The atoms of a case that fits the vocabulary."""
    facts: dict[Atom, list[Fact]] = {}
    later = _date_ranks(base, case)
    for fact in case.facts:
        predicate = base.vocabulary.predicates[fact.predicate]
        if predicate.informational:
            continue
        values = [
            _constant(base, argument.type, value, later)
            for argument, value in zip(predicate.args, fact.args, strict=True)
        ]
        facts.setdefault((fact.predicate, *values), []).append(fact)
    believed = {atom: [fact for fact in said if _trusted(base, fact)] for atom, said in facts.items()}
    affirmed = [atom for atom, said in believed.items() if any(fact.truth is Truth.TRUE for fact in said)]
    disputed = {
        atom
        for one, other in itertools.combinations(affirmed, 2)
        if _mutually_exclusive(base, one, other)
        for atom in (one, other)
    }
    true, open_ = set(), set()
    for atom, said in believed.items():
        truths = {fact.truth for fact in said if fact.truth is not Truth.UNKNOWN}
        if atom in disputed or len(truths) != 1:
            open_.add(atom)
        elif truths == {Truth.TRUE}:
            true.add(atom)
    return OracleInputs(frozenset(true), frozenset(open_ | _open_by_default(base, facts)), facts)


def _trusted(base: KnowledgeBase, fact: Fact) -> bool:
    table = base.profile.tables.get("trust")
    weight = table.values.get(fact.speaker.kind.value, 1) if table else 1
    return not isinstance(weight, int) or weight > 0


def _mutually_exclusive(base: KnowledgeBase, one: Atom, other: Atom) -> bool:
    """Whether at most one of two atoms can hold."""
    predicates = base.vocabulary.predicates
    first, second = predicates[str(one[0])], predicates[str(other[0])]
    if first is second:
        return first.spec.functional
    if second.id not in first.spec.excludes and first.id not in second.spec.excludes:
        return False
    alike = [argument.type for argument in first.args] == [argument.type for argument in second.args]
    return not alike or one[1:] == other[1:]


def _constant(base: KnowledgeBase, type_name: str, value: Value, date_ranks: dict[str, int]) -> Constant:
    bounds = base.vocabulary.lexicon.bands.get(type_name)
    if bounds is not None:
        return sum(int(value) > bound for bound in bounds)
    if type_name == "date":
        return date_ranks[str(value)]
    if type_name == "name":
        return '"' + " ".join(str(value).casefold().split()) + '"'
    return str(value)


def _date_ranks(base: KnowledgeBase, case: Case) -> dict[str, int]:
    """A number for each date: greater if the date is certainly later, equal if the order is unknown."""
    texts = {
        str(value)
        for fact in case.facts
        for argument, value in zip(base.vocabulary.predicates[fact.predicate].args, fact.args, strict=True)
        if argument.type == "date"
    }
    spans = {text: found for text in texts if (found := date_interval(text))}
    # A cut between two dates counts when no date stretches over it.
    ends = sorted({last for _, last in spans.values()})
    cuts = [end for end in ends if not any(first <= end < last for first, last in spans.values())]
    return {text: sum(cut < first for cut in cuts) for text, (first, _) in spans.items()}


def _open_by_default(base: KnowledgeBase, facts: dict[Atom, list[Fact]]) -> set[Atom]:
    """The atoms of predicates that are open until a case states a fact of them."""
    spoken = {str(atom[0]) for atom in facts}
    found: set[Atom] = set()
    for predicate in base.vocabulary.predicates.values():
        if predicate.spec.world_assumption == "open" and predicate.id not in spoken and not predicate.informational:
            domains = [sorted(base.vocabulary.values(argument.type)) for argument in predicate.args]
            found.update((predicate.id, *values) for values in itertools.product(*domains))
    return found
