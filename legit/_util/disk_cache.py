"""A cache on disk for data that depend on a knowledge base alone: parsed files, ground program, parser tables.

The name of an entry is a digest of its inputs: the knowledge base, the source of this package, and the versions of
Python and clingo. A stale entry is therefore never read. An entry also holds its own name, so that a renamed or copied
file is not used. An entry that fails a check is rebuilt. `LEGIT_CACHE` names another folder; an empty value turns the
cache off.

Entries are JSON: nothing that is read can run. The folder is used only if no other user can put files there:
`trusted_folder` says when. Each entry is opened once, relative to the folder's descriptor and without following a link.
The open file must be a regular file of the current user that nobody else may write, and it is read by that descriptor.
Whoever can write as the current user can still change what the engine computes from an entry.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib.metadata
import json
import os
import re
import stat
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from legit._version import __version__

_KEEP = 40
_ENTRY = re.compile(r"[a-z]+-[0-9a-f]{32}")
_UNFINISHED = ".new-"
"""The beginning of the name of a file that is being written."""
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
_DIGEST_BYTES = 32


Check = Callable[[Any], bool]


def cached(name: str, key: str, make: Callable[[], Any], check: Check | None = None) -> Any:
    """The value that `make` returns, read from the cache when an entry with this name and key exists.

    The value must consist of dictionaries with texts as keys, lists, texts, numbers, booleans and None. An entry for
    which `check` is false is rebuilt. With an empty key nothing is cached.
    """
    if not key:
        return make()
    value = read(name, key, check)
    if value is None:
        value = make()
        write(name, key, value)
    return value


def read(name: str, key: str, check: Check | None = None) -> Any:
    """The value of an entry, or None when there is none that can be read and that passes `check`."""
    entry = _entry(name, key)
    if entry is None:
        return None
    with contextlib.suppress(OSError, ValueError, RecursionError):
        data = _read_own(entry)
        # A digest in front finds an entry that was cut or changed by accident. It is no secret.
        if hashlib.sha256(data[_DIGEST_BYTES:]).digest() != data[:_DIGEST_BYTES]:
            return None
        kept = json.loads(data[_DIGEST_BYTES:])
        if isinstance(kept, list) and len(kept) == 2 and kept[0] == entry.name:
            value = kept[1]
            return value if check is None or check(value) else None
    return None


def write(name: str, key: str, value: Any) -> None:
    """Write an entry. A failure to write is ignored, and so is a value that is no plain data."""
    entry = _entry(name, key)
    if entry is not None:
        with contextlib.suppress(OSError, ValueError, TypeError):
            _write(entry, json.dumps((entry.name, value), separators=(",", ":")).encode())


def _entry(name: str, key: str) -> Path | None:
    folder = _folder()
    if folder is None:
        return None
    return folder / f"{name}-{hashlib.sha256(f'{engine_fingerprint()}:{key}'.encode()).hexdigest()[:32]}"


@cache
def engine_fingerprint() -> str:
    """The version of the code that makes entries: a digest of this package's source, with Python and clingo."""
    source = hashlib.sha256()
    package = Path(__file__).parents[1]
    with contextlib.suppress(OSError):
        for path in sorted(package.rglob("*.py")):
            source.update(path.relative_to(package).as_posix().encode() + b"\0")
            source.update(hashlib.sha256(path.read_bytes()).digest())
    version = f"{__version__}-{sys.implementation.cache_tag}"
    return f"{version}-clingo {importlib.metadata.version('clingo')}-{source.hexdigest()}"


def trusted_folder(folder: Path) -> Path:
    """The folder without symbolic links in its path, if no other user can change what it holds.

    The folder must belong to the current user. It and each folder above it must be writable by its owner alone. A
    folder above it must belong to the current user or to the administrator; it may be writable by others if it has the
    sticky bit, as `/tmp`. The folders are checked from the root downwards: below a folder that passed, no other user
    can put another one in place of the next. Raises OSError for a folder that does not pass. Where files have no owner,
    as on Windows, every folder passes.
    """
    resolved = folder.resolve(strict=True)
    if not hasattr(os, "geteuid"):
        return resolved
    user = os.geteuid()
    for above in [*reversed(resolved.parents), resolved]:
        found = above.lstat()
        sticky = above != resolved and found.st_mode & stat.S_ISVTX
        if (
            not stat.S_ISDIR(found.st_mode)
            or found.st_uid not in ({user} if above == resolved else {user, 0})
            or (found.st_mode & _OTHERS_MAY_WRITE and not sticky)
        ):
            raise PermissionError(errno.EPERM, "others can change this folder", str(above))
    return resolved


def _check_path(folder: Path) -> None:
    """Raises OSError when a folder or link that leads to `folder` belongs to another user, but for the administrator.

    Where folders are still to be made, a link of another user would choose their place.
    """
    if not hasattr(os, "geteuid"):
        return
    path = folder.absolute()
    for part in [*reversed(path.parents), path]:
        if not os.path.lexists(part):
            return
        if part.lstat().st_uid not in {os.geteuid(), 0}:
            raise PermissionError(errno.EPERM, "another user chose this folder", str(part))


def _read_own(entry: Path) -> bytes:
    """The bytes of an entry. Raises OSError when it is not a file of the current user that nobody else may write."""
    folder = trusted_folder(entry.parent)
    if not hasattr(os, "geteuid"):
        return (folder / entry.name).read_bytes()
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        # Without O_NONBLOCK a pipe in place of the entry would be waited for.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        handle = os.open(entry.name, flags, dir_fd=directory)
    finally:
        os.close(directory)
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & _OTHERS_MAY_WRITE:
            raise PermissionError(errno.EPERM, "the entry is not the user's own", entry.name)
        return file.read()


def _folder() -> Path | None:
    chosen = os.environ.get("LEGIT_CACHE")
    if chosen is not None:
        return Path(chosen) if chosen else None
    base = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME")
    with contextlib.suppress(RuntimeError):
        return (Path(base) if base else Path.home() / ".cache") / "legit"
    return None


def _write(entry: Path, data: bytes) -> None:
    _check_path(entry.parent)
    entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = trusted_folder(entry.parent)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=_UNFINISHED)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(data).digest() + data)
        Path(temporary).replace(folder / entry.name)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
    _remove_old(folder)


def _remove_old(folder: Path) -> None:
    """Keep the newest entries. Files whose writer was killed go as soon as the newest entries are newer than they."""
    found = [path for path in folder.iterdir() if _ENTRY.fullmatch(path.name) or path.name.startswith(_UNFINISHED)]
    by_age = sorted(found, key=lambda path: path.lstat().st_mtime, reverse=True)
    for old in by_age[_KEEP:]:
        old.unlink(missing_ok=True)
