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
WEIGHED: frozenset[Effect] = frozenset({"tied", "outweighed"})
"""The effects of criteria against which what the rule protects was weighed, and weighs as much or more."""


class Part(BaseModel):
    """A part of an answer: frozen, and of no other fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Cited(Part):
    """A source as cited: `kind` is treaty, soft_law, statute, case, work or maxim; `verified` whether it was seen."""

    ref: str
    text: str
    kind: str
    verified: bool


class Ground(Part):
    """A fact that a conclusion rests on: its sentence, its speaker, and the line of the input where it stands."""

    sentence: str
    truth: Truth
    speaker: Speaker
    line: int | None = None


class Finding(Part):
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
    sources: tuple[Cited, ...]
    grounds: tuple[Ground, ...]
    weighed: tuple[Ground, ...] = ()


class Saved(Part):
    """A criterion whose premises hold but which something in the case undercuts, and what that is."""

    criterion: str
    title: str
    because: tuple[str, ...]


class Justification(Part):
    """What speaks for the rule."""

    criterion: str
    title: str
    sources: tuple[Cited, ...]
    grounds: tuple[Ground, ...]


class RightTouched(Part):
    """A right of the catalogue that obeying the rule touches, with its class and the sources that guarantee it."""

    right: str
    name: str
    right_class: str
    sources: tuple[Cited, ...]


class HarmReason(Part):
    """A harm that does not depend on what the rule is worth."""

    criterion: str
    title: str
    level: str
    sources: tuple[Cited, ...]
    grounds: tuple[Ground, ...]


class Harm(Part):
    """Independent harm: `none`, `caution` or `stop`, with its reasons."""

    level: str
    reasons: tuple[HarmReason, ...] = ()


class Question(Part):
    """Something not known: `decisive` when its answer can change the verdict.

    It is about one fact, or on one of the mandatory topics; `settles` is the share of the scenarios, from 0 to 1, in
    which the answer alone settles the verdict; `known_by` who can know it, `cost` what asking costs (1 is ordinary).
    """

    text: str
    decisive: bool = True
    settles: float = 0.0
    topic: str = ""
    about: Fact | None = None
    known_by: SpeakerKind = SpeakerKind.USER
    cost: int = 1


class ReliedOn(Part):
    """A smallest set of stated facts that settles the verdict, whatever becomes of the other facts."""

    facts: tuple[Ground, ...]
    speakers: tuple[str, ...]


class Reliance(Part):
    """On what the verdict rests: all smallest sets of facts, when `complete`; else those that were found.

    `alone` is the kind of speaker on whose word alone it rests, or empty; `says` puts it in words.
    """

    sets: tuple[ReliedOn, ...]
    complete: bool
    alone: str
    says: str


class Guidance(Part):
    """What the verdict means for the request."""

    stance: str
    action: str
    reason: str
    advice: tuple[str, ...] = ()


class Provenance(Part):
    """What decided: versions and digests."""

    engine: str
    base: str
    base_version: str
    base_digest: str
    profile: str
    profile_version: str
    bounds: str = ""


class Assessment(Part):
    """The whole answer to one case."""

    schema_version: Literal["1"] = "1"
    case: str
    verdict: Verdict
    verdict_says: str
    guidance: Guidance
    findings: tuple[Finding, ...]
    saved: tuple[Saved, ...]
    for_the_rule: tuple[Justification, ...]
    rights: tuple[RightTouched, ...]
    harm: Harm
    questions: tuple[Question, ...]
    reliance: Reliance
    opinions: tuple[str, ...]
    speakers: tuple[str, ...]
    reason: Literal["", "time", "corroboration"] = ""
    provenance: Provenance
