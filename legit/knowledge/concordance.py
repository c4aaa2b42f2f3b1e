"""The concordance: principles of law, and where the law of places says them, by branch of law.

A doctrine names the principles that it states. So a rule that rests on a doctrine rests, where a case says where it
arises, on the law that says the same there, for rules of that kind of authority.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from legit._util.suggest import suggest
from legit.errors import Problem
from legit.knowledge.layers import Layers, duplicate_problem, layer_files
from legit.knowledge.toml_files import read_toml, validation_problems

CONCORDANCE_FILE = "concordance.toml"


class Principle(BaseModel):
    """A principle of law. `law` has the places in sources that say it, by branch of law and by place.

    What stands under a place counts in each place that lies within it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    statement: str = Field(min_length=1)
    law: dict[str, dict[str, tuple[str, ...]]] = {}

    def references(self) -> Iterator[tuple[str, str, str]]:
        """Each branch, place and reference."""
        for branch, places in self.law.items():
            for place, refs in places.items():
                yield from ((branch, place, ref) for ref in refs)


@dataclass(frozen=True)
class Concordance:
    """The principles of a base by id, and the file of each."""

    principles: dict[str, Principle] = field(default_factory=dict)
    defined_at: dict[str, str] = field(default_factory=dict)

    def all_references(self, principles: Iterable[str]) -> tuple[str, ...]:
        """What the law of every place says of principles, each reference once."""
        found = (ref for name in principles for _, _, ref in self.principles[name].references())
        return tuple(dict.fromkeys(found))

    def references(self, principles: Iterable[str], branches: Container[str], places: Container[str]) -> list[str]:
        """What the law of some places says of principles in some branches of law, each reference once."""
        found = (
            ref
            for name in principles
            for branch, place, ref in self.principles[name].references()
            if branch in branches and place in places
        )
        return list(dict.fromkeys(found))


def load_concordance(layers: Layers) -> tuple[Concordance, list[Problem]]:
    """Read `concordance.toml` of all layers.

    Problems: K201 wrong shape, K204 a principle that is defined twice, K210 one that an extension takes.
    """
    principles: dict[str, Principle] = {}
    defined_at: dict[str, str] = {}
    problems: list[Problem] = []
    for path, source in layer_files(layers, CONCORDANCE_FILE):
        for name, table in read_toml(path, source).items():
            if name in principles:
                problems.append(duplicate_problem("principle", name, source, defined_at[name]))
                continue
            try:
                principles[name] = Principle.model_validate(table)
                defined_at[name] = source
            except ValidationError as error:
                problems += validation_problems(error, Principle, source, name)
    return Concordance(principles, defined_at), problems


def unknown_principles(name: str, named: Iterable[str], concordance: Concordance, path: str) -> Iterator[Problem]:
    """The principles of a doctrine that the concordance does not have (K401)."""
    for principle in named:
        if principle not in concordance.principles:
            near = suggest(principle, concordance.principles)
            message = f"`{name}` states `{principle[:40]}`, which is no principle of the concordance"
            yield Problem("K401", message, source=path, nearest=near)
