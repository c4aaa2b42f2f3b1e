"""Checks all entries of a log against its tree, before anything is counted or listed.

`verify` says all that is wrong with a log. This check stops at the first thing that is. It reads the bytes of the
entries and the hashes, and parses nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from legit.decision_log import merkle
from legit.errors import DecisionLogError, Problem

_HELP = "see `legit log verify`: figures are given of a valid log only"
_BEGINNING_OF_DECISIONS = b'{"answer":'
"""Entries are canonical JSON, and no other kind may have such a field: one that begins so is a decision, or no entry.
Marks elsewhere do not tell: the caller's metadata of a turn may have a key `kind`."""

# SQLite allows a value of any type in a column. A value of the wrong type is read as NULL, and fails the check.
_ENTRIES_QUERY = "SELECT number, CASE typeof(data) WHEN 'blob' THEN data END FROM entries ORDER BY number"
_NODES_QUERY = (
    "SELECT position, CASE typeof(hash) WHEN 'blob' THEN hash END FROM nodes WHERE level = ? ORDER BY position"
)


@dataclass(frozen=True, slots=True)
class CheckedTree:
    """What the check found: the number of entries, the root over them, and the numbers of those that are no decisions
    (and of a decision that is no canonical JSON).

    `roots` has the root at each size of a checkpoint that was given.
    """

    size: int
    root: bytes
    non_decisions: tuple[int, ...]
    roots: dict[int, bytes]


def check_tree(connection: sqlite3.Connection, path: Path, sizes: Sequence[int] = ()) -> CheckedTree:
    """Hash every entry, and compare the tree of the file with the hashes.

    Raises DecisionLogError: R203 an entry is missing, R204 an entry is not the one that was written, R205 a hash of the
    tree is wrong, missing or left over, R206 there is no entry.
    """
    frontier = merkle.Frontier()
    levels: dict[int, Iterator[tuple[int, bytes]]] = {}
    roots = {0: merkle.EMPTY_ROOT}
    non_decisions = []
    for number, data in connection.execute(_ENTRIES_QUERY):
        if number != frontier.size:
            raise _problem("R203", f"after entry {frontier.size - 1} comes entry {number}", path)
        body = data if data is not None else b""
        for level, position, expected in frontier.append(merkle.leaf_hash(body)):
            if level not in levels:
                levels[level] = connection.execute(_NODES_QUERY, (level,))
            if next(levels[level], None) != (position, expected):
                raise _wrong_node(level, position, path)
        if not body.startswith(_BEGINNING_OF_DECISIONS):
            non_decisions.append(number)
        if frontier.size in sizes:
            roots[frontier.size] = frontier.root()
    if not frontier.size:
        raise _problem("R206", "the log has no first entry", path)
    highest, lowest = connection.execute("SELECT max(level), min(level) FROM nodes").fetchone()
    if (lowest, highest) != (0, max(levels)) or any(next(rest, None) for rest in levels.values()):
        raise _problem("R205", "the tree has hashes that belong to no entry", path)
    return CheckedTree(frontier.size, frontier.root(), tuple(non_decisions), roots)


def _wrong_node(level: int, position: int, path: Path) -> DecisionLogError:
    if level == 0:
        return _problem("R204", f"entry {position} is not the one that was written", path)
    what = merkle.describe_range(level, position)
    return _problem("R205", f"the stored hash of {what} differs from the hash of the entries", path)


def _problem(code: str, message: str, path: Path) -> DecisionLogError:
    return DecisionLogError(Problem(code, message, source=str(path), help=_HELP))
