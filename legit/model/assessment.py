"""The assessment: the whole answer to a case. Its JSON is stable."""

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
"""The effects of criteria that the protection of the rule outweighs, or equals in weight."""


class FrozenModel(BaseModel):
    """The base of all answers: frozen, and without further fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Citation(FrozenModel):
    """A source as cited. `kind` is treaty, soft_law, statute, case, work or maxim.

    In a case that says where it arises, `force` is `binding` or `persuasive`, and `why` is the reason in words.
    """

    ref: str
    text: str
    kind: str
    verified: bool
    force: Literal["", "binding", "persuasive", "not_applicable"] = ""
    why: str = ""


class AppliedSource(FrozenModel):
    """A source, or a place in it, in the law of the place of a case: its force there, why, and its first and last day.

    `on` is the date at which it was judged: of the event `judged_at` of the case, or the day of the base's law where
    that is empty. One that is `not_applicable` was not in force then, and is cited nowhere in the answer.
    """

    ref: str
    text: str
    force: Literal["binding", "persuasive", "not_applicable"]
    why: str
    in_force_from: str = ""
    in_force_to: str = ""
    judged_at: str = ""
    on: str


class ApplicableLaw(FrozenModel):
    """The law by which a case was judged that says where it arises.

    `as_of` is the day on which the law of the base was last reviewed, which counts where the case states no date.
    """

    place: str
    place_name: str
    as_of: str
    sources: tuple[AppliedSource, ...]


class Evidence(FrozenModel):
    """A fact that a conclusion is based on: its sentence, its speaker, and the line of the input, from 1.

    `sentence` is the form as which the fact was read. `written` is the sentence in the words of the input where these
    are other words, and otherwise empty.
    """

    sentence: str
    written: str = ""
    truth: Truth
    speaker: Speaker
    line: int | None = None


class Finding(FrozenModel):
    """A criterion that applies or may apply, with its effect.

    It `defeats` the rule, or is `outweighed` by what the rule protects or `tied` with it. It is `open` where its weight
    depends on an open question, and `possible` where that decides whether it applies. `counterweights` are the facts
    because of which it is outweighed or tied, beside its own evidence. A finding `repeats` others where it is of the
    least specific kind and rests only on what more specific findings before it rest on.
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
    repeats: bool = False


class UndercutCriterion(FrozenModel):
    """A criterion whose premises hold and which is undercut, with its undercutters."""

    criterion: str
    title: str
    undercutters: tuple[str, ...]


class Justification(FrozenModel):
    """A reason that supports the rule, with its evidence."""

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
    """A criterion of method harm that applies, whatever the rule is worth.

    `certain` is False where it depends on facts that were not given. A level that `MethodHarm.level` cannot have is
    told and is no reason against the method.
    """

    criterion: str
    title: str
    level: str
    certain: bool = True
    sources: tuple[Citation, ...]
    evidence: tuple[Evidence, ...]


class MethodHarm(FrozenModel):
    """The level of the method harm (`none`, `caution` or `stop`) and its reasons."""

    level: str
    reasons: tuple[MethodHarmReason, ...] = ()


class Question(FrozenModel):
    """An open question. It is `decisive` when its answer can change the verdict.

    It is about one `fact`, or on a mandatory `topic`. `settling_share` is the share of the scenarios, from 0 to 1, in
    which the answer alone fixes the verdict. `answerable_by` is the source of evidence that can know it; `asking_cost`
    is the cost of asking, where 1 is ordinary.
    """

    text: str
    decisive: bool = True
    settling_share: float = 0.0
    topic: str = ""
    fact: Fact | None = None
    answerable_by: SpeakerKind = SpeakerKind.USER
    asking_cost: int = 1


class SufficientSet(FrozenModel):
    """A minimal set of stated facts that fixes the verdict, whatever the other facts are."""

    facts: tuple[Evidence, ...]
    speakers: tuple[str, ...]


class EvidenceBasis(FrozenModel):
    """The sufficient sets of the verdict: all of them when `complete`, else those that were found.

    `sole_source` is the kind of the only source of evidence in every set, or empty; `summary` is a sentence about it.
    """

    sufficient_sets: tuple[SufficientSet, ...]
    complete: bool
    sole_source: str
    summary: str


class BalancePart(FrozenModel):
    """One measure of how the rule was weighed: what obeying costs, what the rule protects, what moves the balance.

    `part` is its id in the base, `value` the grade or the number of grades, `text` both in words. `evidence` are the
    stated facts that it is based on.
    """

    part: str
    value: int
    text: str
    evidence: tuple[Evidence, ...] = ()


class DegreeShift(FrozenModel):
    """A stated fact moved along its degrees (how severe, how likely, how many) by a number of `steps`.

    `evidence` is the fact as stated, `becomes` the sentence after the shift, `degree` its words that are new.
    """

    evidence: Evidence
    becomes: str
    degree: str
    steps: int


class DegreeTurn(FrozenModel):
    """Shifts that change the verdict together, and the verdict that follows."""

    shifts: tuple[DegreeShift, ...]
    verdict: Verdict


class Guidance(FrozenModel):
    """The meaning of the verdict and the method harm for the requested act: an action, its reason, advice."""

    stance: str
    action: str
    reason: str
    advice: tuple[str, ...] = ()


class Provenance(FrozenModel):
    """The engine, the knowledge base and the profile of an assessment, with versions and digest."""

    engine: str
    base: str
    base_version: str
    base_digest: str
    profile: str
    profile_version: str
    bounds: str = ""


class Decision(FrozenModel):
    """A decision without its explanation, as `Judge.decide` returns it.

    `scope` is what is defeated and `consequence` what follows for the user; both are empty unless the rule is defeated.
    `stance` is the requested act, `action` the guidance for it, `method_harm` the level of harm of the method.
    `findings` are pairs of a criterion and its effect, the weightiest effect first.
    """

    verdict: Verdict
    scope: str
    consequence: str
    stance: str
    action: str
    method_harm: str
    findings: tuple[tuple[str, Effect], ...]


class Assessment(FrozenModel):
    """The whole answer to one case: verdict, findings, evidence, guidance, open questions, provenance.

    Of a defeated rule, `scope` says what is defeated (the rule, its application to the user, or this breach) and
    `consequence` what follows; their values are named by the base. `qualifier` follows the verdict in a heading
    ("as applied"), `consequence_summary` says what the consequence means. All are empty where the base says nothing.

    `routes` are the ids of the routes of the base that fit the case, the best first. `balance` has the measures of the
    weighing that are the same in every scenario. `decisive_steps` are the shifts of one described degree by one step
    that change the verdict; it is empty where none does. `without_effect` are the stated facts that nothing here rests
    on: without one of them verdict, findings, guidance and harm are the same. `law` tells which sources bind, where the
    case says where it arises.
    """

    schema_version: Literal["1"] = "1"
    case: str
    verdict: Verdict
    verdict_summary: str
    scope: str = ""
    consequence: str = ""
    qualifier: str = ""
    consequence_summary: str = ""
    guidance: Guidance
    findings: tuple[Finding, ...]
    undercut: tuple[UndercutCriterion, ...]
    justifications: tuple[Justification, ...]
    rights_touched: tuple[RightTouched, ...]
    method_harm: MethodHarm
    questions: tuple[Question, ...]
    routes: tuple[str, ...] = ()
    balance: tuple[BalancePart, ...] = ()
    decisive_steps: tuple[DegreeTurn, ...] = ()
    without_effect: tuple[Evidence, ...] = ()
    evidence_basis: EvidenceBasis
    opinions: tuple[str, ...]
    speakers: tuple[str, ...]
    undetermined_reason: Literal["", "time", "corroboration"] = ""
    law: ApplicableLaw | None = None
    provenance: Provenance
