"""Evaluates citation queries: which entries of a knowledge base cite a source or a pinpoint, or cite one unverified."""

from __future__ import annotations

from collections.abc import Iterator

from legit.catalogue.citations import BibliographyItem, CitingEntry, bibliography
from legit.knowledge.base import KnowledgeBase
from legit.query.query_ast import CitationQuery

PINPOINT = "pinpoint"
"""The kind of entry that is a source or a pinpoint itself."""

Row = dict[str, str | int]
ENTRY_COLUMNS = ("source", "kind", "id", "title", "via", "verified")
PINPOINT_COLUMNS = ("source", "kind", "uses")


def citing_entries(base: KnowledgeBase, query: CitationQuery) -> Iterator[Row]:
    """The entries that a query asks for, one row for each pinpoint that an entry cites."""
    for place in bibliography(base):
        if place.text not in query.pinpoints if query.pinpoints else place.verified:
            continue
        if query.entry_kind == PINPOINT:
            yield {"source": place.text, "kind": place.kind, "uses": len(place.cited_by)}
            continue
        for use in place.cited_by:
            if use.of_place and not query.pinpoints:
                continue  # nothing rests on the law of a place
            if query.entry_kind in ("", use.kind) and _in_families(base, use, query.families):
                yield _entry_row(place, use)


def count_citing_entries(base: KnowledgeBase, query: CitationQuery) -> int:
    """The number of entries that a query asks for; an entry that cites several pinpoints counts once."""
    return len({(row["kind"], row.get("id", row["source"])) for row in citing_entries(base, query)})


def _in_families(base: KnowledgeBase, use: CitingEntry, families: frozenset[str]) -> bool:
    return not families or base.criteria[use.id].family in families


def _entry_row(pinpoint: BibliographyItem, use: CitingEntry) -> Row:
    verified = "yes" if pinpoint.verified else "no"
    return {
        "source": pinpoint.text, "kind": use.kind, "id": use.id, "title": use.title, "via": use.via,
        "verified": verified,
    }  # fmt: skip
