"""The radius of a verdict in words: the shifted sentences, and the verdicts that follow."""

from __future__ import annotations

from legit.engine.decided_case import DecidedCase
from legit.engine.scenarios import parse_atom
from legit.explain.evidence_cache import EvidenceCache
from legit.explain.radius import DegreeShifts, Shift, Turn, find_radius
from legit.language.writer import Writer
from legit.model.assessment import DegreeShift, DegreeTurn
from legit.model.explanation import Radius

_MAX_TURNS = 24


class RadiusTexts:
    """Says which described degrees change the verdict of one case."""

    def __init__(self, decided: DecidedCase, shifts: DegreeShifts, writer: Writer, evidence: EvidenceCache) -> None:
        self._decided = decided
        self._shifts = shifts
        self._writer = writer
        self._evidence = evidence

    def single_steps(self) -> tuple[DegreeTurn, ...]:
        """The shifts of one fact by one step that change the verdict."""
        return self._turns(find_radius(self._decided, self._shifts, max_distance=1).turns)

    def radius(self) -> Radius | None:
        """The radius; None for an undetermined verdict, and where too much is open to search for it."""
        found = find_radius(self._decided, self._shifts)
        if not found.searched:
            return None
        turns = self._turns(found.turns[:_MAX_TURNS])
        return Radius(
            distance=found.distance,
            turns=turns,
            omitted=len(found.turns) - len(turns),
            searched=found.searched,
            shifts=found.degrees,
        )

    def _turns(self, found: tuple[Turn, ...]) -> tuple[DegreeTurn, ...]:
        return tuple(DegreeTurn(shifts=tuple(map(self._shift, turn.shifts)), verdict=turn.verdict) for turn in found)

    def _shift(self, shift: Shift) -> DegreeShift:
        fact = self._decided.inputs.supporting_facts(shift.symbol)[0]
        before, after = parse_atom(shift.symbol).args, parse_atom(shift.becomes).args
        types = self._decided.base.vocabulary.predicates[fact.predicate].args
        moved = [(place, value) for place, (old, value) in enumerate(zip(before, after, strict=True)) if old != value]
        args = list(fact.args)
        for place, value in moved:
            args[place] = value
        values = self._decided.base.vocabulary.values
        return DegreeShift(
            evidence=self._evidence.get(fact),
            becomes=self._writer.sentence(fact.model_copy(update={"args": tuple(args)})),
            degree=" ".join(values(types[place].type)[value].phrase for place, value in moved),
            steps=shift.steps,
        )
