"""The files of one folder of a base: listed once, by name, kind and size, and then read through that list alone.

The digest of a base and its loader use the same list, so that no file is loaded which the digest does not know. What
was read of a file once is what is read of it later: the list keeps the SHA-256 of each.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath

from legit.errors import KnowledgeBaseError, Problem

PACKS_FOLDER = "packs"
"""A folder of this name within a base holds packs, which are bases of their own and no part of it."""

PINNED_FOLDER = "extended"
"""A folder of this name within an extension holds the base that it extends; without one, that is looked up."""

MAX_FILE_BYTES = 4_000_000
MAX_FOLDER_BYTES = 64_000_000
MAX_FILES = 10_000
_MAX_ENTRIES = 100_000
_MAX_PROBLEMS = 100

DECIDING_SUFFIXES = (".toml", ".lp")
_GUIDE = "guide.md"
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""A pipe that took the place of a file is not waited for."""


class BaseFile:
    """A file of a list. `inside` is its path in the folder, `place` the name by which messages show it."""

    __slots__ = ("_digest", "_exists", "inside", "path", "place")

    def __init__(self, path: Path, place: str, inside: PurePosixPath | None = None, *, exists: bool = True) -> None:
        self.path = path
        self.place = place
        self.inside = inside or PurePosixPath(path.name)
        self._exists = exists
        self._digest: bytes | None = None

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.inside.name

    @property
    def stem(self) -> str:
        """Its name without the suffix."""
        return self.inside.stem

    def sha256(self) -> bytes:
        """The SHA-256 of its bytes, when they were first read. Raises as `read_bytes` does."""
        digest = self._digest
        return hashlib.sha256(self.read_bytes()).digest() if digest is None else digest

    def read_bytes(self) -> bytes:
        """Its bytes, always the same.

        Raises KnowledgeBaseError: K101 not readable, no regular file, or changed since it was first read, K102 too
        large.
        """
        data = self._read()
        digest = hashlib.sha256(data).digest()
        if self._digest not in {None, digest}:
            raise self._refused("K101", "file was changed after the base was loaded", "load the base anew")
        self._digest = digest
        return data

    def _read(self) -> bytes:
        try:
            if not self._exists:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            if not stat.S_ISREG(self.path.stat().st_mode):  # to open a device can do something
                raise self._refused("K101", "this is no regular file")
            with os.fdopen(os.open(self.path, _OPEN_FLAGS), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise self._refused("K101", "this is no regular file")
                data = file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            why = (error.strerror or "unknown reason").lower()
            raise self._refused("K101", f"file cannot be read: {why}") from error
        if len(data) > MAX_FILE_BYTES:
            raise self._refused("K102", f"file is larger than {MAX_FILE_BYTES} bytes")
        return data

    def _refused(self, code: str, message: str, help_: str = "") -> KnowledgeBaseError:
        return KnowledgeBaseError(Problem(code, message, source=self.place, help=help_))


class FileList:
    """The files of a folder that a base can be read from: those that end in `.toml` or `.lp`, and the guides.

    Packs in the folder are left out. Nothing is opened. Raises KnowledgeBaseError with every problem: K101 a folder
    that cannot be read, or something else than a file under such a name; K102 too large, or too many; K108 a link to
    a folder, out of the base or nowhere. With `links_allowed` links are followed.
    """

    def __init__(self, root: Path, display_name: str, *, links_allowed: bool = False) -> None:
        self._root = root
        self._display_name = display_name
        self._resolved = None if links_allowed else root.resolve()
        self._problems: list[Problem] = []
        found = dict(self._walk())
        if self._problems:
            raise KnowledgeBaseError(*sorted(self._problems, key=lambda problem: problem.source))
        self._files = {name: found[name] for name in sorted(found, key=PurePosixPath)}

    def __iter__(self) -> Iterator[BaseFile]:
        return iter(self._files.values())

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def matching(self, pattern: str) -> list[BaseFile]:
        """The files whose paths match, sorted. `*` stands for a part of a name, `**` for any folders."""
        expression = _expression(pattern)
        return [file for name, file in self._files.items() if expression.fullmatch(name)]

    def file(self, name: str) -> BaseFile:
        """The file at a path in the folder, in this very spelling. Reading one that is not listed raises K101."""
        inside = PurePosixPath(name)
        return self._files.get(name) or BaseFile(self._root / inside, self._place(name), inside, exists=False)

    def _place(self, name: str) -> str:
        return f"{self._display_name}/{name}"

    def _walk(self) -> Iterator[tuple[str, BaseFile]]:
        folders = [""]
        entries = files = size = 0
        while folders and len(self._problems) < _MAX_PROBLEMS:
            folder = folders.pop()
            try:
                with os.scandir(self._root / folder) as scan:
                    for entry in scan:
                        entries += 1
                        name = f"{folder}{entry.name}"
                        if self._is_refused_link(entry, name):
                            continue
                        listed = entry.name.endswith(DECIDING_SUFFIXES) or entry.name == _GUIDE
                        if listed:
                            files, size = files + 1, size + self._checked_size(entry, name)
                            yield name, BaseFile(Path(entry.path), self._place(name), PurePosixPath(name))
                        elif entry.is_dir() and not _is_packs_folder(name):
                            folders.append(f"{name}/")
                        if entries > _MAX_ENTRIES or files > MAX_FILES or size > MAX_FOLDER_BYTES:
                            limits = f"{MAX_FILES} files, {MAX_FOLDER_BYTES} bytes and {_MAX_ENTRIES} names"
                            self._refuse("K102", f"a base has at most {limits}", "")
                            return
            except OSError as error:
                why = (error.strerror or "unknown reason").lower()
                self._refuse("K101", f"folder cannot be read: {why}", folder)

    def _is_refused_link(self, entry: os.DirEntry[str], name: str) -> bool:
        """Whether an entry is a link that a base may not have, which is then a problem."""
        is_junction = getattr(entry, "is_junction", bool)()  # on Windows, from Python 3.12 on
        if self._resolved is None or not (entry.is_symlink() or is_junction):
            return False
        path = Path(entry.path)
        if not (path.exists() and path.resolve().is_relative_to(self._resolved)):
            self._refuse("K108", "this leads out of the knowledge base", name)
        elif path.is_dir():
            self._refuse("K108", "this is a link to a folder", name)
        else:
            return False
        return True

    def _checked_size(self, entry: os.DirEntry[str], name: str) -> int:
        state = entry.stat()
        if not stat.S_ISREG(state.st_mode):
            self._refuse("K101", "this is no regular file", name)
        elif state.st_size > MAX_FILE_BYTES:
            self._refuse("K102", f"file is larger than {MAX_FILE_BYTES} bytes", name)
        return min(state.st_size, MAX_FILE_BYTES)

    def _refuse(self, code: str, message: str, name: str) -> None:
        self._problems.append(Problem(code, message, source=self._place(name).rstrip("/")))


def _is_packs_folder(name: str) -> bool:
    """Whether a path is that of the packs of a base, or of one that is pinned in it."""
    *above, last = name.split("/")
    return last == PACKS_FOLDER and all(part == PINNED_FOLDER for part in above)


@lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    parts = [
        "(?:[^/]+/)*" if part == "**" else re.escape(part).replace(r"\*", "[^/]*") + "/" for part in pattern.split("/")
    ]
    return re.compile("".join(parts).removesuffix("/"), re.DOTALL)
