"""Proofs: what supports a conclusion, step by step down to the sentences of the case.

A step is shown where the knowledge base has words for it; one without words hands its own steps on. What a conclusion
needs not to hold is shown where its failing says something: a criterion that something undercuts or outweighs, or words
for it that nothing shows.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import Any

from legit.engine.case_encoder import EncodedCase
from legit.engine.engine import Engine
from legit.engine.ground_rule import GroundRule
from legit.engine.scenarios import parse_atom
from legit.engine.support import Support
from legit.explain.citation_cache import CitationCache
from legit.explain.verbalizer import CaseVerbalizer
from legit.knowledge.criteria import Criterion
from legit.model.assessment import Evidence
from legit.model.explanation import Node, Proof, Status
from legit.model.facts import Fact, Truth


class ProofContext:
    """The atoms as an explanation sees them: a support, what is true, what may be, and what was supposed on the way."""

    def __init__(
        self,
        support: Support,
        cautious_atoms: Container[int],
        brave_atoms: Container[int],
        assumptions: frozenset[int] = frozenset(),
    ) -> None:
        self.support = support
        self.cautious_atoms = cautious_atoms
        self.brave_atoms = brave_atoms
        self.assumptions = assumptions
        # The steps found so far that show that an atom holds, and that it does not.
        self.proven_steps: dict[int, tuple[int, ...]] = {}
        self.failed_steps: dict[int, tuple[int, ...]] = {}


class ProofBuilder:
    """Builds one proof graph of a case."""

    def __init__(
        self, citations: CitationCache, engine: Engine, verbalizer: CaseVerbalizer, inputs: EncodedCase
    ) -> None:
        self._citations = citations
        self._engine = engine
        self._verbalizer = verbalizer
        self._inputs = inputs
        self._glosses = verbalizer.atom_glosses(engine.index)
        self._nodes: list[dict[str, Any]] = []

    def proof(self, roots: Iterable[int]) -> Proof:
        """The graph of everything added so far."""
        return Proof(nodes=tuple(Node(**node) for node in self._nodes), roots=tuple(roots))

    def add(self, **fields: Any) -> int:
        """Add a step of one's own and return its number."""
        self._nodes.append({"id": len(self._nodes), **fields})
        return len(self._nodes) - 1

    def proven(self, atom: int, context: ProofContext) -> tuple[int, ...]:
        """The steps that show a true atom: one where there are words for it, else the steps below it."""
        found = context.proven_steps.get(atom)
        if found is None:
            context.proven_steps[atom] = ()  # a support has no circles; this holds for whatever comes
            found = context.proven_steps[atom] = self._build_proven(atom, context)
        return found

    def _build_proven(self, atom: int, context: ProofContext) -> tuple[int, ...]:
        rule = context.support.get(atom)
        if rule is None:
            return self._input_steps(atom, context)
        children = self._body_steps(rule, context)
        entry = self._glosses.gloss(atom)
        clause = self._verbalizer.gloss_clause(entry)
        if clause is None:
            return children
        status: Status = "unknown" if context.assumptions and self._has_open_step(children) else "proven"
        return (self.add(**self._node_fields(entry.criterion, clause, status), children=children),)

    def _node_fields(self, criterion: Criterion | None, clause: str, status: Status) -> dict[str, Any]:
        says = self._verbalizer.framed_sentence("proven", clause)
        if criterion is None:
            return {"kind": "concept", "status": status, "text": says}
        return {
            "kind": "criterion", "status": status, "text": says, "criterion": criterion.id,
            "statement": criterion.statement, "sources": self._citations.for_criterion(criterion.id),
        }  # fmt: skip

    def _has_open_step(self, children: tuple[int, ...]) -> bool:
        return any(self._nodes[child]["status"] in ("unknown", "assumed") for child in children)

    def _body_steps(self, rule: GroundRule, context: ProofContext) -> tuple[int, ...]:
        found: tuple[int, ...] = ()
        for literal in _needed_literals(rule, context):
            found += self.proven(literal, context) if literal > 0 else self.failed(-literal, context)
        return _unique(found)

    def _input_steps(self, atom: int, context: ProofContext) -> tuple[int, ...]:
        name = self._engine.program.atom_texts.get(atom)
        if name is None:
            return ()
        if atom in context.assumptions or name in self._inputs.open_inputs:
            return (self._assumption_step(name),)
        return tuple(self._fact_step(fact) for fact in self._inputs.supporting_facts(name) if fact.truth is Truth.TRUE)

    def _assumption_step(self, name: str) -> int:
        said = self._inputs.facts.get(name)
        if said:
            return self.add(
                kind="fact",
                status="unknown",
                text=self._verbalizer.assumption_sentence(said[0]),
                evidence=self._evidence(said[0]),
            )
        found = parse_atom(name)
        clause = self._verbalizer.clause(found)
        if clause is None:
            return self.add(
                kind="fact",
                status="unknown",
                text=self._verbalizer.assumption_sentence(self._verbalizer.input_fact(found)),
            )
        return self.add(kind="concept", status="assumed", text=self._verbalizer.framed_sentence("assumed", clause))

    def _fact_step(self, fact: Fact, status: Status = "proven") -> int:
        return self.add(
            kind="fact", status=status, text=self._verbalizer.fact_sentence(fact), evidence=self._evidence(fact)
        )

    def _evidence(self, fact: Fact) -> Evidence:
        return Evidence(
            sentence=self._verbalizer.fact_sentence(fact), truth=fact.truth, speaker=fact.speaker,
            line=fact.span.line if fact.span else None,
        )  # fmt: skip

    def failed(self, atom: int, context: ProofContext) -> tuple[int, ...]:
        """The steps that show why an atom does not hold, as far as there is something to say."""
        found = context.failed_steps.get(atom)
        if found is None:
            context.failed_steps[atom] = ()
            found = context.failed_steps[atom] = self._build_failed(atom, context)
        return found

    def _build_failed(self, atom: int, context: ProofContext) -> tuple[int, ...]:
        program = self._engine.program
        if atom in program.input_atoms:
            name = program.atom_texts[atom]
            status: Status = "unknown" if name in self._inputs.open_inputs else "proven"
            denied = [fact for fact in self._inputs.facts.get(name, ()) if fact.truth is Truth.FALSE]
            return tuple(self._fact_step(fact, status) for fact in denied)
        blocked = self._blocking_steps(atom, context)
        entry = self._glosses.gloss(atom)
        clause = self._verbalizer.gloss_clause(entry) if entry.has_own_clause else None
        if clause is None:
            return blocked
        return (
            self.add(
                kind="concept",
                status="failed",
                text=self._verbalizer.framed_sentence("failed", clause),
                children=blocked,
            ),
        )

    def _blocking_steps(self, atom: int, context: ProofContext) -> tuple[int, ...]:
        """For each rule that would give the atom and whose positive body holds: what stands against it."""
        found: tuple[int, ...] = ()
        support, maybe = context.support.keys(), context.brave_atoms
        for way in self._glosses.derivations(atom):
            if support >= way.positive:
                for literal in way.negative:
                    if literal in maybe:
                        found += self.proven(literal, context)
            else:
                # Through what has no words, the reason lies further down.
                for literal in way.without_own_clause:
                    if literal not in support:
                        found += self.failed(literal, context)
        return _unique(found)


def _unique(steps: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(steps)) if len(steps) > 1 else steps


def _needed_literals(rule: GroundRule, context: ProofContext) -> Sequence[int]:
    """The literals of a firing rule that its firing needs: all of them, or of a weighted body a smallest set."""
    if not rule.weights:
        return rule.body
    holding = [
        (literal, weight)
        for literal, weight in zip(rule.body, rule.weights, strict=True)
        if (literal in context.support if literal > 0 else -literal not in context.brave_atoms)
    ]
    total = sum(weight for _, weight in holding)
    kept = []
    for literal, weight in sorted(holding, key=lambda item: item[1]):
        if total - weight >= rule.lower_bound:
            total -= weight
        else:
            kept.append(literal)
    return kept
