"""The file of a log in its folder: its own path, the files that SQLite keeps beside it, and whether it is still there.

SQLite keeps the newest entries in a write-ahead log beside the file (`-wal`, with an index `-shm`), and finds it by
name. A file that is moved, replaced or named by a second link while a program has it open is parted from that log.

SQLite locks the file and its `-shm` with POSIX locks, and a process loses all of its locks on a file when it closes any
descriptor of that file (sqlite.org/howtocorrupt.html, 2.2). Therefore nothing here opens and closes one of the two.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from legit._util.databases import SIDE_SUFFIXES, main_files
from legit.errors import DecisionLogError, Problem

_SUFFIXES = ("-wal", "-shm")
_BLOCK_BYTES = 1 << 20
_READ_PROGRAM = "import sys; sys.stdout.buffer.write(open(sys.argv[1], 'rb').read(int(sys.argv[2])))"


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
    try:
        return Path(os.path.realpath(path))
    except UnicodeEncodeError as error:
        message = "the name of the file has a character that no name of a file can have"
        raise DecisionLogError(Problem("R101", message, source=repr(name))) from error


def beside(path: Path, suffix: str) -> Path:
    """The file with a suffix such as `-wal` beside the file of a log."""
    return Path(f"{real_path(path)}{suffix}")


def has_content(path: Path, suffix: str) -> bool:
    """Whether there is something in the file with a suffix beside the file of a log."""
    try:
        return beside(path, suffix).stat().st_size > 0
    except FileNotFoundError:
        return False


def require_regular_files(path: Path) -> None:
    """Raises DecisionLogError (R101) when what SQLite would open beside the file is no regular file: nobody waits for a
    pipe without end."""
    for suffix in (*_SUFFIXES, "-journal"):
        other = beside(path, suffix)
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISREG(other.stat().st_mode):
                message = f"the log cannot be used: `{other}` is no regular file"
                raise DecisionLogError(Problem("R101", message, source=str(path)))


def refuse_side_name(path: Path) -> None:
    """Raises DecisionLogError (R120) for a name under which SQLite keeps what belongs to another file that is there.

    That file is not opened: this process may hold locks on it.
    """
    real_path(path)
    for main in main_files(path):
        if main.is_file():
            message = f"under this name SQLite keeps entries of `{main.name}`, if that is a log"
            raise DecisionLogError(Problem("R120", message, source=str(path), help="name another file"))


def refuse_left_files(path: Path) -> None:
    """Raises DecisionLogError (R120) for a new file beside which there is what SQLite keeps of another: a file that was
    there before and was moved away may have its newest entries in it."""
    for suffix in SIDE_SUFFIXES:
        side = beside(path, suffix)
        if os.path.lexists(side):
            message = f"`{side.name}` lies there, perhaps with entries of a log that was moved away"
            help_ = "name another file, or move that log back"
            raise DecisionLogError(Problem("R120", message, source=str(path), help=help_))


def make_file(path: Path) -> None:
    """Make the file if it does not exist, readable by its owner only: the texts of users are private.

    Raises OSError, and DecisionLogError: R101 when it is no regular file, has a second name, or is new and lies beside
    the write-ahead log of another file, and R120 as `refuse_side_name` does.
    """
    refuse_side_name(path)
    where = real_path(path)
    require_regular_files(path)
    try:
        found = where.stat()
    except FileNotFoundError:
        found = None
    if has_content(path, "-wal") and not (found and found.st_size):
        message = f"there are entries in `{beside(path, '-wal')}`, and the file that they belong to is not here"
        help_ = "move that file back, or its -wal to where it is now, before a log is made here"
        raise DecisionLogError(Problem("R101", message, source=str(path), help=help_))
    if found is None:
        with contextlib.suppress(FileExistsError):  # another process makes the log
            os.close(os.open(where, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        found = where.stat()
    if not stat.S_ISREG(found.st_mode):
        raise DecisionLogError(Problem("R101", "the log cannot be used: this is no regular file", source=str(path)))
    if found.st_nlink > 1:
        message = "the file has a second name (a hard link), under which another program may write to it"
        help_ = "remove the other name, or write to a copy: `legit log copy`"
        raise DecisionLogError(Problem("R101", message, source=str(path), help=help_))


_descriptors: dict[tuple[int, int], int] = {}
_descriptors_lock = threading.Lock()


def sha256_of(path: Path) -> bytes:
    """The SHA-256 of the file. The descriptor through which it is read stays open, one for each file."""
    where = real_path(path)
    found = where.stat()
    with _descriptors_lock:
        key = (found.st_dev, found.st_ino)
        if key not in _descriptors:
            _descriptors[key] = os.open(where, os.O_RDONLY | os.O_CLOEXEC)
        descriptor = _descriptors[key]
    digest, at = hashlib.sha256(), 0
    while data := os.pread(descriptor, _BLOCK_BYTES, at):
        digest.update(data)
        at += len(data)
    return digest.digest()


def first_bytes(path: Path, count: int) -> bytes:
    """The first bytes of a file, read by another process; empty when it cannot be read."""
    command = [sys.executable, "-I", "-S", "-c", _READ_PROGRAM, str(path), str(count)]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout


@dataclass(slots=True)
class FileIdentity:
    """Which files a name stands for: device and inode of the file and of those beside it, and the size of the file, the
    largest that was seen: SQLite makes it no shorter while it is open."""

    path: Path
    files: tuple[tuple[int, int], ...]
    size: int

    @classmethod
    def of(cls, path: Path) -> FileIdentity:
        """The identity now. Raises OSError when a file is missing."""
        found = [item.stat() for item in _files(path)]
        return cls(path, tuple((item.st_dev, item.st_ino) for item in found), found[0].st_size)

    def of_file_alone(self) -> FileIdentity:
        """The identity without the files beside it, which SQLite removes when the last program closes the log."""
        return FileIdentity(self.path, self.files[:1], self.size)

    def change(self) -> str:
        """What has happened to the files since, in words; empty when they are the same, and the file no shorter."""
        try:
            for name, before in zip(_files(self.path), self.files, strict=False):
                now = name.stat()
                if (now.st_dev, now.st_ino) != before:
                    return f"`{name}` was replaced by another file"
                if name == self.path and now.st_nlink > 1:
                    return f"`{name}` got a second name"
                if name == self.path and now.st_size < self.size:
                    return f"`{name}` was made shorter"
                if name == self.path:
                    self.size = now.st_size
        except FileNotFoundError as error:
            return f"`{error.filename}` was deleted or moved"
        return ""


def _files(path: Path) -> Iterator[Path]:
    yield path
    for suffix in _SUFFIXES:
        yield beside(path, suffix)
