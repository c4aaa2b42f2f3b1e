"""Writes the code of a pass: Python that computes every atom as a bit mask over scenarios.

    rule                      line of the pass
    h :- b, not c.            a3 = a1 and ((M ^ a2) & a1)

`M` is the mask of all scenarios. A run of atoms that no case needs is skipped (`pass_guards`).
"""

from __future__ import annotations

import contextlib
import gc
import heapq
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from itertools import compress
from operator import itemgetter
from types import CodeType
from typing import Any, NamedTuple

from legit.engine.early_rules import leaves, place_of, rule_places
from legit.engine.ground_rule import GroundRule
from legit.engine.pass_guards import Default, Run, Sizes, blocking_atoms, defaults, guarded_runs, readers

EvaluationPass = Callable[[list[int], int], dict[int, int]]
"""Takes the masks of the sources (read atoms, then heads of choices) and the mask of all scenarios.

Returns the masks of the derived atoms that hold in some scenario."""


class PassCode(NamedTuple):
    """The code of a pass, and for each source the numbers of the runs that it makes worth computing.

    `loads` has the positions of the sources that `load0`, `load1` … of the code give.
    """

    code: CodeType
    runs_of_source: list[tuple[int, ...]]
    run_count: int
    loads: list[tuple[int, ...]]


def pass_code(
    sources: Sequence[int],
    rules: list[GroundRule],
    strata: list[list[int]],
    sizes: Sizes,
    wanted: Collection[int] | None = None,
) -> PassCode:
    """The code of a pass: one assignment for each rule, guarded by a positive atom of its body.

    The strata may be some of all: what the others derive is not computed. Only `wanted` atoms are returned, by default
    all. `sizes` are those of the runs that may be skipped.
    """
    computed = {head for component in strata for head in component}
    by_head: dict[int, list[GroundRule]] = defaultdict(list)
    for rule in rules:
        if rule.heads[0] in computed:
            by_head[rule.heads[0]].append(rule)
    known = defaults(sources, by_head, strata, sizes)
    runs = guarded_runs(sources, by_head, strata, known, sizes, wanted)
    return _PassWriter(sources, by_head, known, runs, wanted).write()


class _PassWriter:
    """Writes the lines of one pass."""

    def __init__(
        self,
        sources: Sequence[int],
        by_head: Mapping[int, list[GroundRule]],
        known: Mapping[int, Default],
        runs: Sequence[Run],
        wanted: Collection[int] | None,
    ) -> None:
        self._by_head = by_head
        self._known = known
        self._runs = runs
        self._wanted = wanted
        self._places = rule_places(runs, sources, by_head, known)
        self._early_heads = self._places.early_heads()
        self._positions = {atom: number for number, atom in enumerate(sources)}
        self._read_by = readers(by_head)
        self._run_of: dict[int, int] = {}
        self._sought: list[list[int]] = []
        self._lines: list[str] = []
        self._loads: list[tuple[int, ...]] = []

    def write(self) -> PassCode:
        runs = self._runs
        computed = {head for run in runs for component in run.components for head in component}
        always = computed.intersection(self._positions) | self._untested(runs)
        self._lines = ["def run(sources, M):", " found = {}"]
        if any(run.sought for run in runs):
            self._lines.append(" live = live_runs(sources)")
        if 2 * len(always) > len(self._positions):
            always = set(self._positions)
        self._load(always, " ")
        if self._early_heads:
            self._lines.append(f" {_all_are(self._early_heads, '0')}")
        for run in runs:
            self._run(run, " ", always)
        self._lines.append(" return found")
        runs_of_source: list[list[int]] = [[] for _ in self._positions]
        for number, sought in enumerate(self._sought):
            for atom in sought:
                runs_of_source[self._positions[atom]].append(number)
        with _no_garbage_collection():
            code = compile("\n".join(self._lines), "<program>", "exec", dont_inherit=True, optimize=2)
        return PassCode(code, [tuple(numbers) for numbers in runs_of_source], len(self._sought), self._loads)

    def _run(self, run: Run, indent: str, loaded: set[int]) -> None:
        """The lines of a run; where it is skipped, its atoms that are read elsewhere get their defaults."""
        if not run.sought:
            self._components(run, indent)
            return
        number = len(self._sought)
        self._sought.append(run.sought)
        self._lines.append(f"{indent}if live[{number}]:")
        read = self._untested(run.parts or [Run([], run.components)])
        self._load(read - loaded, f"{indent} ")
        before = len(self._lines)
        for part in run.parts or [Run([], run.components)]:
            self._run(part, f"{indent} ", loaded | read)
        if len(self._lines) == before:
            self._lines.append(f"{indent} pass")  # earlier runs have added all that there is
        inside = {head for component in run.components for head in component}
        true = {head for head in inside if head in self._known and self._known[head].value}
        places = {place_of(leaf) for leaf in leaves(run)}
        read = {head for head in inside if not self._places.read_at[head] <= places}
        told = true if self._wanted is None else true.intersection(self._wanted)
        zero = read - true - self._early_heads  # these begin as false
        lines = [f"{indent} {_all_are(here, value)}" for value, here in (("0", zero), ("M", true & read)) if here]
        lines += [f"{indent} found[{head}] = M" for head in sorted(told)]
        self._lines += [f"{indent}else:", *lines] if lines else []
        if indent == " ":
            self._run_of.update(dict.fromkeys(inside, number))

    def _untested(self, runs: Iterable[Run]) -> set[int]:
        """The sources that the rules of those runs read that have no test of their own."""
        untested = [run for run in runs if not run.sought]
        heads = (head for run in untested for component in run.components for head in component)
        rules = [rule for head in heads for rule in self._places.late[head]]
        rules += [rule for run in untested for rule in self._early(run)]
        return {abs(literal) for rule in rules for literal in rule.body}.intersection(self._positions)

    def _load(self, atoms: Set[int], indent: str) -> None:
        """Give sources their names."""
        if atoms == self._positions.keys() and atoms:
            self._lines.append(f"{indent}{''.join(f'a{atom},' for atom in self._positions)} = sources")
        elif len(atoms) >= _FEWEST_LOADED:
            names = "".join(f"a{atom}," for atom in sorted(atoms))
            self._lines.append(f"{indent}{names} = load{len(self._loads)}(sources)")
            self._loads.append(tuple(self._positions[atom] for atom in sorted(atoms)))
        elif atoms:
            names = "".join(f"a{atom}," for atom in sorted(atoms))
            masks = "".join(f"sources[{self._positions[atom]}]," for atom in sorted(atoms))
            self._lines.append(f"{indent}{names} = {masks}")

    def _components(self, run: Run, indent: str) -> None:
        for component in run.components:
            self._component(component, indent)
            told = component if self._wanted is None else [head for head in component if head in self._wanted]
            self._lines += [f"{indent}if a{head}: found[{head}] = a{head}" for head in told]
        by_head: dict[int, list[GroundRule]] = defaultdict(list)
        for rule in self._early(run):
            by_head[rule.heads[0]].append(rule)
        for head, rules in by_head.items():
            self._lines += _assignments(head, rules, indent, self._read_by, fresh=False)

    def _early(self, run: Run) -> list[GroundRule]:
        """The rules of heads of other runs that are computed at the end of a run without parts."""
        return [] if run.parts else self._places.early.get(place_of(run), [])

    def _component(self, component: list[int], indent: str) -> None:
        """The lines that compute the heads of one component."""
        if len(component) == 1 and all(component[0] not in rule.body for rule in self._by_head[component[0]]):
            fresh = component[0] not in self._positions and component[0] not in self._early_heads
            self._assignments(component[0], indent, fresh=fresh)
        else:
            self._lines += [f"{indent}a{head} = 0" for head in component if head not in self._positions]
            self._lines.append(f"{indent}while True:")
            self._lines.append(f"{indent} before = ({''.join(f'a{head},' for head in component)})")
            for head in component:
                self._assignments(head, f"{indent} ", fresh=False)
            self._lines.append(f"{indent} if before == ({''.join(f'a{head},' for head in component)}): break")

    def _assignments(self, head: int, indent: str, *, fresh: bool) -> None:
        """The lines of the rules of a head. Rules that need a run are skipped with it."""
        by_run: dict[int | None, list[GroundRule]] = defaultdict(list)
        for rule in self._places.late[head]:
            by_run[self._needed_run(rule) if indent == " " else None].append(rule)
        few = [number for number, rules in by_run.items() if number is not None and len(rules) < _FEWEST_RULES]
        always = by_run.pop(None, []) + [rule for number in few for rule in by_run.pop(number)]
        if fresh and not always:
            self._lines.append(f"{indent}a{head} = 0")
            fresh = False
        self._lines += _assignments(head, always, indent, self._read_by, fresh=fresh)
        for number, rules in by_run.items():
            self._lines.append(f"{indent}if live[{number}]:")
            self._lines += _assignments(head, rules, f"{indent} ", self._read_by, fresh=False)

    def _needed_run(self, rule: GroundRule) -> int | None:
        """A run without which the rule is false: it computes a literal that is false by default."""
        return next((self._run_of[atom] for atom in blocking_atoms(rule, self._known) if atom in self._run_of), None)


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """A context without garbage collection: compiling creates many objects and no cycles, and takes half the time."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _all_are(atoms: Iterable[int], value: str) -> str:
    """The line that gives all of some atoms one value."""
    return f"{' = '.join(f'a{atom}' for atom in sorted(atoms))} = {value}"


_FEWEST_LOADED = 4
"""So many sources are taken from their list by one call."""

_SOURCES_AT_ONCE = 256
"""So many sources are compared at once with nothing at all: a large base has many that no case has."""

_FEWEST_RULES = 2
"""Fewer rules of a head are computed without a test of the run that they need."""


def _assignments(
    head: int, rules: Sequence[GroundRule], indent: str, read_by: Mapping[int, Set[int]], *, fresh: bool
) -> list[str]:
    """The lines of some rules of a head. `read_by` has the heads whose rules read an atom."""
    lines = []
    for atom, guarded in group_by_guard(rules):
        guard = f"a{atom}" if atom else ""
        many = len(guarded) > 1
        term = " | ".join(_tested(rule, atom, read_by) if many else _body_expression(rule) for rule in guarded)
        if fresh:
            lines.append(f"{indent}a{head} = {f'{guard} and ({term})' if guard else term}")
            fresh = False
        else:
            lines.append(f"{indent}{f'if {guard}: ' if guard else ''}a{head} |= {term}")
    return lines


def group_by_guard(rules: Sequence[GroundRule]) -> list[tuple[int, list[GroundRule]]]:
    """The rules of a head, grouped by a common positive atom of their bodies (the guard).

    Most atoms are false, so that one test of the guard skips the whole group. The guard is 0 for bodies without such an
    atom.
    """
    having: dict[int, list[int]] = defaultdict(list)
    for number, rule in enumerate(rules):
        for literal in set(rule.body) if not rule.weights else ():
            if literal > 0:
                having[literal].append(number)
    # The commonest atom first, of two the smaller. A count in the heap may be out of date: it is then put back.
    waiting = {literal: len(numbers) for literal, numbers in having.items()}
    heap = [(-count, literal) for literal, count in waiting.items()]
    heapq.heapify(heap)
    left = dict.fromkeys(range(len(rules)))
    found = []
    while heap:
        count, guard = heapq.heappop(heap)
        if -count != waiting[guard]:
            if waiting[guard]:
                heapq.heappush(heap, (-waiting[guard], guard))
            continue
        here = [number for number in having[guard] if number in left]
        for number in here:
            del left[number]
            for literal in set(rules[number].body):
                if literal > 0:
                    waiting[literal] -= 1
        found.append((guard, [rules[number] for number in here]))
    if left:
        found.append((0, [rules[number] for number in left]))
    return found


def _body_expression(rule: GroundRule) -> str:
    if rule.weights:
        pairs = "".join(
            f"({_literal_expression(literal)},{weight}),"
            for literal, weight in zip(rule.body, rule.weights, strict=True)
        )
        return f"at_least(({pairs}), {rule.lower_bound}, M)"
    return " & ".join(_literal_expression(literal) for literal in rule.body) or "M"


def _tested(rule: GroundRule, guard: int, read_by: Mapping[int, Set[int]]) -> str:
    """The body of one of several rules with a guard: a further atom that is false spares the rest of the rule.

    It is the atom that the fewest heads read: it belongs to this rule more than to the others.
    """
    others = [literal for literal in rule.body if literal > 0 and literal != guard] if not rule.weights else []
    if not others or len(rule.body) < 3:
        return _body_expression(rule)
    rarest = min(others, key=lambda atom: (len(read_by.get(atom, ())), atom))
    return f"(a{rarest} and {_body_expression(rule)})"


def _literal_expression(literal: int) -> str:
    return f"a{literal}" if literal > 0 else f"(M ^ a{-literal})"


def at_least(pairs: Sequence[tuple[int, int]], lower: int, all_scenarios: int) -> int:
    """The scenarios in which the weights of the (mask, weight) pairs that hold add up to `lower` or more."""
    sums = {0: all_scenarios}
    for mask, weight in pairs:
        for total, where in list(sums.items()):
            both = where & mask
            if both:
                reached = min(total + weight, lower)
                sums[total] ^= both
                sums[reached] = sums.get(reached, 0) | both
    return sums.get(lower, 0) if lower > 0 else all_scenarios


def load_pass(made: PassCode) -> EvaluationPass:
    runs_of_source, run_count = made.runs_of_source, made.run_count

    chunks = [
        (slice(first, first + _SOURCES_AT_ONCE), [0] * len(part), part)
        for first in range(0, len(runs_of_source), _SOURCES_AT_ONCE)
        if any(part := runs_of_source[first : first + _SOURCES_AT_ONCE])
    ]

    def live_runs(sources: list[int]) -> bytearray:
        """Which runs have a source that holds somewhere."""
        live = bytearray(run_count)
        for place, nothing, runs in chunks:
            here = sources[place]
            if here != nothing:
                for number in set[int]().union(*compress(runs, here)):
                    live[number] = 1
        return live

    space: dict[str, Any] = {"at_least": at_least, "live_runs": live_runs}
    space |= {f"load{number}": itemgetter(*positions) for number, positions in enumerate(made.loads)}
    exec(made.code, space)  # generated above from numbers alone: `_is_plan` checks those of the cache
    run: EvaluationPass = space["run"]
    return run
