"""The file of a log: an SQLite database in WAL mode, with nothing above it but bytes of records.

A record is acknowledged after its transaction has been committed with `synchronous=FULL`: it then survives the end of
the process and of the machine. Writers take turns through SQLite's lock. Each connection belongs to one process.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from legit.errors import Problem, RecordError
from legit.record import merkle
from legit.record.texts import Kept
from legit.record.wal import torn_bytes

APPLICATION = 0x1E617001
VERSION = 1
BUSY_SECONDS = 60.0
"""How long a writer waits for others before it gives up (R103)."""

SCHEMA = {
    "records": "CREATE TABLE records (number INTEGER PRIMARY KEY, body BLOB NOT NULL)",
    "nodes": "CREATE TABLE nodes (level INTEGER, position INTEGER, hash BLOB NOT NULL,"
    " PRIMARY KEY (level, position)) WITHOUT ROWID",
    "texts": "CREATE TABLE texts (record INTEGER, stand_in TEXT, salt BLOB NOT NULL, text TEXT,"
    " PRIMARY KEY (record, stand_in)) WITHOUT ROWID",
    "bases": "CREATE TABLE bases (digest TEXT PRIMARY KEY, profile TEXT NOT NULL, archive BLOB NOT NULL) WITHOUT ROWID",
}


@dataclass(slots=True)
class Entry:
    """A record to append: its bytes, and what is kept beside it."""

    body: bytes
    kept: dict[str, Kept] = field(default_factory=dict)


@contextlib.contextmanager
def failing_clearly(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into a RecordError: R103 in use, R101 anything else."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            problem = Problem("R103", f"others have kept the log in use for {BUSY_SECONDS:g} seconds", source=str(path))
        else:
            problem = Problem(
                "R101", f"the log cannot be used: {error}", source=str(path), help="see `legit log verify`"
            )
        raise RecordError(problem) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RecordError(Problem("R101", f"the log cannot be used: {reason}", source=str(path))) from error


class Writer:
    """The writing end of a log file, made when it does not exist. To be used by one thread at a time."""

    def __init__(self, path: Path, first: Callable[[], bytes], recovered: Callable[[int], bytes]) -> None:
        """`first` gives the bytes of a new log's first record, `recovered` those that tell of bytes dropped."""
        self.path = path
        self.process = os.getpid()
        with failing_clearly(path):
            self._connection = _opened(path)
            try:
                self._prepare(first, recovered)
            except BaseException:
                self._connection.close()
                raise

    def close(self) -> None:
        """Give the file back; in another process than the one that opened it there is nothing to give back."""
        if self.process == os.getpid():
            self._connection.close()

    def append(self, entries: Sequence[Entry]) -> list[int]:
        """Append records, all or none; their numbers, once they are safe."""
        with failing_clearly(self.path), self._transaction():
            return self._append(entries)

    def redact(self, entry: Entry, record: int, stand_ins: Iterable[str]) -> int:
        """Append a record and erase texts of an earlier one with their salts, from the file as well."""
        with failing_clearly(self.path):
            with self._transaction():
                (number,) = self._append([entry])
                self._connection.executemany(
                    "DELETE FROM texts WHERE record = ? AND stand_in = ?", [(record, item) for item in stand_ins]
                )
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return number

    def has_base(self, digest: str) -> bool:
        """Whether the log keeps the knowledge base with a digest."""
        with failing_clearly(self.path):
            found = self._connection.execute("SELECT 1 FROM bases WHERE digest = ?", (digest,)).fetchone()
        return found is not None

    def keep_base(self, entry: Entry, digest: str, profile: str, archive: bytes) -> None:
        """Keep a knowledge base, and append the record of that; unless another writer has just done so."""
        with failing_clearly(self.path), self._transaction():
            query = "INSERT OR IGNORE INTO bases VALUES (?, ?, ?)"
            if self._connection.execute(query, (digest, profile, archive)).rowcount:
                self._append([entry])

    def _append(self, entries: Sequence[Entry]) -> list[int]:
        run = self._connection
        size = run.execute("SELECT coalesce(max(number) + 1, 0) FROM records").fetchone()[0]
        frontier = merkle.Frontier.of(size, lambda level, position: node(run, level, position))
        made = [made for entry in entries for made in frontier.append(merkle.leaf_hash(entry.body))]
        run.executemany(
            "INSERT INTO records VALUES (?, ?)", ((size + at, entry.body) for at, entry in enumerate(entries))
        )
        run.executemany("INSERT INTO nodes VALUES (?, ?, ?)", made)
        run.executemany(
            "INSERT INTO texts VALUES (?, ?, ?, ?)",
            (
                (size + at, stand_in, kept.salt, kept.text)
                for at, entry in enumerate(entries)
                for stand_in, kept in entry.kept.items()
            ),
        )
        return list(range(size, frontier.size))

    def _prepare(self, first: Callable[[], bytes], recovered: Callable[[int], bytes]) -> None:
        """Make the tables of a new log; in one that is there, tell of a write that was never finished."""
        run = self._connection
        with self._transaction():
            # The lock is held: nobody is writing, so what is unfinished now will never be finished.
            dropped = torn_bytes(self.path, _whole_frames(self.path))
            if _what_it_is(run) == (0, 0, 0):
                for statement in SCHEMA.values():
                    run.execute(statement)
                run.execute(f"PRAGMA application_id = {APPLICATION}")
                run.execute(f"PRAGMA user_version = {VERSION}")
                self._append([Entry(first())])
            if dropped:
                self._append([Entry(recovered(dropped))])
        if dropped:
            run.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # so that it is not found again

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that reads one state of the file, whatever others write meanwhile.

    Raises RecordError: R101 when the file cannot be read, R102 when it is no decision log.
    """
    with failing_clearly(path):
        if not path.is_file():
            raise RecordError(Problem("R101", "there is no such log", source=str(path)))
        connection = _opened_to_read(path)
        try:
            application, version, _ = _what_it_is(connection)
            check_kind(path, application, version)
            yield connection
        finally:
            connection.close()


def node(connection: sqlite3.Connection, level: int, position: int) -> bytes:
    """A node of the tree as it is stored. Raises RecordError (R201) when it is missing."""
    found = connection.execute("SELECT hash FROM nodes WHERE level = ? AND position = ?", (level, position)).fetchone()
    if found is None or not isinstance(found[0], bytes):
        raise RecordError(Problem("R201", f"the tree lacks its node {level}/{position}", help="see `legit log verify`"))
    return found[0]


def check_kind(path: Path, application: int, version: int) -> None:
    """Raises RecordError (R102) unless the file is a decision log that this version reads."""
    if application != APPLICATION:
        raise RecordError(Problem("R102", "this is no decision log", source=str(path)))
    if version != VERSION:
        raise RecordError(
            Problem("R102", f"the log has form {version}, and this version reads form {VERSION}", source=str(path))
        )


def _opened_to_read(path: Path) -> sqlite3.Connection:
    """A connection in a transaction that reads. Where the folder may not be written to, SQLite needs to be told that
    nobody else writes either; that is only so while there is no write-ahead log."""
    log = Path(f"{path}-wal")
    while_others_write = True
    while True:
        options = "mode=ro" if while_others_write else "mode=ro&immutable=1"
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?{options}", uri=True, isolation_level=None)
        try:
            connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
            connection.execute("BEGIN")
            connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
            return connection
        except sqlite3.Error as error:
            connection.close()
            refused = error.sqlite_errorname.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY"))
            if not (refused and while_others_write) or (log.exists() and log.stat().st_size):
                raise
            while_others_write = False


def _what_it_is(connection: sqlite3.Connection) -> tuple[int, int, int]:
    ask = connection.execute
    return (
        ask("PRAGMA application_id").fetchone()[0],
        ask("PRAGMA user_version").fetchone()[0],
        ask("SELECT count(*) FROM sqlite_schema").fetchone()[0],
    )


def _opened(path: Path) -> sqlite3.Connection:
    # What users said is nobody else's business: a new file is for its owner alone.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        application, version, tables = _what_it_is(connection)
        if tables or application:  # before anything is changed in a file that is somebody else's
            check_kind(path, application, version)
        _use_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA cache_spill = OFF")  # nothing is written before it is committed
    except BaseException:
        connection.close()
        raise
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    """Turn on WAL mode; while others do the same, SQLite answers that it is busy without waiting."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _whole_frames(path: Path) -> int:
    """The frames of the write-ahead log that belong to finished writes."""
    with contextlib.closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as other:
        frames: int = other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1]
    return max(0, frames)
