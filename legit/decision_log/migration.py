"""A new log of the current schema, made from a log of schema 2.

The bytes of an entry are its leaf in the Merkle tree, so a log cannot be converted in place: every checkpoint kept
outside would cease to fit. The new log has a name of its own, and its first entry records the name, size, root and file
digest of the old one. Keep the old file. It and its checkpoints can still be compared with this record.
"""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from legit.decision_log import merkle, schema2
from legit.decision_log.database import open_for_read, read_node, translate_errors
from legit.decision_log.entries import BaseStored, Decision, LogEntry, LogOpened, MigratedFrom, to_bytes
from legit.decision_log.file_digest import require_file_digest
from legit.decision_log.file_schema import MIGRATABLE_FORMAT
from legit.decision_log.log import new_log_name, recovery_entry, utc_now
from legit.decision_log.log_file import refuse_left_files, refuse_side_name
from legit.decision_log.redaction import StoredText
from legit.decision_log.store import LogWriter, PendingEntry
from legit.decision_log.verify import verify
from legit.errors import DecisionLogError, Problem

_BATCH_ENTRIES = 500


@dataclass(frozen=True, slots=True)
class Migration:
    """The result: the number of converted entries of each kind, and the record of the old log in the new one."""

    entry_counts: Counter[str]
    source: MigratedFrom


@dataclass(slots=True)
class _OldLog:
    """A log of schema 2, read in one transaction."""

    path: Path
    connection: sqlite3.Connection
    problems: list[Problem] = field(default_factory=list)

    def add_problem(self, code: str, message: str) -> None:
        self.problems.append(Problem(code, message, source=str(self.path)))

    def raw_entries(self) -> Iterator[tuple[int, bytes]]:
        """Number and bytes of each entry, in order."""
        query = "SELECT number, CASE typeof(body) WHEN 'blob' THEN body END FROM records ORDER BY number"
        for number, data in self.connection.execute(query):
            yield number, data if data is not None else b""

    def root(self) -> tuple[int, bytes]:
        """The size and root that the entries give; a problem is added (R204) where the stored tree has another root."""
        frontier = merkle.Frontier()
        for number, data in self.raw_entries():
            if number != frontier.size:
                self.add_problem("R203", f"after entry {frontier.size - 1} comes entry {number}")
                break
            frontier.append(merkle.leaf_hash(data))
        root = frontier.root()
        stored = merkle.root(frontier.size, lambda *place: read_node(self.connection, *place))
        if root != stored:
            self.add_problem(
                "R204", "the entries are not those that were written: the tree in the file has another root"
            )
        return frontier.size, root

    def base(self, digest: str) -> tuple[str, bytes] | None:
        """The profile and the archive of a stored knowledge base."""
        query = "SELECT CAST(profile AS TEXT), CAST(archive AS BLOB) FROM bases WHERE digest = ?"
        found: tuple[str, bytes] | None = self.connection.execute(query, (digest,)).fetchone()
        return found

    def texts(self, number: int) -> dict[str, StoredText]:
        """The stored texts and salts of an entry, by placeholder."""
        rows = self.connection.execute("SELECT stand_in, salt, text FROM texts WHERE record = ?", (number,))
        return {placeholder: StoredText(salt, text) for placeholder, salt, text in rows}

    def uses_shipped_vocabulary(self, digest: str) -> bool:
        """Whether a base has the shipped vocabulary. True if its archive is not stored."""
        found = self.base(digest)
        if found is None:
            return True
        try:
            with zipfile.ZipFile(io.BytesIO(found[1])) as files:
                names = [name for name in files.namelist() if name.endswith(".toml")]
                text = "\n".join(files.read(name).decode(errors="replace") for name in names)
        except (zipfile.BadZipFile, OSError, ValueError, RuntimeError):
            return True
        return all(f"[{name}]" in text for name in schema2.predicate_names())


def migrate(source: Path, target: Path, step: Callable[[int, int], None] = lambda done, total: None) -> Migration:
    """Make a new log at `target` of the log of schema 2 at `source`, which is only read.

    Every entry keeps its number and its time; the first one opens the new log and names the old one. If one entry
    cannot be converted, no file is left. `step` is called with the progress, in entries.

    Raises DecisionLogError: R101, R102 and R103 as when a log is opened, R102 also when `source` does not have schema
    2; R120 when `target` exists or cannot be made; R121 for each entry that cannot be converted; R2xx for what is wrong
    with the old log.
    """
    refuse_side_name(target)
    if target.exists():
        raise DecisionLogError(Problem("R120", "there is such a file already", source=str(target)))
    refuse_left_files(target)
    with translate_errors(source), open_for_read(source, MIGRATABLE_FORMAT) as connection:
        old = _OldLog(source, connection)
        size, root = old.root()
        entries = _convert_all(old)
        opened = entries[0] if entries else None
        if not isinstance(opened, LogOpened) and not old.problems:
            old.add_problem("R206", "the first entry does not open a log")
        if old.problems or not isinstance(opened, LogOpened):
            raise DecisionLogError(*old.problems)
        migrated = MigratedFrom(
            log_name=opened.log_name, schema_version=schema2.SCHEMA_VERSION_2, opened=opened.time, size=size,
            root=root.hex(), file_digest=require_file_digest(source).hex(),
        )  # fmt: skip
        try:
            _write(old, entries, migrated, target, step)
        except BaseException:
            _remove(target)
            raise
    return Migration(Counter(entry.kind for entry in entries), migrated)


def _convert_all(old: _OldLog) -> list[LogEntry]:
    """The entries in the current schema; a problem is added (R121) for each that cannot be converted."""
    entries: list[LogEntry] = []
    vocabulary: dict[str, bool] = {}
    for number, data in old.raw_entries():
        try:
            entry = schema2.convert_entry(data, rename_predicates=False)
            if isinstance(entry, Decision):
                digest = entry.provenance.base_digest
                if digest not in vocabulary:
                    vocabulary[digest] = old.uses_shipped_vocabulary(digest)
                if vocabulary[digest]:
                    entry = schema2.convert_entry(data, rename_predicates=True)
            entries.append(entry)
        except ValueError as error:
            old.add_problem("R121", f"entry {number} cannot be converted: {error}")
    return entries


def _write(
    old: _OldLog, entries: list[LogEntry], migrated: MigratedFrom, target: Path, step: Callable[[int, int], None]
) -> None:
    """Write the new log and verify it. This finds wrong texts and bases of the old log."""
    opening = LogOpened(time=utc_now(), log_name=new_log_name(), migrated_from=migrated)
    writer = LogWriter(target, lambda: to_bytes(opening), recovery_entry)
    try:
        pending: list[PendingEntry] = []
        for number, entry in enumerate(entries[1:], 1):
            if isinstance(entry, BaseStored):
                writer.append(pending)
                pending = []
                profile, archive = old.base(entry.base_digest) or (entry.profile, b"")
                writer.store_base(PendingEntry(to_bytes(entry)), entry.base_digest, profile, archive)
            else:
                pending.append(PendingEntry(to_bytes(entry), old.texts(number)))
            if len(pending) >= _BATCH_ENTRIES or number == len(entries) - 1:
                writer.append(pending)
                pending = []
                step(number, len(entries) - 1)
    finally:
        writer.close()
    problems = verify(target).problems
    if problems:
        raise DecisionLogError(*(Problem(item.code, item.message, source=str(old.path)) for item in problems))


def _remove(target: Path) -> None:
    for path in (target, Path(f"{target}-wal"), Path(f"{target}-shm")):
        path.unlink(missing_ok=True)
