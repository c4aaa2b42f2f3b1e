"""Sources as an answer cites them, made once for each criterion and right of a knowledge base."""

from __future__ import annotations

from collections.abc import Iterable

from legit.knowledge.base import KnowledgeBase
from legit.knowledge.bibliography import ResolvedCitation
from legit.model.assessment import Citation


class CitationCache:
    """The citations of one knowledge base. Instances may be shared between threads."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._base = base
        self._criteria: dict[str, tuple[Citation, ...]] = {}
        self._rights: dict[str, tuple[Citation, ...]] = {}

    def for_criterion(self, name: str) -> tuple[Citation, ...]:
        """The sources of a criterion."""
        found = self._criteria.get(name)
        if found is None:
            found = self._criteria[name] = _to_citations(self._base.citations(name))
        return found

    def for_right(self, name: str) -> tuple[Citation, ...]:
        """The sources that guarantee a right."""
        found = self._rights.get(name)
        if found is None:
            refs = self._base.bibliography.rights[name].sources
            found = _to_citations(citation for ref in refs for citation in self._base.bibliography.resolve(ref))
            self._rights[name] = found
        return found


def _to_citations(citations: Iterable[ResolvedCitation]) -> tuple[Citation, ...]:
    return tuple(
        Citation(ref=citation.ref, text=citation.text, kind=citation.kind, verified=citation.verified)
        for citation in citations
    )
