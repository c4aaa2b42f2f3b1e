"""The tables of the file of a log, and the check that a file has these and nothing else.

A trigger, a view, a generated column or a further table could drop, change or keep what is written. Whoever opens a
log therefore compares the whole schema, before a query reads a table.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from legit.errors import DecisionLogError, Problem

APPLICATION_ID = 0x1E617001
FILE_FORMAT = 3
"""The form of the file (`PRAGMA user_version`). Raise it with `legit.decision_log.entries.SCHEMA_VERSION`."""
MIGRATABLE_FORMAT = 2
"""The earlier schema that `legit log migrate` reads."""

NON_DECISION_SQL = 'instr(data, \'"kind":"decision"\') = 0'
"""The condition for entries that are no decisions: few, and found by an index.

Within a text the marks are escaped. A turn is not found if the caller's metadata have the key `kind` with this value.
"""

SCHEMA = {
    "entries": "CREATE TABLE entries (number INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    "nodes": "CREATE TABLE nodes (level INTEGER, position INTEGER, hash BLOB NOT NULL,"
    " PRIMARY KEY (level, position)) WITHOUT ROWID",
    "texts": "CREATE TABLE texts (entry INTEGER, placeholder TEXT, salt BLOB NOT NULL, text TEXT,"
    " PRIMARY KEY (entry, placeholder)) WITHOUT ROWID",
    "non_decisions": f"CREATE INDEX non_decisions ON entries (number) WHERE {NON_DECISION_SQL}",
    "bases": "CREATE TABLE bases (digest TEXT PRIMARY KEY, profile TEXT NOT NULL, archive BLOB NOT NULL) WITHOUT ROWID",
}

_MIGRATABLE_SCHEMA = {
    "records": "CREATE TABLE records (number INTEGER PRIMARY KEY, body BLOB NOT NULL)",
    "nodes": SCHEMA["nodes"],
    "texts": "CREATE TABLE texts (record INTEGER, stand_in TEXT, salt BLOB NOT NULL, text TEXT,"
    " PRIMARY KEY (record, stand_in)) WITHOUT ROWID",
    "notes": 'CREATE INDEX notes ON records (number) WHERE instr(body, \'"kind":"decision"\') = 0',
    "bases": SCHEMA["bases"],
}

_Row = tuple[object, object, object]


def schema_problems(connection: sqlite3.Connection, path: Path, file_format: int = FILE_FORMAT) -> list[Problem]:
    """A problem (R202) for each table, index, view or trigger that a log does not have so, or that it lacks."""
    expected = _expected_rows(file_format)
    found: dict[str, list[_Row]] = {}
    pages: list[int] = []
    # The names are compared as bytes: SQLite takes any for a name.
    for name, kind, table, sql, page in connection.execute(
        "SELECT CAST(name AS BLOB), type, CAST(tbl_name AS BLOB), CAST(sql AS BLOB), rootpage FROM sqlite_schema"
    ):
        found.setdefault(_decoded(name), []).append((_decoded(kind), _decoded(table), _decoded(sql)))
        pages.append(page)
    wrong = [name for name in sorted(found.keys() | expected) if found.get(name) != [expected.get(name)]]
    problems = [Problem("R202", f"`{name}` in the database is not as a log has it", source=str(path)) for name in wrong]
    if not problems and len(set(pages)) != len(pages):
        problems.append(Problem("R202", "two tables of the database share their content", source=str(path)))
    return problems


def require_schema(connection: sqlite3.Connection, path: Path, file_format: int = FILE_FORMAT) -> None:
    """Raises DecisionLogError (R202) unless the file has the tables of a log, and nothing else."""
    if problems := schema_problems(connection, path, file_format):
        raise DecisionLogError(*problems)


@lru_cache(maxsize=2)
def _expected_rows(file_format: int) -> Mapping[str, _Row]:
    """The rows of `sqlite_schema`, by name, as this version of SQLite writes them."""
    connection = sqlite3.connect(":memory:")
    try:
        for statement in (SCHEMA if file_format == FILE_FORMAT else _MIGRATABLE_SCHEMA).values():
            connection.execute(statement)
        rows = connection.execute("SELECT name, type, tbl_name, sql FROM sqlite_schema").fetchall()
    finally:
        connection.close()
    return {name: (kind, table, _decoded(sql)) for name, kind, table, sql in rows}


def _decoded(value: object) -> str:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)
