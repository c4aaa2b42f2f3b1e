"""The thresholds: the names of weights in a profile (`heavy`), and the criteria that use these names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from legit.catalogue.entry import Entry, citations_of, file_label, nonempty_sections
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.rules.rule_ast import Rule, body_literals


def thresholds(base: KnowledgeBase) -> dict[str, str]:
    """The names that a profile gives to weights, with the table of each; values of a list have their own pages."""
    known = {value for enum in base.vocabulary.types.values() for value in enum.values}
    return {
        name: table_name
        for table_name, table in base.profile.tables.items()
        if table.step and not table.values.keys() <= known
        for name in table.values
    }


def thresholds_in_text(base: KnowledgeBase, text: str) -> list[str]:
    """The thresholds that a meaning of the base names."""
    words = set(re.findall(r"\w+", text))
    return [name for name in thresholds(base) if name in words]


def thresholds_in_rules(base: KnowledgeBase, rules: Iterable[Rule]) -> list[str]:
    """The degrees for which rules ask: names in the places that an idea has for their table."""
    asked = set()
    for rule in rules:
        for test in body_literals(rule):
            saying = base.glosses.get(test.atom.name)
            if saying and len(saying.args) == len(test.atom.args):
                asked |= {(slot, arg.text) for slot, arg in zip(saying.args, test.atom.args, strict=True)}
    return [name for name, table in thresholds(base).items() if (table, name) in asked]


def threshold_line(base: KnowledgeBase, name: str) -> str:
    """A threshold on one line: the quantity that it measures, and its weight."""
    table = base.profile.tables[thresholds(base)[name]]
    return f"{table.gloss.replace('{entry}', name.replace('_', ' '))}: {table.values[name]}"


def threshold_entries(base: KnowledgeBase) -> Iterator[Entry]:
    """The entries of the thresholds of a base."""
    users: dict[str, list[str]] = {}
    for file, rules in base.rules:
        for name in thresholds_in_rules(base, rules):
            users.setdefault(name, []).append(file_label(file))
    for name, table_name in thresholds(base).items():
        table = base.profile.tables[table_name]
        yield Entry(
            kind="threshold",
            id=name,
            title=name.replace("_", " "),
            description=table.why,
            details=nonempty_sections(
                {
                    "weight": [threshold_line(base, name)],
                    "among": [", ".join(f"{key} {value}" for key, value in table.values.items())],
                    "standards_of_review": [
                        f"{key}: {meaning}"
                        for key, meaning in base.manifest.standards_of_review.items()
                        if name in thresholds_in_text(base, meaning)
                    ],
                    "asked_for_by": users.get(name, []),
                }
            ),
            sources=citations_of(base, table.sources),
            path=base.profile.path,
        )
