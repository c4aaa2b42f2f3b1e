"""What stands in a decision log: the records, as data, and their bytes.

The bytes of a record are its leaf in the Merkle tree, so they never change. No quoted text of a case is among them: a
record holds a stand-in for each text, and a commitment to it (`legit.decision_log.redaction`).
"""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from legit.decision_log.redaction import Texts, as_utf8
from legit.errors import Problem, RecordError
from legit.model.assessment import Effect, Verdict
from legit.model.facts import Truth, Value

SCHEMA: Literal["2"] = "2"
"""The form of the records. Raise it when a field changes, together with `legit.decision_log.database.VERSION`."""

CALLER_BYTES = 4096
"""The most that the caller's own entries of one record may take, in bytes."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StatedFact(_Part):
    """A fact of the case, its texts replaced by stand-ins, and by whom it was said."""

    predicate: str
    args: tuple[Value, ...] = ()
    truth: Truth
    by: str

    @property
    def speaker(self) -> str:
        """The kind of speaker."""
        return self.by.partition(" ")[0]


class Basis(_Part):
    """Something that applied, and the numbers (from 0) of the facts that it rests on."""

    criterion: str
    facts: tuple[int, ...] = ()


class Applied(Basis):
    """A criterion that applied or may have applied, with its family and what became of it."""

    family: str
    effect: Effect


class Harmed(Basis):
    """A harm apart from the rule, and its level."""

    level: str


class Spared(_Part):
    """A criterion that something in the case undercut, and what that was."""

    criterion: str
    because: tuple[str, ...]


class Asked(_Part):
    """A question that was open, and whether the verdict hung on it."""

    text: str
    decisive: bool


class Answer(_Part):
    """What was decided, without statements and sources: those stand in the knowledge base that the log keeps."""

    verdict: Verdict
    reason: str
    stance: str
    action: str
    harm: str
    findings: tuple[Applied, ...]
    saved: tuple[Spared, ...]
    for_the_rule: tuple[Basis, ...]
    rights: tuple[str, ...]
    harms: tuple[Harmed, ...]
    questions: tuple[Asked, ...]
    reliance: tuple[tuple[int, ...], ...]
    """The smallest sets of facts, by number, each of which settles the verdict whatever becomes of the others."""
    reliance_complete: bool
    alone: str
    """The kind of speaker on whose word alone the verdict rests, or empty."""
    digest: str
    """SHA-256 of the whole assessment as JSON, the texts replaced by stand-ins; hexadecimal."""


class Origin(_Part):
    """What decided: versions and digests."""

    engine: str
    grammar: str
    base: str
    base_version: str
    base_digest: str
    profile: str
    profile_version: str


class Opened(_Part):
    """The first record of every log: the name of the log, which no other log has."""

    schema_version: Literal["2"] = SCHEMA
    kind: Literal["opened"] = "opened"
    time: str
    log: str


class KeptBase(_Part):
    """From here on the log holds a knowledge base: its digest, its profile, and the SHA-256 of the zip of its files."""

    schema_version: Literal["2"] = SCHEMA
    kind: Literal["base"] = "base"
    time: str
    digest: str
    profile: str
    archive: str


class Decision(_Part):
    """A decision with what is needed to decide again.

    `case` is the case in controlled English, one sentence a line, in the order of `facts`; `lines` are the lines that
    its sentences had in the text that was judged, facts before opinions. `texts` gives for each stand-in the commitment
    to its text, or None where the operator keeps none, and `texts_kept` what is kept beside the record. `caller` is the
    caller's own (ids of a session or a request).
    """

    schema_version: Literal["2"] = SCHEMA
    kind: Literal["decision"] = "decision"
    time: str
    caller: dict[str, str]
    case: str
    lines: tuple[int | None, ...]
    facts: tuple[StatedFact, ...]
    texts: dict[str, str | None]
    texts_kept: Texts
    answer: Answer
    origin: Origin


class Redaction(_Part):
    """Texts of an earlier decision were erased: which, by whom, and why."""

    schema_version: Literal["2"] = SCHEMA
    kind: Literal["redaction"] = "redaction"
    time: str
    of: int
    texts: tuple[str, ...]
    by: str
    why: str


class Override(_Part):
    """Somebody who answers for it decided otherwise than the guidance of an earlier decision said."""

    schema_version: Literal["2"] = SCHEMA
    kind: Literal["override"] = "override"
    time: str
    of: int
    action: str
    by: str
    why: str


class Recovery(_Part):
    """A writer had stopped in the middle of a write, of which nobody had been told that it was done; it was dropped."""

    schema_version: Literal["2"] = SCHEMA
    kind: Literal["recovery"] = "recovery"
    time: str
    dropped_bytes: int


Record = Opened | KeptBase | Decision | Redaction | Override | Recovery

_SCHEMA = re.compile("[1-9][0-9]{0,4}", re.ASCII)
_RECORDS: TypeAdapter[Record] = TypeAdapter(Annotated[Record, Field(discriminator="kind")])


def to_bytes(record: Record) -> bytes:
    """The bytes of a record: JSON with sorted keys and no spaces, in UTF-8.

    Raises RecordError (R104) when it holds what UTF-8 cannot.
    """
    return as_utf8(canonical(record.model_dump(mode="json")))


class OtherSchemaError(ValueError):
    """A record in a form that another version of the program writes; `log` is the name of the log, if it holds it."""

    def __init__(self, schema: str, log: str) -> None:
        super().__init__(f"it has schema {schema}, and this version reads schema {SCHEMA}")
        self.log = log


def from_bytes(body: bytes) -> Record:
    """The record of some bytes. Raises ValueError when they are none, OtherSchemaError when they have another form."""
    try:
        return _RECORDS.validate_json(body)
    except ValidationError as error:
        _check_schema(body)
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "record"
        raise ValueError(f"{place}: {first['msg'].lower()}") from None


def _check_schema(body: bytes) -> None:
    """Raises OtherSchemaError when what is no record says that it has another schema."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return
    schema = said.get("schema_version") if isinstance(said, dict) else None
    if isinstance(schema, str) and _SCHEMA.fullmatch(schema) and schema != SCHEMA:
        raise OtherSchemaError(schema, str(said.get("log", ""))) from None


def canonical(value: Any) -> str:
    """A value as JSON that only depends on what it holds."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def checked_caller(caller: dict[str, str]) -> dict[str, str]:
    """The caller's entries. Raises RecordError (R105) unless they are texts by name and small."""
    if not all(isinstance(key, str) and isinstance(value, str) for key, value in caller.items()):
        raise RecordError(Problem("R105", "the caller's entries are not all texts"))
    if len(canonical(caller).encode(errors="replace")) > CALLER_BYTES:
        raise RecordError(
            Problem("R105", f"the caller's entries take over {CALLER_BYTES} bytes", help="record ids, not contents")
        )
    return caller
