"""Which rules of the files stand in the proof of a conclusion, and in the proof that something does not hold.

A proof holds every rule that derives one of its conclusions, each with the proofs of its conditions. A condition
`not p` is proven by the failure of `p`: each rule for `p` fails at one of its conditions, and where that is a `not q`,
because `q` holds, the proof of `q` belongs to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import clingo

from legit.assurance.rule_marks import DERIVATION_MARK, SourceRule, marked_program, source_rules
from legit.engine.engine import Engine
from legit.engine.scenarios import Scenarios
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.protocol import RESULTS

_READ_RESULTS = ("guidance", "advice", "requires_witnesses", "requires_attestation", "defeat_scope", "consequence")


class _RuleInstance(NamedTuple):
    """A ground rule for one head: the number of its rule (-1: none of the files), its body, the weights of the body
    with their lower bound where it is a sum, and whether the head may be chosen freely where the body holds."""

    rule: int
    body: tuple[int, ...]
    weights: tuple[int, ...] = ()
    lower_bound: int = 0
    is_choice: bool = False


class CoverageTrace(NamedTuple):
    """The numbers of the rules in a proof, and the atoms that it proves."""

    rules: frozenset[int]
    atoms: frozenset[str]


class CoverageTracer:
    """Finds proofs in one grounding of a knowledge base in which every rule is marked."""

    def __init__(self, base: KnowledgeBase, engine: Engine) -> None:
        found = list(source_rules(base))
        self.rules: list[SourceRule] = [rule for rule, _ in found]
        # Conditions that always hold stay in the bodies, so that proofs lead through tables too.
        control = clingo.Control(["--warn=none", "--preserve-facts=all"])
        observer = _Observer()
        control.register_observer(observer)
        control.add("base", [], marked_program(base, engine.program.bounds, [mark for _, mark in found]))
        control.ground([("base", [])])
        symbols = [(item.literal, item.symbol) for item in control.symbolic_atoms]
        marks = {
            atom: (symbol.arguments[0].number, str(symbol.arguments[1]))
            for atom, symbol in symbols
            if symbol.name == DERIVATION_MARK
        }
        self._names = {atom: str(symbol) for atom, symbol in symbols if atom not in marks}
        self._atoms = {text: atom for atom, text in self._names.items()}
        self._program_atoms = {atom: engine.program.atoms.get(text, 0) for atom, text in self._names.items()}
        self._judging = {file.path for file in base.judgement_files.values()}
        self._facts = engine.program.fact_atoms
        self.results = [text for _, text in engine.program.ground_atoms(*_READ_RESULTS)]
        self._by_head: dict[int, list[_RuleInstance]] = defaultdict(list)
        for head, instance in observer.rules:
            if head in marks:
                rule, text = marks[head]
                self._by_head[self._atoms[text]].append(instance._replace(rule=rule))
            elif instance.is_choice or head not in self._names:  # brought by grounding, as for a projection or a sum
                self._by_head[head].append(instance)

    def trace(self, scenarios: Scenarios, scenario: int, goals: Iterable[str]) -> CoverageTrace:
        """The proof of some goals in one scenario of a case. A goal that does not hold is proven not to hold."""
        return self._trace(
            [self._atoms[text] for text in goals if text in self._atoms], self._truth(scenarios, scenario)
        )

    def applied(self, scenarios: Scenarios, scenario: int) -> frozenset[tuple[int, str]]:
        """The rules of the judgement whose conditions hold in one scenario of a case: their numbers and what they
        conclude."""
        true = self._truth(scenarios, scenario)
        return frozenset((item.rule, head) for head, item in self._of_results if _body_holds(item, true))

    @cached_property
    def _of_results(self) -> list[tuple[str, _RuleInstance]]:
        concluding = {rule.number for rule in self.rules if rule.head in RESULTS and rule.file in self._judging}
        return [
            (self._names[head], item)
            for head, found in self._by_head.items()
            for item in found
            if item.rule in concluding
        ]

    def _truth(self, scenarios: Scenarios, scenario: int) -> Callable[[int], bool]:
        """Which atoms hold in one scenario."""
        masks, facts = scenarios.masks, self._facts
        found: dict[int, bool] = {}

        def true(atom: int) -> bool:
            holds = found.get(atom)
            if holds is None:
                known = self._program_atoms.get(atom)
                if known is not None:
                    holds = known in facts or bool(masks.get(known, 0) >> scenario & 1)
                else:
                    found[atom] = False
                    holds = any(_body_holds(instance, true) for instance in self._by_head.get(atom, ()))
                found[atom] = holds
            return holds

        return true

    def _trace(self, goals: list[int], true: Callable[[int], bool]) -> CoverageTrace:
        rules: set[int] = set()
        seen: set[int] = set()
        stack = goals
        while stack:
            atom = stack.pop()
            if atom in seen:
                continue
            seen.add(atom)
            holds = true(atom)
            for instance in self._by_head.get(atom, ()):
                if not holds:
                    stack += _failed_condition(instance.body, true)
                elif _body_holds(instance, true):
                    rules.add(instance.rule)
                    stack += [abs(literal) for literal in instance.body]
        proven = frozenset(self._names[atom] for atom in seen if atom in self._names and true(atom))
        return CoverageTrace(frozenset(rules) - {-1}, proven)


class _Observer(clingo.Observer):
    def __init__(self) -> None:
        self.rules: list[tuple[int, _RuleInstance]] = []

    def rule(self, choice: bool, head: Sequence[int], body: Sequence[int]) -> None:
        self.rules += [(atom, _RuleInstance(-1, tuple(body), is_choice=choice)) for atom in head]

    def weight_rule(self, choice: bool, head: Sequence[int], lower_bound: int, body: Sequence[tuple[int, int]]) -> None:
        if not choice and len(head) == 1:
            literals, weights = (tuple(item[place] for item in body) for place in (0, 1))
            self.rules.append((head[0], _RuleInstance(-1, literals, weights, lower_bound)))


def _body_holds(instance: _RuleInstance, true: Callable[[int], bool]) -> bool:
    """Whether the body of a ground rule holds."""
    held = [true(literal) if literal > 0 else not true(-literal) for literal in instance.body]
    if instance.weights:
        return (
            sum(weight for weight, counts in zip(instance.weights, held, strict=True) if counts) >= instance.lower_bound
        )
    return all(held)


def _failed_condition(body: tuple[int, ...], true: Callable[[int], bool]) -> list[int]:
    """The condition at which a rule fails: the first that is absent, or else the first whose denial fails; none if
    all hold."""
    for literal in body:
        if literal > 0 and not true(literal):
            return [literal]
    for literal in body:
        if literal < 0 and true(-literal):
            return [-literal]
    return []
