"""Reading a decision log: records, tree heads, proofs, texts and the knowledge bases that it keeps."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from legit.decision_log import merkle
from legit.decision_log.checkpoint import TreeHead
from legit.decision_log.database import NO_DECISION, node, reading
from legit.decision_log.entries import Decision, Opened, OtherSchemaError, Override, Record, Redaction, from_bytes
from legit.decision_log.redaction import as_kept, unveiled
from legit.errors import Problem, RecordError


class LogReader:
    """The reading end of a log file. It never changes the file, and sees one state of it in each call."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def __len__(self) -> int:
        """The number of records, of whatever kind."""
        with reading(self.path) as connection:
            return size_of(connection)

    def head(self, size: int | None = None) -> TreeHead:
        """The tree head now, or when the log had `size` records. Raises RecordError (R108) when it never had."""
        with reading(self.path) as connection:
            return head_of(connection, self.path, size)

    def inclusion(self, number: int, size: int | None = None) -> list[bytes]:
        """The proof that record `number` is among the first `size` (all). Raises RecordError (R108) if it is not."""
        with reading(self.path) as connection:
            size = size_of(connection) if size is None else size
            if not 0 <= number < size <= size_of(connection):
                raise RecordError(Problem("R108", f"no record {number} among {size}", source=str(self.path)))
            return merkle.inclusion_path(number, size, lambda *place: node(connection, *place))

    def consistency(self, first: int, second: int | None = None) -> list[bytes]:
        """The proof that the log of `first` records is how that of `second` (all) begins. Raises RecordError (R108)."""
        with reading(self.path) as connection:
            second = size_of(connection) if second is None else second
            if not 0 < first <= second <= size_of(connection):
                raise RecordError(Problem("R108", f"no proof from {first} to {second}", source=str(self.path)))
            return merkle.consistency_path(first, second, lambda *place: node(connection, *place))

    def body(self, number: int) -> bytes:
        """The bytes of record `number`, of which its leaf is the hash. Raises RecordError (R108)."""
        with reading(self.path) as connection:
            return _body(connection, number, self.path)

    def decision(self, number: int) -> Decision:
        """Decision `number`. Raises RecordError as `record` does, and R108 when the record is of another kind."""
        found = self.record(number)
        if not isinstance(found, Decision):
            raise RecordError(Problem("R108", f"record {number} is no decision ({found.kind})", source=str(self.path)))
        return found

    def record(self, number: int) -> Record:
        """Record `number`. Raises RecordError: R108 when there is none, R201 when it cannot be read."""
        with reading(self.path) as connection:
            return _record(connection, number, self.path)

    def bodies(self, start: int = 0, end: int | None = None) -> Iterator[tuple[int, bytes]]:
        """The bytes of the records from `start` to before `end`, with their numbers, one at a time."""
        with reading(self.path) as connection:
            end = size_of(connection) if end is None else end
            query = "SELECT number, body FROM records WHERE number >= ? AND number < ? ORDER BY number"
            yield from connection.execute(query, (start, end))

    def records(self, start: int = 0, end: int | None = None) -> Iterator[tuple[int, Record]]:
        """The records from `start` to before `end`, with their numbers, one at a time."""
        for number, body in self.bodies(start, end):
            yield number, parsed(number, body, self.path)

    def notes(self) -> Iterator[tuple[int, Record]]:
        """The records that are no decisions, with their numbers, without going through the decisions."""
        with reading(self.path) as connection:
            query = f"SELECT number, body FROM records WHERE {NO_DECISION} ORDER BY number"
            for number, body in connection.execute(query):
                yield number, parsed(number, body, self.path)

    def about(self, number: int) -> list[tuple[int, Override | Redaction]]:
        """The overrides and redactions of a decision, with their own numbers."""
        return [
            (at, record)
            for at, record in self.notes()
            if isinstance(record, (Override, Redaction)) and record.of == number
        ]

    def stored_texts(self, number: int) -> dict[str, str]:
        """The texts of a decision by their stand-ins, as far as they are stored, not redacted, and those of which the
        record holds the commitment. Empty for a record of another kind; raises as `record` does."""
        with self.reading_texts() as texts:
            found = self.record(number)
            return texts(number, found) if isinstance(found, Decision) else {}

    @contextmanager
    def reading_texts(self) -> Iterator[Callable[[int, Decision], dict[str, str]]]:
        """What gives the texts of one decision after another, as `stored_texts` does."""
        with reading(self.path) as connection:

            def fitting(number: int, record: Decision) -> dict[str, str]:
                return {
                    stand_in: text.decode()
                    for stand_in, (salt, text) in _kept(connection, number).items()
                    if isinstance(text, bytes) and as_kept(record.texts.get(stand_in), record.texts_kept, salt, text)
                }

            yield fitting

    def kept_texts(self, number: int) -> dict[str, tuple[object, object]]:
        """What stands beside a record for each stand-in, salt and text in UTF-8, whether or not it should be there."""
        with reading(self.path) as connection:
            return _kept(connection, number)

    def is_leaf(self, number: int) -> bool:
        """Whether a record is the one of which the tree in the file was made. Raises RecordError (R108, R201)."""
        with reading(self.path) as connection:
            size = size_of(connection)
            leaf = merkle.leaf_hash(_body(connection, number, self.path))
            if number < 0:
                return False
            nodes: merkle.Nodes = lambda *place: node(connection, *place)  # noqa: E731
            path = merkle.inclusion_path(number, size, nodes)
            return merkle.includes(leaf, number, size, path, merkle.root(size, nodes)) and leaf == nodes(0, number)

    def case_text(self, number: int) -> str:
        """The case of a decision in controlled English, with the texts that are stored."""
        return unveiled(self.decision(number).case, self.stored_texts(number))

    def base_archive(self, digest: str) -> tuple[bytes, str] | None:
        """The knowledge base with a digest, as a zip, and the id of its profile; None when the log keeps none."""
        with reading(self.path) as connection:
            found = connection.execute(
                "SELECT CAST(archive AS BLOB), CAST(profile AS TEXT) FROM bases WHERE digest = ?", (digest,)
            ).fetchone()
        return found if found else None


def size_of(connection: sqlite3.Connection) -> int:
    """The number of records."""
    size: int = connection.execute("SELECT coalesce(max(number) + 1, 0) FROM records").fetchone()[0]
    return size


def head_of(connection: sqlite3.Connection, path: Path, size: int | None = None) -> TreeHead:
    """The tree head, or that of the first `size` records. Raises RecordError (R108) when there are not so many."""
    whole = size_of(connection)
    size = whole if size is None else size
    if not 0 <= size <= whole:
        raise RecordError(Problem("R108", f"the log has {whole} records, not {size}", source=str(path)))
    opened = _record(connection, 0, path)
    if not isinstance(opened, Opened):
        raise RecordError(Problem("R201", "the first record is not that of a log", source=str(path)))
    return TreeHead(opened.log, size, merkle.root(size, lambda *place: node(connection, *place)))


def parsed(number: int, body: object, path: Path) -> Record:
    """The record of a stored body. Raises RecordError: R201 when it is none, R113 when it has another schema."""
    try:
        if not isinstance(body, bytes):
            raise ValueError("not bytes")
        return from_bytes(body)
    except OtherSchemaError as error:
        raise RecordError(other_schema(number, error, path)) from error
    except ValueError as error:
        problem = Problem("R201", f"record {number} cannot be read: {error}", source=str(path))
        raise RecordError(problem) from error


def other_schema(number: int, error: OtherSchemaError, path: Path) -> Problem:
    """What is wrong with a record that another version of the program wrote (R113)."""
    return Problem(
        "R113",
        f"record {number} cannot be read: {error}",
        source=str(path),
        help="use the version of legit that wrote it",
    )


def _record(connection: sqlite3.Connection, number: int, path: Path) -> Record:
    return parsed(number, _body(connection, number, path), path)


def _body(connection: sqlite3.Connection, number: int, path: Path) -> bytes:
    found = None
    if number.bit_length() < 64:  # what SQLite can hold
        found = connection.execute("SELECT body FROM records WHERE number = ?", (number,)).fetchone()
    if found is None:
        raise RecordError(Problem("R108", f"there is no record {number}", source=str(path)))
    if not isinstance(found[0], bytes):
        raise RecordError(Problem("R201", f"record {number} cannot be read: not bytes", source=str(path)))
    return found[0]


# What is not of its type, which SQLite allows, is read as something that cannot be right.
_KEPT = """
SELECT CAST(stand_in AS BLOB), CASE typeof(salt) WHEN 'blob' THEN salt END,
    CASE typeof(text) WHEN 'text' THEN CAST(text AS BLOB) WHEN 'null' THEN NULL ELSE x'ff' END
FROM texts WHERE record = ?"""


def _kept(connection: sqlite3.Connection, number: int) -> dict[str, tuple[object, object]]:
    rows = connection.execute(_KEPT, (number,))
    return {stand_in.decode(errors="replace"): (salt, text) for stand_in, salt, text in rows if stand_in is not None}
