"""Writing to the file of a log: an SQLite database in WAL mode, with nothing above it but bytes of records.

A record is acknowledged after its transaction has been committed with `synchronous=FULL`: it then survives the end of
the process and of the machine. Writers take turns through SQLite's lock. Each connection belongs to one process.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from legit.decision_log import merkle
from legit.decision_log.database import (
    APPLICATION,
    SCHEMA,
    VERSION,
    failing_clearly,
    node,
    opened,
    what_it_is,
    whole_frames,
)
from legit.decision_log.redaction import Kept
from legit.decision_log.wal_recovery import torn_bytes
from legit.errors import Problem, RecordError


@dataclass(slots=True)
class Entry:
    """A record to append: its bytes, and what is kept beside it."""

    body: bytes
    kept: dict[str, Kept] = field(default_factory=dict)


class Writer:
    """The writing end of a log file, made when it does not exist. To be used by one thread at a time."""

    def __init__(self, path: Path, first: Callable[[], bytes], recovered: Callable[[int], bytes]) -> None:
        """`first` gives the bytes of a new log's first record, `recovered` those that tell of bytes dropped."""
        self.path = path
        self.process = os.getpid()
        with failing_clearly(path):
            self._connection = opened(path)
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
        with failing_clearly(self.path), self._transaction():
            (number,) = self._append([entry])
            self._connection.executemany(
                "DELETE FROM texts WHERE record = ? AND stand_in = ?", [(record, item) for item in stand_ins]
            )
        self.clean()
        return number

    def clean(self) -> None:
        """Empty the write-ahead log, which may hold what was erased. Raises RecordError (R103) while others read."""
        with failing_clearly(self.path):
            if self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise RecordError(
                    Problem(
                        "R103",
                        "the texts are erased, but while others read the log its write-ahead log still holds them",
                        source=str(self.path),
                        help="redact again when nobody reads it",
                    )
                )

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
            dropped = torn_bytes(self.path, whole_frames(self.path))
            if what_it_is(run) == (0, 0, 0):
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
