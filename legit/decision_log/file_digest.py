"""The digest of the file of a log, for a checkpoint.

The tree does not cover the unused parts of a page: a bit that flips there changes no entry. A digest of the whole file
covers them, until an entry is added.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

from legit.decision_log.checkpoint import Checkpoint
from legit.decision_log.database import BUSY_TIMEOUT_SECONDS, open_for_read, open_for_write, translate_errors
from legit.decision_log.log_file import has_content, sha256_of
from legit.decision_log.reader import read_checkpoint
from legit.errors import DecisionLogError, Problem


def checkpoint_with_file_digest(path: str | Path) -> Checkpoint:
    """The checkpoint now, with the digest of the file. What others left in SQLite's write-ahead log goes into the file.

    Raises DecisionLogError as `LogReader.checkpoint` does, and R103 when the log is written to all the while.
    """
    path = Path(path)
    if path.is_file() and has_content(path, "-wal"):
        with translate_errors(path), contextlib.closing(open_for_write(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    with open_for_read(path) as connection:
        head, digest = read_checkpoint(connection, path), file_digest(path)
    if digest is None:
        raise _in_use(path)
    return replace(head, file_digest=digest)


def require_file_digest(path: Path) -> bytes:
    """The SHA-256 of the file. Raises DecisionLogError (R103) when a part of the log is in the write-ahead log."""
    digest = file_digest(path)
    if digest is None:
        raise _in_use(path)
    return digest


def file_digest(path: Path) -> bytes | None:
    """The SHA-256 of the file; None when a part of the log is in the write-ahead log.

    To be asked in a transaction that reads: it keeps what others write meanwhile out of the file.
    """
    if has_content(path, "-wal"):
        return None
    digest = sha256_of(path)
    return None if has_content(path, "-wal") else digest


def _in_use(path: Path) -> DecisionLogError:
    return DecisionLogError(
        Problem(
            "R103",
            f"the log was written to meanwhile, for {BUSY_TIMEOUT_SECONDS:g} seconds or just now",
            source=str(path),
            help="a digest of its file needs a log at rest; a checkpoint without one does not",
        )
    )
