"""The explanation: why, on whose word, what would change it, and what hangs on the weights. Stable as JSON."""

from __future__ import annotations

from typing import Literal

from legit.model.assessment import Assessment, Citation, Effect, Evidence, FrozenModel, Verdict

Status = Literal["proven", "failed", "unknown", "assumed"]
"""Proven; not shown (nothing states it); open; or supposed, where the case does not answer a question."""


class Node(FrozenModel):
    """One step of a proof: what it `says`, as a sentence, and the steps that it rests on, by their numbers.

    A `fact` has the sentence and speaker of the input as `ground`; a `criterion` its id, statement and sources.
    """

    id: int
    kind: Literal["verdict", "criterion", "concept", "fact"]
    status: Status
    text: str
    evidence: Evidence | None = None
    criterion: str = ""
    statement: str = ""
    sources: tuple[Citation, ...] = ()
    children: tuple[int, ...] = ()


class Proof(FrozenModel):
    """A proof as a directed acyclic graph: `nodes[i].id == i`, and `roots` are what is proven, the verdict first."""

    nodes: tuple[Node, ...]
    roots: tuple[int, ...]


class Change(FrozenModel):
    """One change of the case: a sentence that would be so, and the stated ones that it takes the place of.

    `by` is who can bring it about, as the vocabulary says; `cost` how hard that is, or how hard it is to show where
    nobody can (1 is ordinary).
    """

    sentence: str
    replaces: tuple[str, ...] = ()
    actor: str
    cost: int


class ChangeSet(FrozenModel):
    """Changes that together lead to an outcome, and how many other ways differ from this one in words only."""

    changes: tuple[Change, ...]
    equivalents: int = 0


class Counterfactual(FrozenModel):
    """The cheapest ways to another outcome, by changes that `by` can bring about (empty: whoever it is).

    All of them cost the same; `ways` shows the first of each kind, and `more` counts the kinds left out; where every
    way was asked for, all are there. `most` is how many changes together were gone through: no set of so many is
    cheaper, and where there is no way at all, none of so many leads there.
    """

    outcome: str
    actor: str
    summary: str
    cost: int
    change_sets: tuple[ChangeSet, ...]
    omitted_kinds: int
    search_depth: int


class WeightFlip(FrozenModel):
    """A weight which, moved one step, changes the verdict."""

    summary: str
    table: str
    entry: str
    weight: int
    new_weight: int
    verdict: Verdict


class Sensitivity(FrozenModel):
    """Which single weights change the verdict when they are moved one step, of `tried` moves in all."""

    flips: tuple[WeightFlip, ...]
    perturbations: int
    summary: str


class Explanation(FrozenModel):
    """Everything that can be said about one assessment."""

    schema_version: Literal["1"] = "1"
    assessment: Assessment
    proof: Proof
    counterfactuals: tuple[Counterfactual, ...]
    sensitivity: Sensitivity


class WhyNot(FrozenModel):
    """Why a criterion or a verdict does not hold: it does hold, it is open, or it would take these changes."""

    target: str
    kind: Literal["holds", "open", "change", "never"]
    summary: str
    proof: Proof | None = None
    blockers: tuple[str, ...] = ()
    counterfactual: Counterfactual | None = None


class FindingShift(FrozenModel):
    """A criterion whose effect differs between two assessments; None where it has no effect."""

    criterion: str
    title: str
    before: Effect | None
    after: Effect | None


class Difference(FrozenModel):
    """The difference from one assessment to another. Pairs are (before, after).

    `guidance` are the actions and `guidance_reason` is that of the second assessment. `method_harm` are the levels.
    `questions_closed` are questions of the first alone, `questions_opened` of the second alone.
    """

    verdict: tuple[Verdict, Verdict]
    guidance: tuple[str, str]
    guidance_reason: str
    method_harm: tuple[str, str]
    findings: tuple[FindingShift, ...]
    questions_closed: tuple[str, ...]
    questions_opened: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """True when nothing of the answer changes."""
        pairs = (self.verdict, self.guidance, self.method_harm)
        return all(a == b for a, b in pairs) and not (self.findings or self.questions_closed or self.questions_opened)
