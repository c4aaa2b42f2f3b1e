"""What would change an outcome, in words."""

from __future__ import annotations

import itertools

from legit.engine.decided_case import Judged
from legit.engine.scenarios import Reading, reading
from legit.explain.counterfactuals import Changer, Cheapest, Step
from legit.explain.verbalizer import Words
from legit.model.explanation import Change, Turn, Way
from legit.model.facts import Truth

MOST_WAYS = 8
"""So many kinds of ways are shown for one outcome."""

MOST_WRITTEN_OUT = 10_000
"""So many ways are written out for one outcome where every one is asked for."""

_TRIED = 512


class Turning:
    """Finds and says the ways to other outcomes of one case: the first of each kind, or `every` one."""

    def __init__(self, judged: Judged, words: Words, *, every: bool = False) -> None:
        self._judged = judged
        self._every = every
        self._words = words
        self._changer = Changer(judged.base, judged.engine, judged.inputs)
        self._stated = {str(arg) for fact in judged.case.facts for arg in fact.args}
        self._order = {name: number for number, name in enumerate(judged.base.vocabulary.predicates)}

    def turns(self) -> tuple[Turn, ...]:
        """The turns that the knowledge base looks for under the verdict."""
        verdict = self._judged.verdict.value
        found = []
        for entry in self._judged.base.turns.get(verdict, ()):
            outcome, _, by = entry.partition(" ")
            by = "" if by == "everybody" else by
            key = f"turn_{verdict}_{outcome}" + (f"_{by}" if by else "")
            found.append(self.turn(Reading("verdict", (outcome,)), by, self._judged.base.phrases[key]))
        return tuple(found)

    def turn(self, outcome: Reading, by: str, says: str) -> Turn:
        """The cheapest ways to an outcome."""
        found = self._changer.cheapest(outcome, by)
        ways, more = self._written_out(found) if self._every else self._by_kind(found)
        return Turn(
            outcome=outcome.args[0], by=by, says=says, cost=found.cost, ways=ways, more=more, most=found.most
        )  # fmt: skip

    def _written_out(self, found: Cheapest) -> tuple[tuple[Way, ...], int]:
        """Every way, and how many are left out where they are too many."""
        expanded = itertools.islice(found.expanded(self._changer.clash), MOST_WRITTEN_OUT)
        ways = [Way(changes=tuple(map(self._change, steps))) for steps in sorted(expanded, key=self._rank)]
        more = sum(map(_count, found.sets)) - len(ways) if len(ways) == MOST_WRITTEN_OUT else 0
        return tuple(ways), more

    def _by_kind(self, found: Cheapest) -> tuple[tuple[Way, ...], int]:
        """The first way of each kind, and how many kinds are left out."""
        kinds: dict[tuple[tuple[str, bool], ...], list[tuple[tuple[Step, ...], ...]]] = {}
        for classes in found.sets:
            kind = tuple(sorted((steps[0].symbol.partition("(")[0], steps[0].becomes) for steps in classes))
            kinds.setdefault(kind, []).append(classes)
        ways = []
        for group in kinds.values():
            steps = min((self._nearest(classes) for classes in group), key=self._rank)
            count = sum(_count(classes) for classes in group)
            ways.append((self._rank(steps), Way(changes=tuple(map(self._change, steps)), alike=count - 1)))
        ways.sort(key=lambda item: item[0])
        shown = tuple(way for _, way in ways[:MOST_WAYS])
        return shown, len(ways) - len(shown)

    def _nearest(self, classes: tuple[tuple[Step, ...], ...]) -> tuple[Step, ...]:
        """The set of single steps that is nearest to what the case speaks of."""
        clash = self._changer.clash
        more = filter(clash.fit, itertools.islice(itertools.product(*classes), _TRIED))
        return min(itertools.chain(clash.fitting(classes), more), key=self._rank)

    def _rank(self, steps: tuple[Step, ...]) -> tuple[int, tuple[int, ...], tuple[str, ...]]:
        atoms = [reading(step.symbol) for step in steps]
        strange = sum(arg not in self._stated for atom in atoms for arg in atom.args)
        return strange, tuple(self._order[atom.name] for atom in atoms), tuple(step.symbol for step in steps)

    def _change(self, step: Step) -> Change:
        facts = self._judged.inputs.facts
        fact = self._words.input_fact(reading(step.symbol))
        if step.symbol in facts:
            fact = facts[step.symbol][0]
        fact = fact.model_copy(update={"truth": Truth.TRUE if step.becomes else Truth.FALSE, "detail": None})
        predicate = self._judged.base.vocabulary.predicates[fact.predicate].stated
        replaced = tuple(self._words.sentence(said) for symbol in step.drops for said in facts.get(symbol, ())[:1])
        return Change(sentence=self._words.sentence(fact), instead_of=replaced, by=predicate.changed_by, cost=step.cost)


def _count(classes: tuple[tuple[Step, ...], ...]) -> int:
    count = 1
    for steps in classes:
        count *= len(steps)
    return count
