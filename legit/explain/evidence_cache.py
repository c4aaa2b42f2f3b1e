"""Facts of a case as evidence in an answer, each made once."""

from __future__ import annotations

from legit.language.writer import Writer
from legit.model.assessment import Evidence
from legit.model.facts import Fact


class EvidenceCache:
    """The evidence of one case."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._cache: dict[int, Evidence] = {}

    def get(self, fact: Fact) -> Evidence:
        """A fact as evidence: its sentence, speaker and line."""
        found = self._cache.get(id(fact))
        if found is None:
            found = self._cache[id(fact)] = Evidence(
                sentence=self._writer.sentence(fact),
                written=self._writer.written(fact),
                truth=fact.truth,
                speaker=fact.speaker,
                line=fact.span.line if fact.span else None,
            )
        return found
