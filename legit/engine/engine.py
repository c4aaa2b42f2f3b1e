"""A grounded knowledge base, ready to decide cases and to say what supports a conclusion."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from legit.engine.inputs import Inputs
from legit.engine.program import Bounds, Program
from legit.engine.solver import Interface, Settled, Solver
from legit.engine.support import Support, Supports
from legit.facts import Fact, Truth
from legit.knowledge.base import KnowledgeBase

# What the judgement files of a knowledge base define; docs/authors.md describes each.
INTERFACE = Interface(
    results=(
        "verdict", "defeats", "tied", "outweighed", "applies", "undercut", "speaks_for", "harm", "harm_finding",
        "guidance", "advice", "stance", "meets", "touches",
    ),
    choices=("assumed",),
    open=("open",),
)  # fmt: skip


class Engine:
    """The program of a knowledge base within bounds, with its solver and supports."""

    def __init__(self, base: KnowledgeBase, bounds: Bounds) -> None:
        self.program = Program(base, bounds)
        self.solver = Solver(self.program, INTERFACE)
        self._open_by_default = {
            name: [number for number, _ in self.program.signatures(name)]
            for name, predicate in base.vocabulary.predicates.items()
            if predicate.stated.default == "open"
        }

    def settle(self, inputs: Inputs, limit: float, *, keep_truth: bool = False) -> Settled:
        """Solve for the inputs of a case within `limit` seconds. Raises OutOfTimeError.

        What is not stated is false, except where the vocabulary says that a predicate is open until something is said
        of it.
        """
        open_ = self._atoms(inputs.open)
        if self._open_by_default:
            stated = {symbol.partition("(")[0] for symbol in inputs.facts}
            open_ += [atom for name, atoms in self._open_by_default.items() if name not in stated for atom in atoms]
        return self.solver.settle(self._atoms(inputs.true), open_, limit, keep_truth=keep_truth)

    def support(self, inputs: Inputs, settled: Settled) -> Support:
        """The supporting rule of each conclusion that holds in every completion."""
        return self._supports.of(set(self._atoms(inputs.true)), settled.truth)

    def grounds(self, name: str, args: tuple[str, ...], support: Support, inputs: Inputs) -> list[Fact]:
        """The true facts that the support of a conclusion rests on, each once; empty when it has none."""
        atom = self.program.atoms.get(f"{name}({','.join(args)})" if args else name)
        if atom is None or atom not in support:
            return []
        facts = [
            fact
            for number in self._supports.inputs_below(atom, support)
            for fact in inputs.facts.get(self.program.names[number], ())
            if fact.truth is Truth.TRUE
        ]
        return list(dict.fromkeys(facts))

    @cached_property
    def _supports(self) -> Supports:
        return Supports(self.program)

    def _atoms(self, symbols: Iterable[str]) -> list[int]:
        """The atoms of input symbols. An input that no rule mentions has none and can be left out."""
        return [self.program.atoms[symbol] for symbol in symbols if symbol in self.program.atoms]
