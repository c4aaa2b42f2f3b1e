"""An entry: one thing of a base that a person may ask about, in plain words."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from legit.catalogue.citations import Cited, cited, direct_uses
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.criteria import Criterion, Headed
from legit.knowledge.rules.rule_ast import Signature, signature, tests

NO_CRITERION = "no criterion"


class Entry(BaseModel):
    """One thing of a base.

    `details` are headings with what stands under them, in the order in which they are shown; `names` other names under
    which it is found.
    """

    model_config = ConfigDict(frozen=True)

    kind: str
    id: str
    title: str
    says: str
    details: dict[str, tuple[str, ...]] = {}
    sources: tuple[Cited, ...] = ()
    names: tuple[str, ...] = ()
    path: str = ""


def filled(details: dict[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """The headings under which something stands."""
    kept = {heading: tuple(text for text in texts if text) for heading, texts in details.items()}
    return {heading: texts for heading, texts in kept.items() if texts}


def cited_by(base: KnowledgeBase, refs: Iterable[str]) -> tuple[Cited, ...]:
    """The resolved sources behind references, each once."""
    found: dict[str, Cited] = {}
    for ref in refs:
        for citation in base.library.resolve(ref):
            found.setdefault(citation.text, cited(citation))
    return tuple(found.values())


def users_of(base: KnowledgeBase) -> dict[str, list[str]]:
    """By reference: what cites it, in words."""
    found: dict[str, list[str]] = {}
    for ref, use in direct_uses(base):
        found.setdefault(ref, []).append(str(use))
    return found


def citing(users: list[str]) -> list[str]:
    """What cites a thing, and that no criterion does where that is so."""
    return users if any(use.startswith("criterion ") for use in users) else [*users, NO_CRITERION]


def readers_of(base: KnowledgeBase) -> dict[Signature, list[str]]:
    """By predicate: the files whose rules read it, in words."""
    found: dict[Signature, list[str]] = {}
    for file, rules in base.rules:
        for key in {signature(test.atom) for rule in rules for test in tests(rule)}:
            found.setdefault(key, []).append(shown(file))
    return found


def kind_of(file: Headed) -> str:
    """The kind of the entry of a file of rules."""
    return "criterion" if isinstance(file, Criterion) else "shared rules"


def shown(file: Headed) -> str:
    """A file of rules, as a line."""
    return f"{kind_of(file)} {file.id}: {file.title}"
