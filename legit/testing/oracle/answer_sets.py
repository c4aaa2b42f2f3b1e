"""Every way of completing what is open in a case, one after another."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from legit.testing.oracle.grounder import Instance
from legit.testing.oracle.rules import Atom


class TooManyWorldsError(Exception):
    """There are more worlds than are gone through one by one."""


class World(NamedTuple):
    """One completion: the open facts that are true in it, what was chosen in each choice that arose, and for each of
    the unsettled atoms whether it holds."""

    assumed: frozenset[Atom]
    chosen: tuple[tuple[Instance, tuple[Atom, ...]], ...]
    holds: bytes


class _Step(NamedTuple):
    """A rule over the numbers of unsettled atoms; of a choice, `instance` is given and `head` means nothing."""

    head: int
    positive: tuple[int, ...]
    negative: tuple[int, ...]
    instance: Instance | None


class Worlds:
    """The completions of a case: `certain` facts are true in all, each of the `open_` ones is true or false.

    What does not depend on anything open is settled first: `surely` holds in every world, and only what is left, the
    atoms `unsettled`, is evaluated world by world. `open` are the open facts that something left depends on.
    """

    def __init__(
        self, instances: Iterable[Instance], certain: Iterable[Atom], open_: Iterable[Atom], recursive: Collection[int]
    ) -> None:
        self.instances = sorted(instances, key=lambda instance: instance.stratum)
        self.surely = set(certain)
        self._maybe = self.surely | set(open_)
        self._recursive = recursive
        left: list[tuple[bool, list[Instance]]] = []
        for stratum, group in itertools.groupby(self.instances, key=lambda instance: instance.stratum):
            rules = self._settled(stratum, list(group))
            if rules:
                left.append((stratum in recursive, rules))
        self.unsettled = sorted(self._maybe - self.surely, key=str)
        self.number = {atom: place for place, atom in enumerate(self.unsettled)}
        self._strata = [(again, [self._step(rule) for rule in rules]) for again, rules in left]
        read = {atom for _, rules in self._strata for rule in rules for atom in (*rule.positive, *rule.negative)}
        self.open = [atom for atom in sorted(set(open_) - self.surely, key=str) if self.number[atom] in read]

    def _step(self, rule: Instance) -> _Step:
        positive = tuple([self.number[atom] for atom in rule.positive if atom not in self.surely])
        negative = tuple([self.number[atom] for atom in rule.negative if atom in self._maybe])
        if rule.choice:
            return _Step(-1, positive, negative, rule)
        return _Step(self.number[rule.heads[0]], positive, negative, None)

    def _settled(self, stratum: int, rules: list[Instance]) -> list[Instance]:
        """Settle what can be in one stratum; the rules that are left to go through."""
        surely, maybe = self.surely, self._maybe
        again = True
        while again:
            again = False
            for rule in rules:
                if maybe.issuperset(rule.positive) and surely.isdisjoint(rule.negative):
                    again |= not maybe.issuperset(rule.heads)
                    maybe.update(rule.heads)
                    sure = not rule.choice and surely.issuperset(rule.positive)
                    if sure and maybe.isdisjoint(rule.negative):
                        again |= not surely.issuperset(rule.heads)
                        surely.update(rule.heads)
            again &= stratum in self._recursive
        return [
            rule
            for rule in rules
            if (rule.choice or rule.heads[0] not in surely)
            and maybe.issuperset(rule.positive)
            and surely.isdisjoint(rule.negative)
        ]

    def __iter__(self) -> Iterator[World]:
        for values in itertools.product((0, 1), repeat=len(self.open)):
            holds = bytearray(len(self.unsettled))
            for atom, value in zip(self.open, values, strict=True):
                holds[self.number[atom]] = value
            assumed = frozenset(atom for atom, value in zip(self.open, values, strict=True) if value)
            yield from self._from(0, holds, assumed, ())

    def within(self, most: int) -> list[World]:
        """All worlds. Raises TooManyWorldsError when there are more than `most`."""
        if 1 << len(self.open) > most:
            raise TooManyWorldsError
        found = list(itertools.islice(iter(self), most + 1))
        if len(found) > most:
            raise TooManyWorldsError
        return found

    def _from(
        self,
        number: int,
        holds: bytearray,
        assumed: frozenset[Atom],
        chosen: tuple[tuple[Instance, tuple[Atom, ...]], ...],
    ) -> Iterator[World]:
        for place in range(number, len(self._strata)):
            recursive, rules = self._strata[place]
            choices: dict[Instance, None] = {}
            again = True
            while again:
                again = False
                for head, positive, negative, choice in rules:
                    if choice is None and holds[head]:
                        continue
                    for atom in positive:
                        if not holds[atom]:
                            break
                    else:
                        for atom in negative:
                            if holds[atom]:
                                break
                        else:
                            if choice is not None:
                                choices[choice] = None
                            else:
                                holds[head] = 1
                                again = recursive
            if choices:
                for ways in itertools.product(*map(_ways, choices)):
                    copy = bytearray(holds)
                    for taken_atom in itertools.chain.from_iterable(ways):
                        copy[self.number[taken_atom]] = 1
                    taken = tuple(zip(choices, ways, strict=True))
                    yield from self._from(place + 1, copy, assumed, chosen + taken)
                return
        yield World(assumed, chosen, bytes(holds))


def _ways(rule: Instance) -> Iterator[tuple[Atom, ...]]:
    for size in range(rule.least, min(rule.most, len(rule.heads)) + 1):
        yield from itertools.combinations(rule.heads, size)
