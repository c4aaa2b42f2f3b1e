"""The explanation: proof, counterfactuals and sensitivity of one assessment. Its JSON is stable."""

from __future__ import annotations

from typing import Literal

from legit.model.assessment import Assessment, Citation, DegreeTurn, Effect, Evidence, FrozenModel, Verdict

Status = Literal["proven", "failed", "unknown", "assumed"]
"""Proven; not shown (nothing states it); open; or supposed, where the case does not answer a question."""


class Node(FrozenModel):
    """One step of a proof: `text` is its sentence, `children` are the ids of the steps that it is derived from.

    A `fact` has the sentence and the speaker of the input as `evidence`. A `criterion` has its id, statement and
    sources.
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
    """A proof as a directed acyclic graph: `nodes[i].id == i`. `roots` are the conclusions, the verdict first."""

    nodes: tuple[Node, ...]
    roots: tuple[int, ...]


class Change(FrozenModel):
    """One change of the case: the new sentence, and the stated sentences that it replaces.

    `actor` is who can bring it about, as the vocabulary declares. `cost` is how hard that is, where 1 is ordinary; of a
    change that nobody can bring about, how hard it is to show.
    """

    sentence: str
    replaces: tuple[str, ...] = ()
    actor: str
    cost: int


class ChangeSet(FrozenModel):
    """Changes that lead to an outcome together. `equivalents` counts the sets that differ from it in words only."""

    changes: tuple[Change, ...]
    equivalents: int = 0


class Counterfactual(FrozenModel):
    """The cheapest change sets that lead to another outcome, of changes that `actor` can bring about (empty: anybody).

    All of them have the same cost. `change_sets` has the first of each kind, or all of them in an exhaustive search;
    `omitted_kinds` counts the kinds that are left out. `search_depth` is the largest number of changes that was
    searched completely: no set of at most so many changes is cheaper, and without change sets none of them leads to the
    outcome.
    """

    outcome: str
    actor: str
    summary: str
    cost: int
    change_sets: tuple[ChangeSet, ...]
    omitted_kinds: int
    search_depth: int


class WeightFlip(FrozenModel):
    """A weight whose change by one step changes the verdict."""

    summary: str
    table: str
    entry: str
    weight: int
    new_weight: int
    verdict: Verdict


class Sensitivity(FrozenModel):
    """The weights that change the verdict when they are moved by one step. `perturbations` counts the moves tried."""

    flips: tuple[WeightFlip, ...]
    perturbations: int
    summary: str


class Radius(FrozenModel):
    """How many steps of the described degrees change the verdict, and which.

    `distance` is the smallest number of steps, 0 where no set of at most `searched` steps changes the verdict. `turns`
    are the first sets of shifts at this distance, `omitted` counts the others. `shifts` is the number of shifts of one
    step that the case allows.
    """

    distance: int
    turns: tuple[DegreeTurn, ...]
    omitted: int
    searched: int
    shifts: int


class RouteWords(FrozenModel):
    """The texts of a route: who can set a matter right, what to ask for, in what words.

    `who` is a body or office by its function, `words` a sentence to copy, `by_when` a typical time limit, `keep` what
    to keep as evidence, `meanwhile` what holds until then, `avoid` what not to do.
    """

    title: str
    who: str
    ask: str
    words: str
    by_when: str = ""
    keep: str = ""
    meanwhile: str = ""
    avoid: str = ""


class RouteText(RouteWords):
    """A route that fits the case, with its texts and sources.

    `place` is the country or region for which the route is meant; empty where it is meant for every country.
    """

    route: str
    place: str = ""
    sources: tuple[Citation, ...]


class Explanation(FrozenModel):
    """An assessment with its proof, its counterfactuals, its radius and its sensitivity to weights.

    `radius` is None for an undetermined verdict, and where too much is open to search for it.
    """

    schema_version: Literal["1"] = "1"
    assessment: Assessment
    proof: Proof
    counterfactuals: tuple[Counterfactual, ...]
    sensitivity: Sensitivity
    radius: Radius | None = None
    routes: tuple[RouteText, ...] = ()


class WhyNot(FrozenModel):
    """Why a criterion does not defeat the rule, or a verdict is not given.

    `kind` says that the target holds, that it is open, that a change leads to it (`counterfactual`), or that no change
    was found. `blockers` are the conclusions that stand against it.
    """

    target: str
    kind: Literal["holds", "open", "change", "never"]
    summary: str
    proof: Proof | None = None
    blockers: tuple[str, ...] = ()
    counterfactual: Counterfactual | None = None


class FindingShift(FrozenModel):
    """A criterion whose effect differs between two assessments; None if it has no effect."""

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
        """True when the two assessments do not differ."""
        pairs = (self.verdict, self.guidance, self.method_harm)
        return all(a == b for a, b in pairs) and not (self.findings or self.questions_closed or self.questions_opened)
