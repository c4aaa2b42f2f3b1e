"""Counterfactuals in words: the changes that lead to another outcome of a case."""

from __future__ import annotations

import itertools

from legit.engine.decided_case import DecidedCase
from legit.engine.scenarios import GroundAtom, parse_atom, predicate_of
from legit.explain.counterfactuals import CheapestEdits, CounterfactualSearch, Edit
from legit.explain.verbalizer import CaseVerbalizer
from legit.model.explanation import Change, ChangeSet, Counterfactual
from legit.model.facts import Truth

MAX_KINDS = 8
"""The largest number of kinds of change sets that are shown for one outcome."""

MAX_EXHAUSTIVE = 10_000
"""The largest number of change sets that are written out for one outcome."""

_MAX_CANDIDATES = 512


class CounterfactualBuilder:
    """Builds the counterfactuals of one case: the first change set of each kind or, with `exhaustive`, all of them."""

    def __init__(self, decided: DecidedCase, verbalizer: CaseVerbalizer, *, exhaustive: bool = False) -> None:
        self._decided = decided
        self._exhaustive = exhaustive
        self._verbalizer = verbalizer
        self._search = CounterfactualSearch(decided.base, decided.engine, decided.inputs)
        self._stated_arguments = {str(arg) for fact in decided.case.facts for arg in fact.args}
        self._predicate_order = {name: number for number, name in enumerate(decided.base.vocabulary.predicates)}

    def counterfactuals(self) -> tuple[Counterfactual, ...]:
        """The counterfactuals that the knowledge base asks for under the verdict."""
        verdict = self._decided.verdict.value
        found = []
        for entry in self._decided.base.counterfactual_goals.get(verdict, ()):
            outcome, _, by = entry.partition(" ")
            by = "" if by == "everybody" else by
            key = f"turn_{verdict}_{outcome}" + (f"_{by}" if by else "")
            found.append(self.counterfactual(GroundAtom("verdict", (outcome,)), by, self._decided.base.phrases[key]))
        return tuple(found)

    def counterfactual(self, goal: GroundAtom, actor: str, summary: str) -> Counterfactual:
        """The cheapest sets of changes that lead to a result; `actor` is who can make them, empty for anybody."""
        found = self._search.search(goal, actor)
        change_sets, omitted = self._all_change_sets(found) if self._exhaustive else self._change_sets_by_kind(found)
        return Counterfactual(
            outcome=goal.args[0],
            actor=actor,
            summary=summary,
            cost=found.cost,
            change_sets=change_sets,
            omitted_kinds=omitted,
            search_depth=found.search_depth,
        )

    def _all_change_sets(self, found: CheapestEdits) -> tuple[tuple[ChangeSet, ...], int]:
        """Every change set, and how many are left out where there are too many."""
        expanded = itertools.islice(found.expand(self._search.conflicts), MAX_EXHAUSTIVE)
        ways = [ChangeSet(changes=tuple(map(self._change, steps))) for steps in sorted(expanded, key=self._rank)]
        more = sum(map(_count_edit_sets, found.sets)) - len(ways) if len(ways) == MAX_EXHAUSTIVE else 0
        return tuple(ways), more

    def _change_sets_by_kind(self, found: CheapestEdits) -> tuple[tuple[ChangeSet, ...], int]:
        """The first change set of each kind, and how many kinds are left out."""
        kinds: dict[tuple[tuple[str, bool], ...], list[tuple[tuple[Edit, ...], ...]]] = {}
        for classes in found.sets:
            kind = tuple(sorted((predicate_of(steps[0].symbol), steps[0].sets_true) for steps in classes))
            kinds.setdefault(kind, []).append(classes)
        ways = []
        for group in kinds.values():
            steps = min((self._closest_edits(classes) for classes in group), key=self._rank)
            count = sum(_count_edit_sets(classes) for classes in group)
            ways.append((self._rank(steps), ChangeSet(changes=tuple(map(self._change, steps)), equivalents=count - 1)))
        ways.sort(key=lambda item: item[0])
        shown = tuple(way for _, way in ways[:MAX_KINDS])
        return shown, len(ways) - len(shown)

    def _closest_edits(self, classes: tuple[tuple[Edit, ...], ...]) -> tuple[Edit, ...]:
        """The set of edits that is closest to the facts of the case."""
        clash = self._search.conflicts
        more = filter(clash.compatible, itertools.islice(itertools.product(*classes), _MAX_CANDIDATES))
        return min(itertools.chain(clash.compatible_sets(classes), more), key=self._rank)

    def _rank(self, edits: tuple[Edit, ...]) -> tuple[int, tuple[int, ...], tuple[str, ...]]:
        atoms = [parse_atom(step.symbol) for step in edits]
        strange = sum(arg not in self._stated_arguments for atom in atoms for arg in atom.args)
        return strange, tuple(self._predicate_order[atom.name] for atom in atoms), tuple(step.symbol for step in edits)

    def _change(self, edit: Edit) -> Change:
        facts = self._decided.inputs.facts
        fact = self._verbalizer.input_fact(parse_atom(edit.symbol))
        if edit.symbol in facts:
            fact = facts[edit.symbol][0]
        fact = fact.model_copy(update={"truth": Truth.TRUE if edit.sets_true else Truth.FALSE, "detail": None})
        predicate = self._decided.base.vocabulary.predicates[fact.predicate].spec
        replaced = tuple(
            self._verbalizer.fact_sentence(said) for symbol in edit.replaces for said in facts.get(symbol, ())[:1]
        )
        return Change(
            sentence=self._verbalizer.fact_sentence(fact),
            replaces=replaced,
            actor=predicate.changeable_by,
            cost=edit.cost,
        )


def _count_edit_sets(classes: tuple[tuple[Edit, ...], ...]) -> int:
    count = 1
    for steps in classes:
        count *= len(steps)
    return count
