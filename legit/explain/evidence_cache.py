"""Facts of a case as the grounds of an answer, each made once."""

from __future__ import annotations

from legit.language.writer import Writer
from legit.model.assessment import Ground
from legit.model.facts import Fact


class Grounds:
    """The grounds of one case."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._made: dict[int, Ground] = {}

    def of(self, fact: Fact) -> Ground:
        """The ground that a fact gives: its sentence, speaker and line."""
        found = self._made.get(id(fact))
        if found is None:
            found = self._made[id(fact)] = Ground(
                sentence=self._writer.sentence(fact),
                truth=fact.truth,
                speaker=fact.speaker,
                line=fact.place.line if fact.place else None,
            )
        return found
