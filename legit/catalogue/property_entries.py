"""Entries for the properties of a base: the conditions that must hold of all cases."""

from __future__ import annotations

from collections.abc import Iterator

from legit.catalogue.entry import Entry, citations_of, nonempty_sections
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.properties import load_properties


def property_entries(base: KnowledgeBase) -> Iterator[Entry]:
    """The properties of a base. Raises KnowledgeBaseError when they cannot be read."""
    for item in load_properties(base):
        yield Entry(
            kind="property",
            id=item.id,
            title=item.title,
            description=item.statement,
            details=nonempty_sections(
                {
                    "question": [item.question],
                    "expected_answer": [item.answer],
                    "exceptions": (f"{case}: {why}" for case, why in item.exceptions.items()),
                }
            ),
            sources=citations_of(base, item.sources),
            path=item.path,
        )
