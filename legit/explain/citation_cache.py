"""Sources as an answer cites them: those of a criterion, of a right, and of the rules that fired in a case."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import NamedTuple

from legit.engine.ground_rule import Bounds
from legit.engine.program import Program
from legit.engine.scenarios import GroundAtom, format_atom, parse_atom
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.bibliography import ResolvedCitation
from legit.knowledge.rule_sources import RULE_MET, SourceMark
from legit.model.assessment import AppliedSource, Citation


class _MarkAtoms(NamedTuple):
    """A mark in one program: the atom of its rule, and each atom of its condition with the value of its variable."""

    rule_atom: int
    conditions: tuple[tuple[int, str], ...]
    mark: SourceMark


Levels = tuple[tuple[str, ...], ...]
"""References of a criterion, the most specific ones first."""


class MarkedList(NamedTuple):
    """A list of citations, the same as they are marked at a place on a date, and what is applied of them."""

    citations: tuple[Citation, ...]
    ordered: tuple[Citation, ...]
    applied: dict[str, AppliedSource]


class MarkedCitations:
    """The citations as they are marked at one place on its dates: each by its reference, lists by their identity.

    `with_law` has levels of references with the law of the place, by the levels and the branches of law.
    """

    def __init__(self) -> None:
        self.single: dict[str, tuple[Citation, AppliedSource]] = {}
        self.lists: dict[int, MarkedList] = {}
        self.with_law: dict[tuple[Levels, frozenset[str]], Levels] = {}


class CitationCache:
    """The citations of one knowledge base. Instances may be shared between threads.

    `in_force_cache` has, by place and dates of cases, the citations as they are marked there.
    """

    def __init__(self, base: KnowledgeBase) -> None:
        self._base = base
        order = base.manifest.source_order
        self._rank = {kind: number for number, group in enumerate(order) for kind in group}
        self._criteria: dict[str, tuple[Citation, ...]] = {}
        self._rights: dict[str, tuple[Citation, ...]] = {}
        self._marks: dict[tuple[str, Bounds], tuple[_MarkAtoms, ...]] = {}
        self.in_force_cache: dict[tuple[object, ...], MarkedCitations] = {}
        self._selected: dict[tuple[str, Levels], tuple[Citation, ...]] = {}

    def for_criterion(self, name: str) -> tuple[Citation, ...]:
        """All sources of a criterion."""
        found = self._criteria.get(name)
        if found is None:
            found = self._criteria[name] = _to_citations(self._base.citations(name))
        return found

    def for_met_criterion(self, name: str, program: Program, holding: Container[int]) -> tuple[Citation, ...]:
        """The sources of those rules of a criterion that fire where the atoms in `holding` hold.

        The most specific come first: those under a condition, those of the rule, those of the criterion. Among equals
        the most binding comes first, and then the one that is written first.
        """
        if not self._base.criteria[name].source_marks:
            return self.for_criterion(name)
        return self.select(name, self.levels_of_met(name, program, holding))

    def levels_of_met(self, name: str, program: Program, holding: Container[int]) -> Levels:
        """The references of `for_met_criterion`: under a condition, of the rules, of the criterion."""
        if not self._base.criteria[name].source_marks:
            return self.levels_of(name)
        fired = [item for item in self._mark_atoms(name, program) if item.rule_atom in holding]
        held = [(item.mark, value) for item in fired for atom, value in item.conditions if atom in holding]
        special = [ref for mark, value in held for ref in (*mark.refs, *self._sources_of(mark, value))]
        own = [ref for item in fired if not item.mark.condition for ref in item.mark.sources]
        return tuple(special), tuple(own), self._base.criteria[name].common_sources

    def levels_of(self, name: str) -> Levels:
        """The references of a criterion, whichever of its rules fire."""
        return (self._base.criteria[name].sources,)

    def _sources_of(self, mark: SourceMark, value: str) -> tuple[str, ...]:
        return self._base.sources_of_value(value) if mark.names_variable else ()

    def select(self, name: str, levels: Levels) -> tuple[Citation, ...]:
        """The citations of a criterion behind levels of references, those of the first level first; all of its sources
        when there is none."""
        found = self._selected.get((name, levels))
        if found is None:
            ordered = [citation for refs in levels for citation in self._ordered(refs)]
            unique = {citation.text: citation for citation in reversed(ordered)}.values()
            found = self._selected[name, levels] = _to_citations(reversed(unique)) or self.for_criterion(name)
        return found

    def _ordered(self, refs: Iterable[str]) -> list[ResolvedCitation]:
        """What the references resolve to, by `source_order`; national sources after those of several states."""

        def key(item: ResolvedCitation) -> tuple[int, bool]:
            return self._rank.get(item.kind, len(self._rank)), item.territorial_scope == "national"

        return sorted((citation for ref in refs for citation in self._base.bibliography.resolve(ref)), key=key)

    def _mark_atoms(self, name: str, program: Program) -> tuple[_MarkAtoms, ...]:
        found = self._marks.get((name, program.bounds))
        if found is None:
            found = self._marks[name, program.bounds] = tuple(
                _MarkAtoms(_rule_atom(program, name, mark), tuple(condition_atoms(program, mark)), mark)
                for mark in self._base.criteria[name].source_marks
            )
        return found

    def for_right(self, name: str) -> tuple[Citation, ...]:
        """The sources that guarantee a right."""
        found = self._rights.get(name)
        if found is None:
            found = self._rights[name] = self.for_references(self._base.bibliography.rights[name].sources)
        return found

    def for_references(self, refs: Iterable[str]) -> tuple[Citation, ...]:
        """The sources behind references of the base, in their order."""
        return _to_citations(citation for ref in refs for citation in self._base.bibliography.resolve(ref))


def _rule_atom(program: Program, criterion: str, mark: SourceMark) -> int:
    return program.atoms.get(format_atom(GroundAtom(RULE_MET, (criterion, str(mark.rule)))), 0)


def condition_atoms(program: Program, mark: SourceMark) -> Iterable[tuple[int, str]]:
    """Each atom of a program with which the condition of a mark holds, and the value of its variable."""
    if not mark.condition:
        return
    if not mark.variable:
        yield program.atoms.get(mark.condition, 0), ""
        return
    start = mark.condition.removesuffix(f"{mark.variable})")
    for atom, text in program.ground_atoms(mark.predicate):
        if text.startswith(start):
            yield atom, parse_atom(text).args[-1]


def _to_citations(citations: Iterable[ResolvedCitation]) -> tuple[Citation, ...]:
    return tuple(
        Citation(ref=citation.ref, text=citation.text, kind=citation.kind, verified=citation.verified)
        for citation in citations
    )
