"""All completions of the open facts of a case, one after another."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from legit.testing.oracle.grounder import RuleInstance
from legit.testing.oracle.rule_ast import Atom


class TooManyAnswerSetsError(Exception):
    """There are more worlds than are enumerated."""


class AnswerSet(NamedTuple):
    """One completion: the open facts that are true in it, the chosen alternative of each open choice, and the truth of
    each unsettled atom."""

    assumed_true: frozenset[Atom]
    choices: tuple[tuple[RuleInstance, tuple[Atom, ...]], ...]
    holds: bytes


class _CompiledRule(NamedTuple):
    """A rule over the numbers of unsettled atoms; of a choice, `instance` is given and `head` means nothing."""

    head: int
    positive: tuple[int, ...]
    negative: tuple[int, ...]
    instance: RuleInstance | None


class AnswerSets:
    """The completions of a case: `certain` facts are true in all, each of the `open_` ones is true or false.

    The atoms that depend on no open fact are computed first: `surely` holds in every world. Only the other atoms,
    `unsettled`, are evaluated world by world. `open` are the open facts on which these atoms depend.
    """

    def __init__(
        self, instances: Iterable[RuleInstance], true: Iterable[Atom], open_: Iterable[Atom], recursive: Collection[int]
    ) -> None:
        self.instances = sorted(instances, key=lambda instance: instance.stratum)
        self.certain_atoms = set(true)
        self._possible_atoms = self.certain_atoms | set(open_)
        self._recursive_strata = recursive
        left: list[tuple[bool, list[RuleInstance]]] = []
        for stratum, group in itertools.groupby(self.instances, key=lambda instance: instance.stratum):
            rules = self._propagate(stratum, list(group))
            if rules:
                left.append((stratum in recursive, rules))
        self.undecided_atoms = sorted(self._possible_atoms - self.certain_atoms, key=str)
        self.positions = {atom: place for place, atom in enumerate(self.undecided_atoms)}
        self._strata = [(again, [self._compile(rule) for rule in rules]) for again, rules in left]
        read = {atom for _, rules in self._strata for rule in rules for atom in (*rule.positive, *rule.negative)}
        self.relevant_open_atoms = [
            atom for atom in sorted(set(open_) - self.certain_atoms, key=str) if self.positions[atom] in read
        ]

    def _compile(self, rule: RuleInstance) -> _CompiledRule:
        positive = tuple([self.positions[atom] for atom in rule.positive if atom not in self.certain_atoms])
        negative = tuple([self.positions[atom] for atom in rule.negative if atom in self._possible_atoms])
        if rule.choice:
            return _CompiledRule(-1, positive, negative, rule)
        return _CompiledRule(self.positions[rule.heads[0]], positive, negative, None)

    def _propagate(self, stratum: int, rules: list[RuleInstance]) -> list[RuleInstance]:
        """Compute the atoms of one stratum that depend on no open fact. Returns the other rules."""
        surely, maybe = self.certain_atoms, self._possible_atoms
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
            again &= stratum in self._recursive_strata
        return [
            rule
            for rule in rules
            if (rule.choice or rule.heads[0] not in surely)
            and maybe.issuperset(rule.positive)
            and surely.isdisjoint(rule.negative)
        ]

    def __iter__(self) -> Iterator[AnswerSet]:
        for values in itertools.product((0, 1), repeat=len(self.relevant_open_atoms)):
            holds = bytearray(len(self.undecided_atoms))
            for atom, value in zip(self.relevant_open_atoms, values, strict=True):
                holds[self.positions[atom]] = value
            assumed = frozenset(atom for atom, value in zip(self.relevant_open_atoms, values, strict=True) if value)
            yield from self._complete_from(0, holds, assumed, ())

    def enumerate_up_to(self, limit: int) -> list[AnswerSet]:
        """All worlds. Raises TooManyAnswerSetsError when there are more than `most`."""
        if 1 << len(self.relevant_open_atoms) > limit:
            raise TooManyAnswerSetsError
        found = list(itertools.islice(iter(self), limit + 1))
        if len(found) > limit:
            raise TooManyAnswerSetsError
        return found

    def _complete_from(
        self,
        number: int,
        holds: bytearray,
        assumed: frozenset[Atom],
        choices: tuple[tuple[RuleInstance, tuple[Atom, ...]], ...],
    ) -> Iterator[AnswerSet]:
        for place in range(number, len(self._strata)):
            recursive, rules = self._strata[place]
            open_choices: dict[RuleInstance, None] = {}
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
                                open_choices[choice] = None
                            else:
                                holds[head] = 1
                                again = recursive
            if open_choices:
                for ways in itertools.product(*map(_choice_alternatives, open_choices)):
                    copy = bytearray(holds)
                    for taken_atom in itertools.chain.from_iterable(ways):
                        copy[self.positions[taken_atom]] = 1
                    taken = tuple(zip(open_choices, ways, strict=True))
                    yield from self._complete_from(place + 1, copy, assumed, choices + taken)
                return
        yield AnswerSet(assumed, choices, bytes(holds))


def _choice_alternatives(rule: RuleInstance) -> Iterator[tuple[Atom, ...]]:
    for size in range(rule.lower_bound, min(rule.upper_bound, len(rule.heads)) + 1):
        yield from itertools.combinations(rule.heads, size)
