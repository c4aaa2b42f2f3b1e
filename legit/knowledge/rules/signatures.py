"""The predicates that data supply to the rules: their signatures, and the constants in their arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from legit.knowledge.criteria import Criterion
from legit.knowledge.lexicon import MEASURES
from legit.knowledge.protocol import AT_LEAST, AT_MOST, DATA_SIGNATURES, EARLIER, EXCEEDS, MORE_THAN, Signature
from legit.knowledge.vocabulary import Vocabulary

Domain = set[str] | None
"""The names that can stand in one place of a predicate; None where anything can (numbers, dates, quoted names)."""

ArgumentDomains = list[Domain]

METADATA_KEYS = frozenset({"sources", "why"})
"""Keys of a table of attributes that speak of the table itself."""


def input_signatures(vocabulary: Vocabulary) -> dict[Signature, ArgumentDomains]:
    """The signatures of the facts that a case may state."""
    given = {}
    for predicate in vocabulary.predicates.values():
        if not predicate.informational:
            types = [argument.type for argument in predicate.args]
            given[predicate.id, len(types)] = [
                set(vocabulary.values(name)) if name in vocabulary.types else None for name in types
            ]
    return given


def data_signatures(
    vocabulary: Vocabulary,
    attributes: dict[str, dict[str, dict[str, Any]]],
    tables: dict[str, dict[str, Any]],
    criteria: Iterable[Criterion],
    steps: Mapping[str, Mapping[str, int]],
) -> dict[Signature, ArgumentDomains]:
    """The signatures of fixed facts: types, attributes, the `tables` of the profile, the headers of criteria.

    `steps` has, by attribute, the positions of its steps: rules read the position.
    """
    given = _comparison_signatures(vocabulary, steps)

    def add(name: str, *words: str | int) -> None:
        places = given.setdefault((name, len(words)), [set() for _ in words])
        for index, word in enumerate(words):
            names = places[index]
            if isinstance(word, int):
                places[index] = None
            elif names is not None:
                names.add(word.lower())

    for values in attributes.values():
        for value, table in values.items():
            for key, entry in table.items():
                if key in METADATA_KEYS:
                    continue
                if isinstance(entry, bool):
                    if entry:
                        add(key, value)
                    else:
                        given.setdefault((key, 1), [set()])
                    continue
                for part in entry if isinstance(entry, list) else [entry]:
                    add(key, value, steps[key][part] if key in steps else part)
    for name, table in tables.items():
        for key, number in table.items():
            add("table_entry", name, key)
            if isinstance(number, dict):
                for inner, points in number.items():
                    add(name, key, inner, points)
            else:
                add(name, key, number)
    for item in criteria:
        for name, *words in item.header_facts:
            add(name, *words)
    return given


def _comparison_signatures(
    vocabulary: Vocabulary, steps: Mapping[str, Mapping[str, int]]
) -> dict[Signature, ArgumentDomains]:
    """The signatures of what the data of every base gives, and those by which rules compare."""
    given: dict[Signature, ArgumentDomains] = {
        (name, arity): [set() for _ in range(arity)] for name, arity in DATA_SIGNATURES
    }
    given["is_a", 2] = [None, None]
    units = {unit for measure in MEASURES for unit in vocabulary.lexicon.units_of(measure)}
    given |= {bound: [None, None, units] for bound in (MORE_THAN, AT_MOST)}
    measured = {
        name for name, predicate in vocabulary.predicates.items() if {item.type for item in predicate.args} & MEASURES
    }
    given |= {EARLIER: [None, None], EXCEEDS: [measured, None, measured, None]}
    given[AT_LEAST] = [None, {step for names in steps.values() for step in names}, set(steps)]
    return given
