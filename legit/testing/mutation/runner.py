"""Tries the checks of a knowledge base on mutants, and finds the first check that fails."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import clingo
from clingo import ast

from legit.assurance.examples import (
    ExpectedCase,
    compare_outcome,
    expected_cases,
    outcome_of_decision,
    run_case,
    under_profile,
)
from legit.engine.case_encoder import CaseEncoder, EncodedCase
from legit.engine.decided_case import DecidedCase
from legit.engine.engine import Engine
from legit.engine.ground_rule import Bounds
from legit.errors import DecisionTimeoutError
from legit.judge import TIME_LIMIT, Judge
from legit.knowledge.base import KnowledgeBase
from legit.model.facts import Case
from legit.testing.mutation.mutant_schema import mutant_schema_engine, switch_atom
from legit.testing.mutation.mutants import Mutant, rule_nodes

BATCH_SIZE = 64
"""The number of mutants that share a grounding. With more mutants, less of the program can be folded."""

UNSAFE = "a variable is not bound"
NON_TERMINATING = "it counts without end"
NOT_STRATIFIED = "not every case is sure of one answer"
"""The reasons why a mutant is no valid program. The loader would refuse a base for each of these reasons."""


@dataclass(frozen=True, slots=True)
class MutantResult:
    """The result of a mutant: the check that killed it, or the reason why it is no valid program, or neither."""

    mutant: Mutant
    killed_by: str = ""
    invalid_reason: str = ""


@dataclass(frozen=True, slots=True)
class _PreparedCase:
    """A check with its case read and encoded, and the base for the profile under which it is judged."""

    expected: ExpectedCase
    case: Case
    inputs: EncodedCase
    base: KnowledgeBase
    bounds: Bounds


class MutationRunner:
    """The checks of a base, ready to be tried on its mutants.

    Raises ValueError with the first check that does not pass on the unchanged base.
    """

    def __init__(self, judge: Judge) -> None:
        self.base = judge.base
        self._prepared_cases = []
        for check in expected_cases(judge.base):
            found = run_case(judge, check)
            if not found.passed:
                raise ValueError(f"{found.name}: {found.message}")
            self._prepared_cases.append(_prepare(judge, check))

    def run(self, mutants: Sequence[Mutant]) -> Iterator[MutantResult]:
        """The result of each mutant, in the order of the mutants."""
        invalid = [find_invalid_reason(mutant) for mutant in mutants]
        tried = self._run_batch([mutant for mutant, why in zip(mutants, invalid, strict=True) if not why])
        for mutant, why in zip(mutants, invalid, strict=True):
            yield MutantResult(mutant, invalid_reason=why) if why else next(tried)

    def _run_batch(self, mutants: Sequence[Mutant]) -> Iterator[MutantResult]:
        """Mutants in one grounding. If it is not stratified, smaller groups are tried until the mutant that causes this
        is found."""
        if not mutants:
            return
        engine = mutant_schema_engine(self.base, Bounds(), mutants)
        if engine.index.compiled is None:
            if len(mutants) == 1:
                yield MutantResult(mutants[0], invalid_reason=NOT_STRATIFIED)
                return
            middle = len(mutants) // 2
            yield from self._run_batch(mutants[:middle])
            yield from self._run_batch(mutants[middle:])
            return
        engines = {(self.base.profile.id, Bounds()): engine}
        for number, mutant in enumerate(mutants, start=1):
            yield MutantResult(mutant, killed_by=self._killing_case(number, mutant, mutants, engines))

    def _killing_case(
        self, number: int, mutant: Mutant, mutants: Sequence[Mutant], engines: dict[tuple[str, Bounds], Engine]
    ) -> str:
        """The name of the first check that the mutant fails; empty if it fails none. The checks of the mutant's file
        come first.
        """
        for item in sorted(self._prepared_cases, key=lambda item: not item.expected.name.startswith(f"{mutant.file} ")):
            key = (item.base.profile.id, item.bounds)
            if key not in engines:
                engines[key] = mutant_schema_engine(item.base, item.bounds, mutants)
            if not _passes(item, engines[key], mutant.with_caution_order(item.base), switch_atom(number)):
                return item.expected.name
        return ""


def _prepare(judge: Judge, expected: ExpectedCase) -> _PreparedCase:
    case = judge.parse_case(expected.text)
    judge, expected = under_profile(judge, expected)
    inputs = CaseEncoder(judge.base).encode(case)
    return _PreparedCase(expected, case, inputs, judge.base, Bounds.for_case(len(inputs.names), inputs.date_count))


def _passes(item: _PreparedCase, engine: Engine, base: KnowledgeBase, switched_on: str) -> bool:
    inputs = copy.copy(item.inputs)
    inputs.true_inputs = [*inputs.true_inputs, switched_on]
    try:
        settled = engine.decide(inputs, TIME_LIMIT)
    except DecisionTimeoutError:
        return False
    judged = DecidedCase(base, engine, item.case, inputs, settled)
    return compare_outcome(item.expected, outcome_of_decision(judged), base).passed


def find_invalid_reason(mutant: Mutant) -> str:
    """The reason why the replacement by a mutant is no valid rule; empty if it is valid."""
    for text in (text for instead in mutant.replacements.values() for text in instead):
        if _is_non_terminating(text):
            return NON_TERMINATING
        control = clingo.Control(["--warn=none"], logger=lambda *_: None)
        try:
            control.add("base", [], text)
            control.ground([("base", [])])
        except RuntimeError:
            return UNSAFE
    return ""


def _is_non_terminating(text: str) -> bool:
    """Whether a rule computes from an atom another one of the same predicate, and no comparison stops that."""
    rule = rule_nodes(text)[-1]
    head = str(rule.head)
    literals = [part for part in rule.body if part.ast_type is ast.ASTType.Literal and not part.sign]
    again = any(str(part).partition("(")[0] == head.partition("(")[0] for part in literals)
    stopped = any(part.atom.ast_type is ast.ASTType.Comparison for part in literals)
    return again and not stopped and any(sign in head for sign in "+-*/")
