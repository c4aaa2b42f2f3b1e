"""Decided cases: their facts in controlled English, the decision of the court, and the verdict expected of the
engine."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.base_files import BaseFile
from legit.knowledge.layers import Layers, duplicate_problem, layer_files, layer_of
from legit.knowledge.toml_files import parse_toml, read_text, validation_problems
from legit.model.assessment import Verdict


class Precedent(BaseModel):
    """A decided case. `outcome` is the decision of the court, `expected` the verdict expected of the engine.
    `deviation` is the verdict that the engine gives instead, if this is known; `note` then gives the reason.
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


def load_precedents(parts: Layers) -> list[Precedent]:
    """The precedents of a knowledge base (`precedents/*.toml`, one table each).

    Raises KnowledgeBaseError: K101-K103 unreadable, K201 wrong shape, K204 an id used twice, K210 one that an extension
    takes, K402 a deviation that nothing argues.
    """
    found: dict[str, Precedent] = {}
    problems: list[Problem] = []
    for path, source in layer_files(parts, "precedents/*.toml"):
        here, wrong = read_precedents(path, source)
        problems += wrong
        for item in here:
            known = found.get(item.id)
            if known and layer_of(known.path) != layer_of(source):
                problems.append(duplicate_problem("precedent", item.id, source, known.path))
                continue
            if known:
                problems.append(Problem("K204", f"`{item.id}` is decided twice", source=source))
            found[item.id] = item
            if item.deviation and not item.note:
                problems.append(Problem("K402", f"`{item.id}` deviates, and no note argues it", source=source))
    if problems:
        raise KnowledgeBaseError(*problems)
    return list(found.values())


def read_precedents(file: BaseFile, source: str) -> tuple[list[Precedent], list[Problem]]:
    """The precedents of one file, and the problems (K201) with it.

    Raises KnowledgeBaseError (K101-K103) when it cannot be read.
    """
    text = read_text(file, source)
    found: list[Precedent] = []
    problems: list[Problem] = []
    for name, table in parse_toml(text, source).items():
        given = {**table, "id": name, "path": source} if isinstance(table, dict) else table
        try:
            found.append(Precedent.model_validate(given))
        except ValidationError as error:
            problems += validation_problems(error, Precedent, source, name, text)
    return found, problems
