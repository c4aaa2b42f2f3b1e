"""Deciding by a search in clingo: for programs that cannot be compiled, and cases with too many scenarios."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import NamedTuple

import clingo

from legit.engine.grounding import add_rule
from legit.engine.program import Program
from legit.errors import DecisionTimeoutError, KnowledgeBaseError, Problem


def next_model(handle: clingo.SolveHandle, deadline: float) -> clingo.Model | None:
    """The next model of an asynchronous solve, None after the last one. Raises DecisionTimeoutError after
    `deadline` (`time.monotonic`, in seconds)."""
    handle.resume()
    # A wait may end early without a result: only the clock says that the time is over.
    done = False
    while not done:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            handle.cancel()
            raise DecisionTimeoutError
        done = handle.wait(remaining)
    return handle.model()


class ConsequenceAtoms(NamedTuple):
    """The atoms that are true in every answer set (cautious consequences) and in some (brave ones)."""

    cautious: frozenset[int]
    brave: frozenset[int]


class Solver:
    """Searches on one program. Each thread has its own clingo control; instances may be shared."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._local = threading.local()

    def consequences(self, true_atoms: Iterable[int], open_atoms: Iterable[int], time_limit: float) -> ConsequenceAtoms:
        """The consequences of input atoms that are true or undecided; all others are false. `time_limit` is in seconds.

        Raises DecisionTimeoutError, and KnowledgeBaseError (K505) when the rules have no answer set.
        """
        deadline = time.monotonic() + time_limit
        control, externals = self._thread_control()
        assigned: list[int] = []
        try:
            undecided = set(open_atoms) - set(true_atoms)
            for atoms, value in ((true_atoms, True), (undecided, None)):
                for atom in atoms:
                    control.assign_external(externals[atom], value)
                    assigned.append(externals[atom])
            brave = self._last_model(control, "brave", deadline)
            cautious = self._last_model(control, "cautious", deadline)
        finally:
            for literal in assigned:
                control.assign_external(literal, False)
        return ConsequenceAtoms(cautious, brave)

    def unfolded_control(self) -> tuple[clingo.Control, dict[int, int]]:
        """A fresh control of the program without folding, and the literal of each input; atom n is named `a<n>`."""
        program = self.program
        control = clingo.Control(["--warn=none", "--seed=1", "--models=0"])
        literals: dict[int, int] = {}
        with control.backend() as backend:

            def literal(atom: int) -> int:
                found = literals.get(atom)
                if found is None:
                    found = literals[atom] = backend.add_atom(clingo.Function(f"a{atom}"))
                return found

            for atom in sorted(program.input_atoms):
                backend.add_external(literal(atom), clingo.TruthValue.False_)
            for rule in program.rules:
                if rule.body or rule.choice:  # facts are in no body any more
                    add_rule(backend, rule, literal)
        return control, {atom: literals[atom] for atom in program.input_atoms}

    def _thread_control(self) -> tuple[clingo.Control, dict[int, int]]:
        """This thread's control, built when it is first needed."""
        found: tuple[clingo.Control, dict[int, int]] | None = getattr(self._local, "control", None)
        if found is None:
            found = self._local.control = self.unfolded_control()
        return found

    @staticmethod
    def _last_model(control: clingo.Control, mode: str, deadline: float) -> frozenset[int]:
        """The last model of a solving for consequences: the consequences themselves."""
        control.configuration.solve.enum_mode = mode  # type: ignore[union-attr]
        found: frozenset[int] | None = None
        with control.solve(yield_=True, async_=True) as handle:
            while True:
                model = next_model(handle, deadline)
                if model is None:
                    break
                found = frozenset(int(symbol.name[1:]) for symbol in model.symbols(atoms=True))
        if found is None:
            raise KnowledgeBaseError(
                Problem("K505", "the rules have no answer set", help="look for a constraint that this case breaks")
            )
        return found
