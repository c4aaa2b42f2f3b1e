"""The surviving mutants that are accepted, each with its reason: `mutation_baseline.toml` of a knowledge base."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.layers import layer_files
from legit.knowledge.toml_files import parse_toml, read_text, validation_problems

FILE = "mutation_baseline.toml"


class BaselineEntry(BaseModel):
    """Some mutants, named as the command prints them, with the one reason why no example is wanted for them.

    `equivalent` says that no case has another result under these mutants. Otherwise the mutants are counted as not
    killed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    why: str = Field(min_length=1)
    equivalent: bool
    mutants: tuple[str, ...]


def load_baseline(base: KnowledgeBase) -> dict[str, BaselineEntry]:
    """The accepted mutants of a base by the name of their reason, none if it has no such file.

    Raises KnowledgeBaseError: K101-K103 unreadable, K201 wrong shape.
    """
    found: dict[str, BaselineEntry] = {}
    problems: list[Problem] = []
    for path, place in layer_files(base.layers, FILE):
        text = read_text(path, place)
        for name, table in parse_toml(text, place).items():
            try:
                found[name] = BaselineEntry.model_validate(table)
            except ValidationError as error:
                problems += validation_problems(error, BaselineEntry, place, name, text)
    if problems:
        raise KnowledgeBaseError(*problems)
    return found
