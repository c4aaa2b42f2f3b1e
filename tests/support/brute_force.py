"""Explanations by brute force, written apart from the engine: clingo enumerates every completion of every variant."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator

import clingo

from legit.engine.ground_rule import Bounds
from legit.engine.program_text import program_text
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.model.facts import Case, Fact, Truth

Model = tuple[str, frozenset[str], frozenset[str]]
"""A completion: its verdict, the open inputs that are true in it, and the assumptions that it makes."""


class BruteForce:
    """One grounding, solved anew for every question."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._control = clingo.Control(["--warn=none", "--models=0"])
        self._control.add("base", [], program_text(base, Bounds()) + "\n#show verdict/1.\n#show assumed/2.\n")
        self._control.ground([("base", [])])
        self._inputs = {str(atom.symbol): atom.symbol for atom in self._control.symbolic_atoms if atom.is_external}
        self._always: dict[tuple[frozenset[str], frozenset[str], str], bool] = {}

    def __contains__(self, symbol: str) -> bool:
        return symbol in self._inputs

    def _completions(self, true: frozenset[str], open_: frozenset[str]) -> Iterator[Model]:
        for symbol in true | open_:
            self._control.assign_external(self._inputs[symbol], None if symbol in open_ else True)
        try:
            with self._control.solve(yield_=True) as handle:
                for model in handle:
                    shown = model.symbols(shown=True)
                    (verdict,) = [str(symbol.arguments[0]) for symbol in shown if symbol.name == "verdict"]
                    assumed = frozenset(str(symbol) for symbol in shown if symbol.name == "assumed")
                    held = frozenset(symbol for symbol in open_ if model.contains(self._inputs[symbol]))
                    yield verdict, held, assumed
        finally:
            for symbol in true | open_:
                self._control.assign_external(self._inputs[symbol], False)

    def holds_in_all(self, true: Iterable[str], open_: Iterable[str], verdict: str) -> bool:
        """Whether every completion has this verdict."""
        true, open_ = frozenset(true), frozenset(open_)
        key = (true, open_, verdict)
        if key not in self._always:
            self._always[key] = all(found == verdict for found, _, _ in self._completions(true, open_))
        return self._always[key]

    def sufficient_sets(self, true: set[str], false: set[str], open_: set[str], verdict: str) -> set[frozenset[str]]:
        """The smallest sets of stated inputs that settle the verdict, the others open."""
        stated = sorted(true | false)
        found: list[frozenset[str]] = []
        for size in range(len(stated) + 1):
            for kept in map(frozenset, itertools.combinations(stated, size)):
                if any(smaller <= kept for smaller in found):
                    continue
                if self.holds_in_all(true & kept, open_ | (set(stated) - kept), verdict):
                    found.append(kept)
        return set(found)

    def decisive(self, true: set[str], open_: set[str]) -> tuple[set[str], set[str]]:
        """The open inputs, and the topics, in which alone two completions with different verdicts differ."""
        inputs: dict[tuple[str, frozenset[str]], list[tuple[bool, str, dict[str, str]]]] = {}
        topics: dict[tuple[str, frozenset[str], frozenset[str]], set[str]] = {}
        for verdict, held, assumed in self._completions(frozenset(true), frozenset(open_)):
            by_topic = {_topic(atom): atom for atom in assumed}
            for symbol in open_:
                inputs.setdefault((symbol, held - {symbol}), []).append((symbol in held, verdict, by_topic))
            for topic, atom in by_topic.items():
                topics.setdefault((topic, held, assumed - {atom}), set()).add(verdict)
        # A fact may answer a topic: then only the other side assumes an answer to it, and any will do.
        decisive = {
            symbol
            for (symbol, _), found in inputs.items()
            for (here, one, answers), (there, other, answers2) in itertools.combinations(found, 2)
            if here != there and one != other and all(answers[t] == answers2[t] for t in answers.keys() & answers2)
        }
        return decisive, {topic for (topic, _, _), found in topics.items() if len(found) > 1}


def _topic(assumed: str) -> str:
    return assumed.split("(")[1].split(",")[0]


def conflict(base: KnowledgeBase, one: str, other: str) -> bool:
    """Whether two inputs cannot both be true, read off the vocabulary."""
    name, args = one.partition("(")[::2]
    name2, args2 = other.partition("(")[::2]
    first, second = base.vocabulary.predicates[name], base.vocabulary.predicates[name2]
    if name == name2:
        return one != other and first.spec.functional
    if name2 in first.spec.excludes or name in second.spec.excludes:
        types = [[argument.type for argument in predicate.args] for predicate in (first, second)]
        return types[0] != types[1] or args == args2
    return False


def small_cases(judge: Judge, texts: list[str], count: int, seed: int) -> list[Case]:
    """Small cases from the sentences of larger ones: three to six facts, some of them unknown or denied."""
    chance = random.Random(seed)
    whole = [case for text in texts for case in judge.parse_cases(text)]
    found: list[Case] = []
    predicates = judge.base.vocabulary.predicates
    while len(found) < count:
        pool: list[Fact] = [fact for case in chance.sample(whole, 2) for fact in case.facts]
        pool = [
            fact
            for fact in pool
            if not predicates[fact.predicate].informational
            and all(argument.type not in ("name", "date") for argument in predicates[fact.predicate].args)
        ]
        facts: list[Fact] = []
        for fact in chance.sample(pool, min(len(pool), chance.randint(3, 6))):
            truth = chance.choices([fact.truth, Truth.UNKNOWN, Truth.FALSE], [8, 1, 1])[0]
            facts.append(fact.model_copy(update={"truth": truth, "span": None}))
        case = Case(facts=tuple(facts))
        if not judge.problems(case) and sum(fact.truth is Truth.UNKNOWN for fact in facts) <= 2:
            found.append(case)
    return found
