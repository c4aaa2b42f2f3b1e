"""Is a log still what was written? Every record, text, tree node and kept knowledge base is looked at, one at a time.

What `verify` can tell without a tree head from outside is whether the file agrees with itself. Somebody who may write
the file can make another one that does: with fewer records, or with others. Against a head that was kept elsewhere
everything that happened to the records before it is found.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from legit.decision_log import archive, merkle
from legit.decision_log.checkpoint import TreeHead
from legit.decision_log.database import SCHEMA, failing_clearly, node, reading
from legit.decision_log.entries import Decision, KeptBase, Opened, Record, Recovery, Redaction
from legit.decision_log.file_digest import file_digest
from legit.decision_log.reader import parsed
from legit.decision_log.redaction import as_kept
from legit.errors import Problem, RecordError

MOST_PROBLEMS = 100
"""The number of problems after which the rest is not looked at."""


@dataclass(slots=True)
class Verification:
    """What was found: counts of records by kind, the tree head, problems, and remarks that are no problems.

    `shown` is how many of the records, from the first, were held against something: a tree, or a head from outside. Of
    the others nothing is known but that they have the form of records.
    """

    counts: dict[str, int] = field(default_factory=dict)
    head: TreeHead | None = None
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    shown: int = 0

    @property
    def holds(self) -> bool | None:
        """Whether nothing is wrong; None where nothing was held against anything, so that nothing can be said."""
        if self.problems:
            return False
        return True if self.shown else None


# What is not of its type, which SQLite allows, is read as something that cannot be right.
_RECORDS = "SELECT number, CASE typeof(body) WHEN 'blob' THEN body END FROM records ORDER BY number"
_NODES = "SELECT position, CASE typeof(hash) WHEN 'blob' THEN hash END FROM nodes WHERE level = ? ORDER BY position"
_TEXTS = """
SELECT CASE typeof(record) WHEN 'integer' THEN record ELSE -1 END, stand_in,
    CASE typeof(salt) WHEN 'blob' THEN salt END, CASE WHEN typeof(text) IN ('text', 'null') THEN text ELSE x'00' END
FROM texts ORDER BY 1"""
_BASES = """
SELECT CASE typeof(digest) WHEN 'text' THEN digest END, CASE typeof(profile) WHEN 'text' THEN profile END,
    CASE typeof(archive) WHEN 'blob' THEN archive END
FROM bases ORDER BY digest"""


class _EnoughError(Exception):
    """So many problems that the rest is not looked at."""


def verify(
    path: str | Path, heads: Sequence[TreeHead] = (), step: Callable[[int, int], None] = lambda done, total: None
) -> Verification:
    """Verify a log, also against tree heads that were kept elsewhere. `step` is told of progress, in records.

    Whatever is wrong with the file is in `problems`, never an exception.
    """
    found = Verification()
    path = Path(path)
    try:
        with failing_clearly(path), reading(path) as connection:
            _Check(path, connection, found, step).run(heads)
    except RecordError as error:
        for problem in error.problems:  # the help may name `log verify`, which is running
            found.problems.append(replace(problem, help="") if "log verify" in problem.help else problem)
    except _EnoughError:
        found.problems.append(Problem("R200", "so many problems that the rest was not looked at", source=str(path)))
    if not heads:
        found.remarks.append(
            "no tree head from outside was given: that nothing was cut off or rewritten as a whole is not shown"
        )
    return found


class _Check:
    def __init__(
        self, path: Path, connection: sqlite3.Connection, found: Verification, step: Callable[[int, int], None]
    ) -> None:
        self._path = path
        self._run = connection
        self._found = found
        self._step = step
        self._frontier = merkle.Frontier()
        self._levels: dict[int, Iterator[tuple[int, bytes]]] = {}
        self._nodes = 0
        self._missing: set[tuple[int, str]] = set()
        self._bases: set[str] = set()
        self._kept: dict[tuple[str, str], str] = {}
        self._log = ""
        connection.text_factory = bytes

    def run(self, heads: Sequence[TreeHead]) -> None:
        for (message,) in self._run.execute("PRAGMA integrity_check"):
            if message != b"ok":
                self._wrong("R201", f"the database is damaged: {message.decode(errors='replace')}")
        self._schema()
        roots = self._records({head.size for head in heads})
        self._leftovers()
        self._archives()
        self._found.head = TreeHead(self._log, self._frontier.size, self._frontier.root())
        self._found.shown = self._frontier.size
        for message in misfits(heads, self._found.head, roots, self._stored_root):
            self._wrong("R209", message)
        self._file([head for head in heads if head.file], self._found.head.size)

    def _stored_root(self, size: int) -> bytes | None:
        """The root of the first records by the tree in the file; None where that has a hole."""
        try:
            return merkle.root(size, lambda *place: node(self._run, *place))
        except RecordError:
            return None

    def _file(self, heads: list[TreeHead], size: int) -> None:
        """Hold the bytes of the file against the heads that tell of them."""
        comparable = [head for head in heads if head.size == size]
        digest = file_digest(self._path) if comparable else None
        if digest and any(head.file != digest for head in comparable):
            self._wrong("R210", "nothing was added since the head was taken, and yet the file is not what it was")
        elif comparable and not digest:
            self._found.remarks.append("others use the log: its file was not held against the head")
        elif heads and not comparable:
            self._found.remarks.append("records were added since the head was taken: its file was not held against it")

    def _wrong(self, code: str, message: str, help_: str = "") -> None:
        self._found.problems.append(Problem(code, message, source=str(self._path), help=help_))
        if len(self._found.problems) >= MOST_PROBLEMS:
            raise _EnoughError

    def _schema(self) -> None:
        rows = self._run.execute("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")
        stored = {_text(name): _text(sql) for name, sql in rows}
        for name in sorted(stored.keys() | SCHEMA):
            if stored.get(name) != SCHEMA.get(name):
                self._wrong("R202", f"`{name}` in the database is not as a log has it")

    def _records(self, sizes: set[int]) -> dict[int, bytes]:
        """Go through the records; the roots of the trees of some sizes."""
        roots = {0: merkle.EMPTY}
        texts = itertools.groupby(self._run.execute(_TEXTS), lambda row: row[0])
        next_texts = next(texts, None)
        total = self._run.execute("SELECT count(*) FROM records").fetchone()[0]
        for number, body in self._run.execute(_RECORDS):
            if number != self._frontier.size:
                self._wrong("R203", f"after record {self._frontier.size - 1} comes record {number}")
                raise _EnoughError
            self._leaf(number, body)
            kept: dict[str, tuple[object, object]] = {}
            while next_texts is not None and next_texts[0] <= number:
                rows = {_text(row[1]): (row[2], row[3]) for row in next_texts[1]}
                if next_texts[0] == number:
                    kept = rows
                else:
                    self._wrong("R207", f"there are texts for record {next_texts[0]}, which is none")
                next_texts = next(texts, None)
            self._record(number, body, kept)
            if self._frontier.size in sizes:
                roots[self._frontier.size] = self._frontier.root()
            self._step(number + 1, total)
        if next_texts is not None:
            self._wrong("R207", f"there are texts for record {next_texts[0]}, which is none")
        return roots

    def _leaf(self, number: int, body: object) -> None:
        data = body if isinstance(body, bytes) else b""
        for level, position, expected in self._frontier.append(merkle.leaf_hash(data)):
            self._nodes += 1
            if level not in self._levels:
                self._levels[level] = self._run.execute(_NODES, (level,))
            if next(self._levels[level], None) != (position, expected):
                if level:
                    self._wrong(
                        "R205",
                        f"the hash that the tree keeps for {merkle.covered(level, position)} is not what they give"
                        f" (its node {level}/{position})",
                    )
                else:
                    self._wrong("R204", f"record {number} is not the one that was written")

    def _record(self, number: int, body: object, kept: dict[str, tuple[object, object]]) -> None:
        try:
            record = parsed(number, body, self._path)
        except RecordError as error:
            first = error.problems[0]
            self._wrong("R113" if first.code == "R113" else "R206", first.message, first.help)
            return
        counts = self._found.counts
        counts[record.kind] = counts.get(record.kind, 0) + 1
        if isinstance(record, Opened) != (number == 0):
            self._wrong("R206", f"record {number} is of the kind `{record.kind}`")
        self._refers(number, record)
        if isinstance(record, Decision):
            self._texts(number, record, kept)
        for stand_in in kept:
            self._wrong("R207", f"record {number} has a text beside it of which it knows nothing ({stand_in})")

    def _refers(self, number: int, record: Record) -> None:
        if isinstance(record, Opened):
            self._log = record.log
        elif isinstance(record, Decision):
            self._bases.add(record.origin.base_digest)
        elif isinstance(record, KeptBase):
            self._kept[record.digest, record.profile] = record.archive
        elif isinstance(record, Recovery):
            self._found.remarks.append(
                f"record {number}: a writer had stopped in the middle of a write that nobody was told was done;"
                f" {record.dropped_bytes} bytes were dropped ({record.time})"
            )
        elif not (0 <= record.of < number and self._is_decision(record.of)):
            self._wrong("R206", f"record {number} speaks of record {record.of}, which is no decision before it")
        if isinstance(record, Redaction):
            for stand_in in record.texts:
                self._missing.discard((record.of, stand_in))
                query = "SELECT 1 FROM texts WHERE record = ? AND stand_in = ?"
                if self._run.execute(query, (record.of, stand_in)).fetchone():
                    self._wrong("R207", f"a text of record {record.of} is there that record {number} says was erased")

    def _is_decision(self, number: int) -> bool:
        found = self._run.execute("SELECT body FROM records WHERE number = ?", (number,)).fetchone()
        try:
            return found is not None and isinstance(parsed(number, found[0], self._path), Decision)
        except RecordError:
            return False

    def _texts(self, number: int, record: Decision, kept: dict[str, tuple[object, object]]) -> None:
        """Hold the texts beside a decision against its commitments; those that are held are taken out of `kept`."""
        for stand_in, expected in record.texts.items():
            if stand_in not in kept:
                if expected is not None:
                    self._missing.add((number, stand_in))
                continue
            if not as_kept(expected, record.texts_kept, *kept.pop(stand_in)):
                self._wrong("R207", f"a text of record {number} is not the one that was kept ({stand_in})")

    def _leftovers(self) -> None:
        if self._frontier.size == 0:
            self._wrong("R206", "the log has no first record")
        stored = self._run.execute("SELECT count(*) FROM nodes").fetchone()[0]
        if stored != self._nodes:
            self._wrong("R205", f"the tree keeps {stored} hashes (nodes), and its records give {self._nodes}")
        for number, stand_in in sorted(self._missing):
            self._wrong(
                "R207", f"a text of record {number} is gone, and no record says that it was erased ({stand_in})"
            )

    def _archives(self) -> None:
        kept = dict(self._kept)
        for name, profile, data in self._run.execute(_BASES):
            digest = _text(name)
            expected = kept.pop((digest, _text(profile)), None)
            if expected is None:
                self._wrong("R208", f"no record says that the log holds the knowledge base {digest[:12]}")
            elif data is None or archive.sha256(data) != expected:
                self._wrong("R208", f"the knowledge base {digest[:12]} is not the one that was kept")
        for digest, _ in kept:
            self._wrong("R208", f"the knowledge base {digest[:12]} is gone")
        for digest in sorted(self._bases - {digest for digest, _ in self._kept}):
            self._found.remarks.append(f"the log does not hold the knowledge base {digest[:12]}")


def misfits(
    heads: Sequence[TreeHead],
    now: TreeHead,
    roots: dict[int, bytes],
    stored: Callable[[int], bytes | None] = lambda size: None,
) -> Iterator[str]:
    """What is wrong with a log as it is `now`, by heads of old, and where, as far as that can be told.

    `roots` are those of its beginnings by their size, as the records give them, and `stored` as a tree kept beside them
    does.
    """
    fitting = {0, *(head.size for head in heads if head.log == now.log and roots.get(head.size) == head.root)}
    for head in sorted(heads, key=lambda head: head.size):
        if head.log != now.log:
            yield f"the tree head is of another log, `{head.log}`"
        elif head.size > now.size:
            yield f"the head counts {head.size} records, the log has {now.size}: {head.size - now.size} cut off"
        elif roots.get(head.size) != head.root:
            same = max(size for size in fitting if size < head.size or not size)
            said = f"the first {head.size} records are not those that the head was taken of"
            if stored(head.size) == head.root:
                yield f"{said}; the tree in the file is, so that what differs is what R204 and R205 name"
            elif same:
                which = f"record {same}" if same == head.size - 1 else f"one of records {same} to {head.size - 1}"
                yield f"{said}; the first {same} are those of another head, so that it differs from {which} on"
            else:
                yield f"{said}; from which on cannot be told: heads of fewer records would narrow it down"


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
