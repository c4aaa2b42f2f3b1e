"""An entry: one thing of a base that a person may ask about, in plain words."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from legit.catalogue.citations import BibliographyItem, bibliography_item, direct_citations
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.criteria import Criterion, RuleFileBase
from legit.knowledge.rules.rule_ast import Signature, body_literals, signature

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
    description: str
    details: dict[str, tuple[str, ...]] = {}
    sources: tuple[BibliographyItem, ...] = ()
    aliases: tuple[str, ...] = ()
    path: str = ""


def nonempty_sections(details: dict[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """The headings under which something stands."""
    kept = {heading: tuple(text for text in texts if text) for heading, texts in details.items()}
    return {heading: texts for heading, texts in kept.items() if texts}


def citations_of(base: KnowledgeBase, refs: Iterable[str]) -> tuple[BibliographyItem, ...]:
    """The resolved sources behind references, each once."""
    found: dict[str, BibliographyItem] = {}
    for ref in refs:
        for citation in base.bibliography.resolve(ref):
            found.setdefault(citation.text, bibliography_item(citation))
    return tuple(found.values())


def citers_by_ref(base: KnowledgeBase) -> dict[str, list[str]]:
    """By reference: what cites it, in words."""
    found: dict[str, list[str]] = {}
    for ref, use in direct_citations(base):
        found.setdefault(ref, []).append(str(use))
    return found


def citers_or_none(citers: list[str]) -> list[str]:
    """What cites a thing, and that no criterion does where that is so."""
    return citers if any(use.startswith("criterion ") for use in citers) else [*citers, NO_CRITERION]


def readers_by_predicate(base: KnowledgeBase) -> dict[Signature, list[str]]:
    """By predicate: the files whose rules read it, in words."""
    found: dict[Signature, list[str]] = {}
    for file, rules in base.rules:
        for key in {signature(test.atom) for rule in rules for test in body_literals(rule)}:
            found.setdefault(key, []).append(file_label(file))
    return found


def entry_kind(file: RuleFileBase) -> str:
    """The kind of the entry of a file of rules."""
    return "criterion" if isinstance(file, Criterion) else "shared rules"


def file_label(file: RuleFileBase) -> str:
    """A file of rules, as a line."""
    return f"{entry_kind(file)} {file.id}: {file.title}"
