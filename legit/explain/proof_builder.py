"""Builds proof graphs: from a conclusion, step by step, down to the sentences of the case.

An atom with a gloss becomes one step. An atom without a gloss is replaced by the steps below it. An atom under negation
is shown in two cases: it is a criterion that is undercut or outweighed, or it has a gloss and no rule derives it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import Literal

from legit.engine.case_encoder import EncodedCase
from legit.engine.ground_rule import GroundRule
from legit.engine.program_index import ProgramIndex
from legit.engine.scenarios import parse_atom
from legit.engine.support import Support
from legit.explain.citation_cache import CitationCache
from legit.explain.evidence_cache import EvidenceCache
from legit.explain.verbalizer import CaseVerbalizer
from legit.model.assessment import Citation, Evidence
from legit.model.explanation import Node, Proof, Status
from legit.model.facts import Fact, Truth


class ProofContext:
    """The data from which a proof is built: a support, the atoms that hold in some scenario, and the atoms that are
    assumed.

    It also keeps the steps that a builder has made for an atom, so that no atom is shown twice.
    """

    def __init__(
        self, support: Support, brave_atoms: Container[int], assumptions: frozenset[int] = frozenset()
    ) -> None:
        self.support = support
        self.brave_atoms = brave_atoms
        self.assumptions = assumptions
        self.proven_steps: dict[int, tuple[int, ...]] = {}
        self.failed_steps: dict[int, tuple[int, ...]] = {}


class ProofBuilder:
    """Builds one proof graph of a case."""

    def __init__(
        self, citations: CitationCache, index: ProgramIndex, verbalizer: CaseVerbalizer, encoded: EncodedCase
    ) -> None:
        self._citations = citations
        self._program = index.program
        self._verbalizer = verbalizer
        self._encoded = encoded
        self._glosses = verbalizer.atom_glosses(index)
        self._evidence = EvidenceCache(verbalizer.writer)
        self._nodes: list[Node] = []

    def proof(self, roots: Iterable[int]) -> Proof:
        """The graph of everything added so far."""
        return Proof(nodes=tuple(self._nodes), roots=tuple(roots))

    def add(
        self,
        *,
        kind: Literal["verdict", "criterion", "concept", "fact"],
        status: Status,
        text: str,
        evidence: Evidence | None = None,
        criterion: str = "",
        statement: str = "",
        sources: tuple[Citation, ...] = (),
        children: tuple[int, ...] = (),
    ) -> int:
        """Add a step and return its number. The parameters are the fields of `Node`."""
        number = len(self._nodes)
        self._nodes.append(
            Node(
                id=number,
                kind=kind,
                status=status,
                text=text,
                evidence=evidence,
                criterion=criterion,
                statement=statement,
                sources=sources,
                children=children,
            )
        )
        return number

    def proven(self, atom: int, context: ProofContext) -> tuple[int, ...]:
        """The steps that show that an atom holds: one step if it has a gloss, else the steps below it."""
        found = context.proven_steps.get(atom)
        if found is None:
            context.proven_steps[atom] = ()  # a support is acyclic; this stops the recursion if one were not
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
        text = self._verbalizer.framed_sentence("proven", clause)
        criterion = entry.criterion
        if criterion is None:
            return (self.add(kind="concept", status=status, text=text, children=children),)
        step = self.add(
            kind="criterion",
            status=status,
            text=text,
            criterion=criterion.id,
            statement=criterion.statement,
            sources=self._citations.for_met_criterion(criterion.id, self._program, context.support),
            children=children,
        )
        return (step,)

    def _has_open_step(self, children: tuple[int, ...]) -> bool:
        return any(self._nodes[child].status in ("unknown", "assumed") for child in children)

    def _body_steps(self, rule: GroundRule, context: ProofContext) -> tuple[int, ...]:
        steps: tuple[int, ...] = ()
        for literal in _needed_literals(rule, context):
            steps += self.proven(literal, context) if literal > 0 else self.failed(-literal, context)
        return _unique(steps)

    def _input_steps(self, atom: int, context: ProofContext) -> tuple[int, ...]:
        name = self._program.atom_texts.get(atom)
        if name is None:
            return ()
        if atom in context.assumptions or name in self._encoded.open_inputs:
            return (self._assumption_step(name),)
        return tuple(self._fact_step(fact) for fact in self._encoded.supporting_facts(name) if fact.truth is Truth.TRUE)

    def _assumption_step(self, symbol: str) -> int:
        """The step of an open input or of the head of a choice, assumed to hold."""
        stated = self._encoded.facts.get(symbol)
        if stated:
            text = self._verbalizer.assumption_sentence(stated[0])
            return self.add(kind="fact", status="unknown", text=text, evidence=self._evidence.get(stated[0]))
        atom = parse_atom(symbol)
        clause = self._verbalizer.clause(atom)
        if clause is None:
            text = self._verbalizer.assumption_sentence(self._verbalizer.input_fact(atom))
            return self.add(kind="fact", status="unknown", text=text)
        return self.add(kind="concept", status="assumed", text=self._verbalizer.framed_sentence("assumed", clause))

    def _fact_step(self, fact: Fact, status: Status = "proven") -> int:
        evidence = self._evidence.get(fact)
        return self.add(kind="fact", status=status, text=evidence.sentence, evidence=evidence)

    def failed(self, atom: int, context: ProofContext) -> tuple[int, ...]:
        """The steps that show why an atom does not hold; empty when there are none."""
        found = context.failed_steps.get(atom)
        if found is None:
            context.failed_steps[atom] = ()
            found = context.failed_steps[atom] = self._build_failed(atom, context)
        return found

    def _build_failed(self, atom: int, context: ProofContext) -> tuple[int, ...]:
        program = self._program
        if atom in program.input_atoms:
            name = program.atom_texts[atom]
            status: Status = "unknown" if name in self._encoded.open_inputs else "proven"
            denied = [fact for fact in self._encoded.facts.get(name, ()) if fact.truth is Truth.FALSE]
            return tuple(self._fact_step(fact, status) for fact in denied)
        blocked = self._blocking_steps(atom, context)
        entry = self._glosses.gloss(atom)
        clause = self._verbalizer.gloss_clause(entry) if entry.has_own_clause else None
        if clause is None:
            return blocked
        text = self._verbalizer.framed_sentence("failed", clause)
        return (self.add(kind="concept", status="failed", text=text, children=blocked),)

    def _blocking_steps(self, atom: int, context: ProofContext) -> tuple[int, ...]:
        """The steps that show why no rule derives the atom.

        If the positive body of a rule holds: the negated atoms that are true. Otherwise: for each missing positive
        atom without a gloss of its own, the steps that show why it fails. Missing atoms with a gloss are not shown.
        """
        steps: tuple[int, ...] = ()
        support, brave = context.support.keys(), context.brave_atoms
        for derivation in self._glosses.derivations(atom):
            if support >= derivation.positive:
                for literal in derivation.negative:
                    if literal in brave:
                        steps += self.proven(literal, context)
            else:
                # An atom without a gloss is not shown itself: show why it fails.
                for literal in derivation.without_own_clause:
                    if literal not in support:
                        steps += self.failed(literal, context)
        return _unique(steps)


def _unique(steps: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(steps)) if len(steps) > 1 else steps


def _needed_literals(rule: GroundRule, context: ProofContext) -> Sequence[int]:
    """The literals that a rule needs to apply.

    For a weighted body: a minimal subset that reaches the bound. Otherwise: all literals.
    """
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
