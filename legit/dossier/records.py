"""The records of a run: one line of canonical JSON each, in a log of which the protocol is the first entry.

Line *n* is leaf *n* of the Merkle tree (RFC 9162), the protocol is leaf 0. Each record also names the hash of the leaf
before it, so that a reader needs no tree to see that none is missing.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from legit.decision_log.merkle import Frontier, leaf_hash
from legit.dossier.canonical import MAX_LINE_BYTES, read_model, to_bytes
from legit.dossier.protocol import Arm, Frozen, Hex, Protocol, Time, protocol_leaf
from legit.errors import DossierError, Problem

MAX_RECORDS = 2_000_000


class Opened(Frozen):
    """The run begins: which system and which base. `source` says whether the harness asked the system under this
    protocol, or the answers were imported.
    """

    kind: Literal["opened"] = "opened"
    source: Literal["harness", "imported"]
    model: str
    operator_prompt_sha256: Hex
    engine: str
    base: str
    base_digest: str
    base_profile: str


class Answer(Frozen):
    """What the system answered to a case in an arm. `error` says why there is no answer. `verdict` and `guidance` are
    those of the last consultation that gave a verdict.
    """

    kind: Literal["answer"] = "answer"
    case: str
    case_digest: str
    arm: Arm
    response: str = ""
    refusal_signal: bool = False
    consulted: bool = False
    verdict: str = ""
    guidance: str = ""
    error: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """The case and the arm."""
        return self.case, self.arm


class Judgement(Frozen):
    """What a judge says of an answer: its `question` (`response_type`, `citation`), and the value."""

    kind: Literal["judgement"] = "judgement"
    case: str
    arm: Arm
    question: str
    judge: str
    value: str
    why: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """The case and the arm of the answer."""
        return self.case, self.arm


class TurnAct(Frozen):
    """A refusal or an enforcement of an agent in use, and whether a consultation came before it."""

    kind: Literal["turn_act"] = "turn_act"
    turn: str
    act: Literal["refusal", "enforcement"]
    consulted: bool
    why: str = ""


class DepositedHead(Frozen):
    """A checkpoint of a log of decisions that was deposited with somebody else, and when."""

    kind: Literal["head"] = "head"
    deposited: Time
    where: str
    checkpoint: str


class Deviation(Frozen):
    """A deviation from the protocol that somebody declares."""

    kind: Literal["deviation"] = "deviation"
    what: str
    why: str
    by: str


class Closed(Frozen):
    """The run ends: how many answers there are, and how many cases have none."""

    kind: Literal["closed"] = "closed"
    answers: int
    unanswered: int


Body = Annotated[
    Opened | Answer | Judgement | TurnAct | DepositedHead | Deviation | Closed, Field(discriminator="kind")
]


class Record(Frozen):
    """One entry of the log: its number, the hash of the leaf before it, the time by the clock of the runner."""

    number: int = Field(ge=1)
    previous: Hex
    time: Time
    body: Body


def now() -> str:
    """The time by the clock of this machine, in UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(slots=True)
class RecordChain:
    """The records of a dossier with the tree over them, to append to. `records` begins with number 1."""

    frontier: Frontier
    last_leaf: bytes
    records: list[Record] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)

    @classmethod
    def begin(cls, protocol: Protocol) -> RecordChain:
        """The chain that holds the protocol alone."""
        leaf = protocol_leaf(protocol)
        frontier = Frontier()
        frontier.append(leaf)
        return cls(frontier, leaf)

    def add_line(self, line: bytes, source: str) -> None:
        """Append a line that was written before. Raises DossierError: E107 not a record, E303 not the next one."""
        number = self.frontier.size
        try:
            record = read_model(Record, line, f"{source}:{number}", MAX_LINE_BYTES)
        except DossierError as error:
            reason = error.problems[0].message
            raise DossierError(Problem("E107", f"not a record: {reason}", number, 1, source)) from error
        if record.number != number or record.previous != self.last_leaf.hex():
            message = f"record {number} does not follow the one before it: one is missing, swapped or changed"
            raise DossierError(Problem("E303", message, number, 1, source))
        if self.records and record.time < self.records[-1].time:
            raise DossierError(Problem("E303", f"record {number} is older than the one before it", number, 1, source))
        self._append(record, line)

    def next_record(self, body: Body, time: str) -> bytes:
        """Append a body as the next record, and return its line. The time never runs backwards."""
        if self.records:
            time = max(time, self.records[-1].time)
        record = Record(number=self.frontier.size, previous=self.last_leaf.hex(), time=time, body=body)
        line = to_bytes(record)
        if len(line) > MAX_LINE_BYTES:
            raise DossierError(Problem("E107", f"record {record.number} is longer than {MAX_LINE_BYTES} bytes"))
        self._append(record, line)
        return line

    def _append(self, record: Record, line: bytes) -> None:
        if len(self.records) >= MAX_RECORDS:
            raise DossierError(Problem("E107", f"more than {MAX_RECORDS} records"))
        self.last_leaf = leaf_hash(line)
        self.frontier.append(self.last_leaf)
        self.records.append(record)
        self.lines.append(line)

    def bodies(self) -> Iterator[Body]:
        """The bodies of all records, in order."""
        return (record.body for record in self.records)


def read_chain(protocol: Protocol, data: bytes, source: str) -> RecordChain:
    """The chain of the lines of a file. Raises DossierError as `RecordChain.add_line`."""
    chain = RecordChain.begin(protocol)
    for line in split_lines(data):
        chain.add_line(line, source)
    return chain


def split_lines(data: bytes) -> Sequence[bytes]:
    """The lines of a file, each with its end; the last may lack it."""
    lines = data.split(b"\n")
    return [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


class RecordFile:
    """A file of records that is open for more. A line that was not written whole is dropped when it is opened."""

    def __init__(self, path: Path, protocol: Protocol, clock: Callable[[], str] = now) -> None:
        """Begin the file, or continue it. Raises DossierError: E101 as files do, E107 and E303 as `read_chain`."""
        self._path, self._clock = path, clock
        data = b""
        try:
            if path.exists():
                data = path.read_bytes()
                whole = data[: data.rfind(b"\n") + 1]
                if len(whole) < len(data):
                    os.truncate(path, len(whole))
                data = whole
        except OSError as error:
            raise unusable(path, error) from error
        self.chain = read_chain(protocol, data, str(path))

    def add(self, *bodies: Body) -> None:
        """Append records. They are on their way to the disk when this returns."""
        lines = [self.chain.next_record(body, self._clock()) for body in bodies]
        try:
            with self._path.open("ab") as file:
                file.writelines(lines)
        except OSError as error:
            raise unusable(self._path, error) from error


def last_answers(bodies: Iterable[Body]) -> dict[tuple[str, str], Answer]:
    """The answer that counts of each case and arm: a failed one is tried again, and the later one counts."""
    return {body.key: body for body in bodies if isinstance(body, Answer)}


def unusable(path: Path, error: OSError) -> DossierError:
    """The error for a file that the system does not let us use (E101)."""
    reason = (error.strerror or str(error)).lower()
    return DossierError(Problem("E101", f"cannot be used: {reason}", source=str(path)))
