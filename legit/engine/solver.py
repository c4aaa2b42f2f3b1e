"""Solving one case on the grounded program, with unknowns completed both ways."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import clingo

from legit.engine.program import Program


class OutOfTimeError(Exception):
    """The time limit was reached before the question was settled."""


class Reading(NamedTuple):
    """An atom as read from an answer set: its predicate and its arguments as text, nested ones written out."""

    name: str
    args: tuple[str, ...]


def reading(text: str) -> Reading:
    """A ground atom as text, taken apart; its arguments are constants or numbers."""
    name, _, rest = text.partition("(")
    return Reading(name, tuple(rest[:-1].split(",")) if rest else ())


class Interface(NamedTuple):
    """The predicates through which a knowledge base and the engine speak.

    `results` are read from answer sets; `choices` are what the base assumes where a question is open; an atom of
    `open` says that one is.
    """

    results: tuple[str, ...]
    choices: tuple[str, ...]
    open: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """What holds of the results: in every completion (`surely`) and in some (`possibly`), in a fixed order.

    With nothing to complete the two are the same and `certain` is True. `truth` holds the atoms true in every
    completion when solving was asked to keep them. `completions` are the different completions, projected on
    results and choices.
    """

    surely: tuple[Reading, ...]
    possibly: tuple[Reading, ...]
    certain: bool
    truth: frozenset[int] = frozenset()
    completions: tuple[tuple[Reading, ...], ...] = ()


class _Variant(NamedTuple):
    """A control built for one purpose: with or without folding, naming every atom or only the ones that are read."""

    control: clingo.Control
    externals: dict[int, int]


class Solver:
    """Solves cases on one program. Each thread has its own clingo controls; instances may be shared."""

    def __init__(self, program: Program, interface: Interface) -> None:
        self.program = program
        read = program.signatures(*interface.results, *interface.choices, *interface.open)
        self._readings = {atom: reading(text) for atom, text in read}
        self._results = {atom for atom, found in self._readings.items() if found.name in interface.results}
        self._open = {atom for atom, found in self._readings.items() if found.name in interface.open}
        self._local = threading.local()

    def settle(self, true: Iterable[int], open_: Iterable[int], limit: float, *, keep_truth: bool = False) -> Settled:
        """Decide with the input atoms `true` true, `open_` undecided, all others false.

        `limit` is in seconds; `keep_truth` keeps all true atoms, which explanations need. Raises OutOfTimeError.
        """
        deadline = time.monotonic() + limit
        undecided = set(open_) - set(true)
        folded = not (undecided & self.program.private)
        control, externals = self._variant(folded, keep_truth)
        holding = self.program.closure(true)
        assigned: list[int] = []
        try:
            for atoms, value in ((holding, True), (undecided, None)):
                for atom in atoms:
                    literal = externals.get(atom)
                    if literal is not None:
                        control.assign_external(literal, value)
                        assigned.append(literal)
            models = self._models(control, deadline)
            first = next(models)
            fixed = holding & self._readings.keys()
            if not undecided and self._open.isdisjoint(first):
                models.close()
                read = self._read(first | fixed)
                return Settled(read, read, True, frozenset(first | holding) if keep_truth else frozenset())
            return self._range(first, models, holding, fixed, keep_truth)
        finally:
            for literal in assigned:
                control.assign_external(literal, False)

    def whole(self) -> tuple[clingo.Control, dict[int, int]]:
        """A fresh control of the program without folding, and the literal of each input; atom n is named `a<n>`."""
        return self._build(folded=False, named=True)

    def _read(self, atoms: set[int]) -> tuple[Reading, ...]:
        return tuple(found for atom, found in self._readings.items() if atom in atoms and atom in self._results)

    @staticmethod
    def _models(control: clingo.Control, deadline: float) -> Generator[set[int], None, None]:
        """The named true atoms of each answer set."""
        with control.solve(yield_=True, async_=True) as handle:
            while True:
                handle.resume()
                # A wait may end early without a result: only the clock says that the time is over.
                done = False
                while not done:
                    remaining = deadline - time.monotonic()
                    if remaining <= 0:
                        handle.cancel()
                        raise OutOfTimeError
                    done = handle.wait(remaining)
                model = handle.model()
                if model is None:
                    return
                yield {int(symbol.name[1:]) for symbol in model.symbols(atoms=True)}

    def _range(
        self, first: set[int], models: Iterator[set[int]], holding: set[int], fixed: set[int], keep_truth: bool
    ) -> Settled:
        """Go through all completions, projected on what is read."""
        common = set(first)
        completions: dict[frozenset[int], None] = {}
        for truth in itertools.chain((first,), models):
            common &= truth
            completions.setdefault(frozenset(truth & self._readings.keys()) | fixed)
        surely = set.intersection(*map(set, completions))
        possibly = set().union(*completions)
        return Settled(
            self._read(surely),
            self._read(possibly),
            False,
            frozenset(common | holding) if keep_truth else frozenset(),
            tuple(tuple(self._readings[atom] for atom in sorted(completion)) for completion in completions),
        )

    def _variant(self, folded: bool, named: bool) -> _Variant:
        """This thread's control for a purpose, built when it is first needed."""
        key = f"{folded}{named}"
        found: _Variant | None = getattr(self._local, key, None)
        if found is None:
            found = self._build(folded, named)
            setattr(self._local, key, found)
        return found

    def _build(self, folded: bool, named: bool) -> _Variant:
        """A control with the ground rules. Named atoms carry their number, so that a model reads back at once."""
        program = self.program
        control = clingo.Control(["--warn=none", "--seed=1", "--models=0"])
        literals: dict[int, int] = {}
        rules = program.kept if folded else [rule for rule in program.rules if rule.body or rule.choice]
        externals = program.gates if folded else program.inputs
        with control.backend() as backend:

            def literal(atom: int) -> int:
                found = literals.get(atom)
                if found is None:
                    shown = named or atom in self._readings
                    found = backend.add_atom(clingo.Function(f"a{atom}")) if shown else backend.add_atom()
                    literals[atom] = found
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
        return _Variant(control, {atom: literals[atom] for atom in externals})
