"""Reads a decision log: entries, checkpoints, proofs, texts and stored knowledge bases."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from legit.decision_log import merkle
from legit.decision_log.checkpoint import Checkpoint, checkpoint_problems
from legit.decision_log.database import open_for_read, read_node
from legit.decision_log.entries import (
    Decision,
    LogEntry,
    LogOpened,
    Override,
    Redaction,
    UnsupportedSchemaError,
    from_bytes,
)
from legit.decision_log.file_schema import NON_DECISION_SQL
from legit.decision_log.redaction import matches_commitment, restore
from legit.decision_log.tree_check import CheckedTree, check_tree
from legit.errors import DecisionLogError, Problem

VERIFY_HELP = "see `legit log verify`"


class LogReader:
    """Reads a log file. It never changes the file, and each call sees one state of it.

    A method that gives many entries first checks all of them against the tree in the file, and raises DecisionLogError
    (R203 to R206) when one does not fit: nothing false is counted. `snapshot` does so once for several calls.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @contextmanager
    def snapshot(self, checkpoints: Sequence[Checkpoint] = ()) -> Iterator[LogSnapshot]:
        """One state of the log for all that is read of it, checked against its tree and against checkpoints.

        Raises DecisionLogError: R203 to R206 when an entry or the tree was changed, R209 when the log is not the one of
        a checkpoint.
        """
        with self._open_checked(checkpoints) as (connection, tree):
            yield LogSnapshot(self.path, connection, tree)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with open_for_read(self.path) as connection:
            yield connection

    @contextmanager
    def _open_checked(self, checkpoints: Sequence[Checkpoint] = ()) -> Iterator[tuple[sqlite3.Connection, CheckedTree]]:
        with self._open() as connection:
            tree = check_tree(connection, self.path, [checkpoint.size for checkpoint in checkpoints])
            current = read_checkpoint(connection, self.path)
            problems = [
                Problem("R209", message, source=str(self.path))
                for message in checkpoint_problems(checkpoints, current, tree.roots)
            ]
            if problems:
                raise DecisionLogError(*problems)
            yield connection, tree

    def __len__(self) -> int:
        """The number of entries of all kinds."""
        with self._open() as connection:
            return count_entries(connection)

    def checkpoint(self, size: int | None = None) -> Checkpoint:
        """The present checkpoint, or the one at `size` entries. Raises DecisionLogError (R108) for a larger size."""
        with self._open() as connection:
            return read_checkpoint(connection, self.path, size)

    def inclusion_proof(self, number: int, size: int | None = None) -> list[bytes]:
        """The proof that entry `number` is among the first `size` (all). Raises DecisionLogError (R108) otherwise."""
        with self._open() as connection:
            size = count_entries(connection) if size is None else size
            if not 0 <= number < size <= count_entries(connection):
                raise DecisionLogError(Problem("R108", f"no entry {number} among {size}", source=str(self.path)))
            return merkle.inclusion_path(number, size, lambda *place: read_node(connection, *place))

    def consistency_proof(self, first: int, second: int | None = None) -> list[bytes]:
        """The proof that the log of `second` entries (by default all) begins with the log of `first` entries.

        Raises DecisionLogError (R108) when the log has fewer entries.
        """
        with self._open() as connection:
            second = count_entries(connection) if second is None else second
            if not 0 < first <= second <= count_entries(connection):
                raise DecisionLogError(Problem("R108", f"no proof from {first} to {second}", source=str(self.path)))
            return merkle.consistency_path(first, second, lambda *place: read_node(connection, *place))

    def raw_entry(self, number: int) -> bytes:
        """The bytes of entry `number`, of which its leaf is the hash. Raises DecisionLogError (R108)."""
        with self._open() as connection:
            return _read_raw_entry(connection, number, self.path)

    def decision(self, number: int) -> Decision:
        """Decision `number`. Raises DecisionLogError as `entry` does, and R108 when the entry is of another kind."""
        found = self.entry(number)
        if not isinstance(found, Decision):
            raise DecisionLogError(
                Problem("R108", f"entry {number} is no decision ({found.kind})", source=str(self.path))
            )
        return found

    def entry(self, number: int) -> LogEntry:
        """Entry `number`. Raises DecisionLogError: R108 when there is none, R201 when it cannot be read."""
        with self._open() as connection:
            return _read_entry(connection, number, self.path)

    def raw_entries(self, start: int = 0, end: int | None = None) -> Iterator[tuple[int, bytes]]:
        """The bytes of the entries from `start` to before `end`, with their numbers, one at a time."""
        with self._open_checked() as (connection, tree):
            query = "SELECT number, data FROM entries WHERE number >= ? AND number < ? ORDER BY number"
            rows = connection.execute(query, (start, tree.size if end is None else min(end, tree.size)))
            for row in rows:  # noqa: UP028 (`yield from` would close the rows after their connection)
                yield row

    def entries(self, start: int = 0, end: int | None = None) -> Iterator[tuple[int, LogEntry]]:
        """The entries from `start` to before `end`, with their numbers, one at a time."""
        for number, body in self.raw_entries(start, end):
            yield number, parse_entry(number, body, self.path)

    def non_decision_entries(self) -> Iterator[tuple[int, LogEntry]]:
        """The entries that are no decisions, with their numbers."""
        with self._open_checked() as (connection, tree):
            for number in tree.non_decisions:
                entry = _read_entry(connection, number, self.path)
                if not isinstance(entry, Decision):
                    yield number, entry

    def indexed_non_decisions(self, *, skip_changed: bool = False) -> Iterator[tuple[int, LogEntry]]:
        """The entries that are no decisions as an index of the file finds them, without going through the decisions.

        It finds every kind but turns, of which some may be left out (`NON_DECISION_SQL`).
        Each is checked against the tree: one that does not fit is skipped, or DecisionLogError (R204) is raised. That
        the index finds all is not checked: see `non_decision_entries`.
        """
        with self._open() as connection:
            size = count_entries(connection)
            query = f"SELECT number, data FROM entries WHERE {NON_DECISION_SQL} ORDER BY number"
            for number, body in connection.execute(query):
                if not _fits(connection, number, body, size):
                    if skip_changed:
                        continue
                    message = f"entry {number} is not the one that was written"
                    raise DecisionLogError(Problem("R204", message, source=str(self.path), help=VERIFY_HELP))
                yield number, parse_entry(number, body, self.path)

    def annotations_of(self, number: int, *, skip_changed: bool = False) -> list[tuple[int, Override | Redaction]]:
        """The overrides and redactions of a decision, with their own numbers. An entry that does not fit the tree is
        skipped, or DecisionLogError (R204) is raised."""
        return [
            (at, record)
            for at, record in self.indexed_non_decisions(skip_changed=skip_changed)
            if isinstance(record, (Override, Redaction)) and record.decision_number == number
        ]

    def stored_texts(self, number: int) -> dict[str, str]:
        """The texts of a decision by their placeholders: those that are stored, not redacted, and match the commitment
        in the entry. Empty for an entry of another kind; raises as `entry` does."""
        with self.text_lookup() as texts:
            found = self.entry(number)
            return texts(number, found) if isinstance(found, Decision) else {}

    @contextmanager
    def text_lookup(self) -> Iterator[Callable[[int, Decision], dict[str, str]]]:
        """A function that gives the texts of one decision after another, as `stored_texts` does."""
        with self._open() as connection:

            def fitting(number: int, record: Decision) -> dict[str, str]:
                return {
                    stand_in: text.decode()
                    for stand_in, (salt, text) in _read_texts(connection, number).items()
                    if isinstance(text, bytes)
                    and matches_commitment(record.commitments.get(stand_in), record.text_policy, salt, text)
                }

            yield fitting

    def unverified_texts(self, number: int) -> dict[str, tuple[object, object]]:
        """Salt and text (UTF-8) beside an entry for each placeholder, whether or not they fit the commitment."""
        with self._open() as connection:
            return _read_texts(connection, number)

    def matches_tree(self, number: int) -> bool:
        """Whether an entry is the one of which the tree in the file was made. Raises DecisionLogError (R108, R201)."""
        with self._open() as connection:
            body = _read_raw_entry(connection, number, self.path)
            return _is_leaf(connection, number, body, count_entries(connection))

    def case_text(self, number: int) -> str:
        """The case of a decision in controlled English, with the texts that are stored."""
        return restore(self.decision(number).case, self.stored_texts(number))

    def base_archive(self, digest: str) -> tuple[bytes, str] | None:
        """The knowledge base with a digest, as a zip, and the id of its profile; None when the log does not store
        it.
        """
        with self._open() as connection:
            found = connection.execute(
                "SELECT CAST(archive AS BLOB), CAST(profile AS TEXT) FROM bases WHERE digest = ?", (digest,)
            ).fetchone()
        return found if found else None


class LogSnapshot(LogReader):
    """One state of a log, whose entries were checked. It can be used until its `with` ends, in one thread."""

    def __init__(self, path: Path, connection: sqlite3.Connection, tree: CheckedTree) -> None:
        super().__init__(path)
        self._connection = connection
        self._tree = tree

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        yield self._connection

    @contextmanager
    def _open_checked(self, checkpoints: Sequence[Checkpoint] = ()) -> Iterator[tuple[sqlite3.Connection, CheckedTree]]:
        yield self._connection, self._tree


def count_entries(connection: sqlite3.Connection) -> int:
    """The number of entries."""
    size: int = connection.execute("SELECT coalesce(max(number) + 1, 0) FROM entries").fetchone()[0]
    return size


def read_checkpoint(connection: sqlite3.Connection, path: Path, size: int | None = None) -> Checkpoint:
    """The checkpoint, or that of the first `size` entries.

    Raises DecisionLogError (R108) when there are not so many.
    """
    whole = count_entries(connection)
    size = whole if size is None else size
    if not 0 <= size <= whole:
        raise DecisionLogError(Problem("R108", f"the log has {whole} entries, not {size}", source=str(path)))
    opened = _read_entry(connection, 0, path)
    if not isinstance(opened, LogOpened):
        raise DecisionLogError(Problem("R201", "the first entry is not that of a log", source=str(path)))
    return Checkpoint(opened.log_name, size, merkle.root(size, lambda *place: read_node(connection, *place)))


def parse_entry(number: int, data: object, path: Path) -> LogEntry:
    """The entry of a stored body. Raises DecisionLogError: R201 when it is none, R113 when it has another schema."""
    try:
        if not isinstance(data, bytes):
            raise ValueError("not bytes")
        return from_bytes(data)
    except UnsupportedSchemaError as error:
        raise DecisionLogError(unsupported_schema_problem(number, error, path)) from error
    except ValueError as error:
        problem = Problem("R201", f"entry {number} cannot be read: {error}", source=str(path))
        raise DecisionLogError(problem) from error


def unsupported_schema_problem(number: int, error: UnsupportedSchemaError, path: Path) -> Problem:
    """The problem of an entry that another version of the program wrote (R113)."""
    return Problem(
        "R113",
        f"entry {number} cannot be read: {error}",
        source=str(path),
        help="use the version of legit that wrote it",
    )


def _fits(connection: sqlite3.Connection, number: int, body: object, size: int) -> bool:
    """As `_is_leaf`, for what may be no bytes and in a tree that may have holes."""
    try:
        return isinstance(body, bytes) and _is_leaf(connection, number, body, size)
    except DecisionLogError:
        return False


def _is_leaf(connection: sqlite3.Connection, number: int, body: bytes, size: int) -> bool:
    """Whether the tree of the file was made of these bytes at this place. Raises DecisionLogError (R201)."""
    if not 0 <= number < size:
        return False
    nodes: merkle.NodeLookup = lambda *place: read_node(connection, *place)  # noqa: E731
    leaf, path = merkle.leaf_hash(body), merkle.inclusion_path(number, size, nodes)
    return merkle.verify_inclusion(leaf, number, size, path, merkle.root(size, nodes)) and leaf == nodes(0, number)


def _read_entry(connection: sqlite3.Connection, number: int, path: Path) -> LogEntry:
    return parse_entry(number, _read_raw_entry(connection, number, path), path)


def _read_raw_entry(connection: sqlite3.Connection, number: int, path: Path) -> bytes:
    found = None
    if number.bit_length() < 64:  # what SQLite can hold
        found = connection.execute("SELECT data FROM entries WHERE number = ?", (number,)).fetchone()
    if found is None:
        raise DecisionLogError(Problem("R108", f"there is no entry {number}", source=str(path)))
    if not isinstance(found[0], bytes):
        raise DecisionLogError(Problem("R201", f"entry {number} cannot be read: not bytes", source=str(path)))
    return found[0]


# SQLite allows a value of any type in a column. A value of the wrong type is read as one that fails a check.
_TEXTS_QUERY = """
SELECT CAST(placeholder AS BLOB), CASE typeof(salt) WHEN 'blob' THEN salt END,
    CASE typeof(text) WHEN 'text' THEN CAST(text AS BLOB) WHEN 'null' THEN NULL ELSE x'ff' END
FROM texts WHERE entry = ? AND typeof(placeholder) = 'text'"""


def _read_texts(connection: sqlite3.Connection, number: int) -> dict[str, tuple[object, object]]:
    rows = connection.execute(_TEXTS_QUERY, (number,))
    return {stand_in.decode(errors="replace"): (salt, text) for stand_in, salt, text in rows if stand_in is not None}
