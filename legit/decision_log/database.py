"""The SQLite file of a log: how it is recognised, and how it is opened to read and to write."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from legit.decision_log.file_schema import APPLICATION_ID, FILE_FORMAT, MIGRATABLE_FORMAT, require_schema
from legit.decision_log.log_file import beside, has_content, make_file, real_path, require_regular_files
from legit.decision_log.merkle import describe_range
from legit.errors import DecisionLogError, Problem

BUSY_TIMEOUT_SECONDS = 60.0
"""How long a writer waits for others before it gives up (R103)."""

MAX_VALUE_BYTES = 100_000_000
"""The longest text or blob that is read from a file."""

_FRAMES_WAIT_SECONDS = 1.0
_open_uri = sqlite3.connect

_MIN_STEPS = 50_000_000
_STEPS_PER_BYTE = 100
_STEPS_PER_CALL = 1_000_000


@contextlib.contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Turn errors of SQLite into DecisionLogError: R103 when the file is in use, R101 otherwise."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            problem = Problem(
                "R103", f"others have kept the log in use for {BUSY_TIMEOUT_SECONDS:g} seconds", source=str(path)
            )
        elif name == "SQLITE_NOTADB":
            problem = Problem("R102", "this is no decision log", source=str(path))
        elif name == "SQLITE_INTERRUPT":
            message = "the database is damaged: reading it goes on longer than a file of its size can take"
            problem = Problem("R201", message, source=str(path))
        else:
            problem = Problem(
                "R101", f"the log cannot be used: {error}", source=str(path), help="see `legit log verify`"
            )
        raise DecisionLogError(problem) from error
    except UnicodeDecodeError as error:  # names in a damaged schema, or texts
        problem = Problem("R101", "the log cannot be used: it holds bytes that are no text", source=str(path))
        raise DecisionLogError(problem) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DecisionLogError(Problem("R101", f"the log cannot be used: {reason}", source=str(path))) from error


@contextlib.contextmanager
def open_for_read(path: Path, file_format: int = FILE_FORMAT) -> Iterator[sqlite3.Connection]:
    """A connection that reads one state of the file, even while others write.

    Its tables are those of a log. It reads for no longer than the size of the file allows.
    Raises DecisionLogError: R101 when the file cannot be read, R102 when it is no decision log, R202 when it has other
    tables than a log.
    """
    with translate_errors(path):
        if not path.is_file():
            raise DecisionLogError(Problem("R101", "there is no such log", source=str(path)))
        require_regular_files(path)
        connection = _connect_for_read(path)
        try:
            application, version, _ = file_header(connection)
            require_log_file(path, application, version, file_format)
            require_schema(connection, path, file_format)
            yield connection
        finally:
            connection.close()


def read_node(connection: sqlite3.Connection, level: int, position: int) -> bytes:
    """A node of the tree as it is stored. Raises DecisionLogError (R201) when it is missing."""
    found = connection.execute("SELECT hash FROM nodes WHERE level = ? AND position = ?", (level, position)).fetchone()
    if found is None or not isinstance(found[0], bytes):
        lacks = f"the tree lacks the hash for {describe_range(level, position)} (its node {level}/{position})"
        raise DecisionLogError(Problem("R201", lacks, help="see `legit log verify`"))
    return found[0]


def require_log_file(path: Path, application: int, version: int, file_format: int = FILE_FORMAT) -> None:
    """Raises DecisionLogError (R102) unless the file is a decision log of the given schema."""
    if application != APPLICATION_ID:
        raise DecisionLogError(Problem("R102", "this is no decision log", source=str(path)))
    if version != file_format:
        migratable = (version, file_format) == (MIGRATABLE_FORMAT, FILE_FORMAT)
        raise DecisionLogError(
            Problem(
                "R102",
                f"the log has schema {version}, and this command reads schema {file_format}",
                source=str(path),
                help="make a log of the current schema from it: `legit log migrate OLD NEW`"
                if migratable
                else "use the version of legit that wrote it",
            )
        )


def _connect_for_read(path: Path) -> sqlite3.Connection:
    """A connection in a transaction that reads. If the folder may not be written to, SQLite must be told that nobody
    else writes. This is true only while there is no write-ahead log."""
    while_others_write = True
    while True:
        options = "mode=ro" if while_others_write else "mode=ro&immutable=1"
        connection = None
        try:
            connection = _open_uri(f"{real_path(path).as_uri()}?{options}", uri=True, isolation_level=None)
            _harden(connection)
            _limit_steps(connection, path)
            connection.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_SECONDS * 1000)}")
            connection.execute("BEGIN")
            connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
            return connection
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if connection:
                connection.close()
            if isinstance(error, UnicodeDecodeError):
                raise
            refused = error.sqlite_errorname.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY"))
            if not (refused and while_others_write):
                raise
            if has_content(path, "-wal") or has_content(path, "-journal"):
                message = (
                    "the newest entries are in the write-ahead log, which cannot be read in a folder without write"
                )
                help_ = "copy the file together with its -wal to a folder where you may write, and read it there"
                raise DecisionLogError(Problem("R101", message, source=str(path), help=help_)) from error
            while_others_write = False


def _harden(connection: sqlite3.Connection) -> None:
    """Run no code that the file brings (in views, triggers, defaults), and read no value of any length."""
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)


def _limit_steps(connection: sqlite3.Connection, path: Path) -> None:
    """Interrupt the connection after more steps of SQLite's machine than reading a file of this size takes.

    In a damaged file, pages can be reached on so many ways that a query would not end.
    """
    size = sum(item.stat().st_size for item in (real_path(path), beside(path, "-wal")) if item.exists())
    left = max(_MIN_STEPS, _STEPS_PER_BYTE * size) // _STEPS_PER_CALL

    def is_over() -> bool:
        nonlocal left
        left -= 1
        return left < 0

    connection.set_progress_handler(is_over, _STEPS_PER_CALL)


def file_header(connection: sqlite3.Connection) -> tuple[int, int, int]:
    """The application id, the form, and the number of tables."""
    ask = connection.execute
    return (
        ask("PRAGMA application_id").fetchone()[0],
        ask("PRAGMA user_version").fetchone()[0],
        ask("SELECT count(*) FROM sqlite_schema").fetchone()[0],
    )


def open_for_write(path: Path) -> sqlite3.Connection:
    """A connection that writes; the file is made when it does not exist.

    Raises DecisionLogError: R101 as `make_file` does, R102 when the file is no decision log, R202 when it has other
    tables than a log.
    """
    make_file(path)
    connection = sqlite3.connect(
        real_path(path), timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        _harden(connection)
        connection.execute("BEGIN")  # one snapshot of the header: another process may be creating the log
        application, version, tables = file_header(connection)
        if tables or application:  # checked before a file is changed that may not be a log
            require_log_file(path, application, version)
            require_schema(connection, path)
        connection.execute("COMMIT")
        _enable_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA cache_spill = OFF")  # nothing is written before it is committed
    except BaseException:
        connection.close()
        raise
    return connection


def _enable_wal(connection: sqlite3.Connection) -> None:
    """Turn on WAL mode; while others do the same, SQLite answers that it is busy without waiting."""
    deadline = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def committed_frames(path: Path) -> int | None:
    """The frames of the write-ahead log that belong to finished writes; None while others bring them into the file."""
    deadline = time.monotonic() + _FRAMES_WAIT_SECONDS
    with contextlib.closing(sqlite3.connect(real_path(path), timeout=BUSY_TIMEOUT_SECONDS)) as other:
        while True:
            frames: int = other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1]
            if frames >= 0:
                return frames
            if time.monotonic() > deadline:
                return None
            time.sleep(0.005)
