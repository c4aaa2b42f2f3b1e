"""What of a knowledge base rests on which sources: the answers to questions about the base itself."""

from __future__ import annotations

from collections.abc import Iterator

from legit.catalogue.citations import Cited, Use, bibliography
from legit.knowledge.base import KnowledgeBase
from legit.query.query_ast import Citing

PLACE = "place"
"""The kind of thing that is a place in a source itself."""

Row = dict[str, str | int]
COLUMNS = ("source", "kind", "id", "title", "by", "seen")
PLACE_COLUMNS = ("source", "kind", "used")


def things(base: KnowledgeBase, asked: Citing) -> Iterator[Row]:
    """What is asked for, one row for each place in a source that it rests on."""
    for place in bibliography(base):
        if place.text not in asked.places if asked.places else place.verified:
            continue
        if asked.kind == PLACE:
            yield {"source": place.text, "kind": place.kind, "used": len(place.used)}
            continue
        for use in place.used:
            if asked.kind in ("", use.kind) and _of_family(base, use, asked.families):
                yield _row(place, use)


def how_many(base: KnowledgeBase, asked: Citing) -> int:
    """How many things are asked for, each counted once whatever number of places it rests on."""
    return len({(row["kind"], row.get("id", row["source"])) for row in things(base, asked)})


def _of_family(base: KnowledgeBase, use: Use, families: frozenset[str]) -> bool:
    return not families or base.criteria[use.id].family in families


def _row(place: Cited, use: Use) -> Row:
    seen = "yes" if place.verified else "no"
    return {"source": place.text, "kind": use.kind, "id": use.id, "title": use.title, "by": use.via, "seen": seen}
