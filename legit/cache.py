"""A cache on disk for what is derived from a knowledge base alone: parsed files, ground program, parser tables.

Entries are named by the digest of everything they were made from, so a stale one is never read; whatever cannot be
read or written is made anew. Like Python's own `.pyc` files they hold marshalled plain data in a folder of the user.
Set `LEGIT_CACHE` to another folder, or to an empty text to do without.
"""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from legit._version import __version__

_KEEP = 40
_ENTRY = re.compile(r"[a-z]+-[0-9a-f]{32}")


def cached(name: str, key: str, make: Callable[[], Any]) -> Any:
    """What `make` returns, read from the cache where an entry with this name and key exists.

    The value must be made of dictionaries, lists, tuples, sets, texts, numbers and None.
    """
    value = read(name, key)
    if value is None:
        value = make()
        write(name, key, value)
    return value


def read(name: str, key: str) -> Any:
    """The value of an entry, or None when there is none that can be read."""
    entry = _entry(name, key)
    if entry is not None:
        with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
            data = entry.read_bytes()
            # A digest in front finds an entry that was cut or changed.
            if hashlib.sha256(data[32:]).digest() == data[:32]:
                return marshal.loads(data[32:])
    return None


def write(name: str, key: str, value: Any) -> None:
    """Write an entry; where that cannot be done, there is none."""
    entry = _entry(name, key)
    if entry is not None:
        with contextlib.suppress(OSError, ValueError):
            _write(entry.parent, entry, marshal.dumps(value))


def _entry(name: str, key: str) -> Path | None:
    folder = _folder()
    if folder is None:
        return None
    version = f"{__version__}-{sys.implementation.cache_tag}-{marshal.version}"
    return folder / f"{name}-{hashlib.sha256(f'{version}:{key}'.encode()).hexdigest()[:32]}"


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
