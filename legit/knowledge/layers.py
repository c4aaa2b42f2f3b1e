"""The layers of a knowledge base: its own folder, and before it the folders of the bases that it extends.

`docs/decisions/0012-extensions.md` says what an extension may do.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from legit._util.suggest import suggest
from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.base_files import DECIDING_SUFFIXES, PACKS_FOLDER, PINNED_FOLDER, BaseFile, FileList
from legit.knowledge.toml_files import package_data_folder, read_toml

LANGUAGES_FOLDER = "languages"
"""The folder of a base with its words in other languages. They say the same, and decide no verdict."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One folder. `display_name` is its name in messages; no two layers of a base have the same. `extends` is that of
    the layer that it extends, empty for the first. `listed` are its files, listed when the layer is made: nothing else
    of the folder is read. Raises KnowledgeBaseError as `FileList` does; links in the shipped base are not refused."""

    root: Path
    display_name: str
    extends: str = ""
    listed: FileList = field(default=None, compare=False, repr=False)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.listed is None:
            found = FileList(self.root, self.display_name, links_allowed=self.root == shipped_base())
            object.__setattr__(self, "listed", found)

    def files(self, pattern: str) -> list[tuple[BaseFile, str]]:
        """The files that match, sorted, each with its name in messages."""
        return [(file, file.place) for file in self.listed.matching(pattern)]

    def file(self, name: str) -> tuple[BaseFile, str]:
        """The file at a path in the folder, with its name in messages; to read one that does not exist raises K101."""
        found = self.listed.file(name)
        return found, found.place

    def owns_path(self, display_path: str) -> bool:
        """Whether a path as messages show it lies in this layer."""
        return layer_of(display_path) == self.display_name


Layers = tuple[Layer, ...]
"""An extended base comes before the base that extends it."""


def layer_of(display_path: str) -> str:
    """The display name of the layer of a path as messages show it."""
    return display_path.partition("/")[0]


def layer_files(layers: Layers, pattern: str) -> list[tuple[BaseFile, str]]:
    """The files of all layers that match, those of the extended base first."""
    return [found for part in layers for found in part.files(pattern)]


def duplicate_problem(kind: str, name: str, display_path: str, defined_at: str) -> Problem:
    """The problem of a name that is defined twice: K204 within one layer, K210 where an extension takes it."""
    if layer_of(display_path) == layer_of(defined_at):
        return Problem(
            "K204", f"{kind} `{name[:40]}` is defined twice", source=display_path, help=f"it stands in {defined_at} too"
        )
    help_ = "an extension adds and never replaces, and packs that define the same do not combine: take another name"
    return Problem("K210", f"{kind} `{name[:40]}` is defined in {defined_at} already", source=display_path, help=help_)


def shipped_base() -> Path:
    """The folder of the knowledge base that comes with the package."""
    return package_data_folder("rules_kb")


def layers_of(folder: Path) -> Layers:
    """The layers of the base in `folder`.

    Raises KnowledgeBaseError: K100 no knowledge base, K101-K103 a file that cannot be read, K108 a link that leads
    out of the folder or to a folder, K110 an extended base that does not exist or extends itself.
    """
    found: list[Layer] = []
    seen: list[Path] = []
    names: set[str] = set()
    root: Path | None = folder
    while root is not None:
        _require_base(root)
        seen.append(root.resolve())
        # A path ends up in comments of the program: it must stay on its line.
        shown = re.sub(r"[\x00-\x1f\x7f]", "?", root.name)
        while shown in names:
            shown = f"{shown} ({PINNED_FOLDER})"
        names.add(shown)
        part = Layer(root, shown)
        found.insert(0, part)
        root = _parent_folder(part)
        if root is not None and root.resolve() in seen:
            raise KnowledgeBaseError(_parent_problem(part, f"`{shown}` extends itself"))
    return _with_parents(found)


def top_layers(layers: Layers) -> Layers:
    """The layers that no other layer extends: a base and the packs that were chosen with it."""
    extended = {part.extends for part in layers}
    return tuple(part for part in layers if part.display_name not in extended)


def chain_of(layers: Layers, part: Layer) -> Layers:
    """A layer with those that it extends."""
    by_name = {item.display_name: item for item in layers}
    found = [part]
    while found[0].extends:
        found.insert(0, by_name[found[0].extends])
    return tuple(found)


def _with_parents(found: list[Layer]) -> Layers:
    """The layers of a chain, each with the one that it extends.

    That is the next one, unless a decision log has pinned several packs one within the other: then it is the one that
    `extends` names.
    """
    layers: list[Layer] = found[:1]
    for part in found[1:]:
        below = layers[-1].display_name
        if (part.root / PINNED_FOLDER).is_dir() and len(layers) > 1:
            wanted = PurePosixPath(str(_manifest_data(part).get("extends"))).name
            names = {str(_manifest_data(item).get("name")): item.display_name for item in layers}
            below = names.get(wanted, below)
        layers.append(replace(part, extends=below))
    return tuple(layers)


def _manifest_data(layer: Layer) -> dict[str, Any]:
    return read_toml(*layer.file("base.toml"))


def digested_files(layers: Layers) -> dict[str, BaseFile]:
    """The files that decide a verdict, by their paths in a folder in which the extended base were pinned."""
    found: dict[str, BaseFile] = {}
    prefix = ""
    for part in reversed(layers):
        found |= {f"{prefix}{file.inside}": file for file in part.listed if is_digested(file.inside)}
        prefix += f"{PINNED_FOLDER}/"
    return {name: found[name] for name in sorted(found, key=PurePosixPath)}


def is_digested(inside: PurePosixPath) -> bool:
    """Whether a file at a path within a base decides a verdict: no guide, no words in another language and no pack.

    The same holds within a pinned base."""
    folders = [part for part in inside.parts if part != PINNED_FOLDER]
    return inside.name.endswith(DECIDING_SUFFIXES) and folders[0] not in (LANGUAGES_FOLDER, PACKS_FOLDER)


def base_digest(files: Mapping[str, BaseFile], profile: str) -> str:
    """SHA-256 over the names and bytes of all files that decide a verdict, and the name of the profile; hexadecimal.

    Raises KnowledgeBaseError (K101, K102) when one cannot be read.
    """
    total = hashlib.sha256(profile.encode())
    for name, file in files.items():
        total.update(name.encode(errors="surrogateescape") + b"\0")
        total.update(file.sha256())
    return total.hexdigest()


def _require_base(root: Path) -> None:
    help_ = "name a folder like `rules_kb`"
    if not root.is_dir():
        raise KnowledgeBaseError(Problem("K100", f"`{root}` is not a folder", help=help_))
    if not os.path.lexists(root / "base.toml"):
        message = f"`{root}` is no knowledge base: it has no `base.toml`"
        raise KnowledgeBaseError(Problem("K100", message, help=help_))


def _parent_folder(layer: Layer) -> Path | None:
    """The folder of the base that a layer extends; None when it extends none."""
    extends = _manifest_data(layer).get("extends")
    if extends is None:
        return None
    if not isinstance(extends, str) or not extends.strip() or "\0" in extends:
        raise KnowledgeBaseError(_parent_problem(layer, "`extends` names no base"))
    pinned = layer.root / PINNED_FOLDER
    if pinned.is_dir():
        return pinned
    name = str(read_toml(BaseFile(shipped_base() / "base.toml", "base.toml"), "base.toml")["name"])
    if extends == name:
        return shipped_base()
    root = layer.root / extends
    if not (root / "base.toml").is_file():
        near = suggest(extends, [name])
        raise KnowledgeBaseError(_parent_problem(layer, f"there is no base `{extends[:80]}` to extend", near))
    return root.resolve()


def _parent_problem(layer: Layer, message: str, near: tuple[str, ...] = ()) -> Problem:
    help_ = "name the shipped base, or the path of a base from here"
    return Problem("K110", message, source=f"{layer.display_name}/base.toml", help=help_, nearest=near)
