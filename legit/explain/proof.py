"""Proofs: what supports a conclusion, step by step down to the sentences of the case.

A step is shown where the knowledge base has words for it; one without words hands its own steps on. What a conclusion
needs not to hold is shown where its failing says something: a criterion that something undercuts or outweighs, or words
for it that nothing shows.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import Any

from legit.engine.case_encoder import Inputs
from legit.engine.engine import Engine
from legit.engine.program import GroundRule
from legit.engine.scenarios import reading
from legit.engine.support import Support
from legit.explain.citation_cache import Citer
from legit.explain.verbalizer import Words
from legit.knowledge.criteria import Criterion
from legit.model.assessment import Ground
from legit.model.explanation import Node, Proof, Status
from legit.model.facts import Fact, Truth


class View:
    """The atoms as an explanation sees them: a support, what is true, what may be, and what was supposed on the way."""

    def __init__(
        self, support: Support, truth: Container[int], maybe: Container[int], supposed: frozenset[int] = frozenset()
    ) -> None:
        self.support = support
        self.truth = truth
        self.maybe = maybe
        self.supposed = supposed
        # The steps found so far that show that an atom holds, and that it does not.
        self.holding: dict[int, tuple[int, ...]] = {}
        self.failing: dict[int, tuple[int, ...]] = {}


class Prover:
    """Builds one proof graph of a case."""

    def __init__(self, citer: Citer, engine: Engine, words: Words, inputs: Inputs) -> None:
        self._citer = citer
        self._engine = engine
        self._words = words
        self._inputs = inputs
        self._lexicon = words.lexicon(engine)
        self._nodes: list[dict[str, Any]] = []

    def proof(self, roots: Iterable[int]) -> Proof:
        """The graph of everything added so far."""
        return Proof(nodes=tuple(Node(**node) for node in self._nodes), roots=tuple(roots))

    def add(self, **fields: Any) -> int:
        """Add a step of one's own and return its number."""
        self._nodes.append({"id": len(self._nodes), **fields})
        return len(self._nodes) - 1

    def proven(self, atom: int, view: View) -> tuple[int, ...]:
        """The steps that show a true atom: one where there are words for it, else the steps below it."""
        found = view.holding.get(atom)
        if found is None:
            view.holding[atom] = ()  # a support has no circles; this holds for whatever comes
            found = view.holding[atom] = self._proven(atom, view)
        return found

    def _proven(self, atom: int, view: View) -> tuple[int, ...]:
        rule = view.support.get(atom)
        if rule is None:
            return self._stated(atom, view)
        children = self._below(rule, view)
        entry = self._lexicon.entry(atom)
        clause = self._words.said(entry)
        if clause is None:
            return children
        status: Status = "unknown" if view.supposed and self._open(children) else "proven"
        return (self.add(**self._said(entry.criterion, clause, status), children=children),)

    def _said(self, criterion: Criterion | None, clause: str, status: Status) -> dict[str, Any]:
        says = self._words.framed("proven", clause)
        if criterion is None:
            return {"kind": "concept", "status": status, "says": says}
        return {
            "kind": "criterion", "status": status, "says": says, "criterion": criterion.id,
            "statement": criterion.statement, "sources": self._citer.criterion(criterion.id),
        }  # fmt: skip

    def _open(self, children: tuple[int, ...]) -> bool:
        return any(self._nodes[child]["status"] in ("unknown", "assumed") for child in children)

    def _below(self, rule: GroundRule, view: View) -> tuple[int, ...]:
        found: tuple[int, ...] = ()
        for literal in _needed(rule, view):
            found += self.proven(literal, view) if literal > 0 else self.failed(-literal, view)
        return _once(found)

    def _stated(self, atom: int, view: View) -> tuple[int, ...]:
        name = self._engine.program.names.get(atom)
        if name is None:
            return ()
        if atom in view.supposed or name in self._inputs.open:
            return (self._supposition(name),)
        return tuple(self._fact(fact) for fact in self._inputs.vouching(name) if fact.truth is Truth.TRUE)

    def _supposition(self, name: str) -> int:
        said = self._inputs.facts.get(name)
        if said:
            return self.add(
                kind="fact", status="unknown", says=self._words.supposed(said[0]), ground=self._ground(said[0])
            )
        found = reading(name)
        clause = self._words.clause(found)
        if clause is None:
            return self.add(kind="fact", status="unknown", says=self._words.supposed(self._words.input_fact(found)))
        return self.add(kind="concept", status="assumed", says=self._words.framed("assumed", clause))

    def _fact(self, fact: Fact, status: Status = "proven") -> int:
        return self.add(kind="fact", status=status, says=self._words.sentence(fact), ground=self._ground(fact))

    def _ground(self, fact: Fact) -> Ground:
        return Ground(
            sentence=self._words.sentence(fact), truth=fact.truth, speaker=fact.speaker,
            line=fact.place.line if fact.place else None,
        )  # fmt: skip

    def failed(self, atom: int, view: View) -> tuple[int, ...]:
        """The steps that show why an atom does not hold, as far as there is something to say."""
        found = view.failing.get(atom)
        if found is None:
            view.failing[atom] = ()
            found = view.failing[atom] = self._failed(atom, view)
        return found

    def _failed(self, atom: int, view: View) -> tuple[int, ...]:
        program = self._engine.program
        if atom in program.inputs:
            name = program.names[atom]
            status: Status = "unknown" if name in self._inputs.open else "proven"
            denied = [fact for fact in self._inputs.facts.get(name, ()) if fact.truth is Truth.FALSE]
            return tuple(self._fact(fact, status) for fact in denied)
        blocked = self._blocked(atom, view)
        entry = self._lexicon.entry(atom)
        clause = self._words.said(entry) if entry.of_its_own else None
        if clause is None:
            return blocked
        return (self.add(kind="concept", status="failed", says=self._words.framed("failed", clause), children=blocked),)

    def _blocked(self, atom: int, view: View) -> tuple[int, ...]:
        """For each rule that would give the atom and whose positive body holds: what stands against it."""
        found: tuple[int, ...] = ()
        support, maybe = view.support.keys(), view.maybe
        for way in self._lexicon.ways(atom):
            if support >= way.needs:
                for literal in way.denies:
                    if literal in maybe:
                        found += self.proven(literal, view)
            else:
                # Through what has no words, the reason lies further down.
                for literal in way.unworded:
                    if literal not in support:
                        found += self.failed(literal, view)
        return _once(found)


def _once(steps: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(steps)) if len(steps) > 1 else steps


def _needed(rule: GroundRule, view: View) -> Sequence[int]:
    """The literals of a firing rule that its firing needs: all of them, or of a weighted body a smallest set."""
    if not rule.weights:
        return rule.body
    holding = [
        (literal, weight)
        for literal, weight in zip(rule.body, rule.weights, strict=True)
        if (literal in view.support if literal > 0 else -literal not in view.maybe)
    ]
    total = sum(weight for _, weight in holding)
    kept = []
    for literal, weight in sorted(holding, key=lambda item: item[1]):
        if total - weight >= rule.lower:
            total -= weight
        else:
            kept.append(literal)
    return kept
