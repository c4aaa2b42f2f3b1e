"""The relations between the entries of a base: citations, classes, rules, types, attributes, weights, thresholds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from legit.catalogue.citations import direct_citations
from legit.catalogue.entry import entry_kind
from legit.catalogue.route_entries import conditioned_on
from legit.catalogue.rule_verbalizer import RuleVerbalizer
from legit.catalogue.thresholds import thresholds, thresholds_in_rules, thresholds_in_text
from legit.catalogue.vocabulary_entries import value_kind
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.criteria import RuleFileBase
from legit.knowledge.properties import load_properties
from legit.knowledge.rules.rule_ast import Rule, body_literals, signature

EntryKey = tuple[str, str]
"""The kind and the id of an entry; with an empty id, all entries of the kind."""


class Relation(NamedTuple):
    """A relation from one entry to another.

    `label` and `inverse_label` are ids; `message("catalogue.relation_<id>")` is the heading under which the relation
    stands at its start and at its end. `note` is a pinpoint or another addition to it.
    """

    start: EntryKey
    end: EntryKey
    label: str
    inverse_label: str
    note: str = ""


def relations(base: KnowledgeBase) -> list[Relation]:
    """Every relation in a base, each once. Raises KnowledgeBaseError when the properties cannot be read."""
    found = [
        *_citation_relations(base), *_class_relations(base), *_rule_relations(base), *_concept_relations(base),
        *_type_relations(base), *_attribute_relations(base), *_weight_relations(base), *_threshold_relations(base),
        *_route_relations(base),
    ]  # fmt: skip
    return list(dict.fromkeys(item for item in found if item.start != item.end))


def _citation_relation(base: KnowledgeBase, start: EntryKey, ref: str) -> Relation:
    says, back = "cites", "cited_by"
    if ref in base.bibliography.doctrines:
        return Relation(start, ("doctrine", ref), says, back)
    if ref in base.bibliography.rights:
        return Relation(start, ("right", ref), says, back)
    source, _, locus = ref.partition(" ")
    return Relation(start, ("source", source), says, back, locus)


def _citation_relations(base: KnowledgeBase) -> Iterator[Relation]:
    for ref, use in direct_citations(base):
        if use.kind != "attribute_values":  # these name no type; see _attribute_relations
            yield _citation_relation(base, (use.kind, use.id), ref)
    for name, doctrine in base.bibliography.doctrines.items():
        for ref in base.bibliography.concordance.all_references(doctrine.principles):
            source, _, locus = ref.partition(" ")
            yield Relation(("doctrine", name), ("source", source), "law_of_places", "cited_by", locus)
    for item in load_properties(base):
        for ref in item.sources:
            yield _citation_relation(base, ("property", item.id), ref)
    for name, right in base.bibliography.rights.items():
        for clause in right.limitation_clauses:
            yield Relation(("right", name), ("limitation_clause", clause), "limited_under", "limited_rights")


def _class_relations(base: KnowledgeBase) -> Iterator[Relation]:
    for item in base.criteria.values():
        for kind, name, label in (
            ("family", item.family, "family"),
            ("standard_of_review", item.standard_of_review, "standard_of_review"),
            ("harm_level", item.harm_level, "harm_level"),
        ):
            if name:
                yield Relation(("criterion", item.id), (kind, name), label, "criteria")


def _rule_relations(base: KnowledgeBase) -> Iterator[Relation]:
    for file, rules in base.rules:
        yield from _relations_read(base, _file_key(file), rules)


def _file_key(file: RuleFileBase) -> EntryKey:
    return (entry_kind(file), file.id)


def _relations_read(base: KnowledgeBase, start: EntryKey, rules: tuple[Rule, ...] | list[Rule]) -> Iterator[Relation]:
    """The sentences, and the derived concepts with a gloss, that some rules read."""
    for name, arity in sorted({signature(test.atom) for rule in rules for test in body_literals(rule)}):
        sentence = base.vocabulary.predicates.get(name)
        if sentence and sentence.arity == arity:
            yield Relation(start, ("sentence", name), "sentences_read", "read_by")
        elif name in base.glosses and len(base.glosses[name].args) == arity:
            yield Relation(start, ("derived_concept", name), "concepts_used", "used_by")


def _concept_relations(base: KnowledgeBase) -> Iterator[Relation]:
    wording = RuleVerbalizer(base)
    files = {file.path: _file_key(file) for file, _ in base.rules}
    for name, saying in base.glosses.items():
        defining = wording.rules_by_head.get((name, len(saying.args)), [])
        for path in dict.fromkeys(path for path, _ in defining):
            yield Relation(("derived_concept", name), files[path], "defined_in", "concepts_defined")
        yield from _relations_read(base, ("derived_concept", name), [rule for _, rule in defining])


def _route_relations(base: KnowledgeBase) -> Iterator[Relation]:
    for name, route in base.routes.items():
        for end in conditioned_on(base, route):
            yield Relation(("route", name), end, "route_fits", "routes")


def _type_relations(base: KnowledgeBase) -> Iterator[Relation]:
    for item in base.vocabulary.predicates.values():
        for argument in item.args:
            if argument.type in base.vocabulary.types:
                yield Relation(
                    ("sentence", item.id),
                    (value_kind(argument.type), ""),
                    "argument_types",
                    "taking_sentences",
                )


def _value_key(base: KnowledgeBase, type_name: str, value: str) -> EntryKey:
    """The entry of a value; rights are values of a list too, by their ids in small letters."""
    right = {name.lower(): name for name in base.bibliography.rights}.get(value)
    return ("right", right) if right and type_name == "right" else (value_kind(type_name), value)


def _attribute_relations(base: KnowledgeBase) -> Iterator[Relation]:
    for type_name, values in base.attributes.items():
        for value, table in values.items():
            start = _value_key(base, type_name, value)
            for ref in table.get("sources", ()):
                yield _citation_relation(base, start, ref)
            for name, entry in table.items():
                attribute = base.manifest.attributes.get(name)
                if attribute and attribute.value_type:
                    for part in entry if isinstance(entry, list) else [entry]:
                        end = _value_key(base, attribute.value_type, str(part).lower())
                        yield Relation(start, end, "attribute_targets", "named_in_attributes")


def _weight_relations(base: KnowledgeBase) -> Iterator[Relation]:
    for name, table in base.profile.tables.items():
        for type_name, enum in base.vocabulary.types.items():
            if table.values.keys() <= enum.values.keys():
                for value in table.values:
                    yield Relation(("weights", name), _value_key(base, type_name, value), "weighed_values", "weights")


def _threshold_relations(base: KnowledgeBase) -> Iterator[Relation]:
    for name, meaning in base.manifest.standards_of_review.items():
        for word in thresholds_in_text(base, meaning):
            yield Relation(("standard_of_review", name), ("threshold", word), "thresholds_named", "named_by")
    for file, rules in base.rules:
        for word in thresholds_in_rules(base, rules):
            yield Relation(_file_key(file), ("threshold", word), "thresholds_named", "asked_for_by")
    for word, table in thresholds(base).items():
        yield Relation(("weights", table), ("threshold", word), "weighed_values", "table")
