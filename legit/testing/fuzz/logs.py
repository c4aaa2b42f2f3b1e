"""The log reader: it never reports a changed file as valid, unless all entries, texts and bases are unchanged.

An input is a list of changes to one log that is always the same, a line each: `byte PAGE OFFSET VALUE`, `flip PAGE
OFFSET BIT`, `swap PAGE PAGE`, `copy PAGE PAGE`, `zero PAGE`, `cut PAGE OFFSET`, `wal COUNT VALUE` for bytes of the
file, and `drop TABLE ROW`, `set TABLE ROW COLUMN VALUE`, `take TABLE ROW COLUMN ROW`, `twice TABLE ROW`, `sql NUMBER`
for its rows. A number that is too large is taken modulo the number of pages, rows or other items. A line of another
form does nothing.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from legit.decision_log import archive
from legit.decision_log.checkpoint import Checkpoint
from legit.decision_log.entries import BaseStored, LogEntry, LogOpened, Override, Redaction, to_bytes
from legit.decision_log.entry_builder import build_decision
from legit.decision_log.file_schema import SCHEMA
from legit.decision_log.log import DecisionLog
from legit.decision_log.reader import LogReader
from legit.decision_log.redaction import StoredText, TextPolicy, commitment, pseudonymise
from legit.decision_log.store import LogWriter, PendingEntry
from legit.decision_log.verify import verify
from legit.errors import LegitError
from legit.judge import Judge
from legit.testing.fuzz.mutators import mutate_pieces
from legit.testing.fuzz.target import expect
from legit.testing.generate import Choices
from legit.testing.seeded_cases import SeededCases

_DECISIONS = 9
_TIME = "2026-01-01T00:00:00.000000Z"
_BYTE_EDITS = ("byte", "flip", "swap", "copy", "zero", "cut", "wal")
_ROW_EDITS = ("drop", "set", "take", "twice", "sql")
_TABLES = ("entries", "nodes", "texts", "bases")
_VALUES: tuple[Any, ...] = (None, 0, -1, 7, 2**62, 1.5, "", "x", "\0", b"", b"x", b"\xff" * 32, "9" * 400)
_STATEMENTS = (
    "PRAGMA user_version = 1", "PRAGMA user_version = 4", "PRAGMA application_id = 7", "DROP TABLE nodes",
    "DROP TABLE texts", "DROP TABLE bases", "DROP INDEX non_decisions", "DELETE FROM entries", "DELETE FROM nodes",
    "CREATE TABLE other (x)", "CREATE VIEW entries2 AS SELECT * FROM entries", "VACUUM",
    "UPDATE entries SET number = number + 1 WHERE number > 8", "UPDATE entries SET data = CAST(data AS TEXT)",
    "ALTER TABLE entries RENAME COLUMN data TO content", "ALTER TABLE texts ADD COLUMN more",
    "UPDATE texts SET text = CAST(text AS BLOB)", "UPDATE nodes SET hash = zeroblob(32)",
    "INSERT INTO entries VALUES (1000, x'00')", "INSERT INTO entries VALUES (-1, x'00')",
    "CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM texts; END", "PRAGMA journal_mode = DELETE",
    "CREATE TRIGGER sqlitea BEFORE INSERT ON entries BEGIN SELECT raise(IGNORE); END", "CREATE TABLE sqlitex (a)",
    "ALTER TABLE entries ADD COLUMN more AS (length(data))", "ANALYZE", "CREATE VIRTUAL TABLE f USING fts5(a)",
)  # fmt: skip


class LogTarget:
    """The file of a decision log."""

    name = "log"

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    def seeds(self) -> Iterator[bytes]:
        for kind in (*_BYTE_EDITS, *_ROW_EDITS):
            for number in range(3):
                yield f"{kind} {number} {11 * number} {number + 5} {number}\n".encode()

    def mutate(self, choices: Choices, data: bytes) -> bytes:
        more = [_random_edit(choices) for _ in range(3)]
        return "".join(mutate_pieces(choices, data.decode("utf-8", "replace").splitlines(keepends=True), more)).encode()

    def check(self, data: bytes) -> None:
        with tempfile.TemporaryDirectory(prefix="legit-") as folder:
            path = Path(folder) / "log"
            path.write_bytes(self._valid_log)
            for line in data.decode("utf-8", "replace").splitlines():
                kind, *numbers = line.split() or [""]
                given = [int(number) for number in numbers if re.fullmatch(r"[0-9]{1,9}", number)]
                _apply_edit(path, kind, [*given, 0, 0, 0, 0])
            found = verify(path, [self._checkpoint])
            for problem in found.problems:
                expect(bool(re.fullmatch(r"[RX]\d{3}", problem.code) and problem.message), f"no code: {problem!r}")
                str(problem).encode()
            if found.valid:
                expect(_log_content(path) == self._valid_content, "it is said to hold, and holds something else")
            with contextlib.suppress(LegitError):
                listed = list(LogReader(path).raw_entries())
                expect(listed == self._valid_content[1][: len(listed)], "an entry is counted that was not written")
            _read_everything(path)
            _append_entries(path)

    @cached_property
    def _valid_log(self) -> bytes:
        """The file of the log: decisions with texts, one redacted and one overridden, and bytes stored as a base."""
        with tempfile.TemporaryDirectory(prefix="legit-") as folder:
            path = Path(folder) / "log"
            opened = LogOpened(time=_TIME, log_name=f"legit-log/{'0' * 32}")
            writer = LogWriter(path, lambda: to_bytes(opened), lambda dropped: b"")
            kept = b"not a knowledge base"
            digest = self._judge.base.digest
            profile = self._judge.base.profile.id
            record = BaseStored(time=_TIME, base_digest=digest, profile=profile, archive_digest=archive.sha256(kept))
            writer.store_base(PendingEntry(to_bytes(record)), digest, profile, kept)
            for entry in self._decisions():
                writer.append([entry])
            overriding: LogEntry = Override(
                time=_TIME, decision_number=2, action="help", by="the board", why="it was asked"
            )
            writer.append([PendingEntry(to_bytes(overriding))])
            redacted = Redaction(
                time=_TIME, decision_number=3, placeholders=("T1",), by="the board", why="it was asked"
            )
            writer.redact(PendingEntry(to_bytes(redacted)), 3, ("T1",))
            writer.close()
            return path.read_bytes()

    def _decisions(self) -> Iterator[PendingEntry]:
        for case in SeededCases(self._judge).base_cases[:_DECISIONS]:
            hidden, stand_ins = pseudonymise(case, self._judge.base.vocabulary)
            kept = {name: StoredText(bytes(32), text) for name, text in stand_ins.items()}
            proven: dict[str, str | None] = {
                name: commitment(item.salt, (item.text or "").encode()) for name, item in kept.items()
            }
            answer = self._judge.assess(hidden)
            record = build_decision(self._judge, hidden, answer, proven, TextPolicy.STORED, {"session": "1"}, _TIME)
            yield PendingEntry(to_bytes(record), kept)

    @cached_property
    def _checkpoint(self) -> Checkpoint:
        head: Checkpoint = self._with_valid_log(lambda path: LogReader(path).checkpoint())
        return head

    @cached_property
    def _valid_content(self) -> Any:
        return self._with_valid_log(_log_content)

    def _with_valid_log(self, operation: Any) -> Any:
        with tempfile.TemporaryDirectory(prefix="legit-") as folder:
            path = Path(folder) / "log"
            path.write_bytes(self._valid_log)
            return operation(path)


def _random_edit(choices: Choices) -> str:
    kind = choices.pick(_BYTE_EDITS + _ROW_EDITS)
    numbers = [choices.integer(0, choices.pick((3, 40, 300, 5000))) for _ in range(4)]
    return f"{kind} {' '.join(map(str, numbers))}\n"


def _apply_edit(path: Path, kind: str, numbers: list[int]) -> None:
    if kind in _BYTE_EDITS:
        _edit_bytes(path, kind, numbers)
    elif kind in _ROW_EDITS:
        with contextlib.suppress(sqlite3.Error, UnicodeDecodeError):
            connection = sqlite3.connect(path, isolation_level=None)
            try:
                _edit_rows(connection, kind, numbers)
            finally:
                connection.close()


def _edit_bytes(path: Path, kind: str, numbers: list[int]) -> None:
    one, two, three, _, *_ = numbers
    if kind == "wal":
        Path(f"{path}-wal").write_bytes(bytes([two % 256]) * (one % 10_000))
        return
    data = bytearray(path.read_bytes())
    size = int.from_bytes(data[16:18], "big") or 1
    pages = len(data) // size
    if not pages:
        return
    first, second = one % pages * size, two % pages * size
    at = min(first + two % size, len(data) - 1)
    if kind == "byte":
        data[at] = three % 256
    elif kind == "flip":
        data[at] ^= 1 << three % 8
    elif kind == "swap":
        data[first : first + size], data[second : second + size] = (
            data[second : second + size],
            data[first : first + size],
        )
    elif kind == "copy":
        data[second : second + size] = data[first : first + size]
    elif kind == "zero":
        data[first : first + size] = bytes(size)
    else:
        del data[at:]
    path.write_bytes(data)


def _edit_rows(connection: sqlite3.Connection, kind: str, numbers: list[int]) -> None:
    if kind == "sql":
        connection.execute(_STATEMENTS[numbers[0] % len(_STATEMENTS)])
        return
    table = _TABLES[numbers[0] % len(_TABLES)]
    columns = re.findall(r"[(,] ?(\w+) (?:INTEGER|TEXT|BLOB)", SCHEMA[table])
    rows = connection.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
    if not rows:
        return
    row = rows[numbers[1] % len(rows)]
    where = " AND ".join(f"{column} IS ?" for column in columns)
    column = numbers[2] % len(columns)
    if kind == "drop":
        connection.execute(f"DELETE FROM {table} WHERE {where}", row)
    elif kind == "twice":
        again = list(row)
        again[0] = numbers[2] % 50 if isinstance(row[0], int) else b"x"
        connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", again)
    else:
        value = rows[numbers[3] % len(rows)][column] if kind == "take" else _VALUES[numbers[3] % len(_VALUES)]
        connection.execute(f"UPDATE {table} SET {columns[column]} = ? WHERE {where}", (value, *row))


def _log_content(path: Path) -> Any:
    """All that a log tells."""
    reader = LogReader(path)
    texts = {number: reader.stored_texts(number) for number in range(len(reader))}
    bases = [
        reader.base_archive(record.base_digest)
        for _, record in reader.non_decision_entries()
        if isinstance(record, BaseStored)
    ]
    return reader.checkpoint(), list(reader.raw_entries()), texts, bases


def _read_everything(path: Path) -> None:
    """Call everything that reads a log. Each call is answered or refused independently of the others."""
    reader = LogReader(path)
    size = 0
    with contextlib.suppress(LegitError):
        size = len(reader)
    with contextlib.suppress(LegitError):
        head = reader.checkpoint()
        expect(Checkpoint.parse(str(head)) == head, "its head reads back as another")
    with contextlib.suppress(LegitError):
        list(reader.entries())
    with contextlib.suppress(LegitError):
        list(reader.non_decision_entries())
    for number in (0, 1, 4, size - 1):
        for ask in (
            reader.case_text, reader.stored_texts, reader.inclusion_proof, reader.consistency_proof, reader.raw_entry,
            reader.annotations_of, reader.unverified_texts, reader.matches_tree,
        ):  # fmt: skip
            with contextlib.suppress(LegitError):
                ask(number)


def _append_entries(path: Path) -> None:
    """Write to a log. The log records the entry or refuses it."""
    with contextlib.suppress(LegitError), DecisionLog(path) as log:
        log.open()
        log.redact(4, by="x", why="x")
        log.override(2, action="help", by="x", why="x")
