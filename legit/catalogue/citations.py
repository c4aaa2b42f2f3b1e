"""The bibliography of a base, with the uses of each source and its unverified places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain

from pydantic import BaseModel, ConfigDict

from legit.catalogue.kinds import kind_name
from legit.errors import Problem
from legit.knowledge.attributes import Attributes
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.bibliography import ResolvedCitation
from legit.messages import message

FROM_MEMORY = "from memory"
"""With these words a note says what of a place nobody has seen."""


class CitingEntry(BaseModel):
    """Where a source is used: the kind, id and title of the entry that cites it; `via` is the doctrine or right in
    between. With `of_place` it is the law of a place that says the same as the doctrine, and the entry does not rest
    on it."""

    model_config = ConfigDict(frozen=True)

    kind: str
    id: str
    title: str
    via: str = ""
    of_place: bool = False

    def __str__(self) -> str:
        kind = kind_name(self.kind)
        if self.via:
            return message("catalogue.citing_entry_via", kind=kind, id=self.id, title=self.title, via=self.via)
        return message("catalogue.citing_entry", kind=kind, id=self.id, title=self.title)


class BibliographyItem(BaseModel):
    """A place in a source: its printed form, its content, whether it is verified, and the entries that cite it."""

    model_config = ConfigDict(frozen=True)

    ref: str
    text: str
    kind: str
    summary: str
    verified: bool
    note: str
    reading: str = ""
    cited_by: tuple[CitingEntry, ...] = ()


def direct_citations(base: KnowledgeBase) -> Iterator[tuple[str, CitingEntry]]:
    """Every reference in the base but those of the concordance, with the entry that makes the reference."""
    for criterion in base.criteria.values():
        for ref in criterion.sources:
            yield ref, CitingEntry(kind="criterion", id=criterion.id, title=criterion.title)
    for file in base.judgement_files.values():
        for ref in file.sources:
            yield ref, CitingEntry(kind="judgement_rules", id=file.id, title=file.title)
    for name, doctrine in base.bibliography.doctrines.items():
        for ref in doctrine.sources:
            yield ref, CitingEntry(kind="doctrine", id=name, title=doctrine.name)
    for name, right in base.bibliography.rights.items():
        for ref in right.sources:
            yield ref, CitingEntry(kind="right", id=name, title=right.name)
    for name, clause in base.bibliography.limitation_clauses.items():
        for ref in clause.sources:
            yield ref, CitingEntry(kind="limitation_clause", id=name, title=clause.clause)
    for name, table in base.profile.tables.items():
        for ref in table.sources:
            yield ref, CitingEntry(kind="weights", id=name, title=base.profile.title)
    for name, route in base.routes.items():
        for ref in route.sources:
            yield ref, CitingEntry(kind="route", id=name, title=route.title)
    yield from _attribute_citations(base, base.attributes)


def conditional_citations(base: KnowledgeBase) -> Iterator[tuple[str, CitingEntry]]:
    """Every reference that a criterion makes only where a case names the right or the value that it belongs to."""
    for criterion in base.criteria.values():
        for ref in base.sources_by_condition(criterion):
            yield ref, CitingEntry(kind="criterion", id=criterion.id, title=criterion.title)


def _attribute_citations(base: KnowledgeBase, attributes: Attributes) -> Iterator[tuple[str, CitingEntry]]:
    for of, values in attributes.items():
        for value, table in values.items():
            phrase = base.vocabulary.types[of].values[value].phrase
            for ref in table.get("sources", ()):
                yield ref, CitingEntry(kind="attribute_values", id=value, title=phrase)


def bibliography(base: KnowledgeBase) -> list[BibliographyItem]:
    """Every source and every place in one, with what rests on it, directly or by a doctrine or right; in file order."""
    used: dict[str, dict[tuple[str, str], CitingEntry]] = defaultdict(dict)
    uses = list(chain(direct_citations(base), conditional_citations(base)))
    for ref, use in uses:
        bundle = base.bibliography.doctrines.get(ref) or base.bibliography.rights.get(ref)
        for inner in bundle.sources if bundle else (ref,):
            seen = use.model_copy(update={"via": ref}) if bundle else use
            used[inner].setdefault((use.kind, use.id), seen)
    # What an entry rests on comes first: a source may be the law of a place beside it.
    doctrines = base.bibliography.doctrines.items()
    own = [(name, CitingEntry(kind="doctrine", id=name, title=item.name)) for name, item in doctrines]
    for ref, use in (*own, *uses):
        for inner in base.bibliography.law_of_places(ref):
            via = "" if (use.kind, use.id) == ("doctrine", ref) else ref
            seen = use.model_copy(update={"via": via, "of_place": True})
            used[inner].setdefault((use.kind, use.id), seen)
    found = []
    for name, source in base.bibliography.sources.items():
        # If only places in a source are cited, the source as a whole is neither verified nor unverified.
        whole = [name] if source.verified is not None or not source.pinpoints or name in used else []
        refs = [*whole, *(f"{name} {locus}" for locus in source.pinpoints)]
        for citation in (citation for ref in refs for citation in base.bibliography.resolve(ref)):
            found.append(bibliography_item(citation, tuple(used[citation.ref].values())))
    return found


def overstated_verifications(base: KnowledgeBase) -> Iterator[Problem]:
    """The places that are marked as seen while their note says that something of them is from memory (K403)."""
    for name, source in base.bibliography.sources.items():
        marked = [(name, source.verified, source.note)]
        marked += [(f"{name} {locus}", place.verified, place.note) for locus, place in source.pinpoints.items()]
        for ref, verified, note in marked:
            if verified and FROM_MEMORY in note and base.owns_path(base.bibliography.defined_at[name]):
                message = f"`{ref}` is marked `verified = true`, and its note says: {note}"
                help_ = "write `verified = false` until the place was read"
                yield Problem("K403", message, source=base.bibliography.defined_at[name], help=help_)


def bibliography_item(citation: ResolvedCitation, cited_by: tuple[CitingEntry, ...] = ()) -> BibliographyItem:
    """A citation as a place in a source."""
    return BibliographyItem(
        ref=citation.ref,
        text=citation.text,
        kind=citation.kind.replace("_", " "),
        summary=citation.summary,
        verified=citation.verified,
        note=citation.note,
        reading=str(citation.reading or ""),
        cited_by=cited_by,
    )
