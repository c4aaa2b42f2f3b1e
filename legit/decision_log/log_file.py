"""The file of a log in its folder: its own path, the files that SQLite keeps beside it, and whether it is still there.

SQLite keeps the newest entries in a write-ahead log beside the file (`-wal`, with an index `-shm`), and finds it by
name. A file that is moved, replaced or named by a second link while a program has it open is parted from that log.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from legit.errors import DecisionLogError, Problem

_SUFFIXES = ("-wal", "-shm")


def real_path(path: Path) -> Path:
    """The path of the file itself, without links: SQLite keeps the write-ahead log beside it.

    Raises DecisionLogError (R101) for a name that SQLite would not take for a file of the disk.
    """
    name = str(path)
    if name == ":memory:" or name.startswith("file:"):
        message = f"`{name}` names no file: a decision log is kept in a file on disk"
        raise DecisionLogError(Problem("R101", message, source=name, help="give the path of a file"))
    if "\0" in name:
        raise DecisionLogError(Problem("R101", "the name of the file has a NUL character", source=repr(name)))
    return Path(os.path.realpath(path))


def beside(path: Path, suffix: str) -> Path:
    """The file with a suffix such as `-wal` beside the file of a log."""
    return Path(f"{real_path(path)}{suffix}")


def has_content(path: Path, suffix: str) -> bool:
    """Whether there is something in the file with a suffix beside the file of a log."""
    try:
        return beside(path, suffix).stat().st_size > 0
    except FileNotFoundError:
        return False


def make_file(path: Path) -> None:
    """Make the file if it does not exist, readable by its owner only: the texts of users are private.

    Raises OSError, and DecisionLogError (R101) when it is no regular file, has a second name, or is new and lies
    beside the write-ahead log of another file.
    """
    where = real_path(path)
    if has_content(path, "-wal") and not (where.exists() and where.stat().st_size):
        message = f"there are entries in `{beside(path, '-wal')}`, and the file that they belong to is not here"
        help_ = "move that file back, or its -wal to where it is now, before a log is made here"
        raise DecisionLogError(Problem("R101", message, source=str(path), help=help_))
    descriptor = os.open(where, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    try:
        found = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    if not stat.S_ISREG(found.st_mode):
        raise DecisionLogError(Problem("R101", "the log cannot be used: this is no regular file", source=str(path)))
    if found.st_nlink > 1:
        message = "the file has a second name (a hard link), under which another program may write to it"
        help_ = "remove the other name, or write to a copy: `legit log copy`"
        raise DecisionLogError(Problem("R101", message, source=str(path), help=help_))


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """Which files a name stands for: device and inode of the file and of those beside it, and the size of the file."""

    path: Path
    files: tuple[tuple[int, int], ...]
    size: int

    @classmethod
    def of(cls, path: Path) -> FileIdentity:
        """The identity now. Raises OSError when a file is missing."""
        found = [item.stat() for item in _files(path)]
        return cls(path, tuple((item.st_dev, item.st_ino) for item in found), found[0].st_size)

    def change(self) -> str:
        """What has happened to the files since, in words; empty when they are the same, and the file no shorter."""
        try:
            for name, before in zip(_files(self.path), self.files, strict=True):
                now = name.stat()
                if (now.st_dev, now.st_ino) != before:
                    return f"`{name}` was replaced by another file"
                if name == self.path and now.st_nlink > 1:
                    return f"`{name}` got a second name"
                if name == self.path and now.st_size < self.size:
                    return f"`{name}` was made shorter"
        except FileNotFoundError as error:
            return f"`{error.filename}` was deleted or moved"
        return ""


def _files(path: Path) -> Iterator[Path]:
    yield path
    for suffix in _SUFFIXES:
        yield beside(path, suffix)
