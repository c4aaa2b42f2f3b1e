"""Finds which parts of a pass need not be computed when the inputs that they need are false in every scenario.

The *default* of an atom is the value that it has in every scenario in which some sources, few of them, are all false:
mostly false, and true for an atom that holds unless something else does. A run of atoms whose defaults rest on few
sources together is skipped when all of these are false everywhere: so what a large base has no case for costs one
test.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from legit.engine.ground_rule import GroundRule


class Sizes(NamedTuple):
    """How large runs become: at most `sources` that are looked at to skip one, and about `heads` in a group of runs.

    Larger runs are fewer, and more of them hold something that a case needs.
    """

    sources: int
    heads: int


SINGLE = Sizes(0, 0)
"""For passes over one case: they are so short that a test costs more than what it skips."""

COARSE = Sizes(100, 100)
"""For passes over many cases, where a large base has most that none of them needs."""

_FEWEST_HEADS = 3
"""A shorter run is computed without a test of its own."""

_HEADS_OF_SMALL = 6
"""Runs that are too short for a test of their own share one, so many heads together."""

_MOST_COMPONENTS = 16
"""A run has no more: a long one often has something that a case needs, and is then computed as a whole."""

Sources = frozenset[int]


class Default(NamedTuple):
    """The value that an atom has wherever all of the sources `unless` are false."""

    value: bool
    unless: Sources


class Run(NamedTuple):
    """Components of a pass, in order. Computed where one of the sources `sought` holds; without any, always.

    `parts` are runs within it that are tested in their turn; they have all of its components.
    """

    sought: list[int]
    components: list[list[int]]
    parts: list[Run] = []  # noqa: RUF012


def defaults(
    sources: Sequence[int], by_head: Mapping[int, list[GroundRule]], strata: Sequence[list[int]], sizes: Sizes
) -> dict[int, Default]:
    """The default of each atom that has one with few enough sources. `strata` are in the order of a pass."""
    heads = {head for component in strata for head in component}
    found = {source: Default(False, frozenset({source})) for source in sources if source not in heads}
    for component in strata:
        default = _component_default(component, by_head, found)
        if default is not None and len(default.unless) <= sizes.sources:
            found.update(dict.fromkeys(component, default))
    return found


def _component_default(
    component: list[int], by_head: Mapping[int, list[GroundRule]], found: Mapping[int, Default]
) -> Default | None:
    whole: Sources = frozenset()
    undecided, satisfied = False, []
    for head in component:
        for rule in by_head[head]:
            if any(literal in component for literal in rule.body):
                continue  # true only where another head of the component is
            blocked = _smallest(_blocking(rule, found))
            if blocked is not None:
                whole |= blocked
            elif rule.weights or any(abs(literal) not in found for literal in rule.body):
                undecided = True
            else:
                satisfied.append(frozenset().union(*(found[abs(literal)].unless for literal in rule.body)))
    if satisfied:
        return Default(True, _smallest(satisfied) or frozenset()) if len(component) == 1 else None
    return None if undecided else Default(False, whole)


def blocking_atoms(rule: GroundRule, known: Mapping[int, Default]) -> list[int]:
    """The atoms of literals that are false by default: the rule is false where one of these atoms has its default."""
    if rule.weights:
        return []
    return [abs(item) for item in rule.body if abs(item) in known and known[abs(item)].value == (item < 0)]


def _blocking(rule: GroundRule, known: Mapping[int, Default]) -> list[Sources]:
    """Sources for each literal that is false by default: the rule is false where all of one of these are."""
    return [known[atom].unless for atom in blocking_atoms(rule, known)]


def _smallest(groups: Iterable[Sources]) -> Sources | None:
    return min(groups, key=lambda group: (len(group), sorted(group)), default=None)


def readers(by_head: Mapping[int, list[GroundRule]]) -> dict[int, set[int]]:
    """The heads of the rules that read an atom, by the atom."""
    found: dict[int, set[int]] = defaultdict(set)
    for head, rules in by_head.items():
        for rule in rules:
            for literal in rule.body:
                found[abs(literal)].add(head)
    return found


def needs(
    by_head: Mapping[int, list[GroundRule]],
    strata: Sequence[list[int]],
    known: Mapping[int, Default],
    wanted: Collection[int],
    sizes: Sizes,
) -> dict[int, Sources]:
    """For atoms without a default: sources without which no rule that reads the atom can make a `wanted` atom true.

    Where all of these are false, the atom may have any value.
    """
    reading: dict[int, list[GroundRule]] = defaultdict(list)
    for rules in by_head.values():
        for rule in rules:
            for literal in rule.body:
                reading[abs(literal)].append(rule)
    found: dict[int, Sources] = {}
    for component in reversed(strata):
        (head, *others) = component
        if others or head in known or head in wanted:
            continue
        whole: set[int] = set()
        for rule in reading[head]:
            sought = _rule_need(rule, known, found)
            if sought is None or len(whole | sought) > sizes.sources:
                break
            whole |= sought
        else:
            found[head] = frozenset(whole)
    return found


def _rule_need(rule: GroundRule, known: Mapping[int, Default], found: Mapping[int, Sources]) -> Sources | None:
    """Sources without which a rule is false, or makes no difference."""
    (head,) = rule.heads
    sought = _blocking(rule, known)
    sought += [known[head].unless] if head in known else []
    sought += [found[head]] if head in found else []
    return _smallest(sought)


def guarded_runs(
    sources: Sequence[int],
    by_head: Mapping[int, list[GroundRule]],
    strata: Sequence[list[int]],
    known: Mapping[int, Default],
    sizes: Sizes,
    wanted: Collection[int] | None = None,
) -> list[Run]:
    """The components of a pass in runs, given the defaults. With `wanted`, only these atoms have to be right.

    The order of the components is another than that of the strata: those that rest on the same sources stand together,
    as far as each comes after what it reads.
    """
    given = set(sources)
    unless = {atom: default.unless for atom, default in known.items() if atom not in given}
    if wanted is not None:
        unless |= needs(by_head, strata, known, wanted, sizes)
    return _grouped(_Schedule(by_head, strata, unless, sizes.sources).runs(), sizes.heads)


def _grouped(runs: Iterable[Run], most_heads: int) -> list[Run]:
    """Runs that follow one another and can be skipped, in groups."""
    found: list[Run] = []
    group: list[Run] = []
    for run in runs:
        if group and (not run.sought or sum(_head_count(part) for part in group) + _head_count(run) > most_heads):
            found.append(_group(group))
            group = []
        if run.sought:
            group.append(run)
        else:
            found.append(run)
    return [*found, _group(group)] if group else found


def _group(runs: Sequence[Run]) -> Run:
    parts: list[list[Run]] = []
    small = 0  # heads of the short runs that the last part consists of
    for run in runs:
        short = _head_count(run) < _FEWEST_HEADS
        if short and 0 < small < _HEADS_OF_SMALL:
            parts[-1].append(run)
        else:
            parts.append([run])
            small = 0
        small = small + _head_count(run) if short else 0
    whole = _joined(runs)
    return whole._replace(parts=list(map(_joined, parts))) if whole.sought and len(parts) > 1 else whole


def _joined(runs: Sequence[Run]) -> Run:
    """Runs as one; without a test of its own if it is short."""
    components = [component for run in runs for component in run.components]
    sought = {source for run in runs for source in run.sought}
    return Run(sorted(sought) if sum(map(len, components)) >= _FEWEST_HEADS else [], components)


def _head_count(run: Run) -> int:
    return sum(map(len, run.components))


class _Schedule:
    """Orders components into runs. Components have the numbers of their places in the strata."""

    def __init__(
        self,
        by_head: Mapping[int, list[GroundRule]],
        strata: Sequence[list[int]],
        unless: Mapping[int, Sources],
        most_sources: int,
    ) -> None:
        self._most_sources = most_sources
        self._strata = strata
        self._unless = [unless.get(component[0], frozenset()) for component in strata]
        component_of = {head: number for number, component in enumerate(strata) for head in component}
        self._followers: list[set[int]] = [set() for _ in strata]
        self._missing = [0] * len(strata)
        for number, component in enumerate(strata):
            bodies = (rule.body for head in component for rule in by_head[head])
            before = {component_of[abs(item)] for body in bodies for item in body if abs(item) in component_of}
            before.discard(number)
            self._missing[number] = len(before)
            for other in before:
                self._followers[other].add(number)
        self._plain: list[int] = []
        """Ready components that are always computed. A heap, as the others."""
        self._ready: list[int] = []
        self._resting_on: dict[int, set[int]] = defaultdict(set)
        self._near: list[int] = []
        """Ready components that rest on a source of the run that is being made."""
        self._sought: set[int] = set()
        self._done: set[int] = set()

    def runs(self) -> list[Run]:
        for number, missing in enumerate(self._missing):
            if not missing:
                self._set_ready(number)
        found = []
        while self._ready or self._plain:
            number = heapq.heappop(self._plain or self._ready)
            if number in self._done:
                continue
            found.append(self._run_from(number) if self._unless[number] else Run([], [self._strata[number]]))
            if not self._unless[number]:
                self._finish(number)
        return found

    def _run_from(self, first: int) -> Run:
        """The run that begins with a component, with all that rest on its sources and on those of the added ones."""
        self._near, self._sought = [first], set()
        members: list[int] = []
        while self._near:
            number = heapq.heappop(self._near)
            here = self._unless[number]
            if number in self._done or len(self._sought | here) > self._most_sources:
                continue
            if len(members) == _MOST_COMPONENTS:
                break
            members.append(number)
            for source in here - self._sought:
                for other in self._resting_on[source] - self._done:
                    heapq.heappush(self._near, other)
            self._sought |= here
            self._finish(number)
        run = Run(sorted(self._sought), [self._strata[number] for number in members])
        self._sought = set()
        return run

    def _finish(self, number: int) -> None:
        self._done.add(number)
        for follower in sorted(self._followers[number]):
            self._missing[follower] -= 1
            if not self._missing[follower]:
                self._set_ready(follower)

    def _set_ready(self, number: int) -> None:
        here = self._unless[number]
        heapq.heappush(self._ready if here else self._plain, number)
        for source in here:
            self._resting_on[source].add(number)
        if not here.isdisjoint(self._sought):
            heapq.heappush(self._near, number)
