"""What hangs together in a base: every relation between two entries, once, with its words for both ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from legit.assurance.properties import load_properties
from legit.catalogue.citations import direct_uses
from legit.catalogue.entry import kind_of
from legit.catalogue.rule_verbalizer import Wording
from legit.catalogue.thresholds import degrees, named_in_rules, named_in_text
from legit.catalogue.vocabulary_entries import kind_of_list
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.criteria import Headed
from legit.knowledge.rules.rule_ast import Rule, signature, tests

Key = tuple[str, str]
"""The kind and the id of an entry; with an empty id, all entries of the kind."""


_NAMES = "Degrees that it names"


class Relation(NamedTuple):
    """From one entry to another. `says` heads it where it starts, `back` where it ends; `note` tells more."""

    start: Key
    end: Key
    says: str
    back: str
    note: str = ""


def relations(base: KnowledgeBase) -> list[Relation]:
    """Every relation in a base, each once. Raises KnowledgeBaseError where the properties cannot be read."""
    found = [
        *_citations(base), *_groups(base), *_readings(base), *_ideas(base), *_lists(base), *_fixed_facts(base),
        *_weights(base), *_degrees(base),
    ]  # fmt: skip
    return list(dict.fromkeys(item for item in found if item.start != item.end))


def _cites(base: KnowledgeBase, start: Key, ref: str) -> Relation:
    says, back = "Rests on", "What rests on it"
    if ref in base.library.doctrines:
        return Relation(start, ("doctrine", ref), says, back)
    if ref in base.library.rights:
        return Relation(start, ("right", ref), says, back)
    source, _, locus = ref.partition(" ")
    return Relation(start, ("source", source), says, back, locus)


def _citations(base: KnowledgeBase) -> Iterator[Relation]:
    for ref, use in direct_uses(base):
        if use.kind != "fixed facts":  # these name no list; see _fixed_facts
            yield _cites(base, (use.kind, use.id), ref)
    for item in load_properties(base):
        for ref in item.sources:
            yield _cites(base, ("property", item.id), ref)
    for name, right in base.library.rights.items():
        for clause in right.limitation_clauses:
            yield Relation(
                ("right", name), ("limitation clause", clause), "May be limited under", "Rights that it limits"
            )


def _groups(base: KnowledgeBase) -> Iterator[Relation]:
    for item in base.criteria.values():
        for kind, says in (("family", "Family"), ("weighing", "Weighed"), ("level", "Level")):
            if getattr(item, kind):
                yield Relation(("criterion", item.id), (kind, getattr(item, kind)), says, "Criteria")


def _readings(base: KnowledgeBase) -> Iterator[Relation]:
    for file, rules in base.rules:
        yield from _read(base, _file(file), rules)


def _file(file: Headed) -> Key:
    return (kind_of(file), file.id)


def _read(base: KnowledgeBase, start: Key, rules: tuple[Rule, ...] | list[Rule]) -> Iterator[Relation]:
    """What some rules test: sentences, and ideas that have words."""
    for name, arity in sorted({signature(test.atom) for rule in rules for test in tests(rule)}):
        sentence = base.vocabulary.predicates.get(name)
        if sentence and sentence.arity == arity:
            yield Relation(start, ("sentence", name), "Sentences that it reads", "Read by")
        elif name in base.says and len(base.says[name].args) == arity:
            yield Relation(start, ("idea", name), "Ideas that it uses", "Used by")


def _ideas(base: KnowledgeBase) -> Iterator[Relation]:
    wording = Wording(base)
    files = {file.path: _file(file) for file, _ in base.rules}
    for name, saying in base.says.items():
        defining = wording.defining.get((name, len(saying.args)), [])
        for path in dict.fromkeys(path for path, _ in defining):
            yield Relation(("idea", name), files[path], "Defined in", "Ideas that it defines")
        yield from _read(base, ("idea", name), [rule for _, rule in defining])


def _lists(base: KnowledgeBase) -> Iterator[Relation]:
    for item in base.vocabulary.predicates.values():
        for argument in item.args:
            if argument.type in base.vocabulary.types:
                yield Relation(
                    ("sentence", item.id),
                    (kind_of_list(argument.type), ""),
                    "Its places take",
                    "Sentences that take it",
                )


def _value(base: KnowledgeBase, type_name: str, value: str) -> Key:
    """The entry of a value; rights are values of a list too, by their ids in small letters."""
    right = {name.lower(): name for name in base.library.rights}.get(value)
    return ("right", right) if right and type_name == "right" else (kind_of_list(type_name), value)


def _fixed_facts(base: KnowledgeBase) -> Iterator[Relation]:
    for type_name, values in base.attributes.items():
        for value, table in values.items():
            start = _value(base, type_name, value)
            for ref in table.get("sources", ()):
                yield _cites(base, start, ref)
            for name, entry in table.items():
                attribute = base.about.attributes.get(name)
                if attribute and attribute.of:
                    for part in entry if isinstance(entry, list) else [entry]:
                        end = _value(base, attribute.of, str(part).lower())
                        yield Relation(start, end, "Its fixed facts name", "Named in the fixed facts of")


def _weights(base: KnowledgeBase) -> Iterator[Relation]:
    for name, table in base.profile.tables.items():
        for type_name, enum in base.vocabulary.types.items():
            if table.values.keys() <= enum.values.keys():
                for value in table.values:
                    yield Relation(("weights", name), _value(base, type_name, value), "Weighs", "Weighed in")


def _degrees(base: KnowledgeBase) -> Iterator[Relation]:
    for name, meaning in base.about.weighings.items():
        for word in named_in_text(base, meaning):
            yield Relation(("weighing", name), ("degree", word), _NAMES, "Named by")
    for file, rules in base.rules:
        for word in named_in_rules(base, rules):
            yield Relation(_file(file), ("degree", word), _NAMES, "Asked for by")
    for word, table in degrees(base).items():
        yield Relation(("weights", table), ("degree", word), "Weighs", "Table")
