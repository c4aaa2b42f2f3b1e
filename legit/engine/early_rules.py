"""Moves rules of a pass to the run whose atoms they need, so that they are skipped together with it.

What all criteria share, such as the verdict, has a rule for each criterion. Computed where its head is, each rule costs
a test of its own in every pass, however many of the criteria no case needs. A rule that is false by default, because of
an atom of a run that may be skipped, adds to its head at the end of that run instead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from legit.engine.ground_rule import GroundRule
from legit.engine.pass_guards import Default, Run, blocking_atoms

Place = int
"""A run without parts, by the first head of its components."""


class RulePlaces(NamedTuple):
    """Where the rules of a pass are computed.

    `late` has the rules that are computed with their head, by the head; `early` those that are computed before it, by
    the place at whose end they are. `read_at` has the places at which an atom is read.
    """

    late: dict[int, list[GroundRule]]
    early: dict[Place, list[GroundRule]]
    read_at: dict[int, set[Place]]

    def early_heads(self) -> set[int]:
        """The heads to which rules add before it is their turn. They begin as false."""
        return {rule.heads[0] for rules in self.early.values() for rule in rules}


def place_of(run: Run) -> Place:
    """The place of a run without parts."""
    return run.components[0][0]


def leaves(run: Run) -> Iterator[Run]:
    """The runs without parts that a run consists of, in order."""
    if not run.parts:
        yield run
    for part in run.parts:
        yield from leaves(part)


def rule_places(
    runs: Sequence[Run],
    sources: Collection[int],
    by_head: Mapping[int, list[GroundRule]],
    known: Mapping[int, Default],
) -> RulePlaces:
    """Where each rule is computed. `runs` are in the order of the pass."""
    given = frozenset(sources)
    leaf_of: dict[int, int] = {}
    run_of: dict[int, int] = {}
    all_leaves: list[Run] = []
    tested: set[int] = set()
    recursive: set[int] = set()
    for number, run in enumerate(runs):
        for leaf in leaves(run):
            for component in leaf.components:
                leaf_of.update(dict.fromkeys(component, len(all_leaves)))
                run_of.update(dict.fromkeys(component, number))
                if len(component) > 1 or any(component[0] in rule.body for rule in by_head[component[0]]):
                    recursive.update(component)
            if run.sought or leaf.sought:
                tested.add(len(all_leaves))
            all_leaves.append(leaf)
    places = RulePlaces({}, defaultdict(list), defaultdict(set))
    for head, here in leaf_of.items():
        places.late[head] = []
        for rule in by_head[head]:
            place = here
            if head not in given and head not in recursive:
                last = max((leaf_of[abs(item)] for item in rule.body if abs(item) in leaf_of), default=here)
                blocking = (atom for atom in blocking_atoms(rule, known) if leaf_of.get(atom) == last)
                blocked = next(blocking, None)
                if last in tested and blocked is not None and run_of[blocked] != run_of[head]:
                    place = last
            (places.late[head] if place == here else places.early[place_of(all_leaves[place])]).append(rule)
            for literal in rule.body:
                places.read_at[abs(literal)].add(place_of(all_leaves[place]))
    return places
