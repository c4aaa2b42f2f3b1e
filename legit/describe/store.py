"""Descriptions that were made, by what they rest on: a second run asks nothing twice, one that was stopped goes on."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from legit._util.databases import database_error, is_side_file, refuse_database
from legit.errors import DescriberError, Problem


class DescriptionStore:
    """A file of descriptions (SQLite), or none at all where `path` is None. Safe to share between threads.

    Raises DescriberError (V104) when the file is no store, and DecisionLogError (R120) when it is another database,
    such as a decision log, which is left as it is.
    """

    def __init__(self, path: str | Path | None) -> None:
        import sqlite3  # only a run with a store needs it

        self.path = path
        self._lock = threading.Lock()
        self._error = sqlite3.Error
        if path:
            _require_store(Path(path))
        try:
            self._connection = sqlite3.connect(str(path) if path else ":memory:", check_same_thread=False)
            self._connection.execute("pragma journal_mode = wal")
            self._connection.execute(
                "create table if not exists descriptions (digest text primary key, describer text, sentences text)"
            )
            self._connection.commit()
        except sqlite3.Error as error:
            raise DescriberError(Problem("V104", f"no store of descriptions: {error}", source=str(path))) from None

    def get(self, digest: str) -> tuple[str, ...] | None:
        """The sentences of a description; None when there is none yet."""
        with self._lock:
            row = self._connection.execute("select sentences from descriptions where digest = ?", (digest,)).fetchone()
        return tuple(json.loads(row[0])) if row else None

    def put(self, digest: str, describer: str, sentences: tuple[str, ...]) -> None:
        """Keep a description, at once."""
        with self._lock:
            self._connection.execute(
                "insert or replace into descriptions values (?, ?, ?)",
                (digest, describer, json.dumps(sentences, ensure_ascii=False)),
            )
            self._connection.commit()

    def __len__(self) -> int:
        with self._lock, closing(self._connection.execute("select count(*) from descriptions")) as cursor:
            return int(cursor.fetchone()[0])

    def describers(self) -> Iterator[tuple[str, int]]:
        """The names of the describers, each with the number of its descriptions."""
        with self._lock:
            rows = self._connection.execute(
                "select describer, count(*) from descriptions group by 1 order by 1"
            ).fetchall()
        yield from rows

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def _require_store(path: Path) -> None:
    """Raises DecisionLogError (R120) where there is a database with anything but the table of a store.

    It is opened to read only: a connection that may write would bring a write-ahead log into the file.
    """
    import sqlite3

    if is_side_file(path):
        raise database_error(path)
    if not path.is_file():
        return
    try:
        with closing(sqlite3.connect(f"{Path(os.path.realpath(path)).as_uri()}?mode=ro", uri=True)) as connection:
            tables = [name for (name,) in connection.execute("select name from sqlite_schema where sql is not null")]
            columns = [name for (name,) in connection.execute("select name from pragma_table_info('descriptions')")]
            marks = [connection.execute(f"pragma {name}").fetchone()[0] for name in ("application_id", "user_version")]
    except (sqlite3.Error, UnicodeDecodeError):
        refuse_database(path)
        return
    if any(marks) or (tables and (tables, columns) != (["descriptions"], ["digest", "describer", "sentences"])):
        raise database_error(path)
