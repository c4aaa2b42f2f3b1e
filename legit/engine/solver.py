"""Solving one case on the grounded program, with unknowns completed both ways."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field

import clingo

from legit.engine.program import Program


class OutOfTimeError(Exception):
    """The time limit was reached before the question was settled."""


@dataclass(slots=True)
class Settled:
    """What holds of the watched atoms: in every completion (`surely`) and in some (`possibly`).

    `certain` is True when there was nothing to complete, so that both are the same. `truth` then holds every true
    atom of the one answer set; otherwise the atoms true in every completion.
    """

    surely: set[clingo.Symbol]
    possibly: set[clingo.Symbol]
    truth: set[int]
    certain: bool
    completions: list[frozenset[clingo.Symbol]] = field(default_factory=list)


class Solver:
    """Solves cases on one program. Each thread has its own clingo control; instances may be shared."""

    def __init__(self, program: Program, watched: Iterable[str], choices: Iterable[str]) -> None:
        self.program = program
        self._watched = [(atom, symbol) for atom, symbol in program.signatures(*watched)]
        self._choices = [(atom, symbol) for atom, symbol in program.signatures(*choices)]
        self._local = threading.local()

    def settle(
        self, true: Iterable[int], open_: Iterable[int], limit: float, complete: Callable[[set[int]], bool]
    ) -> Settled:
        """Decide with the input atoms `true` true, `open_` undecided, all others false.

        `complete` tells from the true atoms of a first answer set whether nothing was left open, so that a decided
        case costs one call. `limit` is in seconds. Raises OutOfTimeError.
        """
        deadline = time.monotonic() + limit
        undecided = set(open_) - set(true)
        folded = not (undecided & self.program.private)
        control, literals = self._control(folded)
        holding = self.program.closure(true)
        set_: list[int] = []
        try:
            for atom in holding:
                literal = literals.get(atom)
                if literal is not None:
                    control.assign_external(literal, True)
                    set_.append(literal)
            for atom in undecided:
                literal = literals.get(atom)
                if literal is not None:
                    control.assign_external(literal, None)
                    set_.append(literal)
            models = self._models(control, deadline)
            first = next(models) | holding
            if not undecided and complete(first):
                models.close()
                seen = {symbol for atom, symbol in self._watched if atom in first}
                return Settled(seen, seen, first, True)
            return self._range(first, models, holding)
        finally:
            for literal in set_:
                control.assign_external(literal, False)

    def _models(self, control: clingo.Control, deadline: float) -> Generator[set[int], None, None]:
        """The true atoms of each answer set."""
        with control.solve(yield_=True, async_=True) as handle:
            while True:
                handle.resume()
                if not handle.wait(max(0.0, deadline - time.monotonic())):
                    handle.cancel()
                    raise OutOfTimeError
                model = handle.model()
                if model is None:
                    return
                yield {int(symbol.name[1:]) for symbol in model.symbols(atoms=True)}

    def _range(self, first: set[int], models: Iterator[set[int]], holding: set[int]) -> Settled:
        """Go through all completions, projected on what is watched and what is assumed."""
        names = self._watched + self._choices
        completions: dict[frozenset[clingo.Symbol], None] = {}
        common = set(first)
        for truth in itertools.chain((first,), (model | holding for model in models)):
            common &= truth
            completions.setdefault(frozenset(symbol for atom, symbol in names if atom in truth))
        watched = {symbol for _, symbol in self._watched}
        surely = set.intersection(*(set(completion) for completion in completions)) & watched
        possibly = {symbol for completion in completions for symbol in completion} & watched
        return Settled(surely, possibly, common, False, list(completions))

    def whole(self) -> tuple[clingo.Control, dict[int, int]]:
        """A fresh control of the program without folding, and the literal of each input; atom n is named `a<n>`."""
        return self._build(False)

    def _control(self, folded: bool) -> tuple[clingo.Control, dict[int, int]]:
        """This thread's control, and the literal of each external in it."""
        key = "folded" if folded else "whole"
        found: tuple[clingo.Control, dict[int, int]] | None = getattr(self._local, key, None)
        if found is None:
            found = self._build(folded)
            setattr(self._local, key, found)
        return found

    def _build(self, folded: bool) -> tuple[clingo.Control, dict[int, int]]:
        """A control with the ground rules; every atom is named by its number, so that a model reads back at once."""
        program = self.program
        control = clingo.Control(["--warn=none", "--seed=1", "--models=0"])
        literals: dict[int, int] = {}
        rules = program.kept if folded else [rule for rule in program.rules if rule.body or rule.choice]
        externals = program.gates if folded else program.inputs
        with control.backend() as backend:

            def literal(atom: int) -> int:
                found = literals.get(atom)
                if found is None:
                    found = literals[atom] = backend.add_atom(clingo.Function(f"a{atom}"))
                return found

            for atom in sorted(externals):
                backend.add_external(literal(atom), clingo.TruthValue.False_)
            for rule in rules:
                body = [literal(atom) if atom > 0 else -literal(-atom) for atom in rule.body]
                heads = [literal(atom) for atom in rule.heads]
                if rule.weights:
                    backend.add_weight_rule(heads, rule.lower, list(zip(body, rule.weights, strict=True)), rule.choice)
                else:
                    backend.add_rule(heads, body, rule.choice)
        return control, {atom: literals[atom] for atom in externals}
