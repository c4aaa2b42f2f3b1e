"""Entries for the words of a base: its sentences, the values of its lists, its fixed facts, and its weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from legit.catalogue.entry import Entry, citations_of, nonempty_sections, readers_by_predicate
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.rules.signatures import METADATA_KEYS
from legit.knowledge.vocabulary import Predicate
from legit.messages import message


def vocabulary_entries(base: KnowledgeBase) -> Iterator[Entry]:
    """The sentences, values and weights of a base."""
    readers = readers_by_predicate(base)
    for item in base.vocabulary.predicates.values():
        yield _sentence(base, item, readers.get((item.id, item.arity), []))
    for type_name in base.vocabulary.types:
        # Rights are values of a list too, and have better entries of their own.
        if not base.vocabulary.types[type_name].values.keys() <= {name.lower() for name in base.bibliography.rights}:
            yield from _value_entries(base, type_name)
    for name, attribute in base.manifest.attributes.items():
        yield Entry(
            kind="attribute",
            id=name,
            title=attribute.gloss.replace("{value}", "<value>").replace("{entry}", "<entry>"),
            description=message("catalogue.describes_attribute"),
            details=nonempty_sections(
                {"values": (_attribute_value_text(*item) for item in _attribute_meanings(base, name).items())}
            ),
            aliases=tuple(_attribute_meanings(base, name)),
            path=base.manifest.defined_at["attributes", name],
        )
    for name, table in base.profile.tables.items():
        lines = [
            f"{key}: {value}" if isinstance(value, int) else f"{key}: {', '.join(f'{k} {v}' for k, v in value.items())}"
            for key, value in table.values.items()
        ]
        yield Entry(
            kind="weights",
            id=name,
            title=f"{base.profile.title}: {name.replace('_', ' ')}",
            description=table.why,
            details=nonempty_sections({"values": lines}),
            sources=citations_of(base, table.sources),
            path=base.profile.path,
        )


def _attribute_meanings(base: KnowledgeBase, name: str) -> dict[str, str]:
    """The possible values of an attribute, with their meanings; steps are listed from the least."""
    return {**base.manifest.attributes[name].values, **base.manifest.attribute_steps(name)}


def _attribute_value_text(value: str, meaning: str) -> str:
    said = value.replace("_", " ")
    return meaning if meaning.replace("-", " ").startswith(said) else f"{said}: {meaning}"


def value_kind(type_name: str) -> str:
    """The kind of the entries of a list."""
    return type_name.removesuffix("_kind")


def _sentence(base: KnowledgeBase, item: Predicate, readers: list[str]) -> Entry:
    slots = tuple(f"<{argument.name}>" for argument in item.args)
    types = base.vocabulary.types
    lists = [
        message("catalogue.slot_list", slot=argument.name, meaning=types[argument.type].description, list=argument.type)
        for argument in item.args
        if argument.type in types
    ]
    if item.id == base.manifest.pleaded_ground:
        unread = message("catalogue.pleaded_ground")
    else:
        unread = message("catalogue.annotation") if item.informational else message("catalogue.no_rule")
    return Entry(
        kind="sentence",
        id=item.id,
        title=item.placeholder_sentence(),
        description=message("catalogue.describes_sentence", topic=base.vocabulary.topics[item.topic]),
        details=nonempty_sections(
            {
                "denied": [item.denial_form.format(slots)],
                "asked": [item.placeholder_question()],
                "other_forms": [template.format(slots) for template in item.affirmative_forms[1:]],
                "slots": lists,
                "detail": [message("catalogue.detail_required")] if item.detail_required else [],
                "answerable_by": [item.spec.answerable_by.value],
                "used_by": readers or [unread],
            }
        ),
        path=item.path,
    )


def _value_entries(base: KnowledgeBase, type_name: str) -> Iterator[Entry]:
    enum = base.vocabulary.types[type_name]
    for name, value in enum.values.items():
        table = base.attributes[type_name][name]
        weights = [
            f"{key.replace('_', ' ')}: {points}"
            for key, weights in base.profile.tables.items()
            for points in [weights.values.get(name)]
            if isinstance(points, int) and weights.values.keys() <= enum.values.keys()
        ]
        yield Entry(
            kind=value_kind(type_name),
            id=name,
            title=value.phrase,
            description=message("catalogue.describes_value", list=enum.description),
            details=nonempty_sections(
                {
                    "synonyms": value.synonyms,
                    "attributes": [
                        _attribute_text(base, value.phrase, key, entry)
                        for key, entry in table.items()
                        if key not in METADATA_KEYS
                    ],
                    "weight": weights,
                }
            ),
            sources=citations_of(base, table.get("sources", ())),
            aliases=value.synonyms,
            path=base.vocabulary.defined_at[type_name, name],
        )


def _attribute_text(base: KnowledgeBase, phrase: str, key: str, attribute_value: Any) -> str:
    attribute = base.manifest.attributes[key]
    if attribute_value is False:
        return ""
    of = base.vocabulary.values(attribute.value_type)
    parts = [str(part) for part in (attribute_value if isinstance(attribute_value, list) else [attribute_value])]
    words = [
        of[part.lower()].phrase if part.lower() in of else _attribute_meanings(base, key).get(part, part)
        for part in parts
    ]
    return attribute.gloss.replace("{value}", phrase).replace("{entry}", ", ".join(words))
