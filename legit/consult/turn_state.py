"""The state of a turn of an agent as plain data: what was drafted, consulted, held and sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

from legit.model.acts import ActKind, Reason, Sent


class _State(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ToolCall(_State):
    """A call of a tool that a model has drafted. `enforces`: whether it enforces a rule on somebody.

    `id` is unique in its draft only.
    """

    id: str
    name: str
    args: dict[str, Any] = Field(default_factory=dict)
    enforces: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 of the name and the arguments: the same for a call that is repeated under another id."""
        said = json.dumps([self.name, self.args], sort_keys=True, default=str, ensure_ascii=True)
        return hashlib.sha256(said.encode()).hexdigest()


class Draft(_State):
    """A message that a model has written and that has not been sent.

    `answer` is a structured answer, if the model gives one; it ends the turn as a text without calls does. Where it is
    `rejected`, it is not valid and ends nothing: the model is told, and repairs it. `refuses` and `enforces` say how
    text and answer read (the calls have an `enforces` of their own), `exempt` whether the
    refusal is the operator's own policy.
    """

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    answer: dict[str, Any] | None = None
    rejected: bool = False
    refuses: bool = False
    enforces: bool = False
    exempt: bool = False


class ConsultationResult(_State):
    """How a consultation ended. `direction` is the requested act, `action` that of the guidance, both as the knowledge
    base names them. `declines` and `about_enforcing` are those of the consultation. `entry` is the number of the
    decision in the log.

    A consultation that could not be judged, could not be recorded, was rejected by a person or never ran is `failed`.
    """

    status: Literal["answered", "failed"]
    direction: str = ""
    action: str = ""
    declines: bool = False
    about_enforcing: bool = False
    entry: int | None = None

    @classmethod
    def of(cls, outcome: Any) -> ConsultationResult:
        """The result of a `Consultation`, as the object, as its data, or as the artifact of a tool
        (`legit.consult.artifact`). Anything else has failed."""
        data = outcome.model_dump(mode="json") if isinstance(outcome, BaseModel) else outcome
        if not isinstance(data, Mapping):
            return cls(status="failed")
        assessment = data.get("assessment")
        guidance = assessment.get("guidance") if isinstance(assessment, Mapping) else data
        if not isinstance(guidance, Mapping) or not isinstance(guidance.get("action"), str) or not guidance["action"]:
            return cls(status="failed")
        if not isinstance(data.get("declines"), bool) or not isinstance(data.get("about_enforcing"), bool):
            return cls(status="failed")
        entry = data.get("entry")
        return cls(
            status="answered",
            direction=str(guidance.get("stance", "")),
            action=guidance["action"],
            declines=data["declines"],
            about_enforcing=data["about_enforcing"],
            entry=entry if isinstance(entry, int) else None,
        )


class Consulted(_State):
    """The consultations of one draft. They count together: all of them must have answered, and the strictest counts.

    One that declines counts also beside one that failed.
    """

    draft: int
    results: tuple[ConsultationResult, ...]

    @property
    def answered(self) -> bool:
        """Whether there are results, and none of them failed."""
        return bool(self.results) and all(result.status == "answered" for result in self.results)

    def declines(self, *, enforcement: bool) -> bool:
        """Whether one of the consultations declines enforcing (or, otherwise, what the user asks)."""
        return any(result.declines and result.about_enforcing is enforcement for result in self.results)

    def concerns(self, *, enforcement: bool) -> bool:
        """Whether one of the consultations is about enforcing (or, otherwise, about what the user asks)."""
        return any(result.about_enforcing is enforcement for result in self.results)

    def counts(self, *, enforcement: bool) -> bool:
        """Whether they say what holds of enforcing (or, otherwise, of what the user asks)."""
        return (self.answered and self.concerns(enforcement=enforcement)) or self.declines(enforcement=enforcement)

    @property
    def entries(self) -> tuple[int, ...]:
        """The numbers of the decisions in the log."""
        return tuple(result.entry for result in self.results if result.entry is not None)

    @property
    def declining_entries(self) -> tuple[int, ...]:
        """The numbers of the decisions that say not to enforce."""
        declining = (item.entry for item in self.results if item.declines and item.about_enforcing)
        return tuple(entry for entry in declining if entry is not None)


class Cover(_State):
    """A consultation that was answered on an enforcing call, named by its digest. `ids` are the ids of such calls in
    the latest draft that has any."""

    digest: str
    ids: tuple[str, ...] = ()
    declined: bool = False
    entries: tuple[int, ...] = ()


class Act(_State):
    """A refusal that was sent or an enforcement that was carried out. `entries` are the decisions that it follows. `id`
    is unique in the turn, and the same if the act is reported twice.

    `sent` says what was sent: the `draft` itself; the `earlier` refusal in place of a later draft; a text of `ours`.
    An enforcement with `override` was carried out against the guidance.
    """

    id: str
    kind: ActKind
    consulted: bool
    why: Reason = ""
    sent: Sent = "draft"
    override: bool = False
    entries: tuple[int, ...] = ()


class TurnState(_State):
    """The state of one turn. `model_dump(mode="json")` gives plain data, `model_validate` reads it."""

    turn: str = Field(default_factory=lambda: uuid4().hex)
    drafts: int = 0
    reconsidered: int = 0
    budget_notes: int = 0
    consultations: int = 0
    lookups: int = 0
    holds: int = 0
    note: Literal["", "refusal", "enforcement", "budget"] = ""
    waiting: Draft | None = None
    """The draft that the open note is about."""
    refusal: Draft | None = None
    """The refusal that was held while the model consults."""
    enforcing: tuple[str, ...] = ()
    """The ids of the enforcing calls of the latest draft."""
    pending: tuple[str, ...] = ()
    """The ids of the consultations of the latest draft that were let through and have not ended."""
    results: tuple[ConsultationResult, ...] = ()
    """The results of the consultations of the latest draft that have ended."""
    consulted: tuple[Consulted, ...] = ()
    """The consultations of the earlier drafts."""
    bound: int = 0
    """How many of `consulted` were used for enforcing calls."""
    covers: tuple[Cover, ...] = ()
    acts: tuple[Act, ...] = ()
    absorbed: int = 0
    """How many events of tools were taken in: see `Turn.take_in`."""
    closed: bool = False


def covers_with(covers: Sequence[Cover], new: Sequence[Cover]) -> tuple[Cover, ...]:
    """The covers, with those of the same call replaced."""
    replaced = {cover.digest for cover in new}
    return (*(cover for cover in covers if cover.digest not in replaced), *new)
