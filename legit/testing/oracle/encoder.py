"""From a case to atoms: the true ones, and the open ones. An atom is open when its fact is stated to be unknown, when
no trusted source states it, or when trusted sources contradict each other."""

from __future__ import annotations

import itertools
import unicodedata
from typing import NamedTuple

from legit.knowledge.base import KnowledgeBase
from legit.knowledge.in_force import case_setting
from legit.model.dates import date_interval
from legit.model.facts import Case, Fact, Truth, Value
from legit.testing.oracle.rule_ast import Atom, Constant

COMPARISONS = [
    ("earlier", 2), ("exceeds", 4), ("no_binding_source", 1), ("binds_public_only", 1), ("lies_within", 1),
    ("lies_outside", 1),
]  # fmt: skip
"""The predicates that say how two values of a case compare, and what its place and dates say of the law."""


class OracleInputs(NamedTuple):
    """The atoms of a case by truth, and the facts behind each; an atom that is neither true nor open is false."""

    true: frozenset[Atom]
    open: frozenset[Atom]
    facts: dict[Atom, list[Fact]]


def encode_case(base: KnowledgeBase, case: Case) -> OracleInputs:
    """The atoms of a case that fits the vocabulary."""
    facts: dict[Atom, list[Fact]] = {}
    for fact in case.facts:
        predicate = base.vocabulary.predicates[fact.predicate]
        if predicate.informational:
            continue
        values = [
            _constant(base, argument.type, value) for argument, value in zip(predicate.args, fact.args, strict=True)
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
    compared, unclear = _comparisons(base, case)
    compared |= _law(base, case)
    disputed |= unclear
    true, open_ = set(), set()
    for atom, said in believed.items():
        truths = {fact.truth for fact in said if fact.truth is not Truth.UNKNOWN}
        if atom in disputed or len(truths) != 1:
            open_.add(atom)
        elif truths == {Truth.TRUE}:
            true.add(atom)
    return OracleInputs(frozenset(true | compared), frozenset(open_ | _open_by_default(base, facts)), facts)


def _trusted(base: KnowledgeBase, fact: Fact) -> bool:
    return _trust(base, fact.speaker.kind.value) > 0


def _trust(base: KnowledgeBase, kind: str) -> int:
    table = base.profile.tables.get("trust")
    weight = table.values.get(kind, 1) if table else 1
    return weight if isinstance(weight, int) else 1


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


def _constant(base: KnowledgeBase, type_name: str, value: Value) -> Constant:
    bounds = base.vocabulary.lexicon.bands.get(type_name)
    if bounds is not None:
        return sum(int(value) > bound for bound in bounds)
    if type_name == "date":
        return _date_constant(str(value))
    if type_name == "name":
        composed = unicodedata.normalize("NFC", unicodedata.normalize("NFC", str(value)).casefold())
        return '"' + " ".join(composed.split()) + '"'
    return str(value)


def _comparisons(base: KnowledgeBase, case: Case) -> tuple[set[Atom], set[Atom]]:
    """How each two values of a case compare, and the facts whose exact values are disputed so that this is not known.

    A date is earlier than another when its last day lies before the first day of the other. A measure exceeds another
    by its hours, years or times. Two values of what has one only are a dispute where one exceeds and one does not.
    """
    typed = [
        (fact, argument.type, value)
        for fact in case.facts
        for argument, value in zip(base.vocabulary.predicates[fact.predicate].args, fact.args, strict=True)
    ]
    days = {str(value): date_interval(str(value)) for _, type_name, value in typed if type_name == "date"}
    found: set[Atom] = {
        ("earlier", _date_constant(one), _date_constant(other))
        for (one, mine), (other, theirs) in itertools.permutations(days.items(), 2)
        if mine and theirs and (theirs[0] - mine[1]).days > 0
    }
    disputed: set[Atom] = set()
    for measure, bounds in base.vocabulary.lexicon.bands.items():
        said = [
            (fact, sum(int(value) > bound for bound in bounds), int(value))
            for fact, type_name, value in typed
            if type_name == measure and len(fact.args) == 1
        ]
        sides = {(fact.predicate, band): _said_values(base, (fact.predicate, band), said) for fact, band, _ in said}
        for one, other in itertools.permutations(sides, 2):
            answers = [mine > theirs for mine in sides[one] for theirs in sides[other]]
            if one[0] != other[0] and any(answers):
                found.add(("exceeds", *one, *other))
                if not all(answers):
                    disputed.update(side for side in (one, other) if len(sides[side]) > 1)
    return found, {atom for atom in disputed if base.vocabulary.predicates[str(atom[0])].spec.functional}


def _law(base: KnowledgeBase, case: Case) -> set[Atom]:
    """Where a case lies that says where it arises, and which criteria of positive law have no source that binds."""
    law = base.in_force
    setting = case_setting(law.rules, case, lambda kind: _trust(base, kind)) if law else None
    if law is None or setting is None:
        return set()
    around = base.bibliography.places.around(setting.place, law.moment_of_place(setting))
    found: set[Atom] = {("lies_within" if name in around else "lies_outside", name) for name in law.rules.regions}
    for criterion in (item for item in base.criteria.values() if item.positive_law):
        binding = set()
        for cited in (cited for ref in criterion.sources for cited in base.bibliography.resolve(ref)):
            source = base.bibliography.sources[cited.ref.split(" ")[0]]
            part = source.pinpoints.get(cited.ref.partition(" ")[2])
            force = law.force_of(source.kind, source, part.period if part else source.period, setting)
            if force.force == "binding":
                binding.add(source.direct_effect)
        if not binding:
            found.add(("no_binding_source", criterion.id))
        elif binding == {"vertical"}:
            found.add(("binds_public_only", criterion.id))
    return found


def _said_values(base: KnowledgeBase, side: tuple[str, int], said: list[tuple[Fact, int, int]]) -> set[int]:
    """The values of a predicate in a band that trusted speakers affirm; where they affirm none, those mentioned."""
    own = [(fact, value) for fact, band, value in said if (fact.predicate, band) == side]
    affirmed = {value for fact, value in own if fact.truth is Truth.TRUE and _trusted(base, fact)}
    return affirmed or {value for _, value in own}


def _date_constant(text: str) -> str:
    return f'"{text}"'


def _open_by_default(base: KnowledgeBase, facts: dict[Atom, list[Fact]]) -> set[Atom]:
    """The atoms of predicates that are open until a case states a fact of them."""
    spoken = {str(atom[0]) for atom in facts}
    found: set[Atom] = set()
    for predicate in base.vocabulary.predicates.values():
        if predicate.spec.world_assumption == "open" and predicate.id not in spoken and not predicate.informational:
            domains = [sorted(base.vocabulary.values(argument.type)) for argument in predicate.args]
            found.update((predicate.id, *values) for values in itertools.product(*domains))
    return found
