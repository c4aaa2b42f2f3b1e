"""Entries for the properties of a base: named questions about all cases."""

from __future__ import annotations

from collections.abc import Iterator

from legit.assurance.properties import load_properties
from legit.catalogue.entry import Entry, cited_by, filled
from legit.knowledge.base import KnowledgeBase


def property_entries(base: KnowledgeBase) -> Iterator[Entry]:
    """The properties of a base. Raises KnowledgeBaseError where they cannot be read."""
    for item in load_properties(base):
        yield Entry(
            kind="property",
            id=item.id,
            title=item.title,
            says=item.statement,
            details=filled(
                {
                    "Question": [item.question],
                    "Expected answer": [item.answer],
                    "Known exceptions": (f"{case}: {why}" for case, why in item.exceptions.items()),
                }
            ),
            sources=cited_by(base, item.sources),
            path=item.path,
        )
