"""A copy of a log in one file, of one state of it, even while others write."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from dataclasses import replace
from pathlib import Path

from legit.decision_log.checkpoint import Checkpoint
from legit.decision_log.database import open_for_read, translate_errors
from legit.decision_log.log_file import beside, real_path, refuse_left_files, refuse_side_name
from legit.decision_log.reader import read_checkpoint
from legit.decision_log.verify import verify
from legit.errors import DecisionLogError, Problem


def copy_log(source: Path, target: Path) -> Checkpoint:
    """Copy a log to a new file, with what is in its write-ahead log, and verify the copy. Returns its checkpoint.

    The copy is readable by its owner only. No file is left where the copy fails. Raises DecisionLogError: R101 to R103
    when a file cannot be used, R120 when `target` exists or cannot be made, R2xx for what is wrong with the log.
    """
    refuse_side_name(target)
    refuse_left_files(target)
    with translate_errors(source), open_for_read(source) as connection:
        checkpoint = read_checkpoint(connection, source)
        _make(target)
        try:
            with translate_errors(target), contextlib.closing(sqlite3.connect(real_path(target))) as copy:
                connection.backup(copy)
            found = verify(target, [checkpoint])
            if found.problems:
                raise DecisionLogError(*(replace(problem, source=str(source)) for problem in found.problems))
            _remove_beside(target)
            _sync(target)
        except BaseException:
            _remove_beside(target)
            real_path(target).unlink(missing_ok=True)
            raise
    return checkpoint


def _remove_beside(target: Path) -> None:
    """Remove what SQLite made beside the copy. Whoever only read it has left nothing there."""
    for suffix in ("-wal", "-shm", "-journal"):
        beside(target, suffix).unlink(missing_ok=True)


def _make(target: Path) -> None:
    try:
        os.close(os.open(real_path(target), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        raise DecisionLogError(Problem("R120", "there is such a file already", source=str(target))) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DecisionLogError(Problem("R120", f"the copy cannot be made: {reason}", source=str(target))) from error


def _sync(target: Path) -> None:
    """Make the copy and its name safe on disk."""
    for path in (real_path(target), real_path(target).parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
