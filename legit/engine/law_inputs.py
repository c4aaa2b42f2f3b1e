"""What the place and the dates of a case say to the rules: which criteria of positive law have a source that binds
there then, and in which regions the case lies.

These inputs are derived from the table of places before anything is solved, so that a decision costs one look-up more.
A case that does not say where it arises has none of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from legit.engine.scenarios import GroundAtom, format_atom
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.in_force import CaseSetting, Force, SourceForce, case_setting
from legit.knowledge.protocol import BINDS_PUBLIC_ONLY, LIES_OUTSIDE, LIES_WITHIN, NO_BINDING_SOURCE
from legit.model.facts import Case

_MAX_KEPT = 4096


class LawInputs:
    """The inputs of one base that places and dates decide. Instances may be shared between threads."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._base = base
        self._in_force = base.in_force
        rules = base.manifest.in_force
        self.place_predicate = rules.place_predicate if rules else ""
        self._regions = rules.regions if rules else ()
        self._kept: dict[tuple[object, ...], tuple[str, ...]] = {}

    def symbols(self, case: Case) -> tuple[str, ...]:
        """The inputs that hold in a case; none where it does not say where it arises."""
        if self._in_force is None:
            return ()
        setting = case_setting(self._in_force.rules, case, self._base.profile.trust)
        return () if setting is None else self.symbols_of(setting)

    def symbols_of(self, setting: CaseSetting) -> tuple[str, ...]:
        """The inputs that hold in a case of this place and these dates."""
        key = (setting.place, *sorted(setting.dates.items()))
        found = self._kept.get(key)
        if found is None:
            found = (*self._positive_law(setting), *self._lying(setting))
            if len(self._kept) < _MAX_KEPT:
                self._kept[key] = found
        return found

    def _positive_law(self, setting: CaseSetting) -> list[str]:
        found: list[str] = []
        for name in self._base.positive_law_criteria:
            reasons = {found.why for found in self._forces(name, setting) if found.force is Force.BINDING}
            if not reasons:
                found.append(format_atom(GroundAtom(NO_BINDING_SOURCE[0], (name,))))
            elif reasons == {"vertical"}:
                found.append(format_atom(GroundAtom(BINDS_PUBLIC_ONLY[0], (name,))))
        return found

    def _forces(self, criterion: str, setting: CaseSetting) -> Iterator[SourceForce]:
        assert self._in_force is not None
        sources = self._base.bibliography.sources
        for citation in self._base.citations(criterion):
            name, _, part = citation.ref.partition(" ")
            source = sources[name]
            period = source.pinpoints[part].period if part else source.period
            yield self._in_force.force_of(source.kind, source, period, setting)

    def _lying(self, setting: CaseSetting) -> list[str]:
        """Where the case lies on the date on which a use of power is judged."""
        assert self._in_force is not None
        moment = self._in_force.moment_of_place(setting)
        around = self._base.bibliography.places.around(setting.place, moment)
        return [
            format_atom(GroundAtom((LIES_WITHIN if region in around else LIES_OUTSIDE)[0], (region,)))
            for region in self._regions
        ]
