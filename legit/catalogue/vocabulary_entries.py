"""Entries for the words of a base: its sentences, the values of its lists, its fixed facts, and its weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from legit.catalogue.entry import Entry, cited_by, filled, readers_of
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.rules.signatures import BOOKKEEPING
from legit.knowledge.vocabulary import Predicate


def word_entries(base: KnowledgeBase) -> Iterator[Entry]:
    """The sentences, values and weights of a base."""
    readers = readers_of(base)
    for item in base.vocabulary.predicates.values():
        yield _sentence(base, item, readers.get((item.id, item.arity), []))
    for type_name in base.vocabulary.types:
        # Rights are values of a list too, and have better entries of their own.
        if not base.vocabulary.types[type_name].values.keys() <= {name.lower() for name in base.library.rights}:
            yield from _values(base, type_name)
    for name, attribute in base.about.attributes.items():
        yield Entry(
            kind="attribute",
            id=name,
            title=attribute.says.replace("{value}", "<value>").replace("{entry}", "<entry>"),
            says="A fixed fact that the files in attributes/, vocabulary/ and rights/ give of their values.",
            details=filled({"Values": (_meaning(*item) for item in attribute.values.items())}),
            names=tuple(attribute.values),
            path=base.about.places["attributes", name],
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
            says=table.why,
            details=filled({"Values": lines}),
            sources=cited_by(base, table.sources),
            path=base.profile.path,
        )


def _meaning(value: str, meaning: str) -> str:
    said = value.replace("_", " ")
    return meaning if meaning.replace("-", " ").startswith(said) else f"{said}: {meaning}"


def kind_of_list(type_name: str) -> str:
    """The kind of the entries of a list."""
    return type_name.removesuffix("_kind").replace("_", " ")


def _sentence(base: KnowledgeBase, item: Predicate, readers: list[str]) -> Entry:
    slots = tuple(f"<{argument.name}>" for argument in item.args)
    types = base.vocabulary.types
    lists = [
        f"<{argument.name}>: {types[argument.type].says}; see `legit vocabulary --list {argument.type}`"
        for argument in item.args
        if argument.type in types
    ]
    unread = "nothing: it is kept for people" if item.record_only else "no rule"
    return Entry(
        kind="sentence",
        id=item.id,
        title=item.sentence(),
        says=f'A sentence that a case may state, under "{base.vocabulary.topics[item.topic]}".',
        details=filled(
            {
                "Denied": [item.denied.fill(slots)],
                "Asked": [item.question()],
                "Also understood": [template.fill(slots) for template in item.affirmed[1:]],
                "Slots": lists,
                "Detail": ["must be quoted, as the sentence is a judgement"] if item.detail_required else [],
                "Likely to be known by": [item.stated.known_by.value],
                "Used by": readers or [unread],
            }
        ),
        path=item.path,
    )


def _values(base: KnowledgeBase, type_name: str) -> Iterator[Entry]:
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
            kind=kind_of_list(type_name),
            id=name,
            title=value.phrase,
            says=f"One of the list that tells {enum.says}.",
            details=filled(
                {
                    "Also understood": value.also,
                    "Fixed facts": [
                        _fact(base, value.phrase, key, entry) for key, entry in table.items() if key not in BOOKKEEPING
                    ],
                    "Weight in this profile": weights,
                }
            ),
            sources=cited_by(base, table.get("sources", ())),
            names=value.also,
            path=base.vocabulary.places[type_name, name],
        )


def _fact(base: KnowledgeBase, phrase: str, key: str, entry: Any) -> str:
    attribute = base.about.attributes[key]
    if entry is False:
        return ""
    of = base.vocabulary.values(attribute.of)
    parts = [str(part) for part in (entry if isinstance(entry, list) else [entry])]
    words = [of[part.lower()].phrase if part.lower() in of else attribute.values.get(part, part) for part in parts]
    return attribute.says.replace("{value}", phrase).replace("{entry}", ", ".join(words))
