"""Writes the file of a log: an SQLite database in WAL mode. It knows only bytes of entries.

An entry is acknowledged after its transaction is committed with `synchronous=FULL`, when its rows have been counted,
and the file still has the name under which it was opened. It then survives a crash of the process and of the machine.
Writers take turns through SQLite's lock. Each connection belongs to one process.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from legit.decision_log import merkle
from legit.decision_log.database import (
    committed_frames,
    file_header,
    open_for_write,
    read_node,
    translate_errors,
)
from legit.decision_log.file_schema import APPLICATION_ID, FILE_FORMAT, SCHEMA, require_schema
from legit.decision_log.log_file import FileIdentity
from legit.decision_log.redaction import StoredText
from legit.decision_log.wal_recovery import torn_bytes
from legit.errors import DecisionLogError, Problem


@dataclass(slots=True)
class PendingEntry:
    """An entry to append: its bytes, and the quoted texts to store beside it, by placeholder."""

    body: bytes
    texts: dict[str, StoredText] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SeenLog:
    """What a writer saw last: the file of the log, the number of entries, and the root."""

    file: FileIdentity
    last: tuple[int, bytes]


class LogWriter:
    """Writes a log file, and creates it if it does not exist. Only one thread at a time may use an instance."""

    def __init__(
        self,
        path: Path,
        opening_entry: Callable[[], bytes],
        recovery_entry: Callable[[int], bytes],
        seen: SeenLog | None = None,
    ) -> None:
        """`opening_entry` returns the bytes of the first entry of a new log. `recovery_entry` takes a number of dropped
        bytes, and returns the bytes of the entry that records them. `seen` is what an earlier writer saw whose place
        this one takes: raises DecisionLogError (R101) when the file is not that one, or has other entries."""
        self.path = path
        self.process_id = os.getpid()
        self._identity = seen.file.of_file_alone() if seen else None
        # Size and root after the last write, and within one.
        self._last = self._written = seen.last if seen else (0, merkle.EMPTY_ROOT)
        with translate_errors(path):
            if change := self._identity.change() if self._identity else "":
                raise self._unusable(f"{change} while the log was in use")
            self._connection = open_for_write(path)
            try:
                self._initialise(opening_entry, recovery_entry)
                self._last = self._read_state()
                self._identity = FileIdentity.of(path)
            except BaseException:
                self._connection.close()
                raise

    @property
    def seen(self) -> SeenLog:
        """What this writer saw last, for one that takes its place."""
        assert self._identity is not None
        return SeenLog(self._identity.of_file_alone(), self._last)

    def close(self) -> None:
        """Close the connection. In a process other than the one that opened it, do nothing."""
        if self.process_id == os.getpid():
            self._connection.close()

    def append(self, entries: Sequence[PendingEntry]) -> list[int]:
        """Append entries, all or none. Returns their numbers, after they are safe on disk."""
        with translate_errors(self.path), self._transaction():
            return self._append(entries)

    def redact(
        self,
        entry: PendingEntry,
        decision_number: int,
        placeholders: Iterable[str],
        unless: Callable[[], bool] = lambda: False,
    ) -> int | None:
        """Append an entry, and erase texts of an earlier entry with their salts. Returns the number of the new entry.

        Nothing is done, and None is returned, where `unless` says so once no other program can write. Then empties the
        write-ahead log, where the texts may still be: raises DecisionLogError (R103) while others read.
        """
        with translate_errors(self.path), self._transaction():
            if unless():
                return None
            (number,) = self._append([entry])
            self._connection.executemany(
                "DELETE FROM texts WHERE entry = ? AND CAST(placeholder AS BLOB) = ?",
                [(decision_number, item.encode()) for item in placeholders],
            )
        self.truncate_wal()
        return number

    def truncate_wal(self) -> None:
        """Empty the write-ahead log, which may contain erased texts.

        Raises DecisionLogError (R103) while others read.
        """
        with translate_errors(self.path):
            if self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise DecisionLogError(
                    Problem(
                        "R103",
                        "the texts are erased, but while others read the log its write-ahead log still holds them",
                        source=str(self.path),
                        help="redact again when nobody reads it",
                    )
                )

    def has_base(self, digest: str) -> bool:
        """Whether the log keeps the knowledge base with a digest."""
        with translate_errors(self.path):
            found = self._connection.execute("SELECT 1 FROM bases WHERE digest = ?", (digest,)).fetchone()
        return found is not None

    def store_base(self, entry: PendingEntry, digest: str, profile: str, archive: bytes) -> None:
        """Store a knowledge base, and append its entry. If another writer has already stored it, do nothing."""
        with translate_errors(self.path), self._transaction():
            query = "INSERT OR IGNORE INTO bases VALUES (?, ?, ?)"
            if self._connection.execute(query, (digest, profile, archive)).rowcount:
                self._append([entry])

    def _append(self, entries: Sequence[PendingEntry]) -> list[int]:
        run = self._connection
        size = run.execute("SELECT coalesce(max(number) + 1, 0) FROM entries").fetchone()[0]
        frontier = merkle.Frontier.from_nodes(size, lambda level, position: read_node(run, level, position))
        made = [made for entry in entries for made in frontier.append(merkle.leaf_hash(entry.body))]
        self._insert("entries", [(size + at, entry.body) for at, entry in enumerate(entries)])
        self._insert("nodes", made)
        self._insert(
            "texts",
            [
                (size + at, stand_in, kept.salt, kept.text)
                for at, entry in enumerate(entries)
                for stand_in, kept in entry.texts.items()
            ],
        )
        stored = run.execute("SELECT count(*), min(number) FROM entries WHERE number >= ?", (size,)).fetchone()
        if stored != (len(entries), size if entries else None):
            raise self._unusable("the entries that were written are not in the file")
        self._written = (frontier.size, frontier.root())
        return list(range(size, frontier.size))

    def _insert(self, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Insert rows. Raises DecisionLogError (R101) unless each was inserted."""
        if not rows:
            return
        statement = f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})"
        if self._connection.executemany(statement, rows).rowcount != len(rows):
            raise self._unusable(f"rows of `{table}` that were written are not in the file")

    def _initialise(self, opening_entry: Callable[[], bytes], recovery_entry: Callable[[int], bytes]) -> None:
        """Create the tables of a new log. In an existing log, report a write that was never finished."""
        run = self._connection
        with self._transaction():
            # The lock is held: nobody is writing, so that an unfinished entry will never be finished.
            frames = committed_frames(self.path)
            dropped = torn_bytes(self.path, frames) if frames is not None else 0
            if file_header(run) == (0, 0, 0):
                for statement in SCHEMA.values():
                    run.execute(statement)
                run.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                run.execute(f"PRAGMA user_version = {FILE_FORMAT}")
                self._append([PendingEntry(opening_entry())])
            if dropped:
                self._append([PendingEntry(recovery_entry(dropped))])
        if dropped:
            run.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # so that it is not found again

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._require_same_files()
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._require_same_content()
            self._written = self._last
            yield
            self._connection.execute("COMMIT")
            self._last = self._written
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        self._require_same_files()

    def _require_same_content(self) -> None:
        """Raises DecisionLogError (R101, R202) unless the tables are those of a log, and the entries those that this
        writer saw last, perhaps with more after them."""
        run = self._connection
        run.execute("PRAGMA shrink_memory")  # so that pages are read from the file, which others may have overwritten
        if self._identity is None:
            return
        require_schema(run, self.path)  # every time: `PRAGMA writable_schema` changes tables without a new version
        size, root = self._last
        now = run.execute("SELECT coalesce(max(number) + 1, 0) FROM entries").fetchone()[0]
        if now < size or merkle.root(size, lambda level, position: read_node(run, level, position)) != root:
            raise self._unusable("the file has other entries than before: it was overwritten")

    def _read_state(self) -> tuple[int, bytes]:
        """The number of entries, and the root. Raises DecisionLogError (R204) when the last entry was changed."""
        run = self._connection
        last = run.execute("SELECT number, data FROM entries ORDER BY number DESC LIMIT 1").fetchone()
        size = last[0] + 1 if last else 0
        if last and (type(last[1]) is not bytes or merkle.leaf_hash(last[1]) != read_node(run, 0, last[0])):
            message = f"entry {last[0]} is not the one that was written"
            raise DecisionLogError(Problem("R204", message, source=str(self.path), help="see `legit log verify`"))
        return size, merkle.root(size, lambda level, position: read_node(run, level, position))

    def _require_same_files(self) -> None:
        """Raises DecisionLogError (R101) when the file was deleted, moved or replaced since it was opened.

        What is in the write-ahead log is first written to the file that was opened, wherever that is now.
        """
        change = self._identity.change() if self._identity else ""
        if change:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            raise self._unusable(f"{change} while the log was in use")

    def _unusable(self, message: str) -> DecisionLogError:
        help_ = "nothing more is written until the log is closed and opened again; see `legit log verify`"
        return DecisionLogError(Problem("R101", message, source=str(self.path), help=help_))
