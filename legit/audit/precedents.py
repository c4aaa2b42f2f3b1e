"""Decided cases: their facts in controlled English, what was decided, and what is expected of the engine."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from legit.assessment import Verdict
from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.files import parse_toml, read_text, shape_problems
from legit.knowledge.parts import Parts, files, part_of, twice


class Precedent(BaseModel):
    """A decided case.

    `outcome` is what was decided, `expected` the verdict that should come out, `deviation` the one that comes out
    instead where that is known; `note` then argues it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    citation: str
    year: int | None = None
    body: str = ""
    outcome: Literal["defeated", "upheld", "contested"]
    expected: Verdict
    facts: str = Field(min_length=1)
    holding: str = ""
    doctrine: str = ""
    deviation: Verdict | Literal[""] = ""
    note: str = ""
    verified: bool = False
    path: str = ""


def load_precedents(parts: Parts) -> list[Precedent]:
    """The precedents of a knowledge base (`precedents/*.toml`, one table each).

    Raises KnowledgeBaseError: K101-K103 unreadable, K201 wrong shape, K204 an id used twice, K210 one that an extension
    takes, K402 a deviation that nothing argues.
    """
    found: dict[str, Precedent] = {}
    problems: list[Problem] = []
    for path, source in files(parts, "precedents/*.toml"):
        text = read_text(path, source)
        for name, table in parse_toml(text, source).items():
            if name in found and part_of(found[name].path) != part_of(source):
                problems.append(twice("precedent", name, source, found[name].path))
                continue
            if name in found:
                problems.append(Problem("K204", f"`{name}` is decided twice", source=source))
            given = {**table, "id": name, "path": source} if isinstance(table, dict) else table
            try:
                found[name] = Precedent.model_validate(given)
            except ValidationError as error:
                problems += shape_problems(error, Precedent, source, name, text)
                continue
            if found[name].deviation and not found[name].note:
                problems.append(Problem("K402", f"`{name}` deviates, and no note argues it", source=source))
    if problems:
        raise KnowledgeBaseError(*problems)
    return list(found.values())
