"""Keeps outputs from the files of SQLite, such as decision logs."""

from __future__ import annotations

import os
from pathlib import Path

from legit.errors import DecisionLogError, Problem

SIDE_SUFFIXES = ("-wal", "-shm", "-journal")
"""How the names of the files end that SQLite keeps beside a database, with its newest entries."""

_DATABASE = b"SQLite format 3\0"
_BEGINS = (_DATABASE, b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83", b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7")
"""How a database begins, a write-ahead log (in two byte orders), and a rollback journal."""


def is_database(path: Path) -> bool:
    """Whether a path is that of a file of SQLite, or of a file that SQLite keeps or would keep beside one.

    One that this process has open loses its locks by the look.
    """
    return _begins_with(path, _BEGINS) or is_side_file(path)


def is_side_file(path: Path) -> bool:
    """Whether a path is by its name that of a file that SQLite keeps, or would keep, beside a database."""
    return any(_begins_with(main, (_DATABASE,)) for main in main_files(path))


def main_files(path: Path) -> list[Path]:
    """The paths of which a path is a side file by its name, links followed or not. There may be no such file."""
    try:
        names = dict.fromkeys((str(path), os.path.realpath(path)))
    except ValueError:  # a name that the system cannot have
        return []
    return [Path(name[: -len(suffix)]) for name in names for suffix in SIDE_SUFFIXES if name.lower().endswith(suffix)]


def refuse_database(*paths: Path) -> None:
    """Raises DecisionLogError (R120) where an output would overwrite a database or a file that belongs to one."""
    for path in paths:
        if is_database(path):
            raise database_error(path)


def database_error(path: Path) -> DecisionLogError:
    """The error (R120) of an output that would overwrite a database, or a file that belongs to one."""
    message = "this is a database, perhaps a decision log, or a file that belongs to one, and is not overwritten"
    return DecisionLogError(Problem("R120", message, source=str(path), help="name another file"))


def _begins_with(path: Path, begins: tuple[bytes, ...]) -> bool:
    try:
        if path.is_file():
            with path.open("rb") as file:
                return file.read(max(map(len, begins))).startswith(begins)
    except (OSError, ValueError):
        pass
    return False
