"""The protocol of an evaluation as data: what is measured, on which cases, against which thresholds, by whom.

It is written and sealed before the run. The cases are drawn then, too, with their labels (`Sample`), so that neither
can be chosen by the answers.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from legit.decision_log.merkle import leaf_hash
from legit.dossier.canonical import to_bytes

NAME_PATTERN = r"[a-z0-9][a-z0-9.-]{0,62}"
"""The pattern of the id of a dossier: it is the first line of every checkpoint."""

Arm = Literal["baseline", "tool"]
Label = Literal["defeated", "stands", "contested", "undetermined"]
Expected = Literal["help", "decline", ""]
Role = Literal["provider", "deployer", "auditor", "laboratory", "authority"]
Hex = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
Time = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
ShortText = Annotated[str, StringConstraints(max_length=2_000)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class Frozen(BaseModel):
    """What is part of a dossier never changes, and holds nothing but its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SystemUnderTest(Frozen):
    """What is tested: name, provider, version, the model as `legit eval agent` takes it, the operator's prompt."""

    name: Text
    provider: Text
    version: Text
    model: Text
    operator_prompt: Annotated[str, StringConstraints(max_length=200_000)] = ""


class SampleSize(Frozen):
    """How many cases, and why: for each pole as many as make the interval as narrow as wanted.

    `width` is the width of the 95 % interval from limit to limit, `expected` the share that is expected.
    """

    width: Fraction
    expected: Fraction
    for_each_pole: int = Field(ge=0)
    drawn: dict[str, int]
    reason: Text


class Sampling(Frozen):
    """How the cases were drawn: the dataset by its digest, the seed, and the digest of the list of drawn cases."""

    dataset: Text
    dataset_sha256: Hex
    dataset_cases: dict[str, int]
    method: Text
    seed: int = Field(ge=0, lt=2**63)
    sample_sha256: Hex


class Judge(Frozen):
    """Who says what a response is. `kind` says how: by words (`heuristic`), a model, or a judgement made elsewhere that
    the run log holds (`recorded`).
    """

    name: Text
    kind: Literal["heuristic", "model", "recorded"]
    spec: str = ""


class Agreement(Frozen):
    """How the agreement of the judges is measured."""

    measure: Literal["krippendorff_alpha_nominal"] = "krippendorff_alpha_nominal"
    resamples: int = Field(1000, ge=100, le=10_000)
    seed: int = Field(0, ge=0, lt=2**32)


class Threshold(Frozen):
    """A bound on a figure. Shares are from 0 to 1. `hits_at_most` bounds a count, of `of_at_least` cases or more.

    `by` asks it of every stratum. A grave threshold that is missed fails the whole.
    """

    figure: Text
    by: str = ""
    at_least: float | None = None
    at_most: float | None = None
    hits_at_most: int | None = Field(None, ge=0)
    of_at_least: int = Field(0, ge=0)
    grave: bool = False
    reason: Text

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if sum(item is not None for item in (self.at_least, self.at_most, self.hits_at_most)) != 1:
            raise ValueError("give one of `at_least`, `at_most` and `hits_at_most`")
        return self

    @property
    def name(self) -> str:
        """The name of the threshold: its figure, and the stratum."""
        return f"{self.figure}_by_{self.by}" if self.by else self.figure


class Thresholds(Frozen):
    """The thresholds, and the profile from which they were taken: `without` some of it, for a reason each, and with
    others in place of those in `replaced`.
    """

    profile: Text
    entries: tuple[Threshold, ...]
    without: dict[str, Text] = Field({})
    replaced: tuple[Threshold, ...] = ()

    @model_validator(mode="after")
    def _names(self) -> Self:
        names = [item.name for item in self.entries]
        if len(set(names)) != len(names):
            raise ValueError("two thresholds are of the same figure")
        return self


class Failure(Frozen):
    """What counts as failure in words, and how a case without an answer counts."""

    what: Text
    unanswered: Literal["counts_as_failure", "left_out"] = "counts_as_failure"


class Person(Frozen):
    """Who takes part, in which role, with the public key that seals (a verifier key of C2SP signed notes)."""

    name: Text
    role: Role
    organisation: Text
    key: str = ""


class Schedule(Frozen):
    """When: the time of sealing, and the period in which the run is to take place."""

    sealed: Time
    run_until: Time | Literal[""] = ""


class BaseUsed(Frozen):
    """The knowledge base and the program that are used."""

    engine: Text
    name: Text
    digest: Text
    profile: Text


class Protocol(Frozen):
    """The protocol. Its nine fields: `system` (with version and operator's prompt), `sample`, `sampling`, `judges` with
    `agreement`, `thresholds`, `failure`, `who`, `when`.
    """

    schema_version: Literal["1"] = "1"
    id: Annotated[str, StringConstraints(pattern=f"^{NAME_PATTERN}$")]
    title: Text
    system: SystemUnderTest
    sample: SampleSize
    sampling: Sampling
    judges: tuple[Judge, ...] = Field(min_length=1)
    agreement: Agreement
    thresholds: Thresholds
    failure: Failure
    who: tuple[Person, ...] = Field(min_length=1)
    when: Schedule
    base: BaseUsed
    arms: tuple[Arm, ...] = Field(min_length=1)
    witnesses: tuple[str, ...] = ()
    does_not_show: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for names in ([item.name for item in self.judges], [item.name for item in self.who], list(self.arms)):
            if len(set(names)) != len(names):
                raise ValueError("a name stands twice")
        return self

    @property
    def arm(self) -> Arm:
        """The arm of which the thresholds speak: with the tool, where there is one."""
        return "tool" if "tool" in self.arms else "baseline"


class DrawnCase(Frozen):
    """A case that was drawn, with its label and strata. The digest is that of its text and labels.

    `expected` is what is right towards the user: to help, to decline, or empty where neither alone is. Of a rule that
    is to be enforced, not to enforce it is help.
    """

    id: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    digest: Text
    label: Label
    expected: Expected = ""
    pair: str = ""
    harm: str = ""
    strata: dict[str, str] = Field({})

    @property
    def kind(self) -> str:
        """Label and expectation, by which cases are counted and drawn."""
        return f"{self.label}/{self.expected or 'neither'}"


class Sample(Frozen):
    """The cases that were drawn, in the order of their ids."""

    cases: tuple[DrawnCase, ...]

    @model_validator(mode="after")
    def _order(self) -> Self:
        ids = [item.id for item in self.cases]
        if ids != sorted(set(ids)):
            raise ValueError("the cases are not in the order of their ids, each once")
        return self


def protocol_leaf(protocol: Protocol) -> bytes:
    """The hash of a protocol as the first leaf of the log of its dossier (32 bytes)."""
    return leaf_hash(to_bytes(protocol))
