"""`Entry`: one item of a knowledge base that a person may look up, described in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from pydantic import BaseModel, ConfigDict

from legit.catalogue.citations import (
    BibliographyItem,
    CitingEntry,
    bibliography_item,
    conditional_citations,
    direct_citations,
)
from legit.catalogue.kinds import kind_name
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.criteria import Criterion, RuleFileBase
from legit.knowledge.protocol import Signature
from legit.knowledge.rules.rule_ast import body_literals, signature
from legit.messages import message


class Entry(BaseModel):
    """One item of a knowledge base.

    `kind` is a stable id, such as `derived_concept`; `kind_name` gives its name. `details` holds the sections of the
    entry by their ids (`met_when`, `cited_by`, ...), in the order in which they are shown; `heading` gives the heading
    of a section. `aliases` are other names under which the entry is found. `uncited` says that no criterion cites the
    entry; it is set only for what criteria may cite.
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
    uncited: bool = False


def nonempty_sections(details: dict[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """The sections that have a text, without their empty texts."""
    sections = {section: tuple(text for text in texts if text) for section, texts in details.items()}
    return {section: texts for section, texts in sections.items() if texts}


def citations_of(base: KnowledgeBase, refs: Iterable[str]) -> tuple[BibliographyItem, ...]:
    """The resolved sources behind references, each once."""
    found: dict[str, BibliographyItem] = {}
    for ref in refs:
        for citation in base.bibliography.resolve(ref):
            found.setdefault(citation.text, bibliography_item(citation))
    return tuple(found.values())


def citers_by_ref(base: KnowledgeBase) -> dict[str, list[CitingEntry]]:
    """The entries that cite each reference directly."""
    citers: dict[str, list[CitingEntry]] = {}
    for ref, citer in chain(direct_citations(base), conditional_citations(base)):
        citers.setdefault(ref, []).append(citer)
    return citers


def is_uncited(citers: Iterable[CitingEntry]) -> bool:
    """Whether no criterion is among the entries that cite something."""
    return all(citer.kind != "criterion" for citer in citers)


def citer_lines(citers: Iterable[CitingEntry]) -> list[str]:
    """A line for each entry that cites something. If no criterion cites it, one more line says so."""
    lines = [str(citer) for citer in citers]
    return [*lines, message("catalogue.no_criterion")] if is_uncited(citers) else lines


def readers_by_predicate(base: KnowledgeBase) -> dict[Signature, list[str]]:
    """The rule files that read each predicate, one line for each."""
    found: dict[Signature, list[str]] = {}
    for file, rules in base.rules:
        for key in {signature(test.atom) for rule in rules for test in body_literals(rule)}:
            found.setdefault(key, []).append(file_label(file))
    return found


def entry_kind(file: RuleFileBase) -> str:
    """The kind of the entry for a rule file."""
    return "criterion" if isinstance(file, Criterion) else "judgement_rules"


def file_label(file: RuleFileBase) -> str:
    """A file of rules on one line: its kind, id and title."""
    return message("catalogue.citing_entry", kind=kind_name(entry_kind(file)), id=file.id, title=file.title)
