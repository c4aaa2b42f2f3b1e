"""Verifies a log: every entry, text, tree node and stored knowledge base, one at a time.

Without a checkpoint from outside, `verify` can only show that the file does not contradict itself. A person who can
write the file can replace it by another consistent file with fewer or with other entries. With a checkpoint that was
kept elsewhere, `verify` finds every change of the entries that the log had when the checkpoint was taken.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from legit.decision_log import archive, merkle
from legit.decision_log.checkpoint import Checkpoint, checkpoint_problems
from legit.decision_log.database import open_for_read, read_node, translate_errors
from legit.decision_log.entries import BaseStored, Decision, LogEntry, LogOpened, RecordedTurn, Recovery, Redaction
from legit.decision_log.file_digest import file_digest
from legit.decision_log.reader import parse_entry
from legit.decision_log.redaction import TextPolicy, covers_salt, matches_commitment
from legit.errors import DecisionLogError, Problem

MAX_PROBLEMS = 100
"""The number of problems after which verification stops."""


@dataclass(slots=True)
class Verification:
    """The result: counts of entries by kind, the checkpoint, problems, and notes that are no problems.

    `verified_count` is how many entries, from the first, were compared with a tree or with a checkpoint from outside.
    For the other entries only the form was checked. `checkpointed_count` is how many of them the checkpoints count.
    """

    entry_counts: dict[str, int] = field(default_factory=dict)
    checkpoint: Checkpoint | None = None
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    verified_count: int = 0
    checkpointed_count: int = 0

    @property
    def valid(self) -> bool | None:
        """Whether there is no problem; None if there was no tree and no checkpoint to compare with."""
        if self.problems:
            return False
        return True if self.verified_count else None


# SQLite allows a value of any type in a column. A value of the wrong type is read as NULL (or -1, or x'00'), and fails
# a check below.
_ENTRIES_QUERY = "SELECT number, CASE typeof(data) WHEN 'blob' THEN data END FROM entries ORDER BY number"
_NODES_QUERY = (
    "SELECT position, CASE typeof(hash) WHEN 'blob' THEN hash END FROM nodes WHERE level = ? ORDER BY position"
)
_TEXTS_QUERY = """
SELECT CASE typeof(entry) WHEN 'integer' THEN entry ELSE -1 END,
    CASE typeof(placeholder) WHEN 'text' THEN placeholder END,
    CASE typeof(salt) WHEN 'blob' THEN salt END, CASE WHEN typeof(text) IN ('text', 'null') THEN text ELSE x'00' END
FROM texts ORDER BY 1"""
_BASES_QUERY = """
SELECT CASE typeof(digest) WHEN 'text' THEN digest END, CASE typeof(profile) WHEN 'text' THEN profile END,
    CASE typeof(archive) WHEN 'blob' THEN archive END
FROM bases ORDER BY digest"""


class _TooManyProblemsError(Exception):
    """There are `MAX_PROBLEMS` problems, or an entry is missing: verification stops."""


def verify(
    path: str | Path,
    checkpoints: Sequence[Checkpoint] = (),
    step: Callable[[int, int], None] = lambda done, total: None,
) -> Verification:
    """Verify a log, also against checkpoints that were kept elsewhere. `step` is called with the progress, in entries.

    All errors of the file are in `problems`; none is raised.
    """
    found = Verification()
    path = Path(path)
    try:
        with translate_errors(path), open_for_read(path) as connection:
            _LogVerifier(path, connection, found, step).run(checkpoints)
    except DecisionLogError as error:
        for problem in error.problems:  # the help may name `log verify`, which is running
            found.problems.append(replace(problem, help="") if "log verify" in problem.help else problem)
    except _TooManyProblemsError:
        found.problems.append(Problem("R200", "so many problems that the rest was not looked at", source=str(path)))
    if not checkpoints:
        found.notes.append(
            "no checkpoint from outside was given. This does not show whether entries were cut off or the whole log was"
            " rewritten"
        )
    elif found.checkpointed_count < found.verified_count:
        found.notes.append(
            f"of {found.verified_count} entries the checkpoints count the first {found.checkpointed_count}. This does"
            " not show whether others were cut off or rewritten"
        )
    return found


class _LogVerifier:
    def __init__(
        self, path: Path, connection: sqlite3.Connection, found: Verification, step: Callable[[int, int], None]
    ) -> None:
        self._path = path
        self._connection = connection
        self._verification = found
        self._step = step
        self._frontier = merkle.Frontier()
        self._stored_levels: dict[int, Iterator[tuple[int, bytes]]] = {}
        self._node_count = 0
        self._missing_texts: set[tuple[int, str]] = set()
        self._uncovered_salts = 0
        self._used_bases: set[str] = set()
        self._stored_bases: dict[tuple[str, str], str] = {}
        self._log_name = ""
        connection.text_factory = bytes

    def run(self, checkpoints: Sequence[Checkpoint]) -> None:
        for (message,) in self._connection.execute("PRAGMA integrity_check"):
            if message != b"ok":
                self._add_problem("R201", f"the database is damaged: {message.decode(errors='replace')}")
        roots = self._check_entries({checkpoint.size for checkpoint in checkpoints})
        self._check_totals()
        self._check_archives()
        self._verification.checkpoint = Checkpoint(self._log_name, self._frontier.size, self._frontier.root())
        self._verification.verified_count = self._frontier.size
        self._verification.checkpointed_count = min(max(roots), self._frontier.size)
        for message in checkpoint_problems(checkpoints, self._verification.checkpoint, roots, self._stored_root):
            self._add_problem("R209", message)
        self._check_file_digest([item for item in checkpoints if item.file_digest], self._verification.checkpoint.size)

    def _stored_root(self, size: int) -> bytes | None:
        """The root of the first `size` entries, computed from the stored tree; None if a node is missing."""
        try:
            return merkle.root(size, lambda *place: read_node(self._connection, *place))
        except DecisionLogError:
            return None

    def _check_file_digest(self, checkpoints: list[Checkpoint], size: int) -> None:
        """Compare the SHA-256 of the file with the digest in each checkpoint of the same size."""
        comparable = [checkpoint for checkpoint in checkpoints if checkpoint.size == size]
        digest = file_digest(self._path) if comparable else None
        if digest and any(checkpoint.file_digest != digest for checkpoint in comparable):
            self._add_problem("R210", "no entry was added since the checkpoint was taken, but the file has changed")
        elif comparable and not digest:
            self._verification.notes.append("the log is in use: the digest of the file was not compared")
        elif checkpoints and not comparable:
            self._verification.notes.append(
                "entries were added since the checkpoint was taken: the digest of the file was not compared"
            )

    def _add_problem(self, code: str, message: str, help_: str = "") -> None:
        self._verification.problems.append(Problem(code, message, source=str(self._path), help=help_))
        if len(self._verification.problems) >= MAX_PROBLEMS:
            raise _TooManyProblemsError

    def _check_entries(self, sizes: set[int]) -> dict[int, bytes]:
        """Check all entries. Returns the root of the tree for each size in `sizes`."""
        roots = {0: merkle.EMPTY_ROOT}
        texts = itertools.groupby(self._connection.execute(_TEXTS_QUERY), lambda row: row[0])
        next_texts = next(texts, None)
        total = self._connection.execute("SELECT count(*) FROM entries").fetchone()[0]
        for number, body in self._connection.execute(_ENTRIES_QUERY):
            if number != self._frontier.size:
                self._add_problem("R203", f"after entry {self._frontier.size - 1} comes entry {number}")
                raise _TooManyProblemsError
            self._check_leaf(number, body)
            kept: dict[str, tuple[object, object]] = {}
            while next_texts is not None and next_texts[0] <= number:
                found = list(next_texts[1])
                rows = {_decode(row[1]): (row[2], row[3]) for row in found if isinstance(row[1], bytes)}
                if len(rows) < len(found):
                    self._add_problem("R207", f"a text of entry {next_texts[0]} has no placeholder that is a text")
                if next_texts[0] == number:
                    kept = rows
                else:
                    self._add_problem("R207", f"there are texts for entry {next_texts[0]}, which does not exist")
                next_texts = next(texts, None)
            self._check_entry(number, body, kept)
            if self._frontier.size in sizes:
                roots[self._frontier.size] = self._frontier.root()
            self._step(number + 1, total)
        if next_texts is not None:
            self._add_problem("R207", f"there are texts for entry {next_texts[0]}, which does not exist")
        return roots

    def _check_leaf(self, number: int, body: object) -> None:
        data = body if isinstance(body, bytes) else b""
        for level, position, expected in self._frontier.append(merkle.leaf_hash(data)):
            self._node_count += 1
            if level not in self._stored_levels:
                self._stored_levels[level] = self._connection.execute(_NODES_QUERY, (level,))
            if next(self._stored_levels[level], None) != (position, expected):
                if level:
                    self._add_problem(
                        "R205",
                        f"the stored hash of {merkle.describe_range(level, position)} differs from the hash of the"
                        f" entries (node {level}/{position})",
                    )
                else:
                    self._add_problem("R204", f"entry {number} is not the one that was written")

    def _check_entry(self, number: int, body: object, kept: dict[str, tuple[object, object]]) -> None:
        try:
            record = parse_entry(number, body, self._path)
        except DecisionLogError as error:
            first = error.problems[0]
            self._add_problem("R113" if first.code == "R113" else "R206", first.message, first.help)
            return
        counts = self._verification.entry_counts
        counts[record.kind] = counts.get(record.kind, 0) + 1
        if isinstance(record, LogOpened) != (number == 0):
            self._add_problem("R206", f"entry {number} is of the kind `{record.kind}`")
        self._check_references(number, record)
        if isinstance(record, Decision):
            self._check_texts(number, record, kept)
        for placeholder in kept:
            self._add_problem("R207", f"a text is stored for entry {number}, which has no placeholder ({placeholder})")

    def _check_references(self, number: int, record: LogEntry) -> None:
        if isinstance(record, LogOpened):
            self._log_name = record.log_name
        elif isinstance(record, Decision):
            self._used_bases.add(record.provenance.base_digest)
        elif isinstance(record, BaseStored):
            self._stored_bases[record.base_digest, record.profile] = record.archive_digest
        elif isinstance(record, Recovery):
            self._verification.notes.append(
                f"entry {number}: a process stopped before it finished a write that was not acknowledged;"
                f" {record.dropped_bytes} bytes were dropped ({record.time})"
            )
        elif isinstance(record, RecordedTurn):
            for mentioned in sorted({decision for act in record.acts for decision in act.decisions}):
                self._check_mention(number, mentioned)
        else:
            self._check_mention(number, record.decision_number)
        if isinstance(record, Redaction):
            for placeholder in record.placeholders:
                self._missing_texts.discard((record.decision_number, placeholder))
                query = "SELECT 1 FROM texts WHERE entry = ? AND placeholder = ?"
                if self._connection.execute(query, (record.decision_number, placeholder)).fetchone():
                    self._add_problem(
                        "R207",
                        f"a text of entry {record.decision_number} is there that entry {number} says was erased",
                    )

    def _check_mention(self, number: int, mentioned: int) -> None:
        if not (0 <= mentioned < number and self._is_decision(mentioned)):
            self._add_problem("R206", f"entry {number} speaks of entry {mentioned}, which is no decision before it")

    def _is_decision(self, number: int) -> bool:
        found = self._connection.execute("SELECT data FROM entries WHERE number = ?", (number,)).fetchone()
        try:
            return found is not None and isinstance(parse_entry(number, found[0], self._path), Decision)
        except DecisionLogError:
            return False

    def _check_texts(self, number: int, record: Decision, kept: dict[str, tuple[object, object]]) -> None:
        """Compare the stored texts of a decision with its commitments. Every text that was compared is removed from
        `kept`."""
        for placeholder, expected in record.commitments.items():
            if placeholder not in kept:
                if expected is not None:
                    self._missing_texts.add((number, placeholder))
                continue
            if record.text_policy is TextPolicy.HASHED and expected is not None and not covers_salt(expected):
                self._uncovered_salts += 1
            if not matches_commitment(expected, record.text_policy, *kept.pop(placeholder)):
                what = "a text" if record.text_policy is TextPolicy.STORED else "the salt of a text"
                self._add_problem("R207", f"{what} of entry {number} is not the one that was kept ({placeholder})")

    def _check_totals(self) -> None:
        if self._frontier.size == 0:
            self._add_problem("R206", "the log has no first entry")
        stored = self._connection.execute("SELECT count(*) FROM nodes").fetchone()[0]
        if stored != self._node_count:
            self._add_problem(
                "R205", f"the tree keeps {stored} hashes (nodes), and its entries give {self._node_count}"
            )
        for number, placeholder in sorted(self._missing_texts):
            self._add_problem(
                "R207", f"a text of entry {number} is gone, and no entry says that it was erased ({placeholder})"
            )

        if self._uncovered_salts:
            self._verification.notes.append(
                f"an earlier version wrote {self._uncovered_salts} salts of texts that are not kept: no entry covers"
                " them, so that a change of one is not found"
            )

    def _check_archives(self) -> None:
        kept = dict(self._stored_bases)
        for name, profile, data in self._connection.execute(_BASES_QUERY):
            digest = _decode(name)
            expected = kept.pop((digest, _decode(profile)), None)
            if expected is None:
                self._add_problem("R208", f"no entry says that the log holds the knowledge base {digest[:12]}")
            elif data is None or archive.sha256(data) != expected:
                self._add_problem("R208", f"the knowledge base {digest[:12]} is not the one that was kept")
        for digest, _ in kept:
            self._add_problem("R208", f"the knowledge base {digest[:12]} is gone")
        for digest in sorted(self._used_bases - {digest for digest, _ in self._stored_bases}):
            self._verification.notes.append(f"the log does not hold the knowledge base {digest[:12]}")


def _decode(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
