"""The names of degrees: what a profile calls a weight (`heavy`), and where the criteria ask for it by this name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from legit.catalogue.entry import Entry, cited_by, filled, shown
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.rules.rule_ast import Rule, tests

DEGREES = "Degrees named here, each with a page of its own"


def degrees(base: KnowledgeBase) -> dict[str, str]:
    """The names that a profile gives to weights, with the table of each; values of a list have their own pages."""
    known = {value for enum in base.vocabulary.types.values() for value in enum.values}
    return {
        name: table_name
        for table_name, table in base.profile.tables.items()
        if table.step and not table.values.keys() <= known
        for name in table.values
    }


def named_in_text(base: KnowledgeBase, text: str) -> list[str]:
    """The degrees that a meaning of the base names."""
    words = set(re.findall(r"\w+", text))
    return [name for name in degrees(base) if name in words]


def named_in_rules(base: KnowledgeBase, rules: Iterable[Rule]) -> list[str]:
    """The degrees for which rules ask: names in the places that an idea has for their table."""
    asked = set()
    for rule in rules:
        for test in tests(rule):
            saying = base.says.get(test.atom.name)
            if saying and len(saying.args) == len(test.atom.args):
                asked |= {(slot, arg.text) for slot, arg in zip(saying.args, test.atom.args, strict=True)}
    return [name for name, table in degrees(base).items() if (table, name) in asked]


def degree(base: KnowledgeBase, name: str) -> str:
    """A degree on one line: what it measures, and its weight."""
    table = base.profile.tables[degrees(base)[name]]
    return f"{table.says.replace('{entry}', name.replace('_', ' '))}: {table.values[name]}"


def degree_entries(base: KnowledgeBase) -> Iterator[Entry]:
    """The degrees of a base."""
    users: dict[str, list[str]] = {}
    for file, rules in base.rules:
        for name in named_in_rules(base, rules):
            users.setdefault(name, []).append(shown(file))
    for name, table_name in degrees(base).items():
        table = base.profile.tables[table_name]
        yield Entry(
            kind="degree",
            id=name,
            title=name.replace("_", " "),
            says=table.why,
            details=filled(
                {
                    "Weight in this profile": [degree(base, name)],
                    "Among": [", ".join(f"{key} {value}" for key, value in table.values.items())],
                    "Named by the weighings": [
                        f"{key}: {meaning}"
                        for key, meaning in base.about.weighings.items()
                        if name in named_in_text(base, meaning)
                    ],
                    "Asked for by": users.get(name, []),
                }
            ),
            sources=cited_by(base, table.sources),
            path=base.profile.path,
        )
