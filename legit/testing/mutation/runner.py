"""Try the checks of a knowledge base on mutants: which is the first that notices."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import clingo
from clingo import ast

from legit.assurance.examples import Check, checks, compared, fitted, outcome, told_briefly
from legit.engine.case_encoder import Encoder, Inputs
from legit.engine.decided_case import Judged
from legit.engine.engine import Engine
from legit.engine.limits import OutOfTimeError
from legit.engine.program import Bounds
from legit.judge import TIME_LIMIT, Judge
from legit.knowledge.base import KnowledgeBase
from legit.model.facts import Case
from legit.testing.mutation.mutant_schema import switch, switched_engine
from legit.testing.mutation.mutants import Mutant, parsed

AT_ONCE = 64
"""So many mutants share a grounding: more of them leave less of a program that can be folded."""

UNBOUND = "a variable is not bound"
ENDLESS = "it counts without end"
UNSURE = "not every case is sure of one answer"
"""Why a mutant is no valid program: a base would be refused for each when it is loaded."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a mutant: the check that killed it, or why it is no valid program, or neither."""

    mutant: Mutant
    killer: str = ""
    invalid: str = ""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A check with its case read and encoded, and the base for the profile under which it is judged."""

    check: Check
    case: Case
    inputs: Inputs
    base: KnowledgeBase
    bounds: Bounds


class Trial:
    """The checks of a base, ready to be tried on its mutants.

    Raises ValueError with the first check that does not even pass on the base as it is.
    """

    def __init__(self, judge: Judge) -> None:
        self.base = judge.base
        self._checks = []
        for check in checks(judge.base):
            found = outcome(judge, check)
            if not found.passed:
                raise ValueError(f"{found.name}: {found.message}")
            self._checks.append(_prepared(judge, check))

    def results(self, mutants: Sequence[Mutant]) -> Iterator[Result]:
        """What becomes of each mutant, in their order."""
        invalid = [no_program(mutant) for mutant in mutants]
        tried = self._together([mutant for mutant, why in zip(mutants, invalid, strict=True) if not why])
        for mutant, why in zip(mutants, invalid, strict=True):
            yield Result(mutant, invalid=why) if why else next(tried)

    def _together(self, mutants: Sequence[Mutant]) -> Iterator[Result]:
        """Mutants in one grounding; where that has no strata, in smaller ones, until it is known whose fault it is."""
        if not mutants:
            return
        engine = switched_engine(self.base, Bounds(), mutants)
        if engine.compiled is None:
            if len(mutants) == 1:
                yield Result(mutants[0], invalid=UNSURE)
                return
            middle = len(mutants) // 2
            yield from self._together(mutants[:middle])
            yield from self._together(mutants[middle:])
            return
        engines = {(self.base.profile.id, Bounds()): engine}
        for number, mutant in enumerate(mutants, start=1):
            yield Result(mutant, killer=self._killer(number, mutant, mutants, engines))

    def _killer(
        self, number: int, mutant: Mutant, mutants: Sequence[Mutant], engines: dict[tuple[str, Bounds], Engine]
    ) -> str:
        """The name of the first check that notices, its own file's first; empty when none does."""
        for item in sorted(self._checks, key=lambda item: not item.check.name.startswith(f"{mutant.file} ")):
            key = (item.base.profile.id, item.bounds)
            if key not in engines:
                engines[key] = switched_engine(item.base, item.bounds, mutants)
            if not _passes(item, engines[key], mutant.base(item.base), switch(number)):
                return item.check.name
        return ""


def _prepared(judge: Judge, check: Check) -> _Prepared:
    case = judge.read_one(check.text)
    judge, check = fitted(judge, check)
    inputs = Encoder(judge.base).encode(case)
    return _Prepared(check, case, inputs, judge.base, Bounds.for_case(len(inputs.named), inputs.dates))


def _passes(item: _Prepared, engine: Engine, base: KnowledgeBase, on: str) -> bool:
    inputs = copy.copy(item.inputs)
    inputs.true = [*inputs.true, on]
    try:
        settled = engine.settle(inputs, TIME_LIMIT)
    except OutOfTimeError:
        return False
    judged = Judged(base, engine, item.case, inputs, settled)
    return compared(item.check, told_briefly(judged), base).passed


def no_program(mutant: Mutant) -> str:
    """Why what a mutant puts in place is no valid rule; empty when it is one."""
    for text in (text for instead in mutant.instead.values() for text in instead):
        if _endless(text):
            return ENDLESS
        control = clingo.Control(["--warn=none"], logger=lambda *_: None)
        try:
            control.add("base", [], text)
            control.ground([("base", [])])
        except RuntimeError:
            return UNBOUND
    return ""


def _endless(text: str) -> bool:
    """Whether a rule reckons from an atom another of the same predicate, and no comparison stops it."""
    rule = parsed(text)[-1]
    head = str(rule.head)
    literals = [part for part in rule.body if part.ast_type is ast.ASTType.Literal and not part.sign]
    again = any(str(part).partition("(")[0] == head.partition("(")[0] for part in literals)
    stopped = any(part.atom.ast_type is ast.ASTType.Comparison for part in literals)
    return again and not stopped and any(sign in head for sign in "+-*/")
