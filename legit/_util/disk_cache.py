"""A cache on disk for data that depend on a knowledge base alone: parsed files, ground program, parser tables.

The name of an entry is a digest of its inputs: the knowledge base, the source of this package, and the versions of
Python and clingo. A stale entry is therefore never read. An entry also holds its own name, so that a renamed or copied
file is not used. It must belong to the current user and be writable by nobody else. An entry that fails a check is
rebuilt. Entries are marshalled plain data, as in Python's `.pyc` files. `LEGIT_CACHE` names another folder; an empty
value turns the cache off.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import marshal
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


Check = Callable[[Any], bool]


def cached(name: str, key: str, make: Callable[[], Any], check: Check | None = None) -> Any:
    """The value that `make` returns, read from the cache when an entry with this name and key exists.

    The value must consist of dictionaries, lists, tuples, sets, texts, numbers and None. An entry for which `check` is
    false is rebuilt. With an empty key nothing is cached.
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
    with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
        if not _is_own(entry):
            return None
        data = entry.read_bytes()
        # A digest in front finds an entry that was cut or changed.
        if hashlib.sha256(data[32:]).digest() != data[:32]:
            return None
        kept = marshal.loads(data[32:])
        if isinstance(kept, tuple) and len(kept) == 2 and kept[0] == entry.name:
            value = kept[1]
            return value if check is None or check(value) else None
    return None


def write(name: str, key: str, value: Any) -> None:
    """Write an entry. A failure to write is ignored."""
    entry = _entry(name, key)
    if entry is not None:
        with contextlib.suppress(OSError, ValueError):
            _write(entry.parent, entry, marshal.dumps((entry.name, value)))


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
    version = f"{__version__}-{sys.implementation.cache_tag}-{marshal.version}"
    return f"{version}-clingo {importlib.metadata.version('clingo')}-{source.hexdigest()}"


def _is_own(entry: Path) -> bool:
    """Whether an entry is a regular file of the current user that nobody else may write."""
    found = entry.lstat()
    if not stat.S_ISREG(found.st_mode):
        return False
    if not hasattr(os, "geteuid"):
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _folder() -> Path | None:
    chosen = os.environ.get("LEGIT_CACHE")
    if chosen is not None:
        return Path(chosen) if chosen else None
    base = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME")
    with contextlib.suppress(RuntimeError):
        return (Path(base) if base else Path.home() / ".cache") / "legit"
    return None


def _write(folder: Path, entry: Path, data: bytes) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder)
    with os.fdopen(handle, "wb") as file:
        file.write(hashlib.sha256(data).digest() + data)
    Path(temporary).replace(entry)
    own = (path for path in folder.iterdir() if _ENTRY.fullmatch(path.name))
    entries = sorted(own, key=lambda path: path.stat().st_mtime, reverse=True)
    for old in entries[_KEEP:]:
        old.unlink(missing_ok=True)
