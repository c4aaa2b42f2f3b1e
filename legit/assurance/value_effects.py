"""Which values of the vocabulary no result depends on: what a case says with them changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from legit.engine.ground_rule import Bounds
from legit.engine.program import Program
from legit.engine.scenarios import parse_atom
from legit.errors import Problem
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.protocol import RESULTS
from legit.knowledge.routes import conditions_of
from legit.knowledge.vocabulary import Predicate

_CODE = "K704"
_NO_OUTCOMES = frozenset({"stance", "assumed"})
"""Results that repeat what a case says or leaves open."""


class Slot(NamedTuple):
    """A value in one place of a sentence. For a sentence without values `place` is 0 and `value` empty."""

    predicate: str
    place: int
    value: str


def effective_slots(base: KnowledgeBase) -> set[Slot]:
    """The slots on which a result or a route depends."""
    program = Program(base, Bounds.for_case(1, 1))
    below: dict[int, set[int]] = defaultdict(set)
    for rule in program.rules:
        for head in rule.heads:
            below[head].update(abs(literal) for literal in rule.body)
    stack = [atom for atom, _ in program.ground_atoms(*(name for name in RESULTS if name not in _NO_OUTCOMES))]
    reached: set[int] = set()
    while stack:
        atom = stack.pop()
        if atom not in reached:
            reached.add(atom)
            stack.extend(below[atom])
    texts = [program.atom_texts[atom] for atom in (program.input_atoms - program.relation_atoms) & reached]
    found = {slot for text in texts for slot in _slots_of(base, *parse_atom(text))}
    for conditions in conditions_of(base.routes, base.manifest.route_leads):
        for name, patterns in conditions.facts.items():
            for pattern in () if isinstance(patterns, bool) else patterns:
                found.update(_slots_of(base, name, tuple(part.strip() for part in pattern.split(","))))
            if isinstance(patterns, bool):
                found.update(_slots_of(base, name, ()))
    return found


def _slots_of(base: KnowledgeBase, name: str, args: tuple[str, ...]) -> Iterator[Slot]:
    predicate = base.vocabulary.predicates[name]
    yield Slot(name, 0, "")
    for place, (argument, value) in enumerate(zip(predicate.args, args, strict=False)):
        if argument.type in base.vocabulary.types:
            yield Slot(name, place, value)


def value_notes(base: KnowledgeBase) -> Iterator[Problem]:
    """K704 for each value that no result depends on and that `told_only` does not declare, and for each declaration
    that is not true any more. Sentences that no rule reads at all are K701's."""
    effective = effective_slots(base)
    for predicate in base.vocabulary.predicates.values():
        if base.owns_path(predicate.path) and not predicate.informational:
            yield from _notes_of(base, predicate, effective)


def _notes_of(base: KnowledgeBase, predicate: Predicate, effective: set[Slot]) -> Iterator[Problem]:
    declared = {value for item in predicate.spec.told_only for value in item.values}
    enumerated = [
        (place, argument.type)
        for place, argument in enumerate(predicate.args)
        if argument.type in base.vocabulary.types
    ]
    if not enumerated or Slot(predicate.id, 0, "") not in effective:
        return
    silent: set[str] = set()
    for place, type_name in enumerated:
        silent |= {
            value for value in base.vocabulary.values(type_name) if Slot(predicate.id, place, value) not in effective
        }
    sentence = predicate.placeholder_sentence()
    for value in sorted(silent - declared):
        message = f'no result depends on `{value}` in `{predicate.id}`: "{sentence}"'
        help_ = "write a rule for it, leave it out, or say under `told_only` why it is only told"
        yield Problem(_CODE, message, source=predicate.path, help=help_)
    for value in sorted(declared - silent):
        message = f"`told_only` of `{predicate.id}` names `{value}`, which is no value of it or has an effect"
        yield Problem(_CODE, message, source=predicate.path, help="leave it out of `told_only`")
