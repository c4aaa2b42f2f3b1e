"""Writes a small base that extends the shipped one, as a start for an author."""

from __future__ import annotations

import re
from pathlib import Path

from legit.errors import FolderInUseError, Problem, ScaffoldError
from legit.knowledge.layers import layers_of, shipped_base
from legit.knowledge.manifest import load_manifest

_TEMPLATE = Path(__file__).with_name("template")
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


def new_base(name: str, folder: Path) -> list[Path]:
    """Write a base of this name into a new or empty folder. Returns the files that were written.

    Raises ScaffoldError (F002) for a bad name, FolderInUseError (F001), and OSError when a file cannot be written.
    """
    extends = load_manifest(layers_of(shipped_base())).name
    if not _NAME.match(name):
        near = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_0123456789")[:40]
        help_ = "begin with a letter, then a-z, 0-9 and _"
        nearest = (near,) if near else ()
        raise ScaffoldError(Problem("F002", f"`{name[:40]}` cannot name a base", help=help_, nearest=nearest))
    if name == extends:
        raise ScaffoldError(Problem("F002", f"`{name}` is the name of the shipped base", help="take another one"))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        message = f"`{folder}` is there already"
        raise FolderInUseError(Problem("F001", message, help="name a folder that is new or empty"))
    here = folder.resolve().name
    marks = {"@NAME@": name, "@EXTENDS@": extends, "@DIR@": here if re.fullmatch(r"[\w.-]+", here) else "DIR"}
    written = []
    for source in sorted(path for path in _TEMPLATE.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        target = folder / source.relative_to(_TEMPLATE)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text(encoding="utf-8")
        for mark, word in marks.items():
            text = text.replace(mark, word)
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        written.append(target)
    return written
