"""What of a knowledge base rests on which sources: the answers to questions about the base itself."""

from __future__ import annotations

from collections.abc import Iterator

from legit.catalogue.citations import BibliographyItem, CitingEntry, bibliography
from legit.knowledge.base import KnowledgeBase
from legit.query.query_ast import CitationQuery

PINPOINT = "pinpoint"
"""The kind of thing that is a place in a source itself."""

Row = dict[str, str | int]
ENTRY_COLUMNS = ("source", "kind", "id", "title", "by", "seen")
PINPOINT_COLUMNS = ("source", "kind", "used")


def citing_entries(base: KnowledgeBase, query: CitationQuery) -> Iterator[Row]:
    """What is asked for, one row for each place in a source that it rests on."""
    for place in bibliography(base):
        if place.text not in query.pinpoints if query.pinpoints else place.verified:
            continue
        if query.entry_kind == PINPOINT:
            yield {"source": place.text, "kind": place.kind, "used": len(place.cited_by)}
            continue
        for use in place.cited_by:
            if query.entry_kind in ("", use.kind) and _in_families(base, use, query.families):
                yield _entry_row(place, use)


def count_citing_entries(base: KnowledgeBase, query: CitationQuery) -> int:
    """How many things are asked for, each counted once whatever number of places it rests on."""
    return len({(row["kind"], row.get("id", row["source"])) for row in citing_entries(base, query)})


def _in_families(base: KnowledgeBase, use: CitingEntry, families: frozenset[str]) -> bool:
    return not families or base.criteria[use.id].family in families


def _entry_row(pinpoint: BibliographyItem, use: CitingEntry) -> Row:
    seen = "yes" if pinpoint.verified else "no"
    return {"source": pinpoint.text, "kind": use.kind, "id": use.id, "title": use.title, "by": use.via, "seen": seen}
