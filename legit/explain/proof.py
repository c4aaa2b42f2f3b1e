"""Proofs: what supports a conclusion, step by step down to the sentences of the case.

A step is shown where the knowledge base has words for it; one without words hands its own steps on. What a conclusion
needs not to hold is shown where its failing says something: a criterion that something undercuts or outweighs, or words
for it that nothing shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable
from typing import Any

from legit.assessment import Ground
from legit.engine.engine import Engine
from legit.engine.inputs import Inputs
from legit.engine.program import GroundRule
from legit.engine.scenarios import Reading, reading
from legit.engine.support import Support
from legit.explain.citing import Citer
from legit.explain.words import Words
from legit.explanation import Node, Proof, Status
from legit.facts import Fact, Truth
from legit.knowledge.base import KnowledgeBase


class View:
    """The atoms as an explanation sees them: a support, what is true, what may be, and what was supposed on the way."""

    def __init__(
        self, support: Support, truth: Container[int], maybe: Container[int], supposed: frozenset[int] = frozenset()
    ) -> None:
        self.support = support
        self.truth = truth
        self.maybe = maybe
        self.supposed = supposed


class Prover:
    """Builds one proof graph of a case."""

    def __init__(self, base: KnowledgeBase, citer: Citer, engine: Engine, words: Words, inputs: Inputs) -> None:
        self._base = base
        self._citer = citer
        self._engine = engine
        self._words = words
        self._inputs = inputs
        self._nodes: list[dict[str, Any]] = []
        self._words_for: dict[int, bool] = {}
        self._known: dict[object, tuple[int, ...]] = {}

    def proof(self, roots: Iterable[int]) -> Proof:
        """The graph of everything added so far."""
        return Proof(nodes=tuple(Node(**node) for node in self._nodes), roots=tuple(roots))

    def add(self, **fields: Any) -> int:
        """Add a step of one's own and return its number."""
        self._nodes.append({"id": len(self._nodes), **fields})
        return len(self._nodes) - 1

    def proven(self, atom: int, view: View) -> tuple[int, ...]:
        """The steps that show a true atom: one where there are words for it, else the steps below it."""
        key = (id(view), atom, True)
        found = self._known.get(key)
        if found is None:
            self._known[key] = ()  # a support has no circles; this holds for whatever comes
            found = self._known[key] = self._proven(atom, view)
        return found

    def _proven(self, atom: int, view: View) -> tuple[int, ...]:
        rule = view.support.get(atom)
        if rule is None:
            return self._stated(atom, view)
        children = self._below(rule, view)
        found = self._engine.reading(atom)
        clause = self._words.clause(found) if found else None
        if found is None or clause is None:
            return children
        status: Status = "unknown" if view.supposed and self._open(children) else "proven"
        return (self.add(**self._said(found, clause, status), children=children),)

    def _said(self, found: Reading, clause: str, status: Status) -> dict[str, Any]:
        says = self._words.framed("proven", clause)
        criterion = self._base.criteria.get(found.args[0]) if found.args else None
        if criterion is None:
            return {"kind": "concept", "status": status, "says": says}
        return {
            "kind": "criterion", "status": status, "says": says, "criterion": criterion.id,
            "statement": criterion.statement, "sources": self._citer.criterion(criterion.id),
        }  # fmt: skip

    def _open(self, children: tuple[int, ...]) -> bool:
        return any(self._nodes[child]["status"] in ("unknown", "assumed") for child in children)

    def _below(self, rule: GroundRule, view: View) -> tuple[int, ...]:
        found: dict[int, None] = {}
        for literal in _needed(rule, view):
            steps = self.proven(literal, view) if literal > 0 else self.failed(-literal, view)
            found.update(dict.fromkeys(steps))
        return tuple(found)

    def _stated(self, atom: int, view: View) -> tuple[int, ...]:
        name = self._engine.program.names.get(atom)
        if name is None:
            return ()
        facts = [fact for fact in self._inputs.facts.get(name, ()) if fact.truth is Truth.TRUE]
        if atom in view.supposed:
            return (self._supposition(name),)
        return tuple(self._fact(fact) for fact in self._engine.ordered(facts))

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

    def _fact(self, fact: Fact) -> int:
        return self.add(kind="fact", status="proven", says=self._words.sentence(fact), ground=self._ground(fact))

    def _ground(self, fact: Fact) -> Ground:
        return Ground(
            sentence=self._words.sentence(fact), truth=fact.truth, speaker=fact.speaker,
            line=fact.place.line if fact.place else None,
        )  # fmt: skip

    def failed(self, atom: int, view: View) -> tuple[int, ...]:
        """The steps that show why an atom does not hold, as far as there is something to say."""
        key = (id(view), atom, False)
        found = self._known.get(key)
        if found is None:
            self._known[key] = ()
            found = self._known[key] = self._failed(atom, view)
        return found

    def _failed(self, atom: int, view: View) -> tuple[int, ...]:
        program = self._engine.program
        name = program.names.get(atom)
        if atom in program.inputs and name is not None:
            return tuple(
                self._fact(fact)
                for fact in self._engine.ordered(self._inputs.facts.get(name, ()))
                if fact.truth is Truth.FALSE
            )
        found = self._engine.reading(atom)
        clause = self._words.clause(found) if found else None
        blocked = self._blocked(atom, view)
        if found is None or clause is None or self._about_criterion(found):
            return blocked
        return (self.add(kind="concept", status="failed", says=self._words.framed("failed", clause), children=blocked),)

    def _blocked(self, atom: int, view: View) -> tuple[int, ...]:
        """For each rule that would give the atom and whose positive body holds: what stands against it."""
        found: dict[int, None] = {}
        support, maybe = view.support, view.maybe
        for positive, negative in self._engine.bodies(atom):
            missing = [literal for literal in positive if literal not in support]
            for literal in missing:
                # Through what has no words, the reason lies further down.
                if not self._worded(literal):
                    found.update(dict.fromkeys(self.failed(literal, view)))
            if not missing:
                for literal in negative:
                    if literal in maybe:
                        found.update(dict.fromkeys(self.proven(literal, view)))
        return tuple(found)

    def _worded(self, atom: int) -> bool:
        """Whether an atom has words of its own, other than the name of a criterion."""
        known = self._words_for.get(atom)
        if known is None:
            found = self._engine.reading(atom)
            known = found is not None and found.name in self._base.says and not self._about_criterion(found)
            self._words_for[atom] = known
        return known

    def _about_criterion(self, found: Reading) -> bool:
        return bool(found.args) and found.args[0] in self._base.criteria


def _needed(rule: GroundRule, view: View) -> list[int]:
    """The literals of a firing rule that its firing needs: all of them, or of a weighted body a smallest set."""
    if not rule.weights:
        return list(rule.body)
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


def leaves(proof: Proof, root: int) -> list[Node]:
    """The facts of the input below a step, each once."""
    found: dict[int, Node] = {}
    stack, seen = [root], set()
    while stack:
        number = stack.pop()
        if number in seen:
            continue
        seen.add(number)
        node = proof.nodes[number]
        if node.ground is not None:
            found[number] = node
        stack.extend(reversed(node.children))
    return list(found.values())


def parents(proof: Proof) -> dict[int, list[int]]:
    """For each step the steps that rest on it."""
    found: dict[int, list[int]] = defaultdict(list)
    for node in proof.nodes:
        for child in node.children:
            found[child].append(node.id)
    return found
