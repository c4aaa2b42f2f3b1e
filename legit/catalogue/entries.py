"""Finding entries of a base: by id or name, by the sources of criteria, and the nearest entries if there is none."""

from __future__ import annotations

import re
from functools import cached_property

from legit._util.suggest import suggest
from legit.catalogue.citations import BibliographyItem, bibliography, bibliography_item
from legit.catalogue.entry import Entry
from legit.catalogue.legal_entries import legal_entries, pinpoint_entry
from legit.catalogue.property_entries import property_entries
from legit.catalogue.route_entries import route_entries
from legit.catalogue.rule_entries import rule_entries
from legit.catalogue.thresholds import threshold_entries
from legit.catalogue.verdict_entries import verdict_entries
from legit.catalogue.vocabulary_entries import vocabulary_entries
from legit.knowledge.base import KnowledgeBase

_MAX_NAME = 60
_LEADING_ARTICLE = re.compile(r"^(?:the|an?) ")


class Entries:
    """All entries of one base. Raises KnowledgeBaseError when precedents cannot be read."""

    def __init__(self, base: KnowledgeBase) -> None:
        self.base = base

    @cached_property
    def all(self) -> tuple[Entry, ...]:
        """Every entry: criteria and derived concepts, law, words, properties."""
        base = self.base
        return (
            *rule_entries(base), *legal_entries(base), *vocabulary_entries(base), *threshold_entries(base),
            *property_entries(base), *verdict_entries(base), *route_entries(base),
        )  # fmt: skip

    def lookup(self, name: str) -> list[Entry]:
        """The entries with an id or a name; a place in a source, as `iccpr 19(3)`, gives the source."""
        wanted = _normalise(name)
        found = [entry for entry in self.all if _normalise(entry.id) == wanted]
        if found:
            return found
        wanted = self.base.bibliography.title_prefixes().get(wanted, wanted)
        places = {_normalise(f"{short} {locus}"): key for key, short, locus in self._pinpoint_names()}
        source = places.get(wanted)
        return [
            entry
            for entry in self.all
            if wanted in map(_normalise, (entry.title, *entry.aliases)) or (entry.kind, entry.id) == ("source", source)
        ]

    def pinpoint(self, name: str) -> Entry | None:
        """The place in a source that is meant by a text such as `iccpr 19(3)` or `ICCPR 19(3)`."""
        wanted = _normalise(name)
        refs = [
            f"{key} {locus}" for key, short, locus in self._pinpoint_names() if _normalise(f"{short} {locus}") == wanted
        ]
        found = (place for place in bibliography(self.base) if place.ref in refs)
        return next((pinpoint_entry(self.base, place) for place in found), None)

    def lookup_kind(self, name: str, kinds: tuple[str, ...]) -> list[Entry]:
        """The entries of some kinds with an id or name, or else those whose title holds it."""
        among = [entry for entry in self.all if entry.kind in kinds]
        wanted = _normalise(name)
        exact = [entry for entry in among if wanted in map(_normalise, (entry.id, entry.title, *entry.aliases))]
        exact = exact or [entry for entry in self.lookup(name) if entry in among]
        return exact or [entry for entry in among if wanted in _normalise(entry.title)]

    def suggest(self, name: str, kinds: tuple[str, ...] = ()) -> list[str]:
        """The ids and names that are nearest to an unknown name. `kinds` limits them to entries of these kinds."""
        known = {
            _normalise(text): text
            for entry in self.all
            if not kinds or entry.kind in kinds
            for text in (*entry.aliases, entry.title, entry.id)
            if 0 < len(text) < _MAX_NAME
        }
        return [known[text] for text in suggest(_normalise(name), known)]

    def pinpoints(self, source: str) -> list[BibliographyItem]:
        """The places in a source that may be cited."""
        refs = [source, *(f"{source} {locus}" for locus in self.base.bibliography.sources[source].pinpoints)]
        return [bibliography_item(citation) for ref in refs for citation in self.base.bibliography.resolve(ref)]

    def criteria(self, family: str = "", source: str = "", right: str = "", unverified: bool = False) -> list[Entry]:
        """The criteria that meet all given filters: of a family, citing a source or a place in one, based on a right,
        citing an unverified place.

        A criterion is based on a right when it cites the right, or an article on which the right is based.
        """
        chosen = []
        for entry in self.all:
            if entry.kind != "criterion":
                continue
            criterion = self.base.criteria[entry.id]
            refs = {place.ref for place in entry.sources}
            if family and criterion.family != family:
                continue
            if source and not self._cites_source(source, refs, criterion.sources):
                continue
            if right and right not in criterion.sources and not refs & self._citations_of_right(right):
                continue
            if unverified and all(place.verified for place in entry.sources):
                continue
            chosen.append(entry)
        return chosen

    def _cites_source(self, source: str, refs: set[str], cited: tuple[str, ...]) -> bool:
        return source in cited or source in refs or source in {ref.partition(" ")[0] for ref in refs}

    def _citations_of_right(self, right: str) -> set[str]:
        return {citation.ref for citation in self.base.bibliography.resolve(right)}

    def _pinpoint_names(self) -> list[tuple[str, str, str]]:
        return [
            (key, name, locus)
            for key, source in self.base.bibliography.sources.items()
            for locus in source.pinpoints
            for name in (key, source.short_title)
        ]


def _normalise(text: str) -> str:
    return _LEADING_ARTICLE.sub("", " ".join(text.casefold().replace("_", " ").split()).rstrip("."))
