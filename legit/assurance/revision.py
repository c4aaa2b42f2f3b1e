"""A knowledge base as it stood in a revision of a git repository."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from legit.errors import KnowledgeBaseError, Problem

_SAFELY = ("-c", "protocol.allow=never", "-c", "core.fsmonitor=false")
_ENVIRONMENT = {
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
"""A repository may come from somebody else, with its settings: nothing is fetched for it, and no program of it runs.

Versions of git before 2.39.4 do not know GIT_NO_LAZY_FETCH; there the empty list of protocols, which no setting of a
repository changes, forbids every fetch."""

_FILE_MODES = ("100644", "100755")
_SECONDS = 60.0


@contextlib.contextmanager
def base_at_revision(revision: str, path: str = "rules_kb") -> Iterator[Path]:
    """The folder of a knowledge base: `name` itself where it is a folder, or else `path` in the revision `name`.

    Paths are relative to the root of the repository of the current folder. The files of a revision are written while
    this context is open, as they are stored: no filter of the repository is applied to them, and links are left out.
    Raises KnowledgeBaseError (K100) when there is neither.
    """
    if revision and Path(revision).is_dir():
        yield Path(revision)
        return
    top = (_git("rev-parse", "--show-toplevel") or b".").decode().rstrip("\n")
    found = _git("-C", top, "ls-tree", "-r", "-z", "--full-tree", "--end-of-options", f"{revision}:{path}")
    files = list(_files(found)) if found is not None else []
    texts = _contents(top, [identity for identity, _ in files])
    if found is None or texts is None:
        help_ = f"name a folder like `rules_kb`, or a revision of this repository that holds `{path}`"
        raise KnowledgeBaseError(Problem("K100", f"`{revision}` is neither a folder nor such a revision", help=help_))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / Path(path).name
        root.mkdir()
        for (_, name), text in zip(files, texts, strict=True):
            place = root / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text)
        yield root


def _files(listing: bytes) -> Iterator[tuple[str, PurePosixPath]]:
    """The identity and the path of each file of a listing of git."""
    for entry in listing.split(b"\0"):
        head, _, name = entry.partition(b"\t")
        parts = head.decode().split()
        place = PurePosixPath(os.fsdecode(name))
        if len(parts) == 3 and parts[0] in _FILE_MODES and not place.is_absolute() and ".." not in place.parts:
            yield parts[2], place


def _contents(top: str, identities: list[str]) -> list[bytes] | None:
    """The contents of files by their identities; None where one cannot be read."""
    asked = "".join(f"{identity}\n" for identity in identities).encode()
    given = _git("-C", top, "cat-file", "--batch", given=asked) if identities else b""
    found: list[bytes] = []
    at = 0
    for _ in identities:
        end = (given or b"").find(b"\n", at)
        head = (given or b"")[at:end].split()
        if given is None or end < 0 or len(head) != 3:
            return None
        size = int(head[2])
        found.append(given[end + 1 : end + 1 + size])
        at = end + size + 2
    return found


def _git(*arguments: str, given: bytes = b"") -> bytes | None:
    try:
        found = subprocess.run(
            ["git", *_SAFELY, *arguments],
            input=given, capture_output=True, check=False, timeout=_SECONDS, env={**os.environ, **_ENVIRONMENT},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout if found.returncode == 0 else None
