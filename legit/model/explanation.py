"""The explanation: why, on whose word, what would change it, and what hangs on the weights. Stable as JSON."""

from __future__ import annotations

from typing import Literal

from legit.model.assessment import Assessment, Cited, Ground, Part, Verdict

Status = Literal["proven", "failed", "unknown", "assumed"]
"""Proven; not shown (nothing states it); open; or supposed, where the case does not answer a question."""


class Node(Part):
    """One step of a proof: what it `says`, as a sentence, and the steps that it rests on, by their numbers.

    A `fact` has the sentence and speaker of the input as `ground`; a `criterion` its id, statement and sources.
    """

    id: int
    kind: Literal["verdict", "criterion", "concept", "fact"]
    status: Status
    says: str
    ground: Ground | None = None
    criterion: str = ""
    statement: str = ""
    sources: tuple[Cited, ...] = ()
    children: tuple[int, ...] = ()


class Proof(Part):
    """A proof as a directed acyclic graph: `nodes[i].id == i`, and `roots` are what is proven, the verdict first."""

    nodes: tuple[Node, ...]
    roots: tuple[int, ...]


class Change(Part):
    """One change of the case: a sentence that would be so, and the stated ones that it takes the place of.

    `by` is who can bring it about, as the vocabulary says; `cost` how hard that is, or how hard it is to show where
    nobody can (1 is ordinary).
    """

    sentence: str
    instead_of: tuple[str, ...] = ()
    by: str
    cost: int


class Way(Part):
    """Changes that together lead to an outcome, and how many other ways differ from this one in words only."""

    changes: tuple[Change, ...]
    alike: int = 0


class Turn(Part):
    """The cheapest ways to another outcome, by changes that `by` can bring about (empty: whoever it is).

    All of them cost the same; `ways` shows the first of each kind, and `more` counts the kinds left out; where every
    way was asked for, all are there. `most` is how many changes together were gone through: no set of so many is
    cheaper, and where there is no way at all, none of so many leads there.
    """

    outcome: str
    by: str
    says: str
    cost: int
    ways: tuple[Way, ...]
    more: int
    most: int


class Moved(Part):
    """A weight which, moved one step, changes the verdict."""

    says: str
    table: str
    entry: str
    weight: int
    moved: int
    verdict: Verdict


class Sensitivity(Part):
    """Which single weights change the verdict when they are moved one step, of `tried` moves in all."""

    moved: tuple[Moved, ...]
    tried: int
    says: str


class Explanation(Part):
    """Everything that can be said about one assessment."""

    schema_version: Literal["1"] = "1"
    assessment: Assessment
    proof: Proof
    turns: tuple[Turn, ...]
    sensitivity: Sensitivity


class WhyNot(Part):
    """Why a criterion or a verdict does not hold: it does hold, it is open, or it would take these changes."""

    asked: str
    kind: Literal["holds", "open", "change", "never"]
    says: str
    proof: Proof | None = None
    against: tuple[str, ...] = ()
    turn: Turn | None = None
