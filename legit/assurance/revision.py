"""A knowledge base as it stood in a revision of a git repository."""

from __future__ import annotations

import contextlib
import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from legit.errors import KnowledgeBaseError, Problem


@contextlib.contextmanager
def base_at_revision(revision: str, path: str = "rules_kb") -> Iterator[Path]:
    """The folder of a knowledge base: `name` itself where it is a folder, or else `path` in the revision `name`.

    Paths are relative to the root of the repository of the current folder. The files of a revision are unpacked while
    this context is open. Raises KnowledgeBaseError (K100) when there is neither.
    """
    if revision and Path(revision).is_dir():
        yield Path(revision)
        return
    top = (_git("rev-parse", "--show-toplevel") or b".").decode().rstrip("\n")
    archive = _git("-C", top, "archive", "--format=tar", "--end-of-options", f"{revision}:{path}")
    if archive is None:
        help_ = f"name a folder like `rules_kb`, or a revision of this repository that holds `{path}`"
        raise KnowledgeBaseError(Problem("K100", f"`{revision}` is neither a folder nor such a revision", help=help_))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / Path(path).name
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(root, filter="data")
        yield root


def _git(*arguments: str) -> bytes | None:
    try:
        found = subprocess.run(["git", *arguments], capture_output=True, check=False)
    except OSError:
        return None
    return found.stdout if found.returncode == 0 else None
