"""The law that applies in a case: which of the cited sources bind where it arises, persuade, or were not in force then.

Only a case that says where it arises has one. Nothing here changes a verdict; what bears on the verdict is an input of
the rules (`legit.engine.law_inputs`).
"""

from __future__ import annotations

from collections.abc import Container, Iterable

from legit.engine.decided_case import DecidedCase
from legit.engine.program import Program
from legit.explain.citation_cache import CitationCache, Levels, MarkedCitations, MarkedList
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.bibliography import Source
from legit.knowledge.in_force import CaseSetting, Force, InForce, SourceForce, case_setting
from legit.knowledge.places import WORLD, Period
from legit.messages import language, message
from legit.model.assessment import ApplicableLaw, AppliedSource, Citation

_MAX_SETTINGS, _MAX_LISTS = 256, 4096
"""The most places with dates whose citations are kept, and the most lists of citations for each."""

_ORDER = {force.value: number for number, force in enumerate(Force)}


class CitationsInForce(CitationCache):
    """The citations of a base as a case with a place has them: those that bind first, without those that do not apply.

    Beside the sources of a criterion stands the law of the place that says the same: that of the principles of its
    doctrines, in the branches of law that the rule comes under. An instance belongs to one case. `applied` collects
    what was cited, and what was left out.
    """

    def __init__(
        self,
        inner: CitationCache,
        base: KnowledgeBase,
        inquiry: InForce,
        setting: CaseSetting,
        public: bool,
        branches: frozenset[str] = frozenset(),
    ) -> None:
        self._inner = inner
        self._own_base = base
        self._inquiry = inquiry
        self._setting = setting
        self._public = public
        self._branches = branches
        self._around = base.bibliography.places.around(setting.place, inquiry.moment_of_place(setting))
        self._applied: dict[str, AppliedSource] = {}
        key = (language(), setting.place, public, *sorted(setting.dates.items()))
        kept = inner.in_force_cache
        self._kept = kept.setdefault(key, MarkedCitations()) if len(kept) < _MAX_SETTINGS else MarkedCitations()

    def for_criterion(self, name: str) -> tuple[Citation, ...]:
        levels = self._with_law(self._inner.levels_of(name))
        return self._in_force(self._inner.select(name, levels) if levels else self._inner.for_criterion(name))

    def for_met_criterion(self, name: str, program: Program, holding: Container[int]) -> tuple[Citation, ...]:
        levels = self._with_law(self._inner.levels_of_met(name, program, holding))
        if not levels:
            return self._in_force(self._inner.for_met_criterion(name, program, holding))
        return self._in_force(self._inner.select(name, levels))

    def for_right(self, name: str) -> tuple[Citation, ...]:
        return self._in_force(self._inner.for_right(name))

    def for_references(self, refs: Iterable[str]) -> tuple[Citation, ...]:
        return self._in_force(self._inner.for_references(refs))

    def law(self) -> ApplicableLaw:
        """The law of the place of the case: every source that was looked at, those that bind first."""
        names = self._own_base.bibliography.places
        return ApplicableLaw(
            place=self._setting.place,
            place_name=names.name(self._setting.place),
            as_of=self._inquiry.rules.as_of,
            sources=tuple(sorted(self._applied.values(), key=lambda item: (_ORDER[item.force], item.ref))),
        )

    def _with_law(self, levels: Levels) -> Levels:
        """The levels with the law of the place behind what is most specific; none where it says nothing of them."""
        key = levels, self._branches
        found = self._kept.with_law.get(key)
        if found is None:
            refs = [ref for level in levels for ref in level]
            law = self._own_base.bibliography.law_of_place(refs, self._branches, self._around)
            found = (levels[0], tuple(law), *levels[1:]) if law else ()
            if len(self._kept.with_law) < _MAX_LISTS:
                self._kept.with_law[key] = found
        return found

    def _in_force(self, citations: tuple[Citation, ...]) -> tuple[Citation, ...]:
        found = self._kept.lists.get(id(citations))
        if found is None or found.citations is not citations:
            marked = [self._mark(citation) for citation in citations]
            ordered = [
                citation for force in ("binding", "persuasive") for citation in marked if citation.force == force
            ]
            applied = {citation.ref: self._kept.single[citation.ref][1] for citation in citations}
            found = MarkedList(citations, tuple(ordered), applied)
            if len(self._kept.lists) < _MAX_LISTS:
                self._kept.lists[id(citations)] = found
        self._applied.update(found.applied)
        return found.ordered

    def _mark(self, citation: Citation) -> Citation:
        found = self._kept.single.get(citation.ref)
        if found is None:
            applied = self._apply(citation)
            marked = citation.model_copy(update={"force": applied.force, "why": applied.why})
            found = self._kept.single[citation.ref] = marked, applied
        return found[0]

    def _apply(self, citation: Citation) -> AppliedSource:
        name, _, key = citation.ref.partition(" ")
        source = self._own_base.bibliography.sources[name]
        period = source.pinpoints[key].period if key else source.period
        found = self._inquiry.force_of(source.kind, source, period, self._setting)
        if found.why == "vertical" and not self._public:
            found = found._replace(force=Force.PERSUASIVE, why="vertical_private")
        event, date = self._inquiry.moment(source.kind, source, self._setting)
        return AppliedSource(
            ref=citation.ref,
            text=citation.text,
            force=found.force.value,
            why=self._reason(found, source),
            in_force_from=period.begins or source.in_force_from,
            in_force_to=period.ends or source.in_force_to,
            judged_at=event,
            on=date,
        )

    def _reason(self, found: SourceForce, source: Source) -> str:
        names = self._own_base.bibliography.places
        return reason_text(found, names.name(self._setting.place), names.name(found.place), source.period)


def _force_order(citation: Citation) -> int:
    return _ORDER[citation.force]


def reason_text(found: SourceForce, where: str, place: str, period: Period) -> str:
    """Why a source has its force in words; `where` and `place` are names of places."""
    is_larger = found.place not in {WORLD, ""} and place != where
    values = {
        "through": message("in_force.through", place=place) if is_larger else "",
        "where": where,
        "date": found.place,
        "since": message("in_force.since", date=period.begins) if period.begins else "",
    }
    return message(f"in_force.why_{found.why}", **values)


def citations_of(decided: DecidedCase, citations: CitationCache) -> CitationCache:
    """The citations of a base as a decided case has them: as they are, unless it says where it arises."""
    base = decided.base
    inquiry = base.in_force
    setting = case_setting(inquiry.rules, decided.case, base.profile.trust) if inquiry else None
    if inquiry is None or setting is None:
        return citations
    index, consequences = decided.engine.index, decided.consequences
    certain = consequences.cautious_atoms if consequences else frozenset()
    public = index.program.atoms.get(inquiry.rules.vertical_effect_against, 0) in certain
    values = [value for atom, value in index.atoms_of(inquiry.rules.branch_predicate) if atom in certain]
    branches = frozenset(branch for value in values for branch in base.branches_of(value))
    branches |= frozenset(inquiry.rules.branches_for_all)
    return CitationsInForce(citations, base, inquiry, setting, public, branches)
