"""Sources as an answer cites them, made once for each criterion and right of a knowledge base."""

from __future__ import annotations

from collections.abc import Iterable

from legit.knowledge.base import KnowledgeBase
from legit.knowledge.bibliography import Citation
from legit.model.assessment import Cited


class Citer:
    """Cites for one knowledge base. Instances may be shared between threads."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._base = base
        self._criteria: dict[str, tuple[Cited, ...]] = {}
        self._rights: dict[str, tuple[Cited, ...]] = {}

    def criterion(self, name: str) -> tuple[Cited, ...]:
        """The sources of a criterion."""
        found = self._criteria.get(name)
        if found is None:
            found = self._criteria[name] = _cited(self._base.citations(name))
        return found

    def right(self, name: str) -> tuple[Cited, ...]:
        """The sources that guarantee a right."""
        found = self._rights.get(name)
        if found is None:
            refs = self._base.library.rights[name].sources
            found = _cited(citation for ref in refs for citation in self._base.library.resolve(ref))
            self._rights[name] = found
        return found


def _cited(citations: Iterable[Citation]) -> tuple[Cited, ...]:
    return tuple(
        Cited(ref=citation.ref, text=citation.text, kind=citation.kind, verified=citation.verified)
        for citation in citations
    )
