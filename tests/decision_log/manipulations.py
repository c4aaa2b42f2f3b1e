"""Random manipulations of the file of a log: bytes, pages, rows, the schema; and what is counted of it afterwards."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from legit.decision_log import LogReader
from legit.decision_log.entries import LogEntry
from legit.decision_log.filters import DecisionFilter, count_decisions
from legit.decision_log.reader import LogSnapshot

TABLES = ("entries", "nodes", "texts", "bases")
COLUMNS = {
    "entries": ("number", "data"), "nodes": ("level", "position", "hash"),
    "texts": ("entry", "placeholder", "salt", "text"), "bases": ("digest", "profile", "archive"),
}  # fmt: skip
SCHEMA_CHANGES = (
    "create trigger {name} after insert on {table} begin delete from {other}; end",
    "create trigger {name} before insert on {table} begin select raise(ignore); end",
    "create table {name}(a)",
    "create table {name} as select * from {table}",
    "create view {name} as select * from {table}",
    "alter table {table} add column {name}",
    "alter table {table} rename to {name}",
    "alter table {table} rename to {name}; create view {table} as select * from {name}",
    "create index {name} on {table}({column})",
    "drop table {table}",
    "drop index non_decisions",
    "pragma writable_schema=on; update sqlite_schema set sql = sql || ' ' where name = '{table}'",
    "pragma writable_schema=on; update sqlite_schema set name = '{name}' where name = '{table}'",
    "pragma writable_schema=on; update sqlite_schema set rootpage = (select rootpage from sqlite_schema where name ="
    " '{other}') where name = '{table}'",
    "pragma writable_schema=on; delete from sqlite_schema where name = '{table}'",
    "pragma user_version = 4",
    "pragma application_id = 5",
    "pragma journal_mode = delete",
    "pragma encoding = 'UTF-16'; vacuum",
    "pragma auto_vacuum = 1; vacuum",
    "vacuum",
    "analyze",
)
NAMES = ("t", "sqlitea", "sqlitex1", "sqlite", "Entries", "", "a b", "\u202ex", "zz")
VALUES: tuple[Any, ...] = (None, 0, -1, 7, 2**62, 1.5, "", "x", "\0", b"", b"x", b"\xff" * 32, b"{}", "9" * 400)


def manipulate(path: Path, rng: random.Random) -> str:
    """Change the file in one to three ways; says which."""
    return "; ".join(rng.choice(_CHANGES)(path, rng) for _ in range(rng.choice((1, 1, 1, 2, 3))))


def _byte(path: Path, rng: random.Random) -> str:
    data = bytearray(path.read_bytes())
    at = rng.randrange(len(data)) if rng.random() < 0.9 else rng.randrange(100)
    data[at] ^= 1 << rng.randrange(8)
    path.write_bytes(data)
    return f"bit at {at}"


def _span(path: Path, rng: random.Random) -> str:
    data = bytearray(path.read_bytes())
    at, length = rng.randrange(len(data)), rng.choice((4, 32, 400))
    data[at : at + length] = rng.randbytes(len(data[at : at + length]))
    path.write_bytes(data)
    return f"{length} bytes at {at}"


def _page(path: Path, rng: random.Random) -> str:
    data, size = bytearray(path.read_bytes()), 4096
    count = len(data) // size
    first, second = rng.randrange(count), rng.randrange(count)
    one, other = data[first * size :][:size], data[second * size :][:size]
    kind = rng.choice(("swap", "copy", "zero", "cut"))
    if kind == "cut":
        del data[max(1, first) * size :]
    else:
        data[first * size : (first + 1) * size] = other if kind != "zero" else bytes(size)
        if kind == "swap":
            data[second * size : (second + 1) * size] = one
    path.write_bytes(data)
    return f"{kind} pages {first} and {second}"


def _row(path: Path, rng: random.Random) -> str:
    table = rng.choice(TABLES)
    column, key = rng.choice(COLUMNS[table]), COLUMNS[table][0]
    where = f"{key} = (select {key} from {table} order by random() limit 1)"
    kind = rng.choice(("delete", "set", "take", "more", "replace"))
    statement, values = {
        "delete": (f"delete from {table} where {where}", ()),
        "set": (f"update {table} set {column} = ? where {where}", (rng.choice(VALUES),)),
        "take": (f"update {table} set {column} = (select {column} from {table} order by random() limit 1)"
                 f" where {where}", ()),
        "more": (f"insert into {table} select {', '.join('?' if item == key else item for item in COLUMNS[table])}"
                 f" from {table} limit 1", (rng.choice(VALUES),)),
        "replace": (f"update {table} set {column} = cast(replace(cast({column} as text), 'defeat', 'stands')"
                    f" as {'blob' if column == 'data' else 'text'}) where {where}", ()),
    }[kind]  # fmt: skip
    _run(path, lambda run: run.execute(statement, values))
    return f"{statement} {values}"


def _schema(path: Path, rng: random.Random) -> str:
    table, other = rng.sample(TABLES, 2)
    script = rng.choice(SCHEMA_CHANGES).format(
        name=f'"{rng.choice(NAMES)}"', table=table, other=other, column=COLUMNS[table][1]
    )
    _run(path, lambda run: run.executescript(script))
    return script


def _run(path: Path, change: Callable[[sqlite3.Connection], object]) -> None:
    """Change the file through SQLite, as far as SQLite lets one."""
    with contextlib.suppress(sqlite3.Error, UnicodeDecodeError), contextlib.closing(sqlite3.connect(path)) as run:
        change(run)
        run.commit()
        run.execute("pragma wal_checkpoint(truncate)")


_CHANGES = (_byte, _byte, _span, _page, _row, _row, _row, _schema, _schema)


def content(path: Path) -> object:
    """All that a log says: its entries, the texts that fit, its tree and the stored bases."""
    with LogReader(path).snapshot() as log:
        entries = list(log.entries())
        texts = {number: log.unverified_texts(number) for number, _ in entries}
        bases = {entry.base_digest: log.base_archive(entry.base_digest) for _, entry in entries if entry.kind == "base"}
        return log.checkpoint(), entries, texts, bases


def figures(log: LogSnapshot) -> tuple[object, list[tuple[int, LogEntry]], dict[int, str]]:
    """What the commands count and list: counts, annotations, and the cases with the texts that fit."""
    counts = count_decisions(log, DecisionFilter(), ("authority",))
    cases = {number: log.case_text(number) for number, entry in log.entries() if entry.kind == "decision"}
    return counts, list(log.non_decision_entries()), cases
