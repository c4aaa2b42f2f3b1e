"""The entries of a decision log as data, and their bytes.

The bytes of an entry are its leaf in the Merkle tree, so they never change. No quoted text of a case is among them: an
entry holds a placeholder for each text, and a commitment to it (`legit.decision_log.redaction`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    TypeAdapter,
    ValidationError,
    model_serializer,
    model_validator,
)

from legit.decision_log.redaction import TextPolicy, encode_utf8
from legit.errors import DecisionLogError, Problem
from legit.model.acts import ActKind, Reason, Sent
from legit.model.assessment import Effect, Verdict
from legit.model.facts import Truth, Value

SCHEMA_VERSION: Literal["3"] = "3"
"""The form of the entries. Raise it when a field changes, together with `legit.decision_log.database.FILE_FORMAT`."""

MAX_CALLER_BYTES = 4096
"""The most that the caller's metadata of one entry may take, in bytes."""


def _require(pattern: str) -> Callable[[str], str]:
    """A check that a text has a form, so that it can stand in a line of a checkpoint or on a terminal."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError("it does not have the form of such a text")
        return text

    return check


class _EntryModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StatedFact(_EntryModel):
    """A fact of the case, its texts replaced by placeholders, and its speaker."""

    predicate: str
    args: tuple[Value, ...] = ()
    truth: Truth
    speaker: str

    @property
    def speaker_kind(self) -> str:
        """The kind of speaker."""
        return self.speaker.partition(" ")[0]


class RecordedCriterion(_EntryModel):
    """Something that applied, and the numbers (from 0) of the facts that are its evidence."""

    criterion: str
    evidence: tuple[int, ...] = ()


class RecordedFinding(RecordedCriterion):
    """A criterion that applied or may have applied, with its family and effect."""

    family: str
    effect: Effect


class RecordedHarmReason(RecordedCriterion):
    """A criterion of method harm that applied, and the level of the harm."""

    level: str


class RecordedUndercut(_EntryModel):
    """A criterion that was undercut, and its undercutters."""

    criterion: str
    undercutters: tuple[str, ...]


class RecordedQuestion(_EntryModel):
    """A question that was open, and whether it was decisive."""

    text: str
    decisive: bool


class RecordedSource(_EntryModel):
    """A source in the law by which a case was judged that says where it arises: its force there, why, its first and
    last day, and the date and the event at which it was judged."""

    ref: str
    force: str
    why: str
    in_force_from: str
    in_force_to: str
    judged_at: str
    on: str


class RecordedLaw(_EntryModel):
    """The law by which a case was judged: the place, and every source that was looked at."""

    place: str
    as_of: str
    sources: tuple[RecordedSource, ...]


class RecordedAnswer(_EntryModel):
    """A decision without statements and sources, which stand in the knowledge base that the log stores.

    `law` is there for a case that says where it arises; the entry of any other has no such key.
    """

    verdict: Verdict
    undetermined_reason: str
    stance: str
    action: str
    method_harm: str
    findings: tuple[RecordedFinding, ...]
    undercut: tuple[RecordedUndercut, ...]
    justifications: tuple[RecordedCriterion, ...]
    rights_touched: tuple[str, ...]
    method_harm_reasons: tuple[RecordedHarmReason, ...]
    questions: tuple[RecordedQuestion, ...]
    sufficient_sets: tuple[tuple[int, ...], ...]
    """The sufficient sets: minimal sets of facts, by number, that fix the verdict however the other facts are decided.
    """
    sufficient_sets_complete: bool
    sole_source: str
    """The kind of speaker who is the only source of evidence for the verdict, or empty."""
    assessment_digest: str
    """SHA-256 of the whole assessment as JSON, the texts replaced by placeholders; hexadecimal."""
    law: RecordedLaw | None = None

    @model_serializer(mode="wrap")
    def _without_missing_law(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data: dict[str, Any] = handler(self)
        if self.law is None:
            data.pop("law", None)
        return data


class RecordedProvenance(_EntryModel):
    """The engine, the knowledge base and the profile of a decision: versions and digests."""

    engine: str
    grammar_digest: str
    base: str
    base_version: str
    base_digest: str
    profile: str
    profile_version: str


class MigratedFrom(_EntryModel):
    """The log of an earlier schema from which this log was made. All entries of the earlier log have a number below
    `size` in this log too.

    `root` (of its Merkle tree, at `size` entries) and `file_digest` (SHA-256 of the file) are hexadecimal.
    """

    log_name: str
    schema_version: str
    opened: str
    size: int
    root: str
    file_digest: str


class _StoredEntry(_EntryModel):
    """The fields of every entry: the number of its schema, and the time when it was written (UTC, ISO 8601)."""

    schema_version: Literal["3"] = SCHEMA_VERSION
    time: Annotated[str, AfterValidator(_require(r"[0-9:.TZ+-]{1,40}"))]


class _Annotation(_StoredEntry):
    """An entry about an earlier decision: its number, who is responsible, and the reason."""

    decision_number: int
    by: str
    why: str


class LogOpened(_StoredEntry):
    """The first entry of every log: the name of the log, which no other log has."""

    kind: Literal["opened"] = "opened"
    log_name: Annotated[str, AfterValidator(_require(r"[!-*,-~]{1,200}"))]
    migrated_from: MigratedFrom | None = None


class BaseStored(_StoredEntry):
    """From here on the log holds a knowledge base: its digest, its profile, and the SHA-256 of the zip of its files.

    `replayable` is False for a base from a log of an earlier schema, which this version keeps but cannot load.
    """

    kind: Literal["base"] = "base"
    base_digest: str
    profile: str
    archive_digest: str
    replayable: bool = True


class Decision(_StoredEntry):
    """A decision with what is needed to decide again.

    `case` is the case in controlled English, one sentence a line, in the order of `facts`; `line_numbers` are the lines
    that its sentences had in the text that was judged, facts before opinions. `commitments` gives for each placeholder
    the commitment to its text, or None if the operator keeps none, and `text_policy` what is kept beside the entry.
    `caller` is the caller's own (ids of a session or a request).
    """

    kind: Literal["decision"] = "decision"
    caller: dict[str, str]
    case: str
    line_numbers: tuple[int | None, ...]
    facts: tuple[StatedFact, ...]
    commitments: dict[str, str | None]
    text_policy: TextPolicy
    answer: RecordedAnswer
    provenance: RecordedProvenance


class Redaction(_Annotation):
    """Quoted texts of an earlier decision were erased: those of `placeholders`."""

    kind: Literal["redaction"] = "redaction"
    placeholders: tuple[str, ...]


class Override(_Annotation):
    """A responsible person took another `action` than the guidance of an earlier decision."""

    kind: Literal["override"] = "override"
    action: str


class Recovery(_StoredEntry):
    """An interrupted write, which had not been acknowledged, was dropped."""

    kind: Literal["recovery"] = "recovery"
    dropped_bytes: int


class RecordedAct(_EntryModel):
    """A refusal that an agent sent, or an enforcement that it carried out.

    The same `id` in two entries of a turn is the same act.
    `consulted` is whether a consultation had answered before, `why` the reason where none had, `decisions` the numbers
    of the decisions that it follows. `sent` says whether the draft itself was sent, an earlier one, or another text.
    `override`: the enforcement went against the guidance.
    """

    id: str
    kind: ActKind
    consulted: bool
    why: str
    sent: str
    override: bool
    decisions: tuple[int, ...]


class NewAct(RecordedAct):
    """An act that may be recorded: its reason and what was sent have words. What a log holds may have others."""

    why: Reason
    sent: Sent

    @model_validator(mode="after")
    def _has_reason(self) -> NewAct:
        if not (self.consulted or self.why):
            raise ValueError("an act that was not consulted needs a reason")
        return self


class RecordedTurn(_StoredEntry):
    """A turn of an agent: everything that followed one message of the user. It holds no text.

    `turn` is its id. `finished` is False for an entry that was written before an enforcing call ran; a later one of the
    same id then holds the whole. `answered` and `failed` are the numbers of consultations. `caller` is the caller's
    own (ids of a session or a request).
    """

    kind: Literal["turn"] = "turn"
    turn: str
    caller: dict[str, str]
    finished: bool
    answered: int
    failed: int
    acts: tuple[RecordedAct, ...]


LogEntry = LogOpened | BaseStored | Decision | Redaction | Override | Recovery | RecordedTurn

_SCHEMA_NUMBER = re.compile("[1-9][0-9]{0,4}", re.ASCII)
_ENTRY_ADAPTER: TypeAdapter[LogEntry] = TypeAdapter(Annotated[LogEntry, Field(discriminator="kind")])


def to_bytes(entry: LogEntry) -> bytes:
    """The bytes of an entry: JSON with sorted keys and no spaces, in UTF-8.

    Raises DecisionLogError (R104) when it holds what UTF-8 cannot.
    """
    return encode_utf8(canonical_json(entry.model_dump(mode="json")))


class UnsupportedSchemaError(ValueError):
    """An entry in a form that another version of the program writes; `log_name` is the name of the log, if the entry
    holds it."""

    def __init__(self, schema: str, log_name: str) -> None:
        super().__init__(f"it has schema {schema}, and this version reads schema {SCHEMA_VERSION}")
        self.log_name = log_name


def from_bytes(data: bytes) -> LogEntry:
    """The entry of some bytes.

    Raises ValueError when they are no entry, UnsupportedSchemaError when they have another schema.
    """
    try:
        return _ENTRY_ADAPTER.validate_json(data)
    except ValidationError as error:
        _check_schema(data)
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "record"
        raise ValueError(f"{place}: {first['msg'].lower()}") from None


def _check_schema(data: bytes) -> None:
    """Raises UnsupportedSchemaError when the data are no valid entry and name another schema."""
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return
    schema = said.get("schema_version") if isinstance(said, dict) else None
    if isinstance(schema, str) and _SCHEMA_NUMBER.fullmatch(schema) and schema != SCHEMA_VERSION:
        raise UnsupportedSchemaError(schema, str(said.get("log_name") or said.get("log") or "")) from None


def canonical_json(value: Any) -> str:
    """A value as canonical JSON: equal values give equal bytes."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def validate_turn(turn: str) -> str:
    """The id of a turn. Raises DecisionLogError (R105) unless it can stand in a line of a list of ids."""
    if not turn or turn != turn.strip() or "\n" in turn or "\r" in turn:
        message = "the id of a turn is empty, has a line break, or has blanks at an end"
        raise DecisionLogError(Problem("R105", message, help="give an id that can stand in a line"))
    return turn


def validate_author(by: str, why: str) -> None:
    """Raises DecisionLogError (R126) unless an author and a reason are given."""
    if not (by.strip() and why.strip()):
        raise DecisionLogError(Problem("R126", "the author or the reason is missing", help="say who and why"))


def validate_caller(caller: dict[str, str]) -> dict[str, str]:
    """The caller's metadata. Raises DecisionLogError (R105) unless they are texts by name and small."""
    texts = [*caller, *caller.values()] if isinstance(caller, dict) else [caller]
    if not all(isinstance(text, str) for text in texts):
        raise DecisionLogError(Problem("R105", "the caller's metadata are not all texts"))
    if len(canonical_json(caller).encode(errors="replace")) > MAX_CALLER_BYTES:
        raise DecisionLogError(
            Problem(
                "R105", f"the caller's metadata take over {MAX_CALLER_BYTES} bytes", help="record ids, not contents"
            )
        )
    return caller
