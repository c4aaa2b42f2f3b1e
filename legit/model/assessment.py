"""The answer: what `legit` says about a case, stable as JSON."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from legit.model.facts import Fact, Speaker, SpeakerKind, Truth


class Verdict(StrEnum):
    """Whether the rule has a claim to compliance in this case."""

    STANDS = "stands"
    DEFEATED = "defeated"
    CONTESTED = "contested"
    UNDETERMINED = "undetermined"


Effect = Literal["defeats", "tied", "open", "possible", "outweighed"]
WEIGHED_EFFECTS: frozenset[Effect] = frozenset({"tied", "outweighed"})
"""The effects of criteria against which what the rule protects was weighed, and weighs as much or more."""


class FrozenModel(BaseModel):
    """A part of an answer: frozen, and of no other fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Citation(FrozenModel):
    """A source as cited: `kind` is treaty, soft_law, statute, case, work or maxim; `verified` whether it was seen."""

    ref: str
    text: str
    kind: str
    verified: bool


class Evidence(FrozenModel):
    """A fact that a conclusion rests on: its sentence, its speaker, and the line of the input where it stands."""

    sentence: str
    truth: Truth
    speaker: Speaker
    line: int | None = None


class Finding(FrozenModel):
    """A criterion that applies, and what becomes of it.

    It defeats the rule, is outweighed by what the rule protects, or tied with it; its effect is `open` where that
    depends on what is not known; it is `possible` where it depends on what is not known whether it applies. Of one that
    is outweighed or tied, `weighed` are the facts on which that rests beside its own grounds.
    """

    criterion: str
    title: str
    family: str
    subtypes: tuple[str, ...]
    effect: Effect
    statement: str
    sources: tuple[Citation, ...]
    evidence: tuple[Evidence, ...]
    counterweights: tuple[Evidence, ...] = ()


class UndercutCriterion(FrozenModel):
    """A criterion whose premises hold but which something in the case undercuts, and what that is."""

    criterion: str
    title: str
    undercutters: tuple[str, ...]


class Justification(FrozenModel):
    """What speaks for the rule."""

    criterion: str
    title: str
    sources: tuple[Citation, ...]
    evidence: tuple[Evidence, ...]


class RightTouched(FrozenModel):
    """A right of the catalogue that obeying the rule touches, with its class and the sources that guarantee it."""

    right: str
    name: str
    right_class: str
    sources: tuple[Citation, ...]


class MethodHarmReason(FrozenModel):
    """A harm that does not depend on what the rule is worth."""

    criterion: str
    title: str
    level: str
    sources: tuple[Citation, ...]
    evidence: tuple[Evidence, ...]


class MethodHarm(FrozenModel):
    """Independent harm: `none`, `caution` or `stop`, with its reasons."""

    level: str
    reasons: tuple[MethodHarmReason, ...] = ()


class Question(FrozenModel):
    """Something not known: `decisive` when its answer can change the verdict.

    It is about one fact, or on one of the mandatory topics; `settles` is the share of the scenarios, from 0 to 1, in
    which the answer alone settles the verdict; `known_by` who can know it, `cost` what asking costs (1 is ordinary).
    """

    text: str
    decisive: bool = True
    settling_share: float = 0.0
    topic: str = ""
    fact: Fact | None = None
    answerable_by: SpeakerKind = SpeakerKind.USER
    asking_cost: int = 1


class SufficientSet(FrozenModel):
    """A smallest set of stated facts that settles the verdict, whatever becomes of the other facts."""

    facts: tuple[Evidence, ...]
    speakers: tuple[str, ...]


class EvidenceBasis(FrozenModel):
    """On what the verdict rests: all smallest sets of facts, when `complete`; else those that were found.

    `alone` is the kind of speaker on whose word alone it rests, or empty; `says` puts it in words.
    """

    sufficient_sets: tuple[SufficientSet, ...]
    complete: bool
    sole_source: str
    summary: str


class Guidance(FrozenModel):
    """What the verdict means for the request."""

    stance: str
    action: str
    reason: str
    advice: tuple[str, ...] = ()


class Provenance(FrozenModel):
    """What decided: versions and digests."""

    engine: str
    base: str
    base_version: str
    base_digest: str
    profile: str
    profile_version: str
    bounds: str = ""


class Decision(FrozenModel):
    """A decision without its explanation, as `Judge.decide` returns it where an answer is needed at once.

    `stance` is the requested act, `action` the guidance for it, `method_harm` the level of harm of the method;
    `findings` are pairs of a criterion and its effect, the weightiest effect first.
    """

    verdict: Verdict
    stance: str
    action: str
    method_harm: str
    findings: tuple[tuple[str, Effect], ...]


class Assessment(FrozenModel):
    """The whole answer to one case."""

    schema_version: Literal["1"] = "1"
    case: str
    verdict: Verdict
    verdict_summary: str
    guidance: Guidance
    findings: tuple[Finding, ...]
    undercut: tuple[UndercutCriterion, ...]
    justifications: tuple[Justification, ...]
    rights_touched: tuple[RightTouched, ...]
    method_harm: MethodHarm
    questions: tuple[Question, ...]
    evidence_basis: EvidenceBasis
    opinions: tuple[str, ...]
    speakers: tuple[str, ...]
    undetermined_reason: Literal["", "time", "corroboration"] = ""
    provenance: Provenance
