"""What a base says of itself: its name, and the words of its own that its files may use, each with its meaning.

These lists are what the headers of criteria and the data files are checked against; Python knows none of the words.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.criteria import Criterion
from legit.knowledge.files import nearest, read_toml, shape_problems
from legit.knowledge.given import BOOKKEEPING
from legit.knowledge.vocabulary import IDENTIFIER, Vocabulary

LARGEST_NUMBER = 1000
"""The largest number of an attribute: what is larger slows grounding and is a mistake."""


class Attribute(BaseModel):
    """A fixed fact about values of a type: what it says, and what it may hold.

    With `values` it holds one or more of these, with `of` values of another type, with `number` whole numbers; without
    all three it is either so or not. `{value}` and `{entry}` in `says` stand for what it is about and what it holds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    says: str
    values: dict[str, str] = {}
    of: str = ""
    number: bool = False


class About(BaseModel):
    """The file `base.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    families: dict[str, str]
    weighings: dict[str, str] = {}
    levels: dict[str, str] = {}
    subtypes: dict[str, str] = {}
    attributes: dict[str, Attribute] = {}


def load_about(root: Path, shown: str) -> About:
    """Read `base.toml`. Raises KnowledgeBaseError (K101-K103 unreadable, K201 wrong shape)."""
    path = f"{shown}/base.toml"
    try:
        return About.model_validate(read_toml(root / "base.toml", path))
    except ValidationError as error:
        raise KnowledgeBaseError(*shape_problems(error, About, path)) from error


def unknown_in_headers(about: About, criteria: dict[str, Criterion]) -> list[Problem]:
    """Words in the headers of criteria that the base does not know (K207)."""
    problems = []
    for item in criteria.values():
        wanted = [
            ("family", (item.family,), about.families),
            ("weighing", (item.weighing,) if item.weighing else (), about.weighings),
            ("level", (item.level,) if item.level else (), about.levels),
            ("subtypes", item.subtypes, about.subtypes),
        ]
        for key, words, known in wanted:
            problems += [
                _unknown(
                    f"there is no {key.removesuffix('s')} `{word}`", word, known, item.path, item.lines.get(key, 0)
                )
                for word in words
                if word not in known
            ]
    return problems


def unknown_attributes(
    about: About, vocabulary: Vocabulary, value: str, table: dict[str, Any], path: str
) -> list[Problem]:
    """Attributes of a value that the base does not know (K207), or that hold what they may not (K209)."""
    problems = []
    for key, entry in table.items():
        if key in BOOKKEEPING:
            continue
        attribute = about.attributes.get(key)
        if attribute is None:
            help_ = "name it in base.toml under [attributes]"
            problems.append(
                _unknown(f"`{value}`: there is no attribute `{key}`", key, about.attributes, path, help_=help_)
            )
            continue
        known = list(attribute.values) or list(vocabulary.values(attribute.of))
        for part in entry if isinstance(entry, list) else [entry]:
            if attribute.number:
                fits = type(part) is int and 0 <= part <= LARGEST_NUMBER
                wanted = f"a whole number from 0 to {LARGEST_NUMBER}"
            elif known:
                fits = isinstance(part, str) and part.lower() in known
                wanted = f"one of {', '.join(known[:12])}{', …' if len(known) > 12 else ''}"
            else:
                fits, wanted = isinstance(part, bool) and part is entry, "true or false"
            if not fits:
                text = str(part)[:40]
                problems.append(
                    Problem(
                        "K209",
                        f"`{value}`: `{key}` cannot be `{text}`",
                        source=path,
                        help=f"give {wanted}",
                        nearest=nearest(text, known),
                    )
                )
    return problems


def misnamed(names: list[tuple[str, str]], path: str) -> list[Problem]:
    """Names, each with what it is, that are not in snake case and so cannot stand in a rule (K204)."""
    return [
        Problem("K204", f"{what} `{name[:40]}` is not in snake case", source=path, help="use a-z, 0-9 and _")
        for what, name in names
        if not IDENTIFIER.match(name) or name == "not"
    ]


def _unknown(message: str, word: str, known: dict[str, Any], path: str, line: int = 0, help_: str = "") -> Problem:
    near = nearest(word, known)
    if not near and known and not help_:
        help_ = f"known: {', '.join(list(known)[:12])}"
    return Problem("K207", message, line, 1 if line else 0, path, help_, near)
