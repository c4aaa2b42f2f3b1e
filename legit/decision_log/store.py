"""Writes the file of a log: an SQLite database in WAL mode. It knows only bytes of entries.

An entry is acknowledged after its transaction is committed with `synchronous=FULL`. It then survives a crash of the
process and of the machine. Writers take turns through SQLite's lock. Each connection belongs to one process.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from legit.decision_log import merkle
from legit.decision_log.database import (
    APPLICATION_ID,
    FILE_FORMAT,
    SCHEMA,
    committed_frames,
    file_header,
    open_for_write,
    read_node,
    translate_errors,
)
from legit.decision_log.redaction import StoredText
from legit.decision_log.wal_recovery import torn_bytes
from legit.errors import DecisionLogError, Problem


@dataclass(slots=True)
class PendingEntry:
    """An entry to append: its bytes, and the quoted texts to store beside it, by placeholder."""

    body: bytes
    texts: dict[str, StoredText] = field(default_factory=dict)


class LogWriter:
    """Writes a log file, and creates it if it does not exist. Only one thread at a time may use an instance."""

    def __init__(self, path: Path, opening_entry: Callable[[], bytes], recovery_entry: Callable[[int], bytes]) -> None:
        """`opening_entry` returns the bytes of the first entry of a new log. `recovery_entry` takes a number of dropped
        bytes, and returns the bytes of the entry that records them."""
        self.path = path
        self.process_id = os.getpid()
        with translate_errors(path):
            self._connection = open_for_write(path)
            try:
                self._initialise(opening_entry, recovery_entry)
            except BaseException:
                self._connection.close()
                raise

    def close(self) -> None:
        """Close the connection. In a process other than the one that opened it, do nothing."""
        if self.process_id == os.getpid():
            self._connection.close()

    def append(self, entries: Sequence[PendingEntry]) -> list[int]:
        """Append entries, all or none. Returns their numbers, after they are safe on disk."""
        with translate_errors(self.path), self._transaction():
            return self._append(entries)

    def redact(self, entry: PendingEntry, decision_number: int, placeholders: Iterable[str]) -> int:
        """Append an entry, and erase texts of an earlier entry with their salts. Returns the number of the new entry.

        Then empties the write-ahead log, where the texts may still be: raises DecisionLogError (R103) while others
        read.
        """
        with translate_errors(self.path), self._transaction():
            (number,) = self._append([entry])
            self._connection.executemany(
                "DELETE FROM texts WHERE entry = ? AND placeholder = ?",
                [(decision_number, item) for item in placeholders],
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
        run.executemany(
            "INSERT INTO entries VALUES (?, ?)", ((size + at, entry.body) for at, entry in enumerate(entries))
        )
        run.executemany("INSERT INTO nodes VALUES (?, ?, ?)", made)
        run.executemany(
            "INSERT INTO texts VALUES (?, ?, ?, ?)",
            (
                (size + at, stand_in, kept.salt, kept.text)
                for at, entry in enumerate(entries)
                for stand_in, kept in entry.texts.items()
            ),
        )
        return list(range(size, frontier.size))

    def _initialise(self, opening_entry: Callable[[], bytes], recovery_entry: Callable[[int], bytes]) -> None:
        """Create the tables of a new log. In an existing log, report a write that was never finished."""
        run = self._connection
        with self._transaction():
            # The lock is held: nobody is writing, so that an unfinished entry will never be finished.
            dropped = torn_bytes(self.path, committed_frames(self.path))
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
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
